"""Compares what came of the same requests under two mappings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from adapter.model.people import IdentifierKind, Person
from adapter.ports import ActivityRow
from adapter.services.mapping_diff.rehearsal import Played, RecordKey
from adapter.services.mapping_diff.result import Comparison, MappingDiff
from adapter.services.mapping_diff.shapes import (
    EVENTS,
    Labels,
    event_json,
    event_key,
    label_of,
    may_trigger,
    merge_json,
    person_json,
    trigger_json,
)


class _Side(NamedTuple):
    """What came of one mapping, and what its people are called."""

    played: Played
    labels: Labels


class _Pair(NamedTuple):
    """A person under both mappings, or under one of them alone."""

    old: Person | None
    new: Person | None
    label: str


def compare(old: Played, new: Played, diff: MappingDiff) -> None:
    """Add to a diff how two outcomes of the same requests differ."""
    pairs = list(_pairs(old.people, new.people))
    old_labels = {pair.old.person_id: pair.label for pair in pairs if pair.old}
    new_labels = {pair.new.person_id: pair.label for pair in pairs if pair.new}
    sides = (_Side(old, old_labels), _Side(new, new_labels))
    _compare_records(*sides, diff)
    _compare_people(pairs, diff.people)
    _compare_merges(*sides, diff.merges)


def _compare_records(old: _Side, new: _Side, diff: MappingDiff) -> None:
    for key in sorted(old.played.records.keys() | new.played.records.keys()):
        lines = old.played.records.get(key, []), new.played.records.get(key, [])
        for kind, counted in ((diff.events, _is_event), (diff.triggers, may_trigger)):
            kind.old += sum(map(counted, lines[0]))
            kind.new += sum(map(counted, lines[1]))
        keys = [
            [event_key(line, side.labels) for line in given]
            for given, side in zip(lines, (old, new), strict=True)
        ]
        if keys[0] != keys[1]:
            _note_record(_name_of(key, lines), lines, (old.labels, new.labels), diff)


def _note_record(
    name: str,
    lines: tuple[Sequence[ActivityRow], Sequence[ActivityRow]],
    labels: tuple[Labels, Labels],
    diff: MappingDiff,
) -> None:
    both = list(zip(lines, labels, strict=True))
    events = [[event_json(line, names) for line in given] for given, names in both]
    diff.events.note(name, *(given or None for given in events))
    triggers = [
        [trigger_json(line, names) for line in given if may_trigger(line)] for given, names in both
    ]
    diff.triggers.note(name, *(given or None for given in triggers))


def _compare_people(pairs: Sequence[_Pair], people: Comparison) -> None:
    for pair in pairs:
        people.old += pair.old is not None
        people.new += pair.new is not None
        people.note(pair.label, person_json(pair.old), person_json(pair.new))


def _compare_merges(old: _Side, new: _Side, merges: Comparison) -> None:
    merges.old += len(old.played.merges)
    merges.new += len(new.played.merges)
    for anonymous_id in sorted(old.played.merges.keys() | new.played.merges.keys()):
        given = [
            merge_json(side.played.merges.get(anonymous_id, ()), side.labels) for side in (old, new)
        ]
        merges.note(anonymous_id, *given)


def _pairs(old: Mapping[str, Person], new: Mapping[str, Person]) -> Iterator[_Pair]:
    """Pair people who share an id, or else an e-mail address, each with one counterpart."""
    partners: dict[str, Person] = {}
    alone = dict(new)
    for kind in (IdentifierKind.ID, IdentifierKind.EMAIL):
        known = {
            text: person
            for person in old.values()
            if person.person_id not in partners and (text := _identifier(person, kind))
        }
        for person in list(alone.values()):
            partner = known.pop(_identifier(person, kind), None)
            if partner is not None:
                partners[partner.person_id] = alone.pop(person.person_id)
    for person in old.values():
        yield _Pair(person, partners.get(person.person_id), label_of(person))
    for person in alone.values():
        yield _Pair(None, person, label_of(person))


def _identifier(person: Person, kind: IdentifierKind) -> str:
    """Give an identifier as it is compared (P1), "" for none."""
    text = person.identifiers.get(kind, "")
    return text.casefold() if kind is IdentifierKind.EMAIL else text


def _is_event(line: ActivityRow) -> bool:
    return line.type in EVENTS


def _name_of(key: RecordKey, lines: tuple[Sequence[ActivityRow], Sequence[ActivityRow]]) -> str:
    known = [line.event_id for given in lines for line in given if line.event_id]
    return known[0] if known else f"request {key.request}, record {key.record}"
