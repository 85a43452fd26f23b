"""Draws histories: what was there before, and a few requests that will overlap."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from adapter.clock import DAY, HOUR, MINUTE, SECOND, Instant
from adapter.model.messages import Message
from tests import build
from tests.concurrency.requests import Batch, Change, Request, Sweep, Unmerge

_PEOPLE = ("u-1", "u-2", "one@example.com", "two@example.com")
_EMAILS = ("one@example.com", "TWO@example.com")
_ANONYMOUS = ("a", "a", "b")
_OBJECTS = ("o-1", "o-2")
_MESSAGE_IDS = (None, None, None, "m-1", "m-2")
_CHANGES = (
    ("merging", "off"),
    ("merging", "on"),
    ("reuse", "same_person"),
    ("merge_window_seconds", "60"),
    ("trigger_window_seconds", "3600"),
    ("retention_seconds", "86400"),
    ("retention_seconds", "2764800"),
)
_SINCE = (-33 * DAY, -31 * DAY, -30 * DAY, -2 * DAY, -6 * MINUTE, -MINUTE)
"""When something was there before: long expired, just so, or alive and in the window or not."""

_LATE = (0, 0, 0, 1, SECOND, 2 * MINUTE)
"""How much later the clock of one request is than that of another."""

NOW = build.at(days=60)
LAST = Instant(NOW + HOUR)
"""When all is over and looked at."""


@dataclass(frozen=True, slots=True)
class History:
    """What happens in a workspace.

    Attributes:
        settings: that it begins with.
        before: requests one after another.
        together: requests that overlap.
    """

    settings: dict[str, object]
    before: tuple[Request, ...]
    together: tuple[Request, ...]

    def messages(self) -> Iterator[Message]:
        """Give all messages there are."""
        for request in (*self.before, *self.together):
            if isinstance(request, Batch):
                yield from request.messages


def draw_history(seed: str, most: int = 4) -> History:
    """Draw a history; the same seed draws the same one, but for the ids of its messages."""
    random = Random(seed)
    settings = random.choice(({}, {}, {"merging": False}, {"reuse": "same_person"}))
    before = sorted(random.choice(_SINCE) for _ in range(random.randint(1, 5)))
    together = random.choice((2, 2, 3, 3, most))
    return History(
        settings=settings,
        before=tuple(_batch(random, Instant(NOW + since)) for since in before),
        together=tuple(
            _request(random, Instant(NOW + random.choice(_LATE))) for _ in range(together)
        ),
    )


def _request(random: Random, at: Instant) -> Request:
    habit = random.random()
    if habit < 0.08:
        return Unmerge(at, random.choice(_ANONYMOUS))
    if habit < 0.16:
        return Change(at, *random.choice(_CHANGES))
    if habit < 0.21:
        return Sweep(at)
    return _batch(random, at)


def _batch(random: Random, at: Instant) -> Batch:
    count = random.choice((1, 1, 1, 2, 3))
    return Batch(tuple(_message(random, at) for _ in range(count)))


def _message(random: Random, at: Instant) -> Message:
    makers: Sequence[Callable[[Random, Instant], Message]] = [make for make, _ in _MAKERS]
    weights = [weight for _, weight in _MAKERS]
    (make,) = random.choices(makers, weights)
    return make(random, at)


def _anonymous(random: Random, at: Instant) -> Message:
    return build.anonymous_event(
        random.choice(_ANONYMOUS),
        received_at=at,
        occurred_at=Instant(at - random.choice((0, 0, HOUR, 4 * DAY))),
        message_id=random.choice(_MESSAGE_IDS),
        data=random.choice(("{}", '{"page":1}')),
    )


def _identify(random: Random, at: Instant) -> Message:
    attributes: dict[str, object] = {"plan": random.choice(("free", "pro", None))}
    if random.random() < 0.5:
        attributes["email"] = random.choice(_EMAILS)
    if random.random() < 0.2:
        attributes["id"] = random.choice(("u-1", "u-2"))
    return build.identify(
        random.choice(_PEOPLE),
        anonymous_id=random.choice((*_ANONYMOUS, None)),
        received_at=at,
        occurred_at=Instant(at - random.choice((0, 0, MINUTE))),
        message_id=random.choice(_MESSAGE_IDS),
        **attributes,
    )


def _identified(random: Random, at: Instant) -> Message:
    return build.identified_event(
        random.choice(_PEOPLE),
        received_at=at,
        message_id=random.choice(_MESSAGE_IDS),
        name="Viewed Pricing",
    )


def _invite(random: Random, at: Instant) -> Message:
    message_id = random.choice(_MESSAGE_IDS)
    return build.invite_event(random.choice(_EMAILS), received_at=at, message_id=message_id)


def _merge(random: Random, at: Instant) -> Message:
    return build.merge_people(random.choice(_PEOPLE), random.choice(_PEOPLE), received_at=at)


def _leave(random: Random, at: Instant) -> Message:
    leave = random.choice((build.delete_person, build.delete_person, build.suppress_person))
    return leave(random.choice(_PEOPLE), received_at=at)


def _unsuppress(random: Random, at: Instant) -> Message:
    return build.unsuppress_person(random.choice(_PEOPLE), received_at=at)


def _relate(random: Random, at: Instant) -> Message:
    is_stranger = random.random() < 0.5
    who = random.choice(_ANONYMOUS if is_stranger else _PEOPLE)
    one = build.relation(who, random.choice(_OBJECTS), stranger=is_stranger, role="member")
    if random.random() < 0.3:
        return build.unrelate(one, received_at=at)
    if random.random() < 0.3:
        return build.identify_object("o-1", one, received_at=at, name=random.choice("xy"))
    return build.relate(one, received_at=at)


def _no_object(random: Random, at: Instant) -> Message:
    return build.delete_object(random.choice(_OBJECTS), received_at=at)


def _device(random: Random, at: Instant) -> Message:
    return build.add_device(random.choice(_PEOPLE), received_at=at)


def _unapplicable(random: Random, at: Instant) -> Message:
    return build.unapplicable(received_at=at, message_id=random.choice(_MESSAGE_IDS))


_MAKERS = (
    (_anonymous, 30),
    (_identify, 30),
    (_identified, 8),
    (_invite, 4),
    (_merge, 8),
    (_leave, 10),
    (_unsuppress, 3),
    (_relate, 6),
    (_no_object, 2),
    (_device, 2),
    (_unapplicable, 2),
)
"""Which messages there are, and how often each is drawn."""
