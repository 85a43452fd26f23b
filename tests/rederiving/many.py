"""Fills a database with many events of ten seeded days, and verifies every decision of it.

    python -m tests.rederiving.many --events 1000000

Visitors come and go; many sign in, some on a device that is another's; merging is switched off and
on; calls are repeated, conflict, miss the window, or make no sense. Then ``adapter explain --all
--verify`` runs in a process of its own, and is timed, with the most memory it held.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from adapter.bootstrap import build_services, load_mappings, shipped
from adapter.clock import DAY, MINUTE, SECOND, ManualClock, SystemClock, iso
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.jsonvalue import dumps
from adapter.settings import Settings
from adapter.store.open import open_store
from adapter.store.schema import upgrade

_PER_REQUEST = 250
_VISITORS_AT_ONCE = 2_000
_CALLS_OF_ONE = 12
_PADDING = "x" * 200


class Traffic:
    """Calls of visitors, drawn by a seed.

    Args:
        seed: the same gives the same calls.
    """

    def __init__(self, seed):
        self._draw = random.Random(seed)
        self._number = 0
        self._visitors = 0
        self._present = [self._visitor() for _ in range(_VISITORS_AT_ONCE)]
        self._sent = []

    def calls(self, count):
        """Give the next calls."""
        return [self._call() for _ in range(count)]

    def _call(self):
        chance = self._draw.random()
        if chance < 0.02 and self._sent:
            return self._draw.choice(self._sent)
        if chance < 0.025 and self._sent:
            return {**self._draw.choice(self._sent), "event": "Changed", "type": "track"}
        place = self._draw.randrange(len(self._present))
        if self._draw.random() < 1 / _CALLS_OF_ONE:
            self._present[place] = self._visitor()
        if chance < 0.03:
            return {"type": self._draw.choice(["odd", ""]), "messageId": self._id()}
        call = self._made(chance, self._present[place])
        if len(self._sent) < _VISITORS_AT_ONCE:
            self._sent.append(call)
        else:
            self._sent[self._draw.randrange(_VISITORS_AT_ONCE)] = call
        return call

    def _made(self, chance, visitor):
        call = {"messageId": self._id(), "anonymousId": visitor}
        if chance < 0.09:
            # Some sign in on a device that is another's already.
            name = visitor if chance < 0.08 else self._draw.choice(self._present)
            traits = {"plan": self._draw.choice(["free", "pro"]), "visits": self._number}
            return {**call, "type": "identify", "userId": f"user-of-{name}", "traits": traits}
        if chance < 0.15:
            return {**call, "type": "track", "event": "Paid", "userId": f"user-of-{visitor}"}
        if chance < 0.5:
            return {**call, "type": "page", "properties": {"url": f"/{self._number % 97}"}}
        properties = {"price": self._number / 4, "note": _PADDING}
        return {**call, "type": "track", "event": "Viewed", "properties": properties}

    def _visitor(self):
        self._visitors += 1
        return f"visitor-{self._visitors}"

    def _id(self):
        self._number += 1
        return f"message-{self._number}"


def fill(database_url, events, seed):
    """Take in so many events, spread over ten days that have just passed, through the webhook."""
    upgrade(database_url)
    store = open_store(database_url)
    mappings = load_mappings(shipped("mappings"))
    mappings.keep_by(store.keep_mapping)
    clock = ManualClock(SystemClock().now() - 10 * DAY - MINUTE)
    services = build_services(settings=Settings(), store=store, clock=clock, mappings=mappings)
    services.tenants.create("many", {})
    (source,) = services.tenants.sources()
    traffic, step = Traffic(seed), 10 * DAY * _PER_REQUEST // events
    quarter = max(1, events // _PER_REQUEST // 4)
    switched = {quarter: {"merging": "off"}, 2 * quarter: {"merging": "on"}}
    for start in range(0, events, _PER_REQUEST):
        clock.advance(step)
        body = dumps(traffic.calls(min(_PER_REQUEST, events - start))).encode()
        now = clock.now()
        services.intake.receive(
            source,
            door="segment_webhook",
            body=body,
            batch=parse(body, Stamp(now)),
            received_at=now,
        )
        if start // _PER_REQUEST in switched:
            workspace = services.tenants.workspace("many")
            services.tenants.change_settings(workspace, switched[start // _PER_REQUEST])
    services.close()
    clock.advance(SECOND)
    return clock.now()


def verify(database_url, at, folder):
    """Run the command; give its code, what it says, how long it took and its most memory in MB."""
    clock = Path(folder) / "clock"
    clock.write_text(iso(at))
    words = ["--database-url", database_url, "--rehearsal-clock", str(clock)]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "adapter", "explain", "--all", "--verify", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return done.returncode, done.stdout + done.stderr, seconds, most


@click.command()
@click.option("--events", default=50_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--database-url", help="An empty database. [default: a file, thrown away]")
def main(events, seed, database_url):
    """Fill a database with events, and verify every decision of it."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{folder}/many.db"
        began = time.monotonic()
        at = fill(url, events, seed)
        click.echo(f"filled with {events:,} calls in {time.monotonic() - began:.0f} s")
        code, told, seconds, most = verify(url, at, folder)
    click.echo(told)
    click.echo(f"verified in {seconds:.0f} s, with at most {most:.0f} MB")
    sys.exit(code)


if __name__ == "__main__":
    main()
