"""All that ``adapter bench`` measures, each beside its limit, and what is good enough."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adapter.bootstrap import Services
from adapter.cli.bench import deliveries, inside, payloads
from adapter.cli.bench.databases import Databases, opened
from adapter.cli.bench.figures import Measure, Side
from adapter.cli.bench.http import Running, bare_flask, load, product
from adapter.cli.bench.limits import Database, bare_database

GROUPS = ("webhook", "api", "track", "processes", "merge", "stored", "sweep", "deliveries")

_BATCHES = (100, 500, 4_000)
_MERGED_IN_ROUND = 4_000
_MOST_MERGES = 20
_MIDDLE = 1_000
"""Waiting events of the merge that something is promised of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured.

    Attributes:
        seconds: length of a round of load.
        callers: connections that send single events.
        senders: connections that send batches.
        few, many: events stored before anything is measured.
        expired: events that a sweep finds.
        waiting: events that merges find, of one merge each.
        deliveries: in the outbox when a round begins.
    """

    seconds: float
    callers: int
    senders: int
    few: int
    many: int
    expired: int
    waiting: Sequence[int]
    deliveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What there is to measure on: ``many`` events are stored, but where it says ``few``.

    Attributes:
        extent: how much is measured.
        bare: a Flask view that does nothing.
        server, server_with_few: the adapter, in processes of its own.
        second, on_sqlite: on PostgreSQL, another process beside ``server``, and a server on a file.
        services, services_with_few: the adapter in this process.
        database: the driver's own connection to the database of ``services``.
        is_postgres: which of the two databases it is.
    """

    extent: Extent
    bare: Running
    server: Running
    server_with_few: Running
    second: Running | None
    on_sqlite: Running | None
    services: Services
    services_with_few: Services
    database: Database
    is_postgres: bool

    def singles(self, server: Running, request: payloads.NextRequest) -> Side:
        """Send single events."""
        extent = self.extent
        return partial(load, server, request, callers=extent.callers, seconds=extent.seconds)

    def batches(self, server: Running, request: payloads.NextRequest, size: int) -> Side:
        """Send batches."""
        extent = self.extent
        return partial(
            load,
            server,
            request,
            callers=extent.senders,
            seconds=extent.seconds,
            each=size,
        )

    @property
    def insert_name(self) -> str:
        """How the database inserts fastest."""
        return "COPY" if self.is_postgres else "executemany"


@contextlib.contextmanager
def staged(folder: Path, server_url: str | None, extent: Extent) -> Iterator[Stage]:
    """Make databases and servers, and take them away again."""
    databases = Databases(folder, server_url)
    with contextlib.ExitStack() as stack:
        stack.callback(databases.close)
        few, many = databases.filled(extent.few), databases.filled(extent.many)
        loaded = databases.copy(many)
        second = on_sqlite = None
        if databases.is_postgres:
            file = Databases(folder, None).filled(extent.many)
            second = stack.enter_context(product(folder, loaded))
            on_sqlite = stack.enter_context(product(folder, file))
        yield Stage(
            extent=extent,
            bare=stack.enter_context(bare_flask(folder)),
            server=stack.enter_context(product(folder, loaded)),
            server_with_few=stack.enter_context(product(folder, databases.copy(few))),
            second=second,
            on_sqlite=on_sqlite,
            services=stack.enter_context(opened(many)),
            services_with_few=stack.enter_context(opened(few)),
            database=stack.enter_context(bare_database(many)),
            is_postgres=databases.is_postgres,
        )


def measures(stage: Stage) -> Iterator[Measure]:
    """Name all measures."""
    yield from _webhooks(stage)
    yield from _apis(stage)
    yield from _processes(stage)
    yield from _merges(stage)
    yield from _stored(stage)
    yield Measure(
        group="sweep",
        what=f"ingest while {stage.extent.expired:,} expired events are swept",
        unit="events",
        limit=("no sweep", partial(inside.ingest, stage.services, stage.extent.seconds)),
        ours=(
            "beside a sweep",
            partial(inside.ingest_beside_sweep, stage.services, stage.extent.expired),
        ),
        wanted=0.9 if stage.is_postgres else 0.8,
    )
    yield from _deliveries(stage)


def _deliveries(stage: Stage) -> Iterator[Measure]:
    host, port = stage.bare.addresses[0]
    url, count = f"http://{host}:{port}/webhooks/segment/bench", stage.extent.deliveries
    yield Measure(
        group="deliveries",
        what=f"deliveries to one webhook, {deliveries.THREADS} at a time",
        unit="deliveries",
        limit=("plain requests", partial(deliveries.by_requests, url, count)),
        ours=("worker", partial(deliveries.by_worker, stage.services, url, count)),
        wanted=0.5,
    )


def _webhooks(stage: Stage) -> Iterator[Measure]:
    yield Measure(
        group="webhook",
        what="single webhook events of 1 KB",
        unit="requests",
        limit=("bare Flask view", stage.singles(stage.bare, payloads.webhook)),
        ours=("adapter", stage.singles(stage.server, payloads.webhook)),
        wanted=1.0,
    )
    for size in _BATCHES:
        yield _batch(stage, "webhook", f"webhook batches of {size:,}", size, 0.3)


def _apis(stage: Stage) -> Iterator[Measure]:
    yield Measure(
        group="api",
        what="single calls of Segment's HTTP API",
        unit="requests",
        limit=("bare Flask view", stage.singles(stage.bare, payloads.webhook)),
        ours=("adapter", stage.singles(stage.server, payloads.api_call)),
    )
    yield _batch(stage, "api", "HTTP API batches of 100", 100)
    yield _batch(stage, "track", "Track API v2 batches of 100", 100)


def _processes(stage: Stage) -> Iterator[Measure]:
    if stage.second is None or stage.on_sqlite is None:
        return
    both, file = stage.server + stage.second, stage.on_sqlite
    names = ("one process on SQLite", "two on PostgreSQL")
    yield Measure(
        group="processes",
        what="single webhook events of 1 KB, two processes",
        unit="requests",
        limit=(names[0], stage.singles(file, payloads.webhook)),
        ours=(names[1], stage.singles(both, payloads.webhook)),
        wanted=1.0,
    )
    yield Measure(
        group="processes",
        what="webhook batches of 500, two processes",
        unit="events",
        limit=(names[0], stage.batches(file, payloads.webhook_batch(500), 500)),
        ours=(names[1], stage.batches(both, payloads.webhook_batch(500), 500)),
        wanted=1.0,
    )


def _batch(stage: Stage, group: str, what: str, size: int, wanted: float | None = None) -> Measure:
    make = {
        "webhook": payloads.webhook_batch,
        "api": payloads.api_batch,
        "track": payloads.track_batch,
    }[group]
    return Measure(
        group=group,
        what=what,
        unit="events",
        limit=(stage.insert_name, partial(stage.database.insert, size, stage.extent.seconds)),
        ours=("adapter", stage.batches(stage.server, make(size), size)),
        wanted=wanted,
    )


def _merges(stage: Stage) -> Iterator[Measure]:
    services = stage.services
    for waiting in stage.extent.waiting:
        yield Measure(
            group="merge",
            what=f"merge of {waiting:,} waiting events",
            unit="merges",
            limit=("bare statement", _bare_merges(stage, waiting)),
            ours=("adapter", _own_merges(services, waiting)),
            wanted=0.5 if waiting == _MIDDLE else None,  # at most twice the time
        )


def _stored(stage: Stage) -> Iterator[Measure]:
    many, few = f"{stage.extent.many:,} stored", f"{stage.extent.few:,} stored"
    yield Measure(
        group="stored",
        what=f"webhook batches of 500, {many}",
        unit="events",
        limit=(few, stage.batches(stage.server_with_few, payloads.webhook_batch(500), 500)),
        ours=(many, stage.batches(stage.server, payloads.webhook_batch(500), 500)),
        wanted=0.8,
    )
    yield Measure(
        group="stored",
        what=f"merge of 1,000 waiting events, {many}",
        unit="merges",
        limit=(few, _own_merges(stage.services_with_few, _MIDDLE)),
        ours=(many, _own_merges(stage.services, _MIDDLE)),
        wanted=0.8,
    )


def _bare_merges(stage: Stage, waiting: int) -> Side:
    merge, times = stage.database.merge, _times(waiting)
    return partial(inside.merges, stage.services, merge, waiting=waiting, times=times)


def _own_merges(services: Services, waiting: int) -> Side:
    merge, times = inside.identify(services), _times(waiting)
    return partial(inside.merges, services, merge, waiting=waiting, times=times)


def _times(waiting: int) -> int:
    """Tell how often a round merges so many events."""
    return max(1, min(_MOST_MERGES, _MERGED_IN_ROUND // waiting))
