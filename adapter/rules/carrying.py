"""How relationships change hands: with an anonymous id, with two people; and how they end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from adapter.clock import Instant
from adapter.model.objects import Relationship
from adapter.model.people import Attribute
from adapter.rules.facts import AnonymousIdFact, AnonymousKey, Holder, ObjectKey, RelationshipKey
from adapter.rules.keyed import fill_keys
from adapter.rules.policy import Policy
from adapter.rules.working import Working

Writes = dict[RelationshipKey, Relationship | None]
"""Relationships to write, as they are in the end; None is to be removed."""


class Span(NamedTuple):
    """Which of a stranger's relationships an assignment covers (M2, M3, R1).

    Attributes:
        after: later than this one was last received; else it has expired.
        until: by then it was first received.
    """

    after: Instant
    until: Instant

    def covers(self, relationship: Relationship) -> bool:
        """Tell whether a relationship is among them."""
        return relationship.updated_at > self.after and relationship.created_at <= self.until


def move_relationships(
    stranger: AnonymousKey,
    person_id: str,
    span: Span,
    known: dict[RelationshipKey, Relationship],
    writes: Writes,
) -> list[str]:
    """Move those relationships of a stranger to a person that an assignment covers.

    Args:
        stranger: workspace and anonymous id.
        person_id: whose they become.
        span: what the assignment covers.
        known: of both; changed.
        writes: what is to be written; changed.

    Returns:
        The cio_object_ids of those moved, sorted.
    """
    workspace_id, anonymous_id = stranger
    old, new = Holder.stranger(anonymous_id), Holder.person(person_id)
    covered = [(k, one) for k, one in _of(workspace_id, old, known) if span.covers(one)]
    for key, relationship in covered:
        target = (workspace_id, new, key[2])
        mine = known.get(target)
        carried = replace(relationship, anonymous_id=anonymous_id)
        known[target] = writes[target] = carried if mine is None else _united(mine, carried)
        del known[key]
        writes[key] = None
    return sorted(key[2] for key, _ in covered)


def catch_up_relationships(
    workspace_id: int,
    claims: Sequence[tuple[str, AnonymousIdFact]],
    policy: Policy,
    *,
    now: Instant,
    known: dict[RelationshipKey, Relationship],
) -> Writes:
    """Carry over what was kept while merging was off, as if it had been on (M8).

    Args:
        workspace_id: whose merging is switched on.
        claims: as for ``assignment.catch_up``.
        policy: the settings from now on.
        now: what has expired by now is gone.
        known: of these strangers and of who claims them; changed.
    """
    writes: Writes = {}
    for anonymous_id, fact in claims:
        person_id = fact.pending_person_id or fact.person_id
        since = fact.pending_at or fact.assigned_at
        if person_id is not None and since is not None:
            span = Span(policy.alive_after(now), Instant(since + policy.merge_window))
            stranger = (workspace_id, anonymous_id)
            move_relationships(stranger, person_id, span, known, writes)
    return writes


def give_back_relationships(
    stranger: AnonymousKey,
    person_id: str,
    alive_after: Instant,
    known: Mapping[RelationshipKey, Relationship],
) -> Writes:
    """Make strangers' again what came to a person with an anonymous id (M12).

    What had expired by now is gone instead; what was united with a relationship of the person's
    own stays theirs.

    Args:
        stranger: workspace and anonymous id.
        person_id: from whom.
        alive_after: what was last received later than this has not expired.
        known: all relationships of the person.
    """
    workspace_id, anonymous_id = stranger
    writes: Writes = {}
    for key, relationship in _of(workspace_id, Holder.person(person_id), known):
        if relationship.anonymous_id == anonymous_id:
            writes[key] = None
            if relationship.updated_at > alive_after:
                writes[workspace_id, Holder.stranger(anonymous_id), key[2]] = relationship
    return writes


def join_relationships(
    workspace_id: int, primary_id: str, secondary_id: str, working: Working
) -> None:
    """Give the secondary's relationships to the primary; what is missing is filled in (P5)."""
    known, writes = working.facts.relationships, working.decision.relationships
    for key, relationship in list(_of(workspace_id, Holder.person(secondary_id), known)):
        target = (workspace_id, Holder.person(primary_id), key[2])
        mine = known.get(target)
        known[target] = writes[target] = (
            relationship if mine is None else _filled(mine, relationship)
        )
        del known[key]
        writes[key] = None


def end_relationships(key: ObjectKey, working: Working) -> None:
    """End all relationships to an object that goes, as far as this batch knows of them."""
    known, writes = working.facts.relationships, working.decision.relationships
    gone = [one for one in known if (one[0], one[2]) == key]
    for one in gone:
        del known[one]
    # Whatever the store holds goes with the object.
    for one in [one for one in writes if (one[0], one[2]) == key]:
        del writes[one]


def _of(
    workspace_id: int, holder: Holder, known: Mapping[RelationshipKey, Relationship]
) -> Iterator[tuple[RelationshipKey, Relationship]]:
    return (item for item in known.items() if item[0][:2] == (workspace_id, holder))


def _united(one: Relationship, other: Relationship) -> Relationship:
    """Make one of two relationships of the same person to the same object; newer keys win (P4)."""
    attributes = dict(one.attributes)
    for name, attribute in other.attributes.items():
        mine = attributes.get(name)
        if mine is None or mine.at < attribute.at:
            attributes[name] = attribute
    return _older_and_newer(one, other, attributes)


def _filled(mine: Relationship, other: Relationship) -> Relationship:
    attributes = dict(mine.attributes)
    fill_keys(attributes, other.attributes)
    return _older_and_newer(mine, other, attributes)


def _older_and_newer(
    one: Relationship, other: Relationship, attributes: dict[str, Attribute]
) -> Relationship:
    return replace(
        one,
        attributes=attributes,
        created_at=min(one.created_at, other.created_at),
        updated_at=max(one.updated_at, other.updated_at),
    )
