"""Rule C6 for many people: after a random history, increments equal a full recomputation.

``ADAPTER_TEST_SEGMENT_PEOPLE`` says how many people there are, ``ADAPTER_TEST_SEGMENT_SEED`` which
history is played.
"""

import os
import random
from dataclasses import dataclass, field, replace

from adapter.clock import DAY, HOUR, MINUTE, Instant, ManualClock
from adapter.errors import NotFound
from adapter.model.segments import AllOf, AnyOf, Not
from adapter.services.erasing import Erasing, read_named
from adapter.services.unmerging import Unmerging
from tests.build import (
    T0,
    anonymous_event,
    delete_person,
    identified_event,
    identify,
    merge_people,
    with_workspace,
)
from tests.segmenting import Kept, expected_members, has, performed, segment

PEOPLE = int(os.environ.get("ADAPTER_TEST_SEGMENT_PEOPLE", "300"))
SEED = int(os.environ.get("ADAPTER_TEST_SEGMENT_SEED", "1"))

_BATCH = 500
_ROUNDS = 4
_ERASED = 8
_TWICE = performed("Ordered", at_least=2)
_LATELY = performed("Viewed", within=DAY)
_DEAR = performed("Ordered", where=lambda asked: asked["properties"]["n"] > 1)
SEGMENTS = [
    segment(_TWICE, "twice"),
    segment(AllOf((_DEAR, Not(_LATELY))), "dear"),
    segment(AnyOf((has(plan="pro"), performed("Ordered", at_least=2, within=2 * DAY))), "pro"),
    segment(AllOf((_LATELY, has(plan="pro"))), "lately"),
    segment(Not(AnyOf((_TWICE, _LATELY))), "idle"),
]


@dataclass
class History:
    """Plays what could happen to many people, at random."""

    kept: Kept
    workspace: object
    draw: random.Random
    now: Instant = T0
    messages: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def play(self):
        for _ in range(_ROUNDS):
            batch = []
            for _ in range(PEOPLE):
                batch.append(self._message())
                if len(batch) == _BATCH:
                    self._commit(batch)
                    batch = []
            self._commit(batch)
            self._take_back()
            self._erase(_ERASED // _ROUNDS)
            self.kept.upkeep_at(self.now)
            self.now = Instant(self.now + 8 * HOUR)

    def _commit(self, batch):
        messages = [
            replace(message, received_at=self.now, message_id=f"m-{self.messages + place}")
            for place, message in enumerate(batch)
        ]
        self.messages += len(messages)
        self.kept.run(*messages)
        self.kept.decisions.clear()
        self.now = Instant(self.now + self.draw.randrange(MINUTE))

    def _count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def _message(self):
        number = self.draw.randrange(PEOPLE)
        kind = self.draw.random()
        self._count("records")
        if kind < 0.4:
            return self._event(anonymous_event, f"a-{number}")
        if kind < 0.65:
            return self._event(identified_event, f"u-{number}")
        if kind < 0.95:
            plan = self.draw.choice(["pro", "free", None])
            bears = self.draw.random() < 0.7
            return identify(f"u-{number}", anonymous_id=f"a-{number}" if bears else None, plan=plan)
        if kind < 0.97:
            return merge_people(f"u-{number}", f"u-{self.draw.randrange(PEOPLE)}")
        return delete_person(f"u-{number}")

    def _event(self, make, whom):
        event = make(whom, name=self.draw.choice(["Ordered", "Ordered", "Viewed", "Other"]))
        late = self.draw.choice([0, 0, HOUR, 3 * DAY])
        data = f'{{"n":{self.draw.randrange(3)}}}'
        return replace(event, data=data, occurred_at=Instant(self.now - late))

    def _take_back(self):
        unmerging = Unmerging(self.kept.store, ManualClock(self.now), lambda: self.kept.in_force)
        for _ in range(PEOPLE // 50):
            try:
                unmerging.unmerge(self.workspace, f"a-{self.draw.randrange(PEOPLE)}")
            except NotFound:
                continue
            self._count("unmerged")

    def _erase(self, times):
        erasing = Erasing(self.kept.store, ManualClock(self.now), pause=lambda: None)
        for _ in range(times):
            number = self.draw.randrange(PEOPLE)
            erasing.erase(self.workspace, read_named(self.workspace, people=[f"u-{number}"]))
            self._count("erased")


def members_of(kept, workspace_id):
    found = {}
    for name in kept.in_force.segmentation(workspace_id).segments:
        found[name] = set()
        beyond = ""
        while page := kept.store.memberships.members(workspace_id, name, beyond=beyond):
            found[name].update(page)
            beyond = page[-1]
    return found


def test_c6_m12_p5_p6_increments_of_many_people_equal_a_full_recomputation(store):
    workspace = with_workspace(store)
    kept = Kept(store, *SEGMENTS)
    history = History(kept, workspace, random.Random(SEED))
    history.play()
    kept.upkeep_at(history.now)

    by_increments = members_of(kept, workspace.id)
    assert min(history.done[what] for what in ("records", "unmerged", "erased")) > 0
    expected = expected_members(store, kept.in_force, history.now, workspace.id)
    assert by_increments == {name: expected.get(name, set()) for name in by_increments}
    assert all(by_increments.values())

    # And the product's own recomputation, of the same file taken up anew.
    kept.redefine()
    assert not any(store.memberships.count(workspace.id, name) for name in by_increments)
    kept.redefine(*SEGMENTS)
    kept.upkeep_at(history.now)
    assert members_of(kept, workspace.id) == by_increments
