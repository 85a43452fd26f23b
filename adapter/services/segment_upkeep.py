"""Looking after segments: what a new file changes, and what time alone changes (C6).

Events and updates keep standings up to date themselves, in their own transactions. What is left
is done here, a few people at a time, each step in a short transaction that holds back no other
people: whoever's standing is of segments that are no more, and whoever's period has passed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from adapter.clock import SECOND, Clock, Instant
from adapter.ids import new_ids
from adapter.model.in_force import InForce
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import Store, Transaction
from adapter.rules.decision import Decision
from adapter.rules.facts import Needs
from adapter.rules.following import look_after

_STEP = 200
"""People of one transaction."""

_LOOK_AGAIN = 600 * SECOND
"""How often it is looked for people whose standing somebody else left to be worked out."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Pass:
    """The last time that all people of a workspace were gone through."""

    edition: str
    at: Instant


class SegmentUpkeep:
    """Works out what segments have changed besides what happens.

    Args:
        store: where they are kept.
        clock: tells what has passed.
        in_force: gives the segments.
        observe: told of every decision that was committed.
        pause: called between steps, so that ingest never waits for more than one.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        in_force: Callable[[], InForce],
        observe: Callable[[Decision], None],
        pause: Callable[[], object],
    ) -> None:
        self._store = store
        self._clock = clock
        self._in_force = in_force
        self._observe = observe
        self._pause = pause
        self._passed: dict[int, _Pass] = {}
        self._declared: dict[int, str] = {}

    def declare(self) -> None:
        """Have the segments in force be kept, if they are new to us.

        So the file that was read last goes before what another process declared, and what another
        declares later stands until our file changes.

        Raises:
            TransientError: the store does not take it; try again.
        """
        for workspace in self._store.workspaces():
            ours = self._in_force().segmentation(workspace.id).edition
            if self._declared.get(workspace.id) == ours:
                continue
            if ours != self._store.memberships.edition(workspace.id):
                self._declare(workspace, ours)
            self._declared[workspace.id] = ours

    def _declare(self, workspace: Workspace, edition: str) -> None:
        memberships = self._store.memberships
        if not edition:
            # First all standings go: what happens from then on is counted by nobody.
            while memberships.forget(workspace.id):
                self._pause()
        memberships.declare(workspace.id, edition)
        self._passed.pop(workspace.id, None)
        _log.info("segments_declared", workspace=workspace.name, edition=edition)

    def run(self) -> int:
        """Do whatever is to be done now; tell how many people were looked after.

        Raises:
            TransientError: a step could not be done; those before it are.
        """
        self.declare()
        now, count = self._clock.now(), 0
        for workspace in self._store.workspaces():
            edition = self._in_force().segmentation(workspace.id).edition
            if not edition or self._store.memberships.edition(workspace.id) != edition:
                continue
            count += self._let_time_pass(workspace.id, now)
            last = self._passed.get(workspace.id)
            if last is None or last.edition != edition or last.at <= now - _LOOK_AGAIN:
                count += self._work_out(workspace.id, edition)
                self._passed[workspace.id] = _Pass(edition, now)
        return count

    def _let_time_pass(self, workspace_id: int, now: Instant) -> int:
        count = 0
        while people := self._store.memberships.due(workspace_id, now, limit=_STEP):
            count += len(self._step(workspace_id, people))
            self._pause()
        return count

    def _work_out(self, workspace_id: int, edition: str) -> int:
        """Go through all people whose standing is of other segments."""
        beyond, count = "", 0
        while people := self._store.memberships.outdated(
            workspace_id, edition, beyond=beyond, limit=_STEP
        ):
            done = self._step(workspace_id, people)
            if not done:
                break  # the segments are others by now
            beyond, count = done[-1], count + len(done)
            self._pause()
        if count:
            _log.info("segments_worked_out", workspace_id=workspace_id, people=count)
        return count

    def _step(self, workspace_id: int, people: Sequence[str]) -> list[str]:
        """Look after some people; give those whose standing is up to date, from the first on."""
        now, in_force = self._clock.now(), self._in_force()
        keys = [(workspace_id, person_id) for person_id in people]
        needs = Needs(
            workspaces=frozenset({workspace_id}),
            keys=frozenset(),
            anonymous_ids={},
            refs=frozenset((key[0], PersonRef(IdentifierKind.CIO_ID, key[1])) for key in keys),
            in_force=in_force,
        )

        def work(transaction: Transaction) -> tuple[Decision, list[str]]:
            facts = transaction.facts(needs)
            working = look_after(keys, facts, now, new_ids(now))
            done: list[str] = []
            for key in keys:
                if key in facts.people and working.keeping.standing(key) is None:
                    break
                done.append(key[1])
            transaction.commit(working.decision, ())
            return working.decision, done

        decision, done = self._store.write(work)
        self._observe(decision)
        return done
