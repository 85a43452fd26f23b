"""What two mappings are tried on: the requests of a workspace, as they came, or recorded ones."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from adapter.clock import Instant
from adapter.doors.items import UNMAPPED_DOORS
from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Received, ReceivedAt, Source, Workspace
from adapter.ports import Store
from adapter.services.replay import Recorded, read_recorded
from adapter.services.stories import Request, Story, load_story

_NAME = "fixtures"
_SCHEMA = ".schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that was sent.

    Attributes:
        source_id: who sent it.
        body: raw bytes, inflated.
        received_at: when it was accepted (T1).
        clock: whose clock stamps its records (T2).
    """

    source_id: int
    body: bytes
    received_at: Instant
    clock: ReceivedAt


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A workspace, and what was sent to it, in order of acceptance.

    Attributes:
        sources: of the workspace, at least one.
        requests: can be walked through once.
    """

    workspace: Workspace
    sources: Sequence[Source]
    requests: Iterable[Sent]


def stored_worlds(
    store: Store, workspaces: Iterable[Workspace], *, after: Instant, until: Instant
) -> Iterator[World]:
    """Give what the store kept of a period, page by page; what was erased is not among it (P6).

    Args:
        store: it is only read.
        workspaces: whose requests.
        after: they were received later than this.
        until: they were received by then, this instant included.
    """
    sources = store.sources()
    for workspace in workspaces:
        own = [source for source in sources if source.workspace_id == workspace.id]
        received = _pages(store, workspace.id, after, until)
        yield World(workspace=workspace, sources=own, requests=_sent(received, own))


def recorded_worlds(paths: Iterable[Path], *, now: Instant) -> Iterator[World]:
    """Give what files hold: each story in a world of its own, all else together in one.

    Ids recur from story to story, so that they must not meet. A story brings its settings, but
    what its operator changes half-way is left out.

    Args:
        paths: files that ``adapter replay`` takes, or directories of them.
        now: when a request was received whose recording does not say.

    Raises:
        OperatorError: a file cannot be read, naming it and the line.
    """
    plain: list[Path] = []
    for path in _files(paths):
        story = _story_in(path)
        if story is None:
            plain.append(path)
        else:
            requests = _told(story)
            yield _world(story.settings, story.created_at, requests)
    if plain:
        recorded = chain.from_iterable(map(read_recorded, plain))
        yield _world({}, now, (_as_recorded(item, now) for item in recorded))


def _pages(store: Store, workspace_id: int, after: Instant, until: Instant) -> Iterator[Received]:
    beyond = ""
    while page := store.received(workspace_id, after=after, until=until, beyond=beyond):
        yield from page
        beyond = page[-1].id


def _sent(received: Iterable[Received], sources: Iterable[Source]) -> Iterator[Sent]:
    clocks = {source.id: source.received_at for source in sources}
    for each in received:
        if each.door not in UNMAPPED_DOORS:
            yield Sent(
                source_id=each.source_id,
                body=zlib.decompress(each.deflated),
                received_at=each.received_at,
                clock=clocks[each.source_id],
            )


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(path.rglob("*.json*")) if path.is_dir() else [path]
        yield from (file for file in found if not file.name.endswith(_SCHEMA))


def _story_in(path: Path) -> Story | None:
    if path.suffix != ".json":
        return None
    try:
        return load_story(path)
    except OperatorError:
        return None  # no story; what is wrong with the file is told when it is read as payloads


def _told(story: Story) -> Iterator[Sent]:
    for step in story.steps:
        if isinstance(step, Request):
            yield Sent(source_id=0, body=step.body, received_at=step.at, clock=story.received_at)


def _as_recorded(item: Recorded, now: Instant) -> Sent:
    if item.received_at is None:
        return Sent(source_id=0, body=item.body, received_at=now, clock=ReceivedAt.ARRIVAL)
    at = item.received_at
    return Sent(source_id=0, body=item.body, received_at=at, clock=ReceivedAt.SEGMENT)


def _world(settings: JSONObject, created_at: Instant, requests: Iterable[Sent]) -> World:
    workspace = Workspace(
        id=0,
        name=_NAME,
        site_id="",
        api_key_hash="",
        app_key_hash="",
        created_at=created_at,
        settings=settings,
        tombstone_secret=_NAME,
    )
    source = Source(
        id=0,
        workspace_id=0,
        slug=_NAME,
        write_key="",
        shared_secrets=(),
        require_header=None,
        batch_signature=None,
        mapping="",
        received_at=ReceivedAt.ARRIVAL,
        created_at=created_at,
    )
    return World(workspace=workspace, sources=[source], requests=requests)
