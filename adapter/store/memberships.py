"""Who is in which segment, in SQL (C6)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, literal, or_, select, tuple_, update

from adapter.clock import Instant
from adapter.memberships import Progress
from adapter.model.segments import Member
from adapter.store.segment_tables import segment_members, segment_standings
from adapter.store.tables import people, workspaces
from adapter.store.workspaces import locked_settings

_standing = segment_standings.c
_member = segment_members.c


@dataclass(frozen=True, slots=True)
class SqlMemberships:
    """Implements ``memberships.Memberships``.

    Args:
        read: opens a connection that reads.
        write: runs work in a transaction that writes, again where it failed in passing.
    """

    read: Callable[[], AbstractContextManager[Connection]]
    write: Callable[[Callable[[Connection], Any]], Any]

    def edition(self, workspace_id: int) -> str:
        """Give the edition of the segments that are kept of a workspace's people."""
        query = select(workspaces.c.segments).where(workspaces.c.id == workspace_id)
        with self.read() as connection:
            edition: str = connection.execute(query).scalar_one()
        return edition

    def declare(self, workspace_id: int, edition: str) -> None:
        """Have the segments of an edition be kept from now on."""
        change = update(workspaces).where(workspaces.c.id == workspace_id)

        def work(connection: Connection) -> None:
            locked_settings(connection, workspace_id)
            connection.execute(change.values(segments=edition))
            if not edition:
                # Nobody counts from here on, so nothing may be left that looks counted.
                for table in (segment_standings, segment_members):
                    connection.execute(delete(table).where(table.c.workspace_id == workspace_id))

        self.write(work)

    def members(
        self, workspace_id: int, segment: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of a segment's members."""
        query = (
            select(_member.person_id)
            .where(
                _member.segment == segment,
                _member.person_id > beyond,
                _member.workspace_id == workspace_id,
            )
            .order_by(_member.person_id)
            .limit(limit)
        )
        with self.read() as connection:
            return [row.person_id for row in connection.execute(query)]

    def count(self, workspace_id: int, segment: str) -> int:
        """Count a segment's members."""
        query = select(func.count()).where(
            _member.segment == segment, _member.workspace_id == workspace_id
        )
        with self.read() as connection:
            return int(connection.execute(query).scalar_one())

    def of_person(self, workspace_id: int, person_id: str) -> dict[str, Member]:
        """Give the segments that a person is in."""
        query = select(segment_members).where(
            _member.person_id == person_id, _member.workspace_id == workspace_id
        )
        with self.read() as connection:
            rows = connection.execute(query.order_by(_member.segment))
            return {row.segment: Member(Instant(row.since), row.record) for row in rows}

    def everyone(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[tuple[str, str, Member]]:
        """Page through who is in which segment: person_id, segment, since when."""
        place = (_member.person_id, _member.segment)
        query = (
            select(segment_members)
            .where(
                _member.workspace_id == workspace_id,
                tuple_(*place) > tuple_(*map(literal, beyond)),
            )
            .order_by(*place)
            .limit(limit)
        )
        with self.read() as connection:
            return [
                (row.person_id, row.segment, Member(Instant(row.since), row.record))
                for row in connection.execute(query)
            ]

    def progress(self, workspace_id: int, edition: str) -> Progress:
        """Tell how far the segments of an edition are worked out."""
        done = select(func.count()).where(
            _standing.edition == edition, _standing.workspace_id == workspace_id
        )
        every = select(func.count()).where(people.c.workspace_id == workspace_id)
        with self.read() as connection:
            counts = [int(connection.execute(query).scalar_one()) for query in (done, every)]
        return Progress(*counts)

    def outdated(
        self, workspace_id: int, edition: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of those whose standing is not of an edition."""
        same = and_(
            _standing.person_id == people.c.person_id,
            _standing.workspace_id == people.c.workspace_id,
            _standing.bucket == people.c.bucket,
        )
        query = (
            select(people.c.person_id)
            .outerjoin(segment_standings, same)
            .where(
                people.c.person_id > beyond,
                people.c.workspace_id == workspace_id,
                or_(_standing.edition.is_(None), _standing.edition != edition),
            )
            .order_by(people.c.person_id)
            .limit(limit)
        )
        with self.read() as connection:
            return [row.person_id for row in connection.execute(query)]

    def due(self, workspace_id: int, now: Instant, *, limit: int = 1_000) -> list[str]:
        """List people whose standing time alone may have changed by now."""
        query = (
            select(_standing.person_id)
            .where(
                _standing.workspace_id == workspace_id,
                _standing.due_at.is_not(None),
                _standing.due_at <= now,
            )
            .order_by(_standing.due_at)
            .limit(limit)
        )
        with self.read() as connection:
            return [row.person_id for row in connection.execute(query)]

    def forget(self, workspace_id: int, *, limit: int = 5_000) -> int:
        """Delete what is kept of people of a workspace."""

        def work(connection: Connection) -> int:
            deleted = 0
            for table in (segment_standings, segment_members):
                left = limit - deleted
                deleted += _delete_some(connection, table, workspace_id, left) if left else 0
            return deleted

        count: int = self.write(work)
        return count


def _delete_some(connection: Connection, table: Table, workspace_id: int, limit: int) -> int:
    key = tuple(table.primary_key.columns)
    some = select(*key).where(table.c.workspace_id == workspace_id).limit(limit)
    gone = delete(table).where(tuple_(*key).in_(some)).returning(table.c.person_id)
    return len(connection.execute(gone).all())
