"""A failing plan, told so that a person can play it by hand."""

from collections.abc import Iterator, Sequence

from adapter.clock import DAY, HOUR, MINUTE, SECOND, iso
from adapter.simulation.doors import called_by
from adapter.simulation.drive import Violation
from adapter.simulation.generate import START
from adapter.simulation.plan import (
    Change,
    Delivery,
    Door,
    Erase,
    Fault,
    Look,
    Plan,
    Step,
    Sweep,
    Unmerge,
    Work,
)


def story_of(plan: Plan, violations: Sequence[Violation]) -> Iterator[str]:
    """Tell the steps, then what is wrong."""
    steps = [step for step in plan.steps if not isinstance(step, Look)]
    first = steps[0].at if steps else START
    if steps:
        yield f"begins at {iso(first)}"
    for step in steps:
        yield f"{_after(step.at - first):>22}  {_told(step)}"
    for found in violations:
        yield f"{_after(found.at - first):>22}  {found.rule} is broken: {found.about}"
        yield f"{'':>24}expected {found.expected}"
        yield f"{'':>24}found    {found.found}"


def _told(step: Step) -> str:
    match step:
        case Delivery():
            told = f"{_sender(step)}: {_request(step)}"
            return told if step.fault is Fault.NONE else f"{told} ({step.fault})"
        case Work():
            return f"worker sends; the endpoint fares: {step.fares}"
        case Sweep():
            return "sweep"
        case Change() | Unmerge() | Erase():
            return f"operator of {step.workspace}: {_asked(step)}"
        case _:
            return "restart"


def _asked(step: Change | Unmerge | Erase) -> str:
    match step:
        case Change():
            return f"{step.setting}={step.typed}"
        case Unmerge():
            return f"unmerge {step.anonymous_id}"
        case Erase():
            names = (*step.whom.people, *step.whom.emails, *step.whom.anonymous_ids)
            return f"erase {', '.join(names)}"


def _request(step: Delivery) -> str:
    called = called_by(step, step.source)
    body = called.body.decode()
    return body if step.door is Door.WEBHOOK else f"{called.method} {called.path} {body}".rstrip()


def _sender(step: Delivery) -> str:
    how = "" if step.triggers else ", replayed without triggers"
    return f"{step.source} of {step.workspace}{how}"


def _after(microseconds: int) -> str:
    """Write how long after the first step, exactly."""
    days, rest = divmod(microseconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    clock = f"{hours:02}:{minutes:02}:{seconds:02}.{fraction:06}"
    return f"+{days}d {clock}" if days else f"+{clock}"
