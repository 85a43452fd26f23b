"""``adapter bench``: throughput and latency as ratios to limits measured in the same run.

Machines are noisy, so no figure stands alone: each is given beside what it is compared with,
measured minutes apart at most, in rounds that take turns.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from adapter.bootstrap import Services, open_services
from adapter.cli.bench_http import HttpLoad, bare_flask_server, product_server
from adapter.cli.output import json_option, print_json, print_rows
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.workspaces import Source
from adapter.settings import read_settings

_PADDING = "x" * 560


@dataclass(frozen=True, slots=True)
class Figure:
    """What one round measured.

    Attributes:
        rate: requests per second.
        p50, p99: latency in milliseconds.
    """

    rate: float
    p50: float
    p99: float


@click.command()
@click.option("--seconds", default=4.0, show_default=True, help="Length of one round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of each, taking turns.")
@click.option("--callers", default=64, show_default=True, help="Callers at once.")
@json_option
def bench(*, seconds: float, rounds: int, callers: int, as_json: bool) -> None:
    """Measure ingest and HTTP beside their limits, on SQLite with synchronous=FULL."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            *_compare(
                "ingest in process",
                ("one transaction per request", lambda at: _own(at, callers, seconds)),
                ("group commit", lambda at: _grouped(at, callers, seconds)),
                Path(folder) / "ingest",
                rounds,
            ),
            *_compare(
                "single 1 KB webhooks over HTTP",
                ("bare Flask view", lambda at: _bare(at, callers, seconds)),
                ("adapter, all rules", lambda at: _product(at, callers, seconds)),
                Path(folder) / "http",
                rounds,
            ),
        ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("what", "way", "per_second", "p50_ms", "p99_ms", "ratio"))


def payload(number: int) -> JSONObject:
    """Make a track call of about 1 KB; eight events to a visitor."""
    return {
        "type": "track",
        "event": "Viewed Pricing",
        "messageId": f"bench-{number}",
        "anonymousId": f"visitor-{number // 8}",
        "timestamp": "2026-03-01T10:00:00.000Z",
        "originalTimestamp": "2026-03-01T10:00:00.000Z",
        "sentAt": "2026-03-01T10:00:01.000Z",
        "receivedAt": "2026-03-01T10:00:01.000Z",
        "context": {"library": {"name": "analytics.js", "version": "next-1.84.3"}},
        "integrations": {},
        "channel": "client",
        "version": 2,
        "properties": {"plan": "pro", "price": 12.5, "note": _PADDING},
    }


Round = Callable[[Path], Figure]
"""Measures once, in a folder of its own."""


def _compare(
    what: str, base: tuple[str, Round], ours: tuple[str, Round], folder: Path, rounds: int
) -> list[JSONObject]:
    """Measure both in turns; the ratio is the median of the rounds' own ratios."""
    pairs: list[tuple[Figure, Figure]] = []
    for number in range(rounds):
        figures = []
        for place, (_, measure) in enumerate((base, ours)):
            at = folder / f"{number}-{place}"
            at.mkdir(parents=True)
            figures.append(measure(at))
        pairs.append((figures[0], figures[1]))
    ratio = statistics.median(ours_.rate / base_.rate for base_, ours_ in pairs)
    return [
        _row(what, base[0], [pair[0] for pair in pairs], 1.0),
        _row(what, ours[0], [pair[1] for pair in pairs], ratio),
    ]


def _row(what: str, way: str, figures: Sequence[Figure], ratio: float) -> JSONObject:
    return {
        "what": what,
        "way": way,
        "per_second": round(statistics.median(figure.rate for figure in figures)),
        "p50_ms": round(statistics.median(figure.p50 for figure in figures), 1),
        "p99_ms": round(statistics.median(figure.p99 for figure in figures), 1),
        "ratio": round(ratio, 2),
    }


def figure_of(latencies: Sequence[float], seconds: float) -> Figure:
    """Sum up the latencies (in seconds) of the requests of a round."""
    ordered = sorted(latencies)
    return Figure(
        rate=len(ordered) / seconds,
        p50=ordered[len(ordered) // 2] * 1_000,
        p99=ordered[int(len(ordered) * 0.99)] * 1_000,
    )


def _open(folder: Path) -> tuple[Services, Source]:
    settings = read_settings(database_url=f"sqlite:///{folder}/adapter.db")
    services = open_services(settings)
    if not services.tenants.workspaces():
        services.tenants.create("bench", {})
    return services, services.tenants.sources()[0]


def _grouped(folder: Path, callers: int, seconds: float) -> Figure:
    services, source = _open(folder)
    call = _caller(services, source)
    figure = _load(callers, seconds, lambda _: call)
    services.close()
    return figure


def _own(folder: Path, callers: int, seconds: float) -> Figure:
    """Every caller has a connection and a transaction of its own, as in a plain application."""
    _open(folder)[0].close()
    opened = [_open(folder) for _ in range(callers)]
    figure = _load(callers, seconds, lambda caller: _caller(*opened[caller]))
    for services, _ in opened:
        services.close()
    return figure


def _caller(services: Services, source: Source) -> Callable[[int], None]:
    def call(number: int) -> None:
        now = services.clock.now()
        body = dumps(payload(number)).encode()
        services.intake.receive(
            source, door="bench", body=body, batch=parse(body, Stamp(now)), received_at=now
        )

    return call


def _load(
    callers: int, seconds: float, caller_of: Callable[[int], Callable[[int], None]]
) -> Figure:
    latencies: list[list[float]] = [[] for _ in range(callers)]
    start = threading.Barrier(callers)

    def run(caller: int) -> None:
        call = caller_of(caller)
        start.wait()
        end = time.perf_counter() + seconds
        number = caller * 10_000_000
        now = time.perf_counter()
        while now < end:
            call(number)
            number += 1
            before, now = now, time.perf_counter()
            latencies[caller].append(now - before)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figure_of([item for one in latencies for item in one], seconds)


def _bare(folder: Path, callers: int, seconds: float) -> Figure:
    with bare_flask_server(folder) as address:
        return figure_of(HttpLoad(address, callers, seconds).run(payload), seconds)


def _product(folder: Path, callers: int, seconds: float) -> Figure:
    with product_server(folder) as address:
        return figure_of(HttpLoad(address, callers, seconds).run(payload), seconds)
