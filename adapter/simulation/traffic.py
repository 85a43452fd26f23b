"""Who sends what: people, their browsers and phones, a back office, and their odd habits.

Most of it is ordinary; some is aimed at the edges of the rules, where an ordinary month would
hardly ever come: the last instant of a window and the first one after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from adapter.clock import DAY, HOUR, MINUTE, SECOND, Instant
from adapter.simulation.oracle.said import UNREADABLE, Said

NAMES = ("Viewed Pricing", "Product Added", "Order Completed", "Signed Up")
PLANS = ("free", "pro", "team", None)
JUNK = ("null", "undefined", "Anonymous", "00000000-0000-0000-0000-000000000000", "-1")
WINDOWS = (300 * SECOND, 60 * SECOND, 600 * SECOND)
RETENTIONS = (30 * DAY, 7 * DAY)
TRIGGER_WINDOWS = (72 * HOUR, 24 * HOUR)
_AROUND = (-SECOND, -1, 0, 0, 1, SECOND)
"""How far from an edge, in microseconds."""


@dataclass(slots=True)
class Browser:
    """A browser or a phone.

    Attributes:
        anonymous_id: until it is reset.
        users: who sits there, by number; several on a shared device.
        skew: by how much its clock is wrong.
        is_phone: it has screens, not pages.
    """

    anonymous_id: str
    users: list[int]
    skew: int
    is_phone: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A record, the moment it is sent, and when it arrives if that is aimed at something."""

    at: Instant
    said: Said
    aimed: Instant | None = None


class Traffic:
    """Draws the traffic of a few people for a month.

    Args:
        random: the only source of chance.
        start: of the month.
        length: in microseconds.
        name: stands in every id, so that one town's traffic never meets another's.
    """

    def __init__(self, random: Random, start: Instant, length: int, name: str) -> None:
        self._random = random
        self._name = name
        self._start = start
        self._length = length
        self._number = 0
        self._resets = 0
        people = random.randint(2, 5)
        self._people = list(range(people))
        self._browsers = [self._browser() for _ in range(random.randint(2, 5))]

    def draw(self) -> Iterator[Sent]:
        """Give all that is sent, in no order."""
        for browser in self._browsers:
            for _ in range(self._random.randint(2, 7)):
                yield from self._visit(browser)
        for _ in range(self._random.randint(4, 14)):
            yield self._back_office(self._moment())

    def operators_words(self) -> tuple[list[str], list[str], list[str]]:
        """Give the ids, addresses and anonymous ids by which an operator may name somebody."""
        people = [f"user-{self._name}{user}" for user in self._people]
        emails = [self._address(user) for user in self._people]
        return people, emails, [f"anon-{self._name}{n}" for n in range(1, self._resets + 1)]

    def _moment(self) -> Instant:
        return Instant(self._start + self._random.randrange(self._length))

    def _visit(self, browser: Browser) -> Iterator[Sent]:
        """Look around, perhaps sign in, look around again, perhaps sign out."""
        random, at = self._random, self._moment()
        for _ in range(random.randint(0, 4)):
            at = self._later(at)
            yield Sent(at, self._view(browser, at))
        if random.random() < 0.75:
            at = self._later(at)
            yield from self._sign_in(browser, at)
            for _ in range(random.randint(0, 3)):
                at = self._later(at)
                yield Sent(at, self._view(browser, at))
        if random.random() < 0.3:
            browser.anonymous_id = self._new_anonymous_id()

    def _later(self, at: Instant) -> Instant:
        pause = self._random.choice((0, SECOND, 20 * SECOND, MINUTE, 4 * MINUTE, 11 * MINUTE))
        return Instant(at + round(pause * self._random.uniform(0.5, 1.5)))

    def _sign_in(self, browser: Browser, at: Instant) -> Iterator[Sent]:
        """Identify, and aim events at the edges that this identify draws."""
        random = self._random
        user = random.choice(browser.users)
        said = self._identify(user, browser, at)
        yield Sent(at, said, aimed=at)
        for _ in range(random.choice((1, 1, 2, 3))):
            edge = random.choice((*WINDOWS[:1] * 3, *WINDOWS, *(-r for r in RETENTIONS)))
            arrives = at + edge + random.choice(_AROUND)
            moment = Instant(arrives)
            view = self._view(browser, moment)
            yield Sent(moment, self._aged(view, at), aimed=moment)

    def _aged(self, said: Said, associated_at: Instant) -> Said:
        """Let an event have happened just inside or outside the trigger window (C2)."""
        if said.at is None or self._random.random() < 0.4:
            return said
        age = self._random.choice(TRIGGER_WINDOWS) + self._random.choice(_AROUND)
        return replace(said, at=associated_at - age)

    def _view(self, browser: Browser, at: Instant) -> Said:
        random = self._random
        kind = random.choice(("event", "event", "screen" if browser.is_phone else "page"))
        said = Said(
            message_id=self._message_id(),
            kind=kind,
            name=random.choice(NAMES),
            anonymous_id=browser.anonymous_id,
            attributes={"price": random.randint(1, 99)},
        )
        said = self._timed(said, at, browser.skew)
        habit = random.random()
        if habit < 0.04:
            return replace(said, anonymous_id=random.choice(JUNK))
        if habit < 0.08:
            return replace(said, kind="event", recipient="friend@example.org")
        if habit < 0.16:
            return replace(said, person=self._bare(random.choice(browser.users)))
        if habit < 0.18:
            return replace(said, message_id=None)
        return said

    def _identify(self, user: int, browser: Browser, at: Instant) -> Said:
        random = self._random
        attributes = {"plan": random.choice(PLANS)} if random.random() < 0.6 else {}
        person = self._bare(user)
        if random.random() < 0.4:
            # Now and then somebody else's address, which must be refused (P3).
            owner = user if random.random() < 0.8 else random.choice(self._people)
            attributes["email"] = self._email(owner)
        if not attributes:
            attributes = {"city": random.choice(("Kiel", "Leeds"))}
        said = Said(
            message_id=self._message_id(),
            kind="identify",
            person=person,
            anonymous_id=browser.anonymous_id,
            attributes=attributes,
        )
        said = self._timed(said, at, browser.skew)
        habit = random.random()
        if habit < 0.04:
            return replace(said, anonymous_id=random.choice(JUNK))
        if habit < 0.06:
            return replace(said, person="", attributes={"city": "Kiel"})
        if habit < 0.1:
            return replace(said, anonymous_id="")
        return said

    def _back_office(self, at: Instant) -> Sent:
        """A server: events of people, invites, people joined, and what cannot be mapped."""
        random = self._random
        person = self._bare(random.choice(self._people))
        said = Said(message_id=self._message_id(), kind="event", name=random.choice(NAMES), at=at)
        habit = random.random()
        if habit < 0.3:
            age = random.choice((0, 0, *TRIGGER_WINDOWS)) + random.choice(_AROUND)
            return Sent(at, replace(said, person=person, at=at - age), aimed=at)
        if habit < 0.43:
            recipient = "friend@example.org" if random.random() < 0.4 else self._email_of_any()
            return Sent(at, replace(said, recipient=recipient))
        if habit < 0.6:
            previous = self._bare(random.choice(self._people))
            return Sent(at, replace(said, kind="alias", name="", person=person, previous=previous))
        if habit < 0.72:
            kind = random.choice(("delete", "suppress", "unsuppress", "unsuppress"))
            return Sent(at, replace(said, kind=kind, name="", person=person))
        if habit < 0.78:
            return Sent(at, replace(said, person="cio_0190a000000070008000000000000000"))
        return Sent(at, self._broken(said, person))

    def _broken(self, said: Said, person: str) -> Said:
        """What belongs into quarantine (K4, K7, L3)."""
        choice = self._random.randrange(5)
        if choice == 0:
            return said
        if choice == 1:
            return replace(said, person=self._random.choice(("null", "Undefined", '"none"')))
        if choice == 2:
            return replace(said, person=person, broken="too_long")
        if choice == 3:
            return replace(said, kind="page", person=person, broken="unmappable")
        return replace(said, person=person, broken="unsupported_type")

    def _timed(self, said: Said, at: Instant, skew: int) -> Said:
        """Say when it happened, the way senders do (T3, T4)."""
        random, habit = self._random, self._random.random()
        if habit < 0.05:
            return said
        if habit < 0.09:
            return replace(said, at=UNREADABLE)
        if habit < 0.25:
            spent = random.choice((0, SECOND, HOUR))
            return replace(said, original=at + skew, sent=at + skew + spent, segment=at + spent)
        return replace(said, at=at + skew)

    def _browser(self) -> Browser:
        random = self._random
        count = 1 if random.random() < 0.6 else 2
        return Browser(
            anonymous_id=self._new_anonymous_id(),
            users=random.sample(self._people, min(count, len(self._people))),
            skew=random.choice((0, 0, 0, -90 * SECOND, 2 * HOUR, -100 * HOUR)),
            is_phone=random.random() < 0.3,
        )

    def _bare(self, user: int) -> str:
        """Name a person by id or by address, whichever the moment brings (P2)."""
        return f"user-{self._name}{user}" if self._random.random() < 0.7 else self._email(user)

    def _address(self, user: int) -> str:
        return f"person-{self._name}{user}@example.com"

    def _email_of_any(self) -> str:
        return self._email(self._random.choice(self._people))

    def _email(self, user: int) -> str:
        address = self._address(user)
        return address if self._random.random() < 0.8 else address.upper()

    def _message_id(self) -> str:
        self._number += 1
        return f"m-{self._name}{self._number}"

    def _new_anonymous_id(self) -> str:
        self._resets += 1
        return f"anon-{self._name}{self._resets}"
