"""The operator's campaigns and segments in simulated months, and where deliveries go.

The oracle has its own word for what they mean (``oracle.campaigns``, ``oracle.segments``).
"""

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from adapter.clock import Instant
from adapter.mapping.campaigns import load_campaigns
from adapter.mapping.segments import load_segments
from adapter.model.deliveries import Delivered, Delivery, Endpoint, TryAgain
from adapter.model.in_force import InForce
from adapter.model.reasons import Reason
from adapter.outbox import Sent
from adapter.simulation.plan import Reception

_CAMPAIGN = """\
  - name: {name}
    audience: {audience}
    trigger: {trigger}
    where: {where}
    frequency: {frequency}
    deliver: {{webhook: {{url: "https://example.com/hook", secrets: [HOOK_SECRET]}}}}
    body: {{event: {{"@path": "$.event.name"}}, price: {{"@path": "$.event.data.price"}}}}
"""
_ANY = 'event != ""'
_PEOPLE, _INVITES = "people", "invites"
_CAMPAIGNS = (
    ("viewed", _PEOPLE, "{event: Viewed Pricing}", _ANY, "every_time"),
    ("viewed-dear", _PEOPLE, "{event: Viewed Pricing}", "properties.price > 50", "every_time"),
    ("ordered-once", _PEOPLE, "{event: Order Completed}", _ANY, "once"),
    ("added-weekly", _PEOPLE, "{event: Product Added}", _ANY, "{once_per: 7d}"),
    ("screened", _PEOPLE, "{screen: Signed Up}", _ANY, "every_time"),
    ("invited", _INVITES, "{event: Signed Up}", _ANY, "every_time"),
)
_KEYS = ("name", "audience", "trigger", "where", "frequency")


_SEGMENTS = """\
segments:
  - {id: keen, who: {performed: {event: Viewed Pricing, at_least: 2}}}
  - {id: pro, who: {attributes: traits.plan = "pro"}}
  - {id: lately, who: {performed: {event: Product Added, within: 7d}}}
  - {id: never-ordered, who: {not: {performed: {event: Order Completed}}}}
"""


@cache
def in_force() -> InForce:
    """Read campaigns and segments as operators' files; once per process, for that takes a while."""
    entries = (_CAMPAIGN.format_map(dict(zip(_KEYS, each, strict=True))) for each in _CAMPAIGNS)
    with tempfile.TemporaryDirectory(prefix="adapter-sim-") as folder:
        campaigns, segments = Path(folder) / "campaigns.yaml", Path(folder) / "segments.yaml"
        campaigns.write_text("".join(("campaigns:\n", *entries)), encoding="utf-8")
        segments.write_text(_SEGMENTS, encoding="utf-8")
        return InForce(
            campaigns=tuple((None, each) for each in load_campaigns(campaigns)),
            segments=tuple((None, each) for each in load_segments(segments)),
        )


class Receiver:
    """Implements ``outbox.Sender``: somebody's server, which is told how it fares.

    Attributes:
        fares: what becomes of requests from now on.
        bodies: what came first under each delivery's id.
        wrong: ids that came again after they had been answered, or with another body.
    """

    def __init__(self) -> None:
        self.fares = Reception.WELL
        self.bodies: dict[str, str] = {}
        self.wrong: list[str] = []
        self._answered: set[str] = set()

    def lacks(self, endpoint: Endpoint) -> list[str]:  # noqa: ARG002 - it asks for no secret
        """Nothing is missing."""
        return []

    def send(
        self,
        endpoint: Endpoint,  # noqa: ARG002
        deliveries: Sequence[Delivery],
        at: Instant,  # noqa: ARG002
    ) -> list[Sent]:
        """Take deliveries, or not."""
        return [self._take(delivery) for delivery in deliveries]

    def _take(self, delivery: Delivery) -> Sent:
        known = self.bodies.setdefault(delivery.id, delivery.body)
        if known != delivery.body or delivery.id in self._answered:
            self.wrong.append(delivery.id)
        if self.fares is Reception.WELL:
            self._answered.add(delivery.id)
        match self.fares:
            case Reception.WELL:
                return Sent(outcome=Delivered(), status=200, excerpt="")
            case Reception.ANSWER_LOST:
                return Sent(outcome=TryAgain(Reason.TIMED_OUT), status=None, excerpt="")
            case Reception.DOWN:
                return Sent(outcome=TryAgain(Reason.FAILED_STATUS), status=503, excerpt="")
