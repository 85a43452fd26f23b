"""Faults to plant: a line of the product, what it is made, and who must notice."""

from typing import NamedTuple


class Planted(NamedTuple):
    """A fault.

    Attributes:
        name: what is wrong.
        file: below ``adapter``.
        right, wrong: texts; the right one stands there exactly once (`tests/conventions`).
        caught_by: a store of ``adapter sim`` and a number of seeds, or tests for pytest.
    """

    name: str
    file: str
    right: str
    wrong: str
    caught_by: str = "memory 40"


FAULTS = [
    Planted(
        "a window of 301 s",
        "rules/policy.py",
        "merge_window: int = 5 * MINUTE",
        "merge_window: int = 301 * SECOND",
    ),
    Planted(
        "the last instant of the window is out",
        "rules/merge.py",
        "received_at <= assigned_at + policy.merge_window",
        "received_at < assigned_at + policy.merge_window",
    ),
    Planted(
        "the window is closed a microsecond late",
        "rules/merge.py",
        "received_at > fact.assigned_at + policy.merge_window",
        "received_at > fact.assigned_at + policy.merge_window + 1",
        "tests/rules/test_merging.py",
    ),
    Planted(
        "exactly 30 days old is alive to a merge",
        "rules/assignment.py",
        "received_after=policy.alive_after(at)",
        "received_after=Instant(policy.alive_after(at) - 1)",
    ),
    Planted(
        "the second claim wins",
        "rules/claim.py",
        "if owner is not None and owner != person_id:",
        "if owner is None and owner != person_id:",
    ),
    Planted(
        "junk ids join strangers",
        "rules/claim.py",
        "if is_junk_anonymous_id(anonymous_id, policy.junk_ids):",
        "if is_junk_anonymous_id(anonymous_id, frozenset()):",
    ),
    Planted(
        "what is pending is forgotten",
        "rules/claim.py",
        "pends=not again or policy.reuse is Reuse.SAME_PERSON",
        "pends=False",
    ),
    Planted(
        "the same person's next identify reopens by default",
        "rules/policy.py",
        "reuse: Reuse = Reuse.NEVER",
        "reuse: Reuse = Reuse.SAME_PERSON",
    ),
    Planted(
        "expiry by occurrence, in memory",
        "store/memory/store.py",
        "event.received_at > alive_after",
        "event.occurred_at > alive_after",
    ),
    Planted(
        "expiry by occurrence, in SQL",
        "store/activities.py",
        "table.c.received_at + 0 > query.alive_after",
        "table.c.occurred_at + 0 > query.alive_after",
        "sqlite 8",
    ),
    Planted(
        "a sweep by occurrence, in memory",
        "store/memory/retention.py",
        "and row.received_at <= cutoff",
        'and getattr(row, "occurred_at", row.received_at) <= cutoff',
    ),
    Planted(
        "a sweep by occurrence, in SQL",
        "store/retention.py",
        "            return (own, column.received_at <= cutoff)\n",
        '            return (own, column.get("occurred_at", column.received_at) <= cutoff)\n',
        "sqlite 8",
    ),
    Planted(
        "a merge by occurrence, in SQL",
        "store/merges.py",
        "(event.received_at <= given.c.received_until)",
        "(event.occurred_at <= given.c.received_until)",
        "sqlite 8",
    ),
    Planted(
        "the trigger window's edge is out",
        "rules/merge.py",
        "associated_at - event.occurred_at <= policy.trigger_window",
        "associated_at - event.occurred_at < policy.trigger_window",
    ),
    Planted(
        "triggers count from receipt",
        "rules/merge.py",
        "associated_at - event.occurred_at <= policy.trigger_window",
        "associated_at - event.received_at <= policy.trigger_window",
    ),
    Planted(
        "a replay without triggers triggers after all",
        "rules/merge.py",
        "if Reason.TRIGGERS_OFF in event.notes:",
        "if Reason.TRIGGERS_OFF in ():",
    ),
    Planted(
        "a dedupe key per source",
        "rules/needs.py",
        "text = message.message_id or message.id",
        'text = f"{message.source_id} {message.message_id or message.id}"',
    ),
    Planted(
        "a conflict is taken for a repeat",
        "rules/decide.py",
        "if known.content in {content, UNTOLD}:",
        "if content:",
    ),
    Planted(
        "an older update is applied",
        "rules/keyed.py",
        "current is not None and at < current.at",
        "current is not None and at > current.at",
    ),
    Planted(
        "an identifier is taken from its owner",
        "rules/attributes.py",
        "self.holder_of(wanted) not in {None, self.person.person_id}",
        "self.holder_of(wanted) == ''",
    ),
    Planted(
        "a merge logs the newest event as the oldest",
        "store/memory/transaction.py",
        '"oldest": unix_seconds(min(times))',
        '"oldest": unix_seconds(max(times))',
    ),
    Planted(
        "a merged event forgets that it was anonymous",
        "store/memory/rows.py",
        "        was_anonymous=True,",
        "        was_anonymous=False,",
    ),
    Planted(
        "an unmerged id may be had again",
        "store/memory/unmerges.py",
        "    mark_used_up(tables, unmerge.key)\n",
        "",
    ),
    Planted(
        "an unmerge forgets why an event was anonymous",
        "store/memory/unmerges.py",
        "former = stored.former or Reason.AWAITING_IDENTIFY",
        "former = Reason.AWAITING_IDENTIFY",
        "tests/rules/test_unmerge.py -k memory",
    ),
    Planted(
        "an unmerge withdraws nothing",
        "store/memory/outbox.py",
        "and each.record in records",
        "and each.record in ()",
    ),
    Planted(
        "a suppressed address is invited",
        "rules/events.py",
        "if working.suppression(event.workspace_id, ref) is not None:",
        "if ref is None:",
        "tests/rules/test_departures.py -k invite and memory",
    ),
    Planted(
        "a person starts again what they start once",
        "rules/triggers.py",
        "if campaign.again_after and person is not None:",
        "if campaign.again_after and person is None:",
    ),
    Planted(
        "a delivery is sent again after it was answered",
        "rules/retry.py",
        "return Settlement(DeliveryState.DELIVERED, outcome.reason, now)",
        "return Settlement(DeliveryState.PENDING, outcome.reason, Instant(now + 1))",
    ),
    Planted(
        "a segment goes on counting what was unmerged",
        "rules/unmerge.py",
        "if deed.merged_by != key[1]]",
        "if deed]",
    ),
    Planted(
        "a segment asks for one event more",
        "rules/tallies.py",
        "    if tally.count < performed.at_least:",
        "    if tally.count <= performed.at_least:",
    ),
    Planted(
        "the anonymous ids of somebody deleted are free again",
        "store/memory/departures.py",
        "            mark_used_up(tables, key)\n",
        "",
    ),
    Planted(
        "whoever is suppressed is heard of",
        "rules/decide.py",
        "    if subjects.isdisjoint(working.facts.suppressed):",
        "    if subjects:",
    ),
    Planted(
        "an erased stranger's events are left",
        "store/memory/erasures.py",
        "        tables.anonymous_events.pop(ref, None)\n",
        "",
    ),
    Planted(
        "an unmerged id may be had again, in SQL",
        "store/unmerges.py",
        "    write_tombstones(connection, marks, secrets)\n",
        "",
        "tests/rules/test_unmerge.py -k sqlite",
    ),
    Planted(
        "a merge without the lock row: it is let go at once",
        "store/locks.py",
        "    locked = _lock_ids.run(connection, rows)\n",
        "    with connection.engine.begin() as other:\n"
        "        locked = _lock_ids.run(other, rows)\n",
        "tests/concurrency/test_serial_orders.py -k postgresql-directly",
    ),
    Planted(
        "a trigger written outside the transaction",
        "store/triggers.py",
        "    _write.run(\n        connection,\n        [\n            (\n"
        "                each.record,",
        "    with connection.engine.begin() as other:\n"
        "        _write.run(other, [\n            (\n                each.record,",
        "tests/store/test_failures.py -k trigger and postgresql",
    ),
    Planted(
        "who goes is locked before what they have",
        "rules/needs.py",
        "leaving=_leaving(messages),",
        "leaving=frozenset(),",
        "tests/concurrency/test_lock_order.py -k deletion",
    ),
]
