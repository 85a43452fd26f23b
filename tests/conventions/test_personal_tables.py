"""P5, P6, R4: no table that tells of people is forgotten when they are joined, go or are erased."""

from sqlalchemy import LargeBinary, Text

from adapter.eraser import Telling
from adapter.rules.erasure import SAID
from adapter.store.departures import BELONGINGS, KEPT_OF_PEOPLE
from adapter.store.eraser import TABLES as CLEANED, said_by_outsiders
from adapter.store.joins import REPOINTED
from adapter.store.outbox_tables import deliveries, triggers
from adapter.store.tables import anonymous_ids, identifiers, metadata, people

JOINED = {
    *(table.name for table in (*BELONGINGS, *KEPT_OF_PEOPLE)),
    *(column.table.name for column in REPOINTED),
}
"""What a join moves, repoints, or writes anew."""

DEPARTED = {
    *(table.name for table in (*BELONGINGS, *KEPT_OF_PEOPLE)),
    *(table.name for table in (people, identifiers, anonymous_ids, deliveries, triggers)),
}
"""What a departure removes, or uses up."""

PERSONAL = {"person_id", "pending_person_id", "anonymous_id", "recipient", "data", "raw", "body"}

KEPT = {
    "anonymous_events": "of strangers, not of the person; they expire (R1)",
    "invite_events": "of strangers, not of the person; they expire (R1)",
    "anonymous_relationships": "of strangers, not of the person; they are carried over or expire",
    "quarantine": "as its sender sent it, until retention",
    "received": "as its sender sent it, until retention",
}
"""Tables that tell of people and outlive their departure, and why."""

OURS = {
    *("id", "record", "received_id", "message", "delivery_id", "cio_object_id", "person_id"),
    *("kind", "type", "reason", "notes", "former_reason", "trigger", "state", "outcome", "fate"),
    *("home", "door", "mapping", "endpoint", "campaign", "object_type_id", "suppression"),
    *("segment", "edition", "tallies"),
}
"""Columns of texts that we word ourselves, or that name no people."""

GONE_OR_HASHED = {
    ("anonymous_ids", "anonymous_id"): "the row goes, a keyed hash stays",
    ("anonymous_ids", "pending_person_id"): "the row goes",
    ("anonymous_relationships", "anonymous_id"): "the row goes",
    ("identifiers", "value"): "the row goes",
    ("message_keys", "key"): "a hash of the sender's id of the record",
    ("message_keys", "content"): "a hash, which is emptied",
    ("received", "body"): "rewritten without their records",
    ("received", "read_as"): "rewritten with the body: what it quotes stands there too",
    ("tombstones", "key"): "a keyed hash",
}
"""Other columns of texts and bytes that tell of people, and what an erasure makes of them."""

OPERATORS = {"workspaces", "sources", "mappings"}
"""Tables that operators write themselves."""


def with_columns(names):
    return {table.name for table in metadata.tables.values() if names & set(table.c.keys())}


def test_p5_every_table_that_names_a_person_is_joined():
    assert with_columns({"person_id", "pending_person_id"}) - JOINED == {people.name}


def test_p6_every_table_that_tells_of_people_is_emptied_or_says_why_not():
    telling = with_columns(PERSONAL) | {identifiers.name}

    assert telling - DEPARTED == set(KEPT)


def test_p6_every_column_is_cleaned_by_an_erasure_or_tells_of_nobody():
    told = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if table.name not in OPERATORS and isinstance(column.type, Text | LargeBinary)
    }
    cleaned = {
        (table.name, name) for table in CLEANED.values() for name in said_by_outsiders(table)
    }

    assert {place for place in told - cleaned if place[1] not in OURS} == set(GONE_OR_HASHED)


def test_p6_every_table_that_outsiders_speak_in_is_cleaned_step_by_step():
    assert with_columns(SAID) - OPERATORS == set(Telling) | {anonymous_ids.name}
    assert {table.name for table in CLEANED.values()} == set(Telling) - {Telling.RECEIVED}
