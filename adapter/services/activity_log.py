"""The activity log as people look through it: filtered, page by page, and as it grows (A2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adapter.clock import Clock, Instant, parse_instant
from adapter.errors import Problem
from adapter.ids import earliest_id, instant_of_id
from adapter.model.activities import ActivityType
from adapter.model.reasons import Reason
from adapter.model.workspaces import Source, Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.policy import policy_of
from adapter.services.reading import CURSOR, person_ref

PAGE = 50
VIEWS = ("identified", "anonymous")

_LOOK = 5_000
_LOOK_AT_ONE = 1_000
_LOOKS = 2
"""No index serves some filters: so many times so many lines are looked at for one page.

Fewer of one person or anonymous id, whose lines lie scattered among those of all others.
"""

_FROM_HERE = "-00000000"
"""After an id in a cursor: that id itself comes next."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show of the log; "" for all.

    Attributes:
        until: an instant as people write it; only lines accepted before it are shown.
        start: where a page begins (the cursor).
    """

    view: str = ""
    type: str = ""
    name: str = ""
    person: str = ""
    anonymous_id: str = ""
    source: str = ""
    reason: str = ""
    until: str = ""
    start: str = ""

    def asked(self) -> dict[str, str]:
        """Give those that narrow the log, by name; not the view, nor where the page begins."""
        names = ("type", "name", "person", "anonymous_id", "source", "reason", "until")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first.

    Attributes:
        next: cursor of what is older; "" if nothing is.
        looked_until: the log was looked through to this instant, and there may be more that
            passes the filters further down; None if the page is full or the log at its end.
        problems: of the filters; nothing is shown then.
    """

    rows: list[ActivityRow] = field(default_factory=list)
    next: str = ""
    looked_until: Instant | None = None
    problems: tuple[Problem, ...] = ()


class ActivityLog:
    """Shows the log; never what has expired (R1)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def page(
        self, workspace: Workspace, filters: Filters, sources: Mapping[str, Source]
    ) -> LogPage:
        """Give a page of the log.

        Args:
            workspace: whose log.
            filters: as somebody typed them.
            sources: of the workspace, by slug.
        """
        problems = tuple(_problems(filters, sources))
        if problems:
            return LogPage(problems=problems)
        query = self._query(workspace, filters, sources)
        if filters.person:
            person = self._store.find_person(workspace.id, person_ref(filters.person, None))
            if person is None:
                return LogPage()
            query = replace(query, person_id=person.person_id)
        return self._read(query)

    def newest(self, workspace: Workspace) -> str:
        """Give the id of the newest line; "" while there is none."""
        rows = self._store.activities(self._whole(workspace, limit=1))
        return rows[0].id if rows else ""

    def line(self, workspace: Workspace, line_id: str) -> ActivityRow | None:
        """Find one line by its id."""
        query = replace(self._whole(workspace, limit=2), message=line_id)
        return next((row for row in self._store.activities(query) if row.id == line_id), None)

    def _whole(self, workspace: Workspace, limit: int) -> ActivityQuery:
        alive_after = policy_of(workspace.settings).alive_after(self._clock.now())
        return ActivityQuery(workspace_id=workspace.id, alive_after=alive_after, limit=limit)

    def _query(
        self, workspace: Workspace, filters: Filters, sources: Mapping[str, Source]
    ) -> ActivityQuery:
        before = filters.start
        if filters.until:
            until = earliest_id(parse_instant(filters.until))
            before = min(before or until, until)
        return replace(
            self._whole(workspace, limit=PAGE + 1),
            before=before,
            view=filters.view or None,
            type=filters.type or None,
            name=filters.name or None,
            anonymous_id=filters.anonymous_id or None,
            source_id=sources[filters.source].id if filters.source else None,
            reason=filters.reason or None,
        )

    def _read(self, query: ActivityQuery) -> LogPage:
        """Read a page, looking at a bounded part of the log."""
        if not _is_sifted(query):
            return _paged(self._store.activities(query))
        scattered = query.person_id is not None or query.anonymous_id is not None
        look = _LOOK_AT_ONE if scattered else _LOOK
        rows: list[ActivityRow] = []
        for _ in range(_LOOKS):
            floor = self._store.activity_floor(query, look)
            wanted = PAGE + 1 - len(rows)
            rows += self._store.activities(replace(query, beyond=floor, limit=wanted))
            if not floor or len(rows) > PAGE:
                return _paged(rows)
            query = replace(query, before=floor + _FROM_HERE)
        return LogPage(rows, query.before, instant_of_id(query.before[: -len(_FROM_HERE)]))


def _paged(rows: list[ActivityRow]) -> LogPage:
    more = len(rows) > PAGE
    return LogPage(rows[:PAGE], rows[PAGE - 1].id if more else "")


def _is_sifted(query: ActivityQuery) -> bool:
    """Tell whether lines must be read that the page will not show."""
    sieves = (query.view, query.type, query.name, query.reason, query.source_id)
    return any(sieve is not None for sieve in sieves)


def _problems(filters: Filters, sources: Mapping[str, Source]) -> list[Problem]:
    choices = {
        "view": VIEWS,
        "type": tuple(ActivityType),
        "reason": tuple(Reason),
        "source": tuple(sources),
    }
    problems = [
        Problem(
            f"invalid_{name}", f"there is no {name} {getattr(filters, name)[:40]!r}", f"/{name}"
        )
        for name, known in choices.items()
        if getattr(filters, name) and getattr(filters, name) not in known
    ]
    if filters.start and not CURSOR.fullmatch(filters.start):
        message = f"a page begins where another one ends, not at {filters.start[:40]!r}"
        problems.append(Problem("invalid_start", message, "/start"))
    try:
        parse_instant(filters.until or "2021-07-01")
    except ValueError:
        message = (
            f"a time is written 2026-03-01 or 2026-03-01T10:00:00Z, not {filters.until[:40]!r}"
        )
        problems.append(Problem("invalid_until", message, "/until"))
    return problems
