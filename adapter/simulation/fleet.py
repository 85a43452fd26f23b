"""Many seeds, on all cores; the report is the same whatever their number."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import structlog

from adapter.bootstrap import load_mappings
from adapter.clock import DAY, Instant
from adapter.jsonvalue import JSONObject
from adapter.services.mapping_book import MappingBook
from adapter.simulation.drive import Drive, Run, Violation, retaken
from adapter.simulation.generate import draw_plan
from adapter.simulation.plan import Look, Plan
from adapter.simulation.shrinking import Fails, shrunk, with_looks
from adapter.simulation.stores import MEMORY, SQLITE, home_at
from adapter.simulation.telling import story_of

MIXED = "mixed"
_SQLITE_EVERY = 8
"""Of so many seeds one runs on SQLite, the others in memory."""

_TOGETHER = 10
_SHRUNK = 1
"""Of the failures of so many seeds one is shrunk; each can be alone, with ``--seed``."""

_SILENT = 50
Seen = Mapping[tuple[str, str], Any]
_NO_STEPS = Plan(seed=0, workspaces=0, steps=())


@dataclass(frozen=True, slots=True)
class Part:
    """Seeds for one process to run; see :func:`simulate`."""

    seeds: range
    days: int
    store: str
    mappings: Path
    shrinks: bool = True
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that broke a rule, shrunk.

    Attributes:
        story: the fewest steps that break it, and how.
    """

    seed: int
    store: str
    rule: str
    story: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What came of some seeds.

    Attributes:
        simulated: microseconds, summed up.
        steps: taken.
        stores: seeds by kind of store.
        doors: requests to each.
        faults, checks: how often each happened, and each rule was checked.
        failures: by seed.
    """

    seeds: int = 0
    simulated: int = 0
    steps: int = 0
    stores: Counter[str] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what came of other seeds."""
        self.seeds += other.seeds
        self.simulated += other.simulated
        self.steps += other.steps
        self.stores += other.stores
        self.doors += other.doors
        self.faults += other.faults
        self.checks += other.checks
        self.failures += other.failures

    def as_json(self) -> JSONObject:
        """Show it; no time of the machine's is in it, so that it is the same each time."""
        return {
            "seeds": self.seeds,
            "simulated_days": self.simulated // DAY,
            "steps": self.steps,
            "stores": dict(sorted(self.stores.items())),
            "requests": dict(sorted(self.doors.items())),
            "faults": dict(sorted(self.faults.items())),
            "checks": dict(sorted(self.checks.items(), key=_by_rule)),
            "violations": [
                {"seed": f.seed, "store": f.store, "rule": f.rule, "story": list(f.story)}
                for f in self.failures
            ],
        }


def simulate(
    seeds: range,
    *,
    days: int,
    store: str,
    mappings: Path,
    jobs: int | None = None,
    shrinks: bool = True,
    stops: bool = False,
) -> Iterator[Tally]:
    """Run seeds; gives what came of some at a time, in their order.

    Args:
        seeds: which.
        days: how long each month is.
        store: ``memory``, ``sqlite``, ``mixed`` or the URL of a database for throw-away tenants.
        mappings: directory of mapping files.
        jobs: processes; as many as there are cores by default.
        shrinks: failing seeds are shrunk, one of every ten.
        stops: the first failing seed is the last.
    """
    parts = [
        Part(seeds[start : start + _TOGETHER], days, store, mappings, shrinks, stops)
        for start in range(0, len(seeds), _TOGETHER)
    ]
    workers = min(jobs or os.cpu_count() or 1, len(parts))
    if workers == 1:
        yield from _told(map(run_seeds, parts), stops=stops)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from _told(pool.map(run_seeds, parts), stops=stops)


def _told(tallies: Iterator[Tally], *, stops: bool) -> Iterator[Tally]:
    """Pass on what came of the parts, as far as it is wanted."""
    for tally in tallies:
        yield tally
        if stops and tally.failures:
            return


def run_seeds(part: Part) -> Tally:
    """Run some seeds in this process."""
    silent = structlog.make_filtering_bound_logger(_SILENT)
    structlog.configure(wrapper_class=silent)
    mappings = _compiled(part.mappings)
    tally = Tally()
    for seed in part.seeds:
        tally.add(_run_seed(seed, part, mappings, len(tally.failures)))
        if part.stops and tally.failures:
            break
    return tally


@cache
def _compiled(mappings: Path) -> MappingBook:
    """Compile the mapping files, once per process."""
    return load_mappings(mappings)


def _run_seed(seed: int, part: Part, mappings: MappingBook, already: int) -> Tally:
    plan = draw_plan(seed, part.days)
    kind = part.store
    if kind == MIXED:
        kind = MEMORY if seed % _SQLITE_EVERY else SQLITE
    run = run_plan(plan, kind, mappings)
    tally = Tally(1, run.simulated, run.steps)
    tally.doors, tally.faults, tally.checks = run.doors, run.faults, run.checks
    tally.stores[kind if kind in {MEMORY, SQLITE} else "database"] += 1
    if run.violations:
        shrinks = part.shrinks and already < _SHRUNK
        tally.failures.append(_failure(plan, kind, run.violations, mappings, shrinks=shrinks))
    return tally


def run_plan(plan: Plan, kind: str, mappings: MappingBook) -> Run:
    """Run a plan; on a database, run what it accepted in memory as well (M11)."""
    with home_at(kind) as home:
        drive = Drive(plan, home, mappings)
        run = drive.drive()
        if run.violations or kind == MEMORY:
            drive.close()
            return run
        state = drive.state()
        drive.close()
    with home_at(MEMORY) as home:
        again = Drive(retaken(plan, run), home, mappings)
        replayed = again.drive()
        run.violations += replayed.violations
        run.checks["M11"] += 1
        if not replayed.violations and again.state() != state:
            run.violations.append(_unlike(plan, state, again.state()))
        again.close()
    return run


def _unlike(plan: Plan, first: Sequence[Seen], second: Sequence[Seen]) -> Violation:
    """Tell what of a state is otherwise after a replay."""
    pairs = [
        (workspace, key, before.get(key), after.get(key))
        for workspace, (before, after) in enumerate(zip(first, second, strict=True))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]
    return Violation(
        rule="M11",
        at=plan.steps[-1].at,
        workspace=pairs[0][0],
        about="the state after a replay of what was accepted",
        expected=str({key: before for _, key, before, _ in pairs}),
        found=str({key: after for _, key, _, after in pairs}),
    )


def _failure(
    plan: Plan,
    kind: str,
    violations: Sequence[Violation],
    mappings: MappingBook,
    *,
    shrinks: bool,
) -> Failure:
    """Shrink a failing seed to the fewest steps that break the same rule."""
    first = violations[0]
    if not shrinks:
        return Failure(plan.seed, kind, first.rule, (*story_of(_NO_STEPS, [first]),))

    def fails(tried: Plan) -> bool:
        found = run_plan(tried, kind, mappings).violations
        return any(violation.rule == first.rule for violation in found)

    small = shrunk(_until(plan, first.at, fails), fails)
    closely = run_plan(with_looks(small), kind, mappings).violations
    found = closely or run_plan(small, kind, mappings).violations
    story = tuple(story_of(small, found[:2]))
    return Failure(plan.seed, kind, found[0].rule if found else first.rule, story)


def _until(plan: Plan, at: Instant, fails: Fails) -> Plan:
    """Leave out what came after the failure; what is found in a replay is found only later."""
    steps = [step for step in plan.steps if step.at <= at]
    shorter = replace(plan, steps=[*steps, Look(at=at)])
    return shorter if fails(shorter) else plan


def _by_rule(item: tuple[str, int]) -> tuple[str, int]:
    return item[0][0], int(item[0][1:])
