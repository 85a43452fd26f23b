"""P5, P6, R4: no table that tells of people is forgotten when they are joined or go."""

from adapter.store.departures import BELONGINGS
from adapter.store.joins import REPOINTED
from adapter.store.outbox_tables import deliveries, triggers
from adapter.store.tables import anonymous_ids, identifiers, metadata, people

JOINED = {*(table.name for table in BELONGINGS), *(column.table.name for column in REPOINTED)}
"""What a join moves or repoints."""

DEPARTED = {
    *(table.name for table in BELONGINGS),
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


def with_columns(names):
    return {table.name for table in metadata.tables.values() if names & set(table.c.keys())}


def test_p5_every_table_that_names_a_person_is_joined():
    assert with_columns({"person_id", "pending_person_id"}) - JOINED == {people.name}


def test_p6_every_table_that_tells_of_people_is_emptied_or_says_why_not():
    telling = with_columns(PERSONAL) | {identifiers.name}

    assert telling - DEPARTED == set(KEPT)
