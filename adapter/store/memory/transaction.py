"""One transaction of the memory store: copies of the facts, and all effects of a decision."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapter.clock import Instant, unix_seconds
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.activities import Activity
from adapter.model.people import PersonRef
from adapter.model.workspaces import Received, Source
from adapter.ports import (
    QuarantineRow,
)
from adapter.rules.decision import (
    Decision,
    Merge,
    StoredAnonymous,
)
from adapter.rules.facts import AnonymousIdFact, Facts, KeyFact, Needs
from adapter.rules.ledger import door_counts
from adapter.rules.measures import measures_of
from adapter.rules.mentions import Named, Traces
from adapter.rules.policy import policy_of
from adapter.store.memory.departures import apply_departures, is_used_up, suppressed
from adapter.store.memory.erasures import apply_erasure, find_traces
from adapter.store.memory.joins import apply_join
from adapter.store.memory.objects import apply_objects, assigned, related
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.rows import (
    merged,
    named,
    quarantine_rows,
    refuse_taken,
)
from adapter.store.memory.segments import add_segment_facts, forget_standing, write_standings
from adapter.store.memory.tables import Tables
from adapter.store.memory.triggers import add_trigger_facts, owners_of
from adapter.store.memory.unmerges import apply_unmerge, unmerged_records


class MemoryTransaction:
    """Implements ``ports.Transaction``; the store's lock makes it alone."""

    def __init__(self, tables: Tables, outbox: MemoryOutbox) -> None:
        self._tables = tables
        self._outbox = outbox

    def facts(self, needs: Needs) -> Facts:
        """Give copies, so that the rules may change them."""
        tables = self._tables
        for key in sorted(needs.anonymous_ids):
            if key not in tables.anonymous_ids:
                tables.anonymous_ids[key] = AnonymousIdFact(ref=next(tables.refs))
        recipients = self._outbox.recipients(needs.deliveries)
        refs = {*needs.refs, *((key[0], ref) for key, ref in recipients.items())}
        owned = {ref: tables.identifiers[ref] for ref in refs if ref in tables.identifiers}
        people = {(ref[0], person_id) for ref, person_id in owned.items()}
        joined = {(key[0], owned[key]) for key in needs.joined if key in owned}
        people |= owners_of(tables, needs) | assigned(tables, needs)
        objects, relationships = related(tables, needs, people, joined)
        facts = Facts(
            policies={w: policy_of(tables.workspaces[w].settings) for w in needs.workspaces},
            keys={key: tables.keys[key] for key in needs.keys if key in tables.keys},
            anonymous_ids={
                key: replace(tables.anonymous_ids[key], used_up=is_used_up(tables, key))
                for key in needs.anonymous_ids
            },
            people_by_ref=owned,
            people={key: copy.deepcopy(tables.people[key]) for key in people},
            suppressed=suppressed(tables, needs.refs),
            recipients=recipients,
            objects=objects,
            relationships=relationships,
            in_force=needs.in_force,
            editions={w: tables.editions.get(w, "") for w in needs.workspaces},
        )
        add_trigger_facts(tables, needs, facts)
        add_segment_facts(tables, needs, facts)
        return facts

    def commit(self, decision: Decision, received: Sequence[Received]) -> None:
        """Apply all effects, in the order that the SQL stores use."""
        tables = self._tables
        for body in received:
            place = tables.received[-1].place + 1 if tables.received else 1
            tables.received.append(replace(body, place=place))
        tables.keys.update(
            (key.key, KeyFact(key.content, key.home, key.record, key.received_at))
            for key in decision.keys
        )
        tables.invite_events.extend(decision.invites)
        tables.person_events.extend(decision.identified)
        self._write_people(decision)
        write_standings(tables, decision)
        self._assign(decision)
        merged = [line for merge in decision.merges for line in self._merge(merge)]
        tables.activities.extend(merged)
        for unmerge in decision.unmerges:
            records = unmerged_records(tables, unmerge)
            self._outbox.withdraw(unmerge, records)
            tables.activities.append(apply_unmerge(tables, unmerge))
        for erasure in decision.erasures:
            line = apply_erasure(tables, self._outbox, erasure)
            tables.activities.extend([] if line is None else [line])
        for waiting in decision.anonymous:
            tables.anonymous_events.setdefault(waiting.ref, []).append(waiting)
        apply_objects(tables, decision)
        tables.activities.extend(decision.activities)
        for released in decision.released:
            row = named(tables.quarantine, released.workspace_id, released.id)
            if row is not None:
                tables.quarantine.remove(row)
        tables.quarantine.extend(quarantine_rows(decision))
        self._outbox.add(decision)
        self._outbox.withdraw_invites(decision.withdrawals)
        self._count(decision, received)
        tables.count(measures_of(decision, merged))
        self._change_people(decision)

    def quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine."""
        return named(self._tables.quarantine, workspace_id, record)

    def settings(self, workspace_id: int) -> JSONObject:
        """Read a workspace's settings."""
        return dict(self._tables.workspaces[workspace_id].settings)

    def set_policy(self, workspace_id: int, settings: JSONObject) -> None:
        """Replace a workspace's settings."""
        workspaces = self._tables.workspaces
        workspaces[workspace_id] = replace(workspaces[workspace_id], settings=settings)

    def change_source(self, source: Source) -> None:
        """Overwrite a source, found by its id."""
        refuse_taken(self._tables.sources.values(), source)
        self._tables.sources[source.id] = source

    def claims(
        self, workspace_id: int, assigned_after: Instant
    ) -> list[tuple[str, AnonymousIdFact]]:
        """List pending claims, and assignments newer than an instant."""
        return [
            (anonymous_id, copy.copy(fact))
            for (owner, anonymous_id), fact in sorted(self._tables.anonymous_ids.items())
            if owner == workspace_id
            and (
                fact.pending_at is not None
                or (fact.assigned_at is not None and fact.assigned_at > assigned_after)
            )
        ]

    def held_ids(self, workspace_id: int, person_id: str) -> list[tuple[str, AnonymousIdFact]]:
        """List the anonymous ids that a person has, or is to have."""
        return [
            (name, copy.copy(fact))
            for (owner, name), fact in sorted(self._tables.anonymous_ids.items())
            if owner == workspace_id and person_id in {fact.person_id, fact.pending_person_id}
        ]

    def traces(self, workspace_id: int, named: Named) -> Traces:
        """Tell what somebody is known by, from some of it."""
        return find_traces(self._tables, workspace_id, named)

    def _count(self, decision: Decision, received: Sequence[Received]) -> None:
        tables = self._tables
        for key, count in decision.ledger.items():
            tables.ledger[key] = tables.ledger.get(key, 0) + count
        for door, count in door_counts(received).items():
            tables.door_counts[door] = tables.door_counts.get(door, 0) + count

    def _change_people(self, decision: Decision) -> None:
        tables = self._tables
        for join in decision.joins:
            apply_join(tables, join)
            forget_standing(tables, join.workspace_id, join.secondary_id)
            self._outbox.join(join.workspace_id, join.secondary_id, join.primary_id)
        apply_departures(tables, decision)
        for going in decision.departures:
            self._outbox.remove(going.workspace_id, going.person_id)
            forget_standing(tables, going.workspace_id, going.person_id)

    def _write_people(self, decision: Decision) -> None:
        for key, write in decision.people.items():
            self._tables.people[key] = copy.deepcopy(write.person)
            for kind, value in write.removed:
                self._tables.identifiers.pop((key[0], PersonRef(kind, value)), None)
        for key, write in decision.people.items():
            for kind, value in write.added:
                self._tables.identifiers[key[0], PersonRef(kind, value)] = key[1]

    def _assign(self, decision: Decision) -> None:
        for assignment in decision.assignments.values():
            fact = self._tables.anonymous_ids[assignment.key]
            if assignment.pending:
                fact.pending_person_id, fact.pending_at = assignment.person_id, assignment.at
            else:
                fact.person_id, fact.assigned_at = assignment.person_id, assignment.at
                fact.pending_person_id = fact.pending_at = None

    def _merge(self, merge: Merge) -> Iterator[Activity]:
        tables = self._tables
        stay: list[StoredAnonymous] = []
        move: list[StoredAnonymous] = []
        for waiting in tables.anonymous_events.get(merge.ref, ()):
            (move if merge.covers(waiting.event.received_at) else stay).append(waiting)
        tables.anonymous_events[merge.ref] = stay
        tables.person_events.extend(merged(waiting, merge) for waiting in move)
        times = [waiting.event.occurred_at for waiting in move]
        if merge.oldest is not None:
            times.append(merge.oldest)
        if times:
            data = {
                "count": merge.count + len(move),
                "oldest": unix_seconds(min(times)),
                "anonymous_id": merge.key[1],
            }
            yield replace(merge.activity, data=dumps(data))
