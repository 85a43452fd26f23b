"""A product whose store fails."""

from dataclasses import dataclass

from adapter.services.intake import Intake


@dataclass(frozen=True)
class BrokenIntake:
    """An intake that commits nothing."""

    intake: Intake
    error: Exception

    def __getattr__(self, name):
        return getattr(self.intake, name)

    def commit(self, *_):
        raise self.error

    submit = commit
