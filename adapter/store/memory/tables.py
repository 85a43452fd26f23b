"""The tables of the memory store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from adapter.model.activities import Activity
from adapter.model.campaigns import Trigger
from adapter.model.objects import CustomObject, Relationship
from adapter.model.people import Person, PersonRef
from adapter.model.segments import Standing
from adapter.model.workspaces import Received, Source, Workspace
from adapter.ports import QuarantineRow
from adapter.rules.decision import (
    DoorKey,
    LedgerKey,
    MeasureKey,
    StoredAnonymous,
    StoredIdentified,
    StoredInvite,
)
from adapter.rules.facts import (
    AnonymousIdFact,
    AnonymousKey,
    KeyFact,
    MessageKey,
    ObjectKey,
    PersonKey,
    RelationshipKey,
)

TombstoneKey = tuple[int, str]
"""(workspace_id, keyed hash)."""


@dataclass(slots=True)
class Tables:
    """Everything there is, named as the SQL stores name it.

    Attributes:
        refs: numbers for anonymous ids; none is given twice.
        anonymous_events: by the number of their anonymous id.
        editions: of the segments that are kept of workspaces.
        tombstones: the suppression of each, None where an anonymous id is used up.
    """

    workspaces: dict[int, Workspace] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    refs: Iterator[int] = field(default_factory=lambda: count(1))
    anonymous_ids: dict[AnonymousKey, AnonymousIdFact] = field(default_factory=dict)
    anonymous_events: dict[int, list[StoredAnonymous]] = field(default_factory=dict)
    invite_events: list[StoredInvite] = field(default_factory=list)
    people: dict[tuple[int, str], Person] = field(default_factory=dict)
    identifiers: dict[tuple[int, PersonRef], str] = field(default_factory=dict)
    person_events: list[StoredIdentified] = field(default_factory=list)
    objects: dict[ObjectKey, CustomObject] = field(default_factory=dict)
    relationships: dict[RelationshipKey, Relationship] = field(default_factory=dict)
    tombstones: dict[TombstoneKey, str | None] = field(default_factory=dict)
    keys: dict[MessageKey, KeyFact] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    quarantine: list[QuarantineRow] = field(default_factory=list)
    ledger: dict[LedgerKey, int] = field(default_factory=dict)
    door_counts: dict[DoorKey, int] = field(default_factory=dict)
    measures: dict[MeasureKey, int] = field(default_factory=dict)
    mappings: dict[str, str] = field(default_factory=dict)
    editions: dict[int, str] = field(default_factory=dict)
    standings: dict[PersonKey, Standing] = field(default_factory=dict)
    triggers: dict[tuple[int, str, str], Trigger] = field(default_factory=dict)

    def count(self, measures: Mapping[MeasureKey, int]) -> None:
        """Add to what is counted by the hour."""
        for key, more in measures.items():
            self.measures[key] = self.measures.get(key, 0) + more
