"""What events start, and what must be sent for it (C2-C5, L5)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from adapter.simulation.oracle.state import DAY, HOUR, SECOND, OneEvent, OnePerson

_LIFETIME = 3 * DAY
_MOST_TRIES = 16


@dataclass(frozen=True, slots=True)
class OneCampaign:
    """A campaign.

    Attributes:
        dearer_than: the price of its events; None: any.
        again_after: microseconds; None: a person starts it once.
        for_invites: its audience is whoever is invited (C5).
    """

    name: str
    kind: str
    event: str
    dearer_than: int | None = None
    again_after: int | None = 0
    for_invites: bool = False


CAMPAIGNS = (
    OneCampaign("viewed", "event", "Viewed Pricing"),
    OneCampaign("viewed-dear", "event", "Viewed Pricing", dearer_than=50),
    OneCampaign("ordered-once", "event", "Order Completed", again_after=None),
    OneCampaign("added-weekly", "event", "Product Added", again_after=7 * DAY),
    OneCampaign("screened", "screen", "Signed Up"),
    OneCampaign("invited", "event", "Signed Up", for_invites=True),
)


@dataclass(slots=True, eq=False)
class OneStart:
    """What a campaign made of an event, once and for all (C4)."""

    campaign: str
    event: OneEvent
    reason: str
    at: int
    person: OnePerson | None


@dataclass(slots=True, eq=False)
class OneDelivery:
    """A request that is promised (L5)."""

    campaign: str
    event: OneEvent
    person: OnePerson | None
    due_at: int
    expires_at: int
    state: str = "pending"
    tries: int = 0

    @property
    def created_at(self) -> int:
        """Tell when it was promised."""
        return self.expires_at - _LIFETIME


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery that is over, and how: a line of the log."""

    delivery: OneDelivery
    reason: str


class Starts:
    """All that events have started.

    Attributes:
        starts: one for each event and campaign that met.
        deliveries: for those that started something.
    """

    def __init__(self) -> None:
        self.starts: list[OneStart] = []
        self.deliveries: list[OneDelivery] = []

    def consider(self, event: OneEvent, at: int, person: OnePerson | None, may: str) -> None:
        """C2-C5: an event has become somebody's, or is an invite."""
        for campaign in CAMPAIGNS:
            if (campaign.kind, campaign.event) != (event.kind, event.name):
                continue
            if campaign.for_invites is not (person is None):
                continue
            if any((each.campaign, each.event) == (campaign.name, event) for each in self.starts):
                continue
            reason = may if may != "may_trigger" else self._reason(campaign, event, at, person)
            self.starts.append(OneStart(campaign.name, event, reason, at, person))
            if reason == "triggered":
                self.deliveries.append(
                    OneDelivery(campaign.name, event, person, at, expires_at=at + _LIFETIME)
                )

    def work(self, now: int, *, well: bool) -> Iterable[Settled]:
        """L5: whatever is due is tried; what fails is tried again later, until it is too old."""
        for each in self.deliveries:
            if each.state == "pending" and each.expires_at <= now and each.due_at <= now:
                each.state = "dead"
        while due := [d for d in self.deliveries if d.state == "pending" and d.due_at <= now]:
            for each in due:
                reason = _tried(each, now, well=well)
                if each.state != "pending":
                    yield Settled(each, reason)

    def withdraw(self, event: OneEvent) -> None:
        """M12: what is not sent yet of an event that is nobody's any more is not sent at all."""
        for each in self.deliveries:
            if each.event is event and each.state == "pending":
                each.state = "cancelled"

    def withdraw_invites(self, addresses: Collection[str]) -> None:
        """C5, P6: who is suppressed gets nothing more of what they were invited to."""
        for each in self.deliveries:
            recipient = each.event.recipient if each.person is None else None
            if recipient and recipient.casefold() in addresses and each.state == "pending":
                each.state = "cancelled"

    def join(self, primary: OnePerson, secondary: OnePerson) -> None:
        """P5: what one person has started the other has."""
        rows: list[OneStart | OneDelivery] = [*self.starts, *self.deliveries]
        for row in rows:
            if row.person is secondary:
                row.person = primary

    def forget(self, person: OnePerson) -> None:
        """P6: somebody is gone, and all that was to be sent of them."""
        self.starts = [each for each in self.starts if each.person is not person]
        self.deliveries = [each for each in self.deliveries if each.person is not person]

    def forget_events(self, events: Iterable[OneEvent]) -> None:
        """P6: events were erased that were nobody's."""
        gone = set(map(id, events))
        self.starts = [each for each in self.starts if id(each.event) not in gone]
        self.deliveries = [each for each in self.deliveries if id(each.event) not in gone]

    def _reason(
        self, campaign: OneCampaign, event: OneEvent, at: int, person: OnePerson | None
    ) -> str:
        if campaign.dearer_than is not None and not event.price > campaign.dearer_than:
            return "condition_not_met"
        before = [
            each.at
            for each in self.starts
            if (each.campaign, each.person, each.reason) == (campaign.name, person, "triggered")
        ]
        if not before or person is None or campaign.again_after == 0:
            return "triggered"
        if campaign.again_after is None:
            return "started_before"
        within = at - max(before) < campaign.again_after
        return "started_within_period" if within else "triggered"


def _tried(delivery: OneDelivery, now: int, *, well: bool) -> str:
    """Give why a delivery is what it is after one more try."""
    delivery.tries += 1
    if well:
        delivery.state = "delivered"
        return "delivered"
    delivery.due_at = now + min(5 * SECOND * 3 ** (delivery.tries - 1), 4 * HOUR)
    if delivery.tries >= _MOST_TRIES:
        delivery.state = "dead"
        return "attempts_used_up"
    if delivery.due_at >= delivery.expires_at:
        delivery.state = "dead"
    return "delivery_expired"
