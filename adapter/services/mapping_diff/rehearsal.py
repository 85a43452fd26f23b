"""What one mapping makes of a workspace's requests, in a store that is thrown away afterwards.

The requests go the way that they go in earnest: mapped, decided and committed in groups. Our own
ids are drawn anew, so what came of them is told by request and record instead.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from adapter.clock import BEGINNING
from adapter.doors.items import Batch
from adapter.model.activities import ActivityType
from adapter.model.messages import Message
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.ports import ActivityQuery, ActivityRow, Store, Transaction
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.services.composing import CompiledMapping
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from adapter.services.mapping_diff.shapes import ABOUT_OBJECTS
from adapter.services.mapping_diff.worlds import Sent, World

_DOOR = "diff"
_MAPPING = "tried"
_GROUP = 500
"""Records of one transaction, at least: people are copied once for each."""

_ALL = 2**63 - 1

_OF_RECORDS = frozenset(
    {
        ActivityType.EVENT,
        ActivityType.PAGE,
        ActivityType.SCREEN,
        *ABOUT_OBJECTS,
        ActivityType.IGNORED,
        ActivityType.FAILED_EVENT,
    }
)
"""Lines that say what became of a record; those about its person are told by the person."""


class RecordKey(NamedTuple):
    """A record, whichever mapping it went through: the request's number, its own therein."""

    request: int
    record: int


@dataclass(frozen=True, slots=True)
class Played:
    """What came of all requests.

    Attributes:
        records: the lines of each record that has any, oldest first.
        merges: the lines that log merges, by anonymous id.
        people: by our id.
    """

    records: dict[RecordKey, list[ActivityRow]] = field(default_factory=lambda: defaultdict(list))
    merges: dict[str, list[ActivityRow]] = field(default_factory=lambda: defaultdict(list))
    people: dict[str, Person] = field(default_factory=dict)


class Rehearsal:
    """A workspace like the one of a world, in a store of its own.

    Args:
        store: empty; nothing else may use it.
        mapping: the one to try, for all sources.
        world: whose workspace and sources; its requests are for the caller to hand over.
    """

    def __init__(self, store: Store, mapping: CompiledMapping, world: World) -> None:
        self._store = store
        self._intake = Intake(Ingest(store), {_MAPPING: mapping})
        self._waiting: list[Message] = []
        self._records: dict[str, RecordKey] = {}
        first, *others = [replace(source, mapping=_MAPPING) for source in world.sources]
        workspace, staged = store.create_workspace(world.workspace, first)
        self._workspace_id = workspace.id
        self._sources = {first.id: staged}
        for source in others:
            own = replace(source, workspace_id=workspace.id)
            self._sources[source.id] = store.create_source(own)

    def take(self, number: int, sent: Sent, batch: Batch) -> None:
        """Take a request, which is the ``number``th and was parsed into ``batch``."""
        # The body is left out: it is kept for replay, and nobody replays a rehearsal.
        prepared = self._intake.prepare(
            self._sources[sent.source_id],
            door=_DOOR,
            body=b"",
            batch=batch,
            received_at=sent.received_at,
        )
        for message in prepared.messages:
            self._records[message.id] = RecordKey(number, message.index)
        self._waiting += prepared.messages
        if len(self._waiting) >= _GROUP:
            self._commit()

    def played(self) -> Played:
        """Tell what came of the requests so far."""
        self._commit()
        played = Played()
        for row in self._whole_log():
            if row.type == ActivityType.ANON_MERGE and row.anonymous_id is not None:
                played.merges[row.anonymous_id].append(row)
            elif row.type in _OF_RECORDS:
                played.records[self._records[row.message]].append(row)
            if row.person_id is not None and row.person_id not in played.people:
                person = self._find(row.person_id)
                if person is not None:
                    played.people[row.person_id] = person
        return played

    def _commit(self) -> None:
        """Decide what waits, in one transaction, as a group commit does (M10)."""
        messages, self._waiting = self._waiting, []

        def work(transaction: Transaction) -> None:
            transaction.commit(decide(messages, transaction.facts(needs_of(messages))), ())

        self._store.write(work)

    def _whole_log(self) -> list[ActivityRow]:
        """Read all lines, oldest first; at the beginning of time nothing has expired."""
        query = ActivityQuery(workspace_id=self._workspace_id, alive_after=BEGINNING, limit=_ALL)
        return self._store.activities(query)[::-1]

    def _find(self, person_id: str) -> Person | None:
        ref = PersonRef(IdentifierKind.CIO_ID, person_id)
        return self._store.find_person(self._workspace_id, ref)
