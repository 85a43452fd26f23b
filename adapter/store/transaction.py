"""One transaction of the SQL store: lock and read the facts, write the decision."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Received, Source
from adapter.ports import QuarantineRow
from adapter.rules.decision import Decision
from adapter.rules.facts import AnonymousIdFact, Facts, Needs
from adapter.rules.ledger import door_counts
from adapter.rules.measures import measures_of
from adapter.rules.mentions import Named, Traces
from adapter.store import (
    bookkeeping,
    departures,
    erasures,
    events,
    joins,
    keys,
    locks,
    merges,
    objects,
    outbox,
    people,
    quarantine,
    segments,
    triggers,
    unmerges,
    workspaces,
)
from adapter.store.partitions import Days
from adapter.store.sql import is_postgres


class SqlTransaction:
    """Implements ``ports.Transaction``.

    Args:
        connection: inside a transaction that writes.
        days: makes the partitions that rows need, on PostgreSQL.
        lane: of the ledger.
    """

    def __init__(self, connection: Connection, days: Days, lane: int) -> None:
        self._connection = connection
        self._days = days
        self._lane = lane

    def facts(self, needs: Needs) -> Facts:
        """Lock the rows needed, then read."""
        return locks.read_facts(self._connection, needs)

    def commit(self, decision: Decision, received: Sequence[Received]) -> None:
        """Write all effects, in a fixed number of statements; kinds without rows take none."""
        connection = self._connection
        if is_postgres(connection):
            self._days.ensure(_instants(decision, received))
        keys.remember_keys(connection, decision.keys)
        bookkeeping.write_received(connection, received)
        events.write_invites(connection, decision.invites)
        events.write_identified(connection, decision.identified)
        people.write_people(connection, decision.people.values())
        segments.write_standings(connection, decision)
        merges.write_assignments(connection, decision.assignments.values())
        merged = list(merges.apply_merges(connection, decision.merges))
        # After the merges: what they cover of this batch the rules have given to its person.
        events.write_anonymous(connection, decision.anonymous)
        erased = list(erasures.apply_erasures(connection, decision.erasures))
        unmerged = list(unmerges.apply_unmerges(connection, decision.unmerges, self._days))
        objects.write_related(connection, decision)
        bookkeeping.write_activities(
            connection, [*decision.activities, *merged, *unmerged, *erased]
        )
        quarantine.release(connection, decision.released)
        quarantine.write_quarantine(connection, decision.quarantined)
        triggers.write_triggers(connection, decision.triggers)
        outbox.write_deliveries(connection, decision.deliveries)
        outbox.withdraw_invites(connection, decision.withdrawals)
        joins.apply_joins(connection, decision.joins)
        departures.apply_departures(connection, decision)
        triggers.forget_people(connection, decision.departures)
        doors = door_counts(received)
        measures = measures_of(decision, merged)
        bookkeeping.bump_ledger(connection, decision.ledger, doors, measures, self._lane)

    def quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine, held against everybody else who would retry it."""
        return quarantine.find_quarantined(self._connection, workspace_id, record, lock=True)

    def settings(self, workspace_id: int) -> JSONObject:
        """Read a workspace's settings, locked against every concurrent ingest."""
        return workspaces.locked_settings(self._connection, workspace_id)

    def set_policy(self, workspace_id: int, settings: JSONObject) -> None:
        """Replace a workspace's settings, alone with the workspace."""
        workspaces.set_settings(self._connection, workspace_id, settings)

    def change_source(self, source: Source) -> None:
        """Overwrite a source, found by its id."""
        workspaces.change_source(self._connection, source)

    def claims(
        self, workspace_id: int, assigned_after: Instant
    ) -> list[tuple[str, AnonymousIdFact]]:
        """List the anonymous ids to catch up with, locked."""
        return locks.lock_claims(self._connection, workspace_id, assigned_after)

    def traces(self, workspace_id: int, named: Named) -> Traces:
        """Tell what somebody is known by, from some of it."""
        return erasures.find_traces(self._connection, workspace_id, named)

    def held_ids(self, workspace_id: int, person_id: str) -> list[tuple[str, AnonymousIdFact]]:
        """List the anonymous ids that a person has, or is to have."""
        return locks.held_ids(self._connection, workspace_id, person_id)


def _instants(decision: Decision, received: Sequence[Received]) -> Iterator[int]:
    """Give the instants whose days the rows of a decision need."""
    for body in received:
        yield body.received_at
    for waiting in decision.anonymous:
        yield waiting.event.received_at
    for invite in decision.invites:
        yield invite.event.received_at
