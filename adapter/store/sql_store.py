"""The store in SQL: SQLite for one machine, PostgreSQL for several (design 4)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from secrets import randbelow

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_random_exponential

from adapter.clock import BEGINNING, Instant
from adapter.errors import StoreBusy
from adapter.model.objects import CustomObject, Relationship, RelationshipRow
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.workspaces import Received, Role, Source, Workspace
from adapter.ports import (
    ActivityQuery,
    ActivityRow,
    Books,
    LedgerRow,
    QuarantineRow,
    T,
)
from adapter.rules.decision import DoorKey
from adapter.rules.facts import AnonymousIdFact, KeyFact
from adapter.rules.measures import HourRow
from adapter.store import (
    bookkeeping,
    keys,
    locks,
    objects,
    people,
    quarantine,
    retention,
    workspaces,
)
from adapter.store.activities import read_activities, read_floor
from adapter.store.eraser import SqlEraser
from adapter.store.failures import (
    CommitUnknown,
    StoreFailed,
    is_transient,
    lacks_partition,
    wrapped,
)
from adapter.store.memberships import SqlMemberships
from adapter.store.outbox import SqlOutbox
from adapter.store.partitions import Days
from adapter.store.schema import is_current
from adapter.store.transaction import SqlTransaction
from adapter.sweepable import Expiring

_LANES = 32
_ATTEMPTS = 10
_PATIENCE_SECONDS = 6.0  # Segment waits ten seconds for an answer
_FIRST_WAIT_SECONDS = 0.01
_LONGEST_WAIT_SECONDS = 1.0


class SqlStore:
    """Implements ``ports.Store`` on a database.

    Args:
        writer: the engine whose transactions write; on SQLite they begin with the file's lock.
        reader: the engine that reads; may be the same.
    """

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader
        self._days = Days(reader)
        self.memberships = SqlMemberships(self._reading, self._write)
        self._lane = randbelow(_LANES)
        self.outbox = SqlOutbox(self._reading, self._write, self._lane)
        self.eraser = SqlEraser(self._reading, self._write, writer)
        self._retrying = Retrying(
            retry=retry_if_exception(is_transient),
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(_PATIENCE_SECONDS),
            wait=wait_random_exponential(_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS),
            reraise=True,
        )

    def write(self, work: "Callable[[SqlTransaction], T]") -> T:
        """Run a piece of work in one durable transaction; retry it whole on lost races."""
        return self._write(
            lambda connection: work(SqlTransaction(connection, self._days, self._lane))
        )

    def create_workspace(self, workspace: Workspace, source: Source) -> tuple[Workspace, Source]:
        """Add a tenant and its first source, giving both their ids."""
        with self._writing() as connection:
            return workspaces.add_workspace(connection, workspace, source)

    def workspaces(self) -> list[Workspace]:
        """List all tenants, oldest first."""
        with self._reading() as connection:
            return workspaces.all_workspaces(connection)

    def change_app_key(self, workspace_id: int, role: Role, key_hash: str) -> None:
        """Replace the app key that has a role."""
        with self._writing() as connection:
            workspaces.change_app_key(connection, workspace_id, role, key_hash)

    def create_source(self, source: Source) -> Source:
        """Add a source, giving it its id."""
        with self._writing() as connection:
            return workspaces.add_source(connection, source)

    def sources(self) -> list[Source]:
        """List all sources, oldest first."""
        with self._reading() as connection:
            return workspaces.all_sources(connection)

    def activities(self, query: ActivityQuery) -> list[ActivityRow]:
        """Page through the log, newest first."""
        with self._reading() as connection:
            return read_activities(connection, query)

    def activity_floor(self, query: ActivityQuery, lines: int) -> str:
        """Tell how far down the log a query may look that must not look at too much."""
        with self._reading() as connection:
            return read_floor(connection, query, lines)

    def find_person(self, workspace_id: int, ref: PersonRef) -> Person | None:
        """Find a person by an identifier."""
        with self._reading() as connection:
            owners = locks.find_owners(connection, [(workspace_id, ref)])
            found = people.read_people(connection, [(workspace_id, p) for p in owners.values()])
        return next(iter(found.values()), None)

    def person_identifiers(
        self, workspace_id: int, person_ids: Sequence[str]
    ) -> dict[str, dict[IdentifierKind, str]]:
        """Give the identifiers of people, by person_id."""
        with self._reading() as connection:
            found = people.read_people(connection, [(workspace_id, p) for p in person_ids])
        return {person_id: person.identifiers for (_, person_id), person in found.items()}

    def people(self, workspace_id: int, *, beyond: str = "", limit: int = 1_000) -> list[Person]:
        """Page through the people of a workspace by person_id."""
        with self._reading() as connection:
            return people.page_of_people(connection, workspace_id, beyond, limit)

    def assignments(
        self, workspace_id: int, *, person: str | None = None, beyond: str = "", limit: int = 1_000
    ) -> list[tuple[str, AnonymousIdFact]]:
        """Page through the anonymous ids that somebody has or claims, or give a person's newest."""
        with self._reading() as connection:
            return locks.page_of_assignments(
                connection, workspace_id, person_id=person, beyond=beyond, limit=limit
            )

    def find_key(self, workspace_id: int, message_id: str) -> KeyFact | None:
        """Find what was accepted under a sender's id."""
        with self._reading() as connection:
            return keys.find_key(connection, (workspace_id, message_id))

    def find_keys(self, workspace_id: int, message_ids: Sequence[str]) -> dict[str, KeyFact]:
        """Find what was accepted under senders' ids, by id."""
        asked = [(workspace_id, text) for text in message_ids]
        with self._reading() as connection:
            return {key[1]: fact for key, fact in keys.known_keys(connection, asked).items()}

    def find_record(self, workspace_id: int, record: str) -> KeyFact | None:
        """Find what was accepted under an id of ours."""
        with self._reading() as connection:
            return keys.find_record(connection, workspace_id, record)

    def find_anonymous_id(self, workspace_id: int, anonymous_id: str) -> AnonymousIdFact | None:
        """Find an anonymous id's assignment."""
        with self._reading() as connection:
            return locks.find_anonymous_id(connection, (workspace_id, anonymous_id))

    def find_objects(
        self, workspace_id: int, cio_object_ids: Sequence[str]
    ) -> dict[str, CustomObject]:
        """Find objects, those there are, by cio_object_id."""
        with self._reading() as connection:
            found = objects.find_objects(
                connection, [(workspace_id, one) for one in cio_object_ids]
            )
        return {cio_object_id: thing for (_, cio_object_id), thing in found.items()}

    def objects(
        self, workspace_id: int, *, beyond: str = "", limit: int = 1_000
    ) -> list[CustomObject]:
        """Page through the objects of a workspace by cio_object_id."""
        with self._reading() as connection:
            return objects.page_of_objects(connection, workspace_id, beyond, limit)

    def strangers(
        self,
        workspace_id: int,
        cio_object_id: str,
        *,
        after: Instant,
        beyond: str = "",
        limit: int = 1_000,
    ) -> list[tuple[str, Relationship]]:
        """Page through the strangers related to an object, by anonymous id."""
        with self._reading() as connection:
            key = (workspace_id, cio_object_id)
            return objects.page_of_strangers(connection, key, after, beyond, limit)

    def relationships(
        self,
        workspace_id: int,
        *,
        person_id: str | None = None,
        cio_object_id: str | None = None,
        beyond: str = "",
        limit: int = 50,
    ) -> list[RelationshipRow]:
        """Page through a person's relationships by object, or an object's by person."""
        with self._reading() as connection:
            return objects.read_relationships(
                connection,
                workspace_id,
                person_id=person_id,
                cio_object_id=cio_object_id,
                beyond=beyond,
                limit=limit,
            )

    def quarantine(
        self,
        workspace_id: int,
        *,
        after: Instant,
        before: str = "",
        limit: int = 50,
        reason: str | None = None,
    ) -> list[QuarantineRow]:
        """List records in quarantine received after an instant, newest first."""
        with self._reading() as connection:
            return quarantine.read_quarantine(
                connection, workspace_id, after=after, before=before, limit=limit, reason=reason
            )

    def find_quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine by our id."""
        with self._reading() as connection:
            return quarantine.find_quarantined(connection, workspace_id, record)

    def received(
        self,
        workspace_id: int,
        *,
        after: Instant,
        until: Instant,
        beyond: str = "",
        limit: int = 500,
    ) -> list[Received]:
        """Page through the raw bodies kept of a period, oldest first."""
        with self._reading() as connection:
            return bookkeeping.read_received(
                connection, workspace_id, after=after, until=until, beyond=beyond, limit=limit
            )

    def accepted(
        self, workspace_id: int, *, beyond: int = 0, limit: int = 500, door: str | None = None
    ) -> list[Received]:
        """Page through what was accepted and is kept, in the order of acceptance."""
        with self._reading() as connection:
            return bookkeeping.read_accepted(connection, workspace_id, beyond, limit, door)

    def ledger(self, workspace_id: int) -> list[LedgerRow]:
        """List what became of the records of a workspace, by source and hour."""
        with self._reading() as connection:
            return bookkeeping.read_ledger(connection, workspace_id)

    def door_counts(self, workspace_id: int) -> dict[DoorKey, int]:
        """Give how many records the doors counted, by source and hour."""
        with self._reading() as connection:
            return bookkeeping.read_door_counts(connection, workspace_id)

    def hours(self, workspace_id: int, since: int) -> list[HourRow]:
        """List all that was counted by the hour."""
        with self._reading() as connection:
            return bookkeeping.read_hours(connection, workspace_id, since)

    def books(self, workspace_id: int, after: Instant) -> Books:
        """Read both sides of the ledger as they are at one moment."""
        with self._reading() as connection:
            return bookkeeping.read_books(connection, workspace_id, after)

    def keep_mapping(self, digest: str, text: str) -> None:
        """Keep the text of a mapping file."""
        with self._writing() as connection:
            bookkeeping.keep_mapping(connection, digest, text)

    def find_mapping(self, digest: str) -> str | None:
        """Find the text of a mapping file that was kept."""
        with self._reading() as connection:
            return bookkeeping.find_mapping(connection, digest)

    def sweep(
        self,
        table: Expiring,
        workspace_id: int,
        cutoff: Instant,
        *,
        since: Instant = BEGINNING,
        limit: int = 5_000,
    ) -> int:
        """Delete expired rows in one short transaction."""
        with self._writing() as connection:
            return retention.delete_expired(
                connection, table, workspace_id, cutoff, since=since, limit=limit
            )

    def make_days(self, now: Instant) -> None:
        """Make today's partitions and those of the next days, on PostgreSQL."""
        if self._writer.dialect.name == "postgresql":
            with wrapped():
                self._days.ensure_ahead(now)

    def drop_days(self, until: Instant) -> int:
        """Drop the days that ended by an instant, on PostgreSQL."""
        with self._writing() as connection:
            dropped = retention.drop_days(connection, until)
        if dropped:
            self._days.forget()
        return dropped

    def oldest(self, table: Expiring, workspace_id: int) -> Instant | None:
        """Tell when the oldest row left was received."""
        with self._reading() as connection:
            return retention.oldest_row(connection, table, workspace_id)

    def give_back(self, pages: int = 500) -> bool:
        """Give unused pages back to the file system, on SQLite."""
        with self._writing() as connection:
            return retention.give_back_pages(connection, pages)

    def is_ready(self) -> bool:
        """Tell whether the store answers and its schema is current."""
        try:
            with self._reading() as connection:
                return is_current(connection)
        except (StoreBusy, StoreFailed):
            return False

    def close(self) -> None:
        """Let go of connections."""
        self._writer.dispose()
        self._reader.dispose()

    def _write(self, work: Callable[[Connection], T]) -> T:
        with wrapped():
            result: T = self._retrying(self._attempt, work)
        return result

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        committing = False
        try:
            with self._writer.begin() as connection:
                result = work(connection)
                committing = True
        except DBAPIError as error:
            if committing and error.connection_invalidated:
                raise CommitUnknown from error
            if lacks_partition(error):
                self._days.forget()
            raise
        return result

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with wrapped(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with wrapped(), self._writer.begin() as connection:
            yield connection
