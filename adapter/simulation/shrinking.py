"""A failing plan without all that does not matter to the failure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from adapter.simulation.plan import Delivery, Fault, Look, Plan, Step

_MOST_TRIES = 400

Fails = Callable[[Plan], bool]
"""Tells whether a plan still breaks the rule."""


def shrunk(plan: Plan, fails: Fails) -> Plan:
    """Leave out steps, then records and troubles, while the plan still fails.

    Args:
        plan: fails.
        fails: deterministic; asked at most some hundred times.
    """
    tries = iter(range(_MOST_TRIES))

    def still(steps: Sequence[Step]) -> bool:
        return next(tries, None) is not None and fails(replace(plan, steps=steps))

    steps = _without_chunks(list(plan.steps), still)
    steps = _one_by_one(steps, still)
    return replace(plan, steps=_without_chunks(steps, still))


def _without_chunks(steps: list[Step], still: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Leave out ever smaller runs of steps; the last look stays, for it finds what is wrong."""
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if fewer and still(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def _one_by_one(steps: list[Step], still: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Make each step simpler: fewer records, no trouble."""
    for index, step in enumerate(steps):
        for simpler in _simpler(step):
            tried = [*steps[:index], simpler, *steps[index + 1 :]]
            if still(tried):
                steps = tried
    return steps


def _simpler(step: Step) -> Iterator[Step]:
    if not isinstance(step, Delivery):
        return
    if step.fault is not Fault.NONE:
        yield replace(step, fault=Fault.NONE)
    if len(step.said) > 1:
        yield from (replace(step, said=(one,)) for one in step.said)


def with_looks(plan: Plan) -> Plan:
    """Look after every step, so that a failure is found where it happens."""
    steps: list[Step] = []
    for step in plan.steps:
        steps.append(step)
        if not isinstance(step, Look):
            steps.append(Look(at=step.at))
    return replace(plan, steps=steps)
