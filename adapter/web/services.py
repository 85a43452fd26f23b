"""What the web needs of the services; ``bootstrap`` puts them together."""

from typing import Protocol

from adapter.clock import Clock
from adapter.services.directory import Directory
from adapter.services.explaining import Explaining
from adapter.services.intake import Intake
from adapter.services.reading import Reading
from adapter.settings import Settings
from adapter.telemetry import Metrics


class Services(Protocol):
    """The use cases, and what all of them share."""

    @property
    def clock(self) -> Clock:
        """The product's clock (T5)."""

    @property
    def settings(self) -> Settings:
        """What the operator has set."""

    @property
    def metrics(self) -> Metrics:
        """Where requests are counted."""

    @property
    def directory(self) -> Directory:
        """Who is who."""

    @property
    def intake(self) -> Intake:
        """Takes what the doors have parsed."""

    @property
    def reading(self) -> Reading:
        """What can be read."""

    @property
    def explaining(self) -> Explaining:
        """Why."""

    def is_ready(self) -> bool:
        """Tell whether the store answers and its schema is current."""
