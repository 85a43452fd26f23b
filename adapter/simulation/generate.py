"""A seed becomes a plan."""

from collections.abc import Iterator
from random import Random

from adapter.clock import DAY, SECOND, Instant, parse_instant
from adapter.simulation.network import deliveries
from adapter.simulation.oracle.leaving import Whom
from adapter.simulation.plan import (
    Change,
    Erase,
    Look,
    Plan,
    Reception,
    Restart,
    Step,
    Sweep,
    Unmerge,
    Work,
)
from adapter.simulation.traffic import TRIGGER_WINDOWS, WINDOWS, Traffic

START = parse_instant("2026-03-01T00:00:00Z")
_LOOKS = 8
_RETENTIONS = (
    (7 * DAY,),
    (7 * DAY, 30 * DAY),
    (7 * DAY, 60 * DAY),
    (60 * DAY,),
    (10 * DAY, 7 * DAY),
)
"""What operators set, at moments of their own: shorter, longer, one after the other."""

_PAUSES = ((0,), (0,), (0, 5 * SECOND), (0, SECOND, 4 * SECOND, 15 * SECOND, DAY, 3 * DAY))
_FARES = (Reception.WELL, Reception.WELL, Reception.ANSWER_LOST, Reception.DOWN)

_AFTERWARDS = 61 * DAY
"""A last look, when all that can expire has."""


def draw_plan(seed: int, days: int) -> Plan:
    """Draw the history of a seed; the same seed draws the same history."""
    random = Random(seed)
    length = days * DAY
    workspaces = 1 if random.random() < 0.7 else 2
    steps: list[Step] = []
    for workspace in range(workspaces):
        for town in _towns(days):
            traffic = Traffic(random, START, length, town)
            steps += deliveries(random, workspace, list(traffic.draw()))
            steps += _second_thoughts(random, workspace, traffic, length)
        steps += _changes(random, workspace, length)
    steps += [Restart(at=_moment(random, length)) for _ in range(random.randint(0, 3))]
    steps += [Sweep(at=_moment(random, length)) for _ in range(random.randint(0, 4))]
    steps += _workings(random, length)
    steps += [Look(at=Instant(START + length * n // _LOOKS)) for n in range(1, _LOOKS + 1)]
    last = max(step.at for step in steps)
    afterwards = Instant(last + _AFTERWARDS)
    steps += [Look(at=afterwards), Sweep(at=afterwards), Look(at=afterwards)]
    return Plan(seed=seed, workspaces=workspaces, steps=sorted(steps, key=lambda step: step.at))


def _workings(random: Random, length: int) -> Iterator[Step]:
    """Draw when the worker sends, now and then soon again after it failed (L5)."""
    for _ in range(random.randint(3, 10)):
        at = _moment(random, length)
        for pause in random.choice(_PAUSES):
            at = Instant(at + pause)
            yield Work(at=at, fares=random.choice(_FARES))


def _towns(days: int) -> list[str]:
    """Longer times see more traffic, each part of it among people of its own."""
    return ["", *(f"{n}." for n in range(1, days // 30))]


def _second_thoughts(
    random: Random, workspace: int, traffic: Traffic, length: int
) -> Iterator[Step]:
    """Draw what operators take back: merges (M12), and whatever tells of somebody (P6)."""
    people, emails, anonymous_ids = traffic.operators_words()
    for _ in range(random.choice((0, 0, 1, 2))):
        at = _moment(random, length)
        yield Unmerge(at=at, workspace=workspace, anonymous_id=random.choice(anonymous_ids))
    for _ in range(random.choice((0, 0, 0, 1))):
        whom = random.choice(
            (
                Whom(people=(random.choice(people),)),
                Whom(emails=(random.choice(emails),)),
                Whom(anonymous_ids=(random.choice(anonymous_ids),)),
            )
        )
        yield Erase(at=_moment(random, length), workspace=workspace, whom=whom)


def _changes(random: Random, workspace: int, length: int) -> Iterator[Change]:
    """Draw what operators change: merging off and on again above all (M8)."""
    if random.random() < 0.4:
        off, on = sorted((_moment(random, length), _moment(random, length)))
        yield _change(off, workspace, "merging", typed="off", value=False)
        yield _change(on, workspace, "merging", typed="on", value=True)
    for setting, name, values in (
        ("merge_window_seconds", "window", WINDOWS),
        ("trigger_window_seconds", "trigger_window", TRIGGER_WINDOWS),
    ):
        if random.random() < 0.2:
            value = random.choice(values)
            seconds = str(value // SECOND)
            at = _moment(random, length)
            yield _change(at, workspace, setting, typed=seconds, value=value, name=name)
    if random.random() < 0.25:
        for value in random.choice(_RETENTIONS):
            seconds = str(value // SECOND)
            at = _moment(random, length)
            yield _change(
                at, workspace, "retention_seconds", typed=seconds, value=value, name="retention"
            )
    if random.random() < 0.35:
        reuse = "same_person"
        yield _change(_moment(random, length), workspace, "reuse", typed=reuse, value=reuse)


def _change(
    at: Instant, workspace: int, setting: str, *, typed: str, value: object, name: str = ""
) -> Change:
    return Change(
        at=at,
        workspace=workspace,
        setting=setting,
        typed=typed,
        name=name or setting,
        value=value,
    )


def _moment(random: Random, length: int) -> Instant:
    return Instant(START + random.randrange(length))
