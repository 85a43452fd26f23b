"""A soak: the server under steady load for as long as you like; memory and latency must stay flat.

    python -m tests.bench.soak --minutes 30
    python -m tests.bench.soak --minutes 30 --database-url postgresql://...

First it is seen how much the server takes, then it gets a share of that. Each request is a visitor
who views, identifies and views again, so that events merge all the while. One line a minute. Exit 1
if memory grew by more than a tenth once warm, an answer was not 200 or the ledger does not balance.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import click

from tests.faults.senders import EVENTS_PER_VISITOR, visit
from tests.servers import WEBHOOK, Server, signed

_CONNECTIONS = 32
_TRIAL_SECONDS = 15.0
_WARMING_MINUTES = 3  # caches fill
_MOST_GROWTH = 1.1
_LONGEST_BACKLOG_SECONDS = 1.0
_names = count()


@dataclass(slots=True)
class Load:
    """What is sent, and what came of it.

    Attributes:
        interval: seconds between two requests; 0 to send whenever a connection is free.
        latencies: in seconds, of the answers since they were last taken away.
        wrong: answers that were not 200.
    """

    port: int
    interval: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    due: float = 0.0

    async def run(self, seconds: float, each_minute: Callable[[], None] = lambda: None) -> None:
        """Keep all connections sending for so long."""
        senders = [asyncio.create_task(self._send()) for _ in range(_CONNECTIONS)]
        left = seconds
        while left > 0 and not self.wrong:
            await asyncio.sleep(min(60.0, left))
            left -= 60.0
            each_minute()
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    async def _send(self) -> None:
        now = asyncio.get_running_loop().time
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while True:
            # Who has fallen far behind does not make up for it: this is no storm.
            self.due = max(self.due + self.interval, now() - _LONGEST_BACKLOG_SECONDS)
            await asyncio.sleep(self.due - now() if self.interval else 0)
            begun = now()
            writer.write(_request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            if not head.startswith(b"HTTP/1.1 200"):
                self.wrong.append(f"{head!r} {body!r}")
            self.latencies.append(now() - begun)


@dataclass(frozen=True, slots=True)
class Minute:
    """One line of the soak: latencies in milliseconds, memory in megabytes."""

    requests: int
    p50: float
    p99: float
    memory: float


def _request() -> bytes:
    body, headers = signed(visit(f"soak-{next(_names)}"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {WEBHOOK} HTTP/1.1\r\nHost: adapter\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_000


def _minute(load: Load, pid: int) -> Minute:
    taken, load.latencies = load.latencies, []
    p99 = quantiles(taken, n=100)[98]
    return Minute(len(taken), median(taken) * 1_000, p99 * 1_000, _megabytes(pid))


def _soak(server: Server, minutes: int, share: float) -> list[Minute]:
    """Load a server and give what was seen each minute.

    Raises:
        SystemExit: an answer was not 200.
    """
    assert server.process is not None
    pid = server.process.pid
    trial = Load(server.port)
    asyncio.run(trial.run(_TRIAL_SECONDS))
    rate = share * len(trial.latencies) / _TRIAL_SECONDS
    records = EVENTS_PER_VISITOR + 1
    click.echo(
        f"{rate:.0f} requests/s, {rate * records:.0f} records/s: {share:.0%} of what it takes"
    )
    click.echo("minute  requests  p50 ms  p99 ms  memory MB")
    load = Load(server.port, interval=1 / rate)
    seen: list[Minute] = []

    def tell() -> None:
        seen.append(_minute(load, pid))
        one = seen[-1]
        click.echo(
            f"{len(seen):6}  {one.requests:8}  {one.p50:6.1f}  {one.p99:6.1f}  {one.memory:9.1f}"
        )

    asyncio.run(load.run(minutes * 60.0, tell))
    if trial.wrong or load.wrong:
        sys.exit(f"not 200: {(trial.wrong + load.wrong)[0]}")
    return seen


def _growth(values: list[float]) -> float:
    """Compare the last third with the first, once warm: medians, for a minute may be a bad one."""
    values = values[_WARMING_MINUTES:] or values
    third = max(1, len(values) // 3)
    return median(values[-third:]) / median(values[:third])


@click.command()
@click.option("--minutes", default=30, show_default=True, help="How long.")
@click.option("--share", default=0.8, show_default=True, help="Share of what the server takes.")
@click.option("--database-url", default="", help="An empty PostgreSQL database; SQLite without.")
def main(minutes: int, share: float, database_url: str) -> None:
    """Load a server of its own steadily, and see whether memory and latency stay flat."""
    with tempfile.TemporaryDirectory(prefix="adapter-soak-") as folder:
        given = {"ADAPTER_DATABASE_URL": database_url} if database_url else {}
        server = Server(Path(folder), {"ADAPTER_WEBHOOK_RATE": "0", **given})
        server.create_workspace()
        server.start()
        try:
            seen = _soak(server, minutes, share)
            (audited,) = server.command("audit")
        finally:
            server.kill()
    memory = _growth([one.memory for one in seen])
    p99 = _growth([one.p99 for one in seen])
    balances = audited["balances"] is True
    click.echo(
        f"memory {memory:.3f}, p99 {p99:.2f} times the first third once warm; balances: {balances}"
    )
    sys.exit(0 if balances and memory <= _MOST_GROWTH else 1)


if __name__ == "__main__":
    main()
