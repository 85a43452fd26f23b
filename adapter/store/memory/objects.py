"""Objects and relationships in the memory store."""

import copy
from collections.abc import Iterable

from adapter.model.objects import CustomObject, Relationship, RelationshipRow
from adapter.rules.decision import Decision
from adapter.rules.facts import Holder, Needs, ObjectKey, RelationshipKey
from adapter.store.memory.tables import Tables


def related(
    tables: Tables, needs: Needs, people: Iterable[tuple[int, str]], joined: set[tuple[int, str]]
) -> tuple[dict[ObjectKey, CustomObject], dict[RelationshipKey, Relationship]]:
    """Give the objects and relationships that the needs ask for."""
    strangers = {(owner, Holder.stranger(name)) for owner, name in needs.strangers}
    held = _of(tables, strangers)
    if held or needs.relates:
        held |= _of(tables, {(owner, Holder.person(one)) for owner, one in people})
    keys = set(needs.objects)
    for owner, holder, cio_object_id in held:
        if not (holder.is_person and (owner, holder.id) not in joined):
            keys.add((owner, cio_object_id))
    objects = {key: tables.objects[key] for key in keys if key in tables.objects}
    return copy.deepcopy(objects), held


def assigned(tables: Tables, needs: Needs) -> set[tuple[int, str]]:
    """Name the people who have the anonymous ids of strangers: what they get may be theirs."""
    owners = {
        (key[0], tables.anonymous_ids[key].person_id)
        for key in needs.strangers
        if key in tables.anonymous_ids
    }
    return {(owner, person_id) for owner, person_id in owners if person_id is not None}


def apply_objects(tables: Tables, decision: Decision) -> None:
    """Remove objects with all relationships to them, then write objects and relationships."""
    gone = decision.removed_objects
    tables.relationships = {
        key: one for key, one in tables.relationships.items() if (key[0], key[2]) not in gone
    }
    for key in gone:
        tables.objects.pop(key, None)
    tables.objects.update(decision.objects)
    for one, relationship in decision.relationships.items():
        if relationship is None:
            tables.relationships.pop(one, None)
        else:
            tables.relationships[one] = relationship


def forget_relationships(tables: Tables, workspace_id: int, person_id: str) -> None:
    """Remove what a person was related to."""
    theirs = (workspace_id, Holder.person(person_id))
    tables.relationships = {
        key: one for key, one in tables.relationships.items() if key[:2] != theirs
    }


def relationship_rows(
    tables: Tables, workspace_id: int, person_id: str | None, cio_object_id: str | None
) -> list[RelationshipRow]:
    """List a person's relationships, or those of people to an object, in the order of paging."""
    rows = [
        RelationshipRow(key[1].id, key[2], one)
        for key, one in tables.relationships.items()
        if key[0] == workspace_id
        and key[1].is_person
        and person_id in {None, key[1].id}
        and cio_object_id in {None, key[2]}
    ]
    return sorted(rows, key=lambda row: (row.person_id, row.cio_object_id))


def _of(tables: Tables, holders: set[tuple[int, Holder]]) -> dict[RelationshipKey, Relationship]:
    return {key: one for key, one in tables.relationships.items() if key[:2] in holders}
