"""Segments for tests: conditions in short, a store that keeps them, and who must be in them."""

from dataclasses import replace

from adapter.clock import ManualClock
from adapter.ids import fingerprint
from adapter.jsonvalue import canonical, loads
from adapter.model.in_force import InForce
from adapter.model.messages import EventKind
from adapter.model.people import IdentifierKind
from adapter.model.segments import AllOf, AnyOf, Attributes, Not, Performed, Segment
from adapter.ports import ActivityQuery
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.services.segment_upkeep import SegmentUpkeep
from tests.build import T0, log


def performed(name="Ordered", at_least=1, within=None, where=None, kind=EventKind.EVENT):
    words = canonical([kind, name, at_least, within, repr(where)])
    return Performed(
        key=fingerprint(words)[:8].hex(),
        kind=kind,
        name=name,
        at_least=at_least,
        within=within,
        where=where,
    )


def has(**attributes):
    """Ask for attributes, each with this value."""
    wanted = attributes.items()
    return Attributes(lambda person: all(person["traits"].get(n) == v for n, v in wanted))


def segment(who, name="keen", workspace=None):
    return Segment(
        id=name, name=name.title(), description="", workspace=workspace, who=who, words=repr(who)
    )


class Kept:
    """A store that keeps segments, and what decides by them.

    Args:
        only: the id of the only workspace that has them; None: every one has.

    Attributes:
        decisions: all that were committed.
    """

    def __init__(self, store, *segments, campaigns=(), declared=True, only=None):
        self.store = store
        self.only = only
        self.clock = ManualClock(T0)
        self.decisions = []
        self.in_force = InForce()
        self.upkeep = SegmentUpkeep(
            store, self.clock, lambda: self.in_force, self.decisions.append, lambda: None
        )
        self.redefine(*segments, campaigns=campaigns, declared=declared)

    def redefine(self, *segments, campaigns=(), declared=True):
        """Put other segments in force."""
        self.in_force = InForce(
            segments=tuple((self.only, each) for each in segments),
            campaigns=tuple((None, each) for each in campaigns),
        )
        if declared:
            self.upkeep.declare()

    def run(self, *messages):
        """Decide and commit messages as one batch."""
        needs = needs_of(messages, self.in_force)

        def work(transaction):
            decision = decide(messages, transaction.facts(needs))
            transaction.commit(decision, ())
            return decision

        decision = self.store.write(work)
        self.decisions.append(decision)
        return decision

    def upkeep_at(self, now):
        """Let time pass, and do what is to be done then."""
        self.clock.set(now)
        return self.upkeep.run()

    def members(self, name="keen", workspace_id=1):
        """Name a segment's members by e-mail address or id."""
        ids = self.store.memberships.members(workspace_id, name)
        names = self.store.person_identifiers(workspace_id, ids)
        return {
            names[each].get(IdentifierKind.EMAIL) or names[each].get(IdentifierKind.ID)
            for each in ids
        }

    def lines(self, now=T0):
        """Give what the log says of segments, oldest first: type, segment, reason."""
        return [
            (row.type.removeprefix("segment_"), row.name, row.reason)
            for row in log(self.store, now=now)
            if row.type in {"segment_enter", "segment_leave"}
        ]


def expected_members(store, in_force, now, workspace_id=1):
    """Work out who must be in which segment from events and attributes alone, without tallies."""
    found = {}
    events = {}
    for row in _identified(store, workspace_id):
        if row.type in set(EventKind):
            events.setdefault(row.person_id, []).append(row)
    for person in _people(store, workspace_id):
        did = events.get(person.person_id, [])
        traits = {name: held.value for name, held in person.attributes.items()}
        asked = {"traits": {name: value for name, value in traits.items() if value is not None}}
        for each in in_force.segmentation(workspace_id).segments.values():
            if _meets(each.who, did, asked, now):
                found.setdefault(each.id, set()).add(person.person_id)
    return found


def _identified(store, workspace_id):
    """Give what people did and what became of them, newest first."""
    query = ActivityQuery(
        workspace_id=workspace_id, alive_after=T0, view="identified", limit=10_000
    )
    while page := store.activities(query):
        yield from page
        query = replace(query, before=page[-1].id)


def _people(store, workspace_id):
    beyond = ""
    while page := store.people(workspace_id, beyond=beyond):
        yield from page
        beyond = page[-1].person_id


def _meets(condition, did, asked, now):
    match condition:
        case Performed():
            return sum(_counts(condition, event, now) for event in did) >= condition.at_least
        case Attributes():
            return condition.hold(asked)
        case AllOf():
            return all(_meets(part, did, asked, now) for part in condition.parts)
        case AnyOf():
            return any(_meets(part, did, asked, now) for part in condition.parts)
        case Not():
            return not _meets(condition.part, did, asked, now)


def _counts(condition, event, now):
    return (
        (event.type, event.name) == (condition.kind, condition.name)
        and (condition.within is None or event.occurred_at >= now - condition.within)
        and (condition.where is None or condition.where({"properties": loads(event.data)}))
    )
