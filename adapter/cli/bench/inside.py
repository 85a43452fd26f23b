"""Measured in this process: merges, and ingest beside a sweep."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from adapter.bootstrap import Services
from adapter.cli.bench.databases import fill
from adapter.cli.bench.figures import Figure, figure_of
from adapter.cli.bench.payloads import call
from adapter.clock import DAY, Instant
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.ids import following_ids, new_id
from adapter.model.messages import Identify
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.workspaces import Received

_FEEDERS = 2
_BATCH = 100
_LONG_AGO = 40 * DAY

Merge = Callable[[str], None]
"""Gives a visitor's events to a person."""


def merges(services: Services, merge: Merge, *, waiting: int, times: int) -> Figure:
    """Time merges of visitors who wait with so many events; merges a second."""
    latencies: list[float] = []
    used = 0.0
    for _ in range(times):
        (visitor,) = fill(services, waiting, visits=waiting)
        began, at = time.process_time(), time.perf_counter()
        merge(visitor)
        latencies.append(time.perf_counter() - at)
        used += time.process_time() - began
    return figure_of(latencies, sum(latencies), cpu=used)


def identify(services: Services) -> Merge:
    """Give a merge as the product does it: an identify, decided and committed."""
    source = services.tenants.sources()[0]

    def merge(anonymous_id: str) -> None:
        now = services.clock.now()
        received_id = new_id(now)
        message = Identify(
            id=next(following_ids(received_id)),
            workspace_id=source.workspace_id,
            source_id=source.id,
            received_id=received_id,
            message_id=f"identify-{anonymous_id}",
            index=0,
            received_at=now,
            occurred_at=now,
            person=PersonRef(IdentifierKind.ID, f"person-{anonymous_id}"),
            anonymous_id=anonymous_id,
        )
        body = Received(
            id=received_id,
            workspace_id=source.workspace_id,
            source_id=source.id,
            door="bench",
            deflated=b"",
            received_at=now,
            records=1,
        )
        services.ingest.accept(body, [message])

    return merge


def ingest(services: Services, seconds: float) -> Figure:
    """Take in batches of 100 from two threads; events a second."""
    return _ingest_until(services, threading.Timer(seconds, lambda: None))


def ingest_beside_sweep(services: Services, expired: int) -> Figure:
    """Take in batches while so many expired events are swept."""
    fill(services, expired, at=Instant(services.clock.now() - _LONG_AGO))
    return _ingest_until(services, threading.Thread(target=services.sweeping.sweep))


def _ingest_until(services: Services, meanwhile: threading.Thread) -> Figure:
    """Take in batches as long as a thread runs."""
    source = services.tenants.sources()[0]

    def feed() -> list[float]:
        latencies: list[float] = []
        while meanwhile.is_alive():
            now = services.clock.now()
            body = b"[%b]" % b",".join(call() for _ in range(_BATCH))
            at = time.perf_counter()
            services.intake.receive(
                source, door="bench", body=body, batch=parse(body, Stamp(now)), received_at=now
            )
            latencies.append(time.perf_counter() - at)
        return latencies

    began, at = time.process_time(), time.perf_counter()
    meanwhile.start()
    with ThreadPoolExecutor(_FEEDERS) as feeders:
        fed = [feeders.submit(feed) for _ in range(_FEEDERS)]
        latencies = [latency for each in fed for latency in each.result()]
    taken, used = time.perf_counter() - at, time.process_time() - began
    return figure_of(latencies, taken, each=_BATCH, cpu=used)
