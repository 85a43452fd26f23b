"""Merging switched on later: what was stored while it was off is caught up with (M8)."""

from collections.abc import Iterable, Iterator, Sequence

from adapter.clock import Instant
from adapter.model.in_force import InForce
from adapter.model.people import IdentifierKind, PersonRef
from adapter.ports import Transaction
from adapter.rules.assignment import catch_up as catch_up_events
from adapter.rules.carrying import catch_up_relationships
from adapter.rules.decision import Decision
from adapter.rules.facts import AnonymousIdFact, Needs, RefKey
from adapter.rules.policy import Policy

Claims = Sequence[tuple[str, AnonymousIdFact]]


def catch_up(
    transaction: Transaction,
    workspace_id: int,
    policy: Policy,
    now: Instant,
    in_force: InForce,
    *,
    ids: Iterator[str],
    triggers: bool,
) -> Decision:
    """Decide what comes of switching merging on, once the store has the new settings.

    Args:
        transaction: which has the workspace to itself.
        workspace_id: whose merging is switched on.
        policy: the new settings.
        now: when, the moment of association for C2.
        in_force: what the operator's files say.
        ids: for the lines of the log.
        triggers: off, what is caught up with triggers nothing (C8).
    """
    # No two databases need sort texts alike, and lines are numbered in this order.
    claims = sorted(transaction.claims(workspace_id, _oldest_window(policy, now)), key=_name)
    facts = transaction.facts(_needs(workspace_id, claims, in_force))
    decision = catch_up_events(
        workspace_id, claims, facts, now=now, ids=[next(ids) for _ in claims], triggers=triggers
    )
    decision.relationships = catch_up_relationships(
        workspace_id, claims, policy, now=now, known=facts.relationships
    )
    return decision


def _name(claim: tuple[str, AnonymousIdFact]) -> str:
    return claim[0]


def _needs(workspace_id: int, claims: Claims, in_force: InForce) -> Needs:
    """Ask for what waits under the ids claimed, and for who claims them."""
    keys = {(workspace_id, anonymous_id): fact for anonymous_id, fact in claims}
    since = {key: Instant(fact.pending_at or fact.assigned_at or 0) for key, fact in keys.items()}
    return Needs(
        workspaces=frozenset({workspace_id}),
        keys=frozenset(),
        anonymous_ids={key: (at, at) for key, at in since.items()},
        refs=frozenset(_claimants(workspace_id, keys.values())),
        claimed=frozenset(keys),
        strangers=frozenset(keys),
        in_force=in_force,
    )


def _claimants(workspace_id: int, claims: Iterable[AnonymousIdFact]) -> set[RefKey]:
    people = {fact.pending_person_id or fact.person_id for fact in claims}
    return {
        (workspace_id, PersonRef(IdentifierKind.CIO_ID, person_id))
        for person_id in people
        if person_id is not None
    }


def _oldest_window(policy: Policy, now: Instant) -> Instant:
    """An assignment older than this covers only events that have expired."""
    return Instant(policy.alive_after(now) - policy.merge_window)
