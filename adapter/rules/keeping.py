"""Keeping people's standings in segments, change by change (C6).

The edition of a workspace's segments stands in the workspace's row. Who decides by other segments
than those, a server that has not read the new file yet say, keeps nothing: whoever it touches is
marked, and worked out anew from their events by those who know better.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from adapter.clock import Instant
from adapter.ids import moment_id
from adapter.jsonvalue import JSONObject
from adapter.model.people import Person
from adapter.model.reasons import Reason
from adapter.model.segments import NO_TALLY, Deed, Member, Segment, Segmentation, Standing
from adapter.rules.asked import asked_of_person, person_json
from adapter.rules.causes import Cause, Occasion
from adapter.rules.facts import Facts, PersonKey
from adapter.rules.tallies import add_deed, meets, next_end, together

_NOBODY: JSONObject = {"userId": None, "traits": {}}
"""How FQL sees somebody who is not there yet."""


class Why(NamedTuple):
    """Why standings change.

    Attributes:
        triggers: ``may_trigger``, or why what changes may start nothing; None: nobody asks (C7).
        told: the reason, unless it is that conditions are met or not.
    """

    cause: Cause
    triggers: Reason | None = Reason.MAY_TRIGGER
    told: Reason | None = None


class Change(NamedTuple):
    """That a person entered or left a segment.

    Attributes:
        segment: only its id, if it is in force no more.
        may: whether that may start campaigns, as ``Why.triggers``.
    """

    person: PersonKey
    segment: Segment | str
    enters: bool
    cause: Cause
    reason: Reason
    may: Reason | None

    @property
    def segment_id(self) -> str:
        """Which segment."""
        return self.segment if isinstance(self.segment, str) else self.segment.id

    @property
    def segment_name(self) -> str:
        """What people call it."""
        return self.segment if isinstance(self.segment, str) else self.segment.name


@dataclass(slots=True)
class _Touched:
    """Somebody who may have changed since standings were settled last.

    Attributes:
        before: as FQL saw them; None: they are new.
        noted: events that became theirs, each with whether it may trigger (C2, C3, C8).
    """

    before: JSONObject | None
    noted: list[tuple[Deed, Reason]] = field(default_factory=list)

    def deeds(self, *, fresh: bool) -> list[Deed]:
        """Give the events that may trigger, or those that may not."""
        return [deed for deed, may in self.noted if (may is Reason.MAY_TRIGGER) == fresh]


class Keeping:
    """Standings as the messages so far have left them.

    Attributes:
        writes: standings to write, whole.
        outdated: whose standing, if there is one, is to be worked out anew from their events.
        changes: who entered and left what, since they were taken last.
    """

    def __init__(self, facts: Facts) -> None:
        self.writes: dict[PersonKey, Standing] = {}
        self.outdated: set[PersonKey] = set()
        self.changes: list[Change] = []
        self._facts = facts
        self._touched: dict[PersonKey, _Touched] = {}

    def is_watched(self, workspace_id: int) -> bool:
        """Tell whether anything is kept of a workspace's people."""
        return bool(self._facts.editions.get(workspace_id))

    def create(self, person: Person) -> None:
        """A person has come into being: they have done nothing yet."""
        key = (person.workspace_id, person.person_id)
        if self._keeps(key[0]):
            self.writes[key] = _blank(self._segmentation(key[0]), person.created_at)
            self._touched[key] = _Touched(before=None)

    def touch(self, key: PersonKey, at: Instant) -> None:
        """A person is about to change: what time alone changes up to now comes first."""
        if key in self._touched or not self.is_watched(key[0]) or key not in self._facts.people:
            return
        standing, person = self.standing(key), self._asked(key)
        if standing is not None:
            self._pass_time(key, standing, person, at)
        self._touched[key] = _Touched(person)

    def note(self, key: PersonKey, deed: Deed, may: Reason, at: Instant) -> None:
        """An event has become a person's."""
        self.touch(key, at)
        touched = self._touched.get(key)
        if touched is not None:
            touched.noted.append((deed, may))

    def join(self, primary: PersonKey, secondary: PersonKey, at: Instant) -> None:
        """What one person did, the other has done (P5)."""
        if not self.is_watched(primary[0]):
            return
        self.touch(primary, at)
        mine, theirs = self.standing(primary), self.standing(secondary)
        self.remove(secondary)
        if mine is None or theirs is None:
            self.doubt(primary)
            return
        for each in self._segmentation(primary[0]).every:
            other = theirs.tallies.get(each.key)
            if other is not None:
                own = mine.tallies.get(each.key, NO_TALLY)
                mine.tallies[each.key] = together(each, own, other)
                self.writes[primary] = mine

    def doubt(self, key: PersonKey) -> None:
        """A person did more than is known here: their standing has to be worked out anew."""
        if self.is_watched(key[0]):
            self.outdated.add(key)
            self.writes.pop(key, None)

    def remove(self, key: PersonKey) -> None:
        """A person is gone: joined to another, or departed."""
        self.writes.pop(key, None)
        self.outdated.discard(key)
        self._facts.standings.pop(key, None)
        self._touched.pop(key, None)

    def standing(self, key: PersonKey) -> Standing | None:
        """Give a standing to change; None: it is not known, or not for us to say."""
        if key in self.outdated or not self._keeps(key[0]):
            return None
        kept = self.writes.get(key) or self._facts.standings.get(key)
        current = kept is not None and kept.edition == self._segmentation(key[0]).edition
        return kept if current else None

    def segments_of(self, key: PersonKey) -> frozenset[str]:
        """Name the segments that a person is in; where that is not known, as it was known last."""
        kept = self.standing(key) or self._facts.standings.get(key)
        return frozenset() if kept is None else frozenset(kept.members)

    @property
    def is_still(self) -> bool:
        """Tell that nobody was touched, and nothing has changed, since it was settled last."""
        return not self._touched and not self.changes

    def settle(self, why: Why) -> None:
        """Work out what has changed for all who were touched."""
        touched, self._touched = self._touched, {}
        for key, each in touched.items():
            standing = self.standing(key)
            if key not in self._facts.people:
                continue
            if standing is None:
                self.outdated.add(key)
            else:
                self._settle(key, standing, each, why)

    def recount(self, key: PersonKey, deeds: Iterable[Deed], why: Why) -> None:
        """Work a standing out anew, from all that the person did."""
        segmentation, at = self._segmentation(key[0]), why.cause.received_at
        known = self._facts.standings.get(key)
        standing = _blank(segmentation, at)
        if known is not None:
            standing.evaluated_at = max(at, known.evaluated_at)
            standing.members, standing.stored = dict(known.members), known.stored
        for deed in deeds:
            add_deed(segmentation.every, standing.tallies, deed)
        self.writes[key] = standing
        met = self._met(key[0], standing, self._asked(key), standing.evaluated_at)
        self._move(key, standing, met, why, {})
        self._look_ahead(key, standing)

    def _settle(self, key: PersonKey, standing: Standing, touched: _Touched, why: Why) -> None:
        segmentation = self._segmentation(key[0])
        at = max(why.cause.received_at, standing.evaluated_at)
        kept = (dict(standing.tallies), standing.due_at)
        stale = self._count_old(key, standing, touched, at)
        for deed in touched.deeds(fresh=True):
            add_deed(segmentation.every, standing.tallies, deed)
        met = self._met(key[0], standing, self._asked(key), at)
        changed = met != standing.members.keys()
        evaluated_at, standing.evaluated_at = standing.evaluated_at, at
        self._move(key, standing, met, why, stale if why.triggers is Reason.MAY_TRIGGER else {})
        self._look_ahead(key, standing)
        if changed or kept != (standing.tallies, standing.due_at):
            self.writes[key] = standing
        else:
            standing.evaluated_at = evaluated_at

    def _count_old(
        self, key: PersonKey, standing: Standing, touched: _Touched, at: Instant
    ) -> dict[str, Reason]:
        """Count the events that may not trigger, and tell what they alone would change.

        What is too old to trigger starts nothing by what it brings about either (C2).
        """
        old = touched.deeds(fresh=False)
        if not old:
            return {}
        at_first = self._met(key[0], standing, touched.before, at)
        for deed in old:
            add_deed(self._segmentation(key[0]).every, standing.tallies, deed)
        by_old = self._met(key[0], standing, touched.before, at)
        return dict.fromkeys(at_first ^ by_old, Reason.OLDER_THAN_TRIGGER_WINDOW)

    def _pass_time(
        self, key: PersonKey, standing: Standing, person: JSONObject, until: Instant
    ) -> None:
        """Apply what time alone has changed, each change at its own moment."""
        while standing.due_at is not None and standing.due_at <= until:
            at = standing.evaluated_at = standing.due_at
            met = self._met(key[0], standing, person, at)
            occasion = Occasion(moment_id(at, *map(str, key)), key[0], at)
            self._move(key, standing, met, Why(occasion, told=Reason.SEGMENT_PERIOD_PASSED), {})
            self._look_ahead(key, standing)
            self.writes[key] = standing

    def _move(
        self,
        key: PersonKey,
        standing: Standing,
        met: set[str],
        why: Why,
        may: Mapping[str, Reason],
    ) -> None:
        """Have a person be in those segments that they meet, and in no others.

        Args:
            key: whose.
            standing: changed.
            met: which they are to be in, as of ``standing.evaluated_at``.
            why: for what reason.
            may: whether what changes may trigger, where it is not as ``why`` says.
        """
        segments = self._segmentation(key[0]).segments
        for segment_id in sorted(met ^ standing.members.keys()):
            enters = segment_id in met
            plain = Reason.SEGMENT_CONDITIONS_MET if enters else Reason.SEGMENT_CONDITIONS_UNMET
            self.changes.append(
                Change(
                    person=key,
                    segment=segments.get(segment_id, segment_id),
                    enters=enters,
                    cause=why.cause,
                    reason=why.told or plain,
                    may=may.get(segment_id, why.triggers),
                )
            )
            if enters:
                standing.members[segment_id] = Member(standing.evaluated_at, "")
            else:
                del standing.members[segment_id]

    def _look_ahead(self, key: PersonKey, standing: Standing) -> None:
        every = self._segmentation(key[0]).every
        standing.due_at = next_end(every, standing.tallies, standing.evaluated_at)

    def _met(
        self, workspace_id: int, standing: Standing, person: JSONObject | None, at: Instant
    ) -> set[str]:
        return {
            segment.id
            for segment in self._segmentation(workspace_id).segments.values()
            if meets(segment.who, standing.tallies, person or _NOBODY, at)
        }

    def _asked(self, key: PersonKey) -> JSONObject:
        return asked_of_person(person_json(self._facts.people[key]))

    def _segmentation(self, workspace_id: int) -> Segmentation:
        return self._facts.in_force.segmentation(workspace_id)

    def _keeps(self, workspace_id: int) -> bool:
        """Tell whether the segments in force are those that we know."""
        edition = self._facts.editions.get(workspace_id)
        return bool(edition) and edition == self._segmentation(workspace_id).edition


def _blank(segmentation: Segmentation, at: Instant) -> Standing:
    return Standing(edition=segmentation.edition, tallies={}, members={}, evaluated_at=at)
