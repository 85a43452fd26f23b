"""Every table is part of the state digest, or it stands here why not (M11)."""

import adapter.store.object_tables
import adapter.store.outbox_tables  # noqa: F401 - their tables are among the metadata's
from adapter.services.digesting import Digest
from adapter.store.tables import metadata

PART_OF = {
    "people": "people",
    "identifiers": "people",
    "anonymous_ids": "assignments",
    "anonymous_events": "events",
    "invite_events": "events",
    "person_events": "events",
    "activities": "log",
    "quarantine": "quarantine",
    "ledger": "ledger",
    "objects": "objects",
    "person_relationships": "objects",
    "anonymous_relationships": "objects",
}
CONSEQUENCES = {"triggers": "triggers", "segment_members": "segments"}
LEFT_OUT = {
    "workspaces": "settings are input",
    "sources": "settings are input",
    "received": "what was accepted is the input itself",
    "mappings": "mapping files are input",
    "message_keys": "hashes of ids, also of those drawn where a sender gave none",
    "tombstones": "keyed by a secret of the workspace, so that no two stores have them alike",
    "segment_standings": "what is counted for segment_members, in the manner of their file",
    "deliveries": "what became of them depends on who answered",
    "attempts": "what became of them depends on who answered",
}


def test_m11_every_table_is_part_of_the_digest_or_has_a_reason_not_to_be():
    assert set(metadata.tables) == PART_OF.keys() | CONSEQUENCES.keys() | LEFT_OUT.keys()
    assert not PART_OF.keys() & LEFT_OUT.keys()


def test_m11_every_part_of_the_digest_has_a_table():
    assert set(PART_OF.values()) == set(Digest().state)
    assert set(CONSEQUENCES.values()) == set(Digest().consequences)
