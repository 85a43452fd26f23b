"""Runs a plan: every step is taken by the product and told to the oracle, and both are compared."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from adapter.clock import DAY, SECOND, Instant
from adapter.ids import count_anew
from adapter.services.mapping_book import MappingBook
from adapter.simulation.answers import answered
from adapter.simulation.entries import Fact, expected_facts, expected_segments, expected_starts
from adapter.simulation.looking import Observer
from adapter.simulation.oracle.leaving import erase, unmerge
from adapter.simulation.oracle.model import Manner, Oracle
from adapter.simulation.oracle.state import Came
from adapter.simulation.plan import (
    ARRIVAL,
    SOURCES,
    Change,
    Delivery,
    Door,
    Erase,
    Fault,
    Look,
    Plan,
    Reception,
    Restart,
    Step,
    Sweep,
    Unmerge,
    Work,
)
from adapter.simulation.segment_calls import UNKNOWN_TYPE
from adapter.simulation.stores import Home
from adapter.simulation.world import World

_SENT_AGAIN_AFTER = 10 * SECOND
_STORED = frozenset({Fault.LOST_RACE, Fault.ANSWER_LOST, Fault.NONE})


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken: where, what was demanded, and what was found."""

    rule: str
    at: Instant
    workspace: int
    about: str
    expected: str
    found: str


@dataclass(slots=True)
class Run:
    """What came of a plan.

    Attributes:
        steps: how many were taken.
        simulated: microseconds from the first step to the last.
        doors: requests to each.
        faults: how often each happened.
        checks: how often each rule was checked.
        violations: empty if all rules held; the run ends with the first.
        taken: the steps as they were taken, in their order, with the faults left out.
    """

    steps: int = 0
    simulated: int = 0
    doors: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    taken: list[Step] = field(default_factory=list)


class Drive:
    """One plan, one product, one oracle per tenant."""

    def __init__(self, plan: Plan, home: Home, mappings: MappingBook) -> None:
        count_anew()
        self._world = World(home, mappings, plan.workspaces)
        self._oracles = [Oracle() for _ in range(plan.workspaces)]
        self._contents: dict[str, tuple[Any, ...]] = {}
        self._waiting = [(step.at, number, step) for number, step in enumerate(plan.steps)]
        self._number = len(self._waiting)
        self.run = Run()

    def drive(self) -> Run:
        """Take all steps, until a rule is broken."""
        first = self._waiting[0][0] if self._waiting else 0
        while self._waiting and not self.run.violations:
            at, _, step = heapq.heappop(self._waiting)
            self._world.clock.set(at)
            self.run.steps += 1
            self.run.simulated = at - first
            self._take(step)
        return self.run

    def close(self) -> None:
        """Let go of the store."""
        self._world.close()

    def state(self) -> list[dict[tuple[str, str], Any]]:
        """Give all that can be seen of each tenant."""
        return [self._seen(number) for number in range(len(self._oracles))]

    def _take(self, step: Step) -> None:
        match step:
            case Delivery():
                self._deliver(step)
            case Change():
                self._world.change(step)
                self._oracles[step.workspace].change(step.at, step.name, step.value)
                self.run.taken.append(step)
            case Unmerge():
                self._unmerge(step)
            case Erase():
                self._erase(step)
            case Restart():
                self._look("L2")
                self._world.restart()
                self.run.faults["restart"] += 1
                self._look("L2")
            case Sweep():
                late = self._world.sweep()
                self._compare("R2", 0, Fact("R2", "a sweep", "days late", 0), late // DAY)
                self.run.faults["sweep"] += 1
                self.run.taken.append(step)
            case Work():
                self._work(step)
            case Look():
                self._look_closer()

    def _unmerge(self, step: Unmerge) -> None:
        found = self._world.unmerge(step)
        expected = unmerge(self._oracles[step.workspace], step.anonymous_id, step.at)
        about = f"the unmerge of {step.anonymous_id}"
        self._compare("M12", step.workspace, Fact("M12", about, "found", expected), found)
        self._look("M12")
        self.run.taken.append(step)

    def _erase(self, step: Erase) -> None:
        kept = self._world.quarantined(step.workspace)
        logs, left = self._world.erase(step)
        fact = Fact("P6", "the erased", "left of them", {})
        self._compare("P6", step.workspace, fact, left)
        erase(self._oracles[step.workspace], step.whom, step.at, logs=logs, left=kept)
        # What others' events said of them is blotted out.
        self._contents.clear()
        self._look("P6")
        self.run.taken.append(step)

    def _work(self, step: Work) -> None:
        self._world.work(step.fares)
        for oracle in self._oracles:
            oracle.work(step.at, well=step.fares is Reception.WELL)
        wrong = Fact("L5", "deliveries", "sent again after they were answered, or changed", [])
        self._compare("L5", 0, wrong, self._world.receiver.wrong)
        self.run.faults[f"endpoint_{step.fares}"] += step.fares is not Reception.WELL
        self.run.taken.append(step)

    def _deliver(self, step: Delivery) -> None:
        answer = self._world.send(step)
        struck = step.fault if self._world.store.struck else Fault.NONE
        self._count_troubles(step, struck)
        if struck in _STORED:
            came = self._tell(step)
            self.run.taken.append(replace(step, fault=Fault.NONE))
            if struck is not Fault.ANSWER_LOST:
                for one in answered(step, answer, came):
                    self._check(one.rule, step, one.aspect, one.expected, one.found)
        if struck not in {Fault.NONE, Fault.LOST_RACE}:
            self._check("M10", step, "answer to a failure", 503, answer["status"])
            self._look("M10")
            again = replace(
                step, at=Instant(step.at + _SENT_AGAIN_AFTER), fault=Fault.NONE, repeat=True
            )
            heapq.heappush(self._waiting, (again.at, self._number, again))
            self._number += 1

    def _tell(self, step: Delivery) -> list[Came]:
        oracle = self._oracles[step.workspace]
        clock = SOURCES[step.source] if step.triggers else ARRIVAL
        is_alone = step.door is Door.WEBHOOK and step.single
        if is_alone and step.said[0].broken == UNKNOWN_TYPE:
            oracle.refuse(step.at, step.source, clock, step.said[0])
            return [Came("refused", UNKNOWN_TYPE)]
        how = Manner(
            triggers=step.triggers,
            forwards=step.door in {Door.SEGMENT_API, Door.SEGMENT_STRICT},
            tells=step.door.tells,
        )
        return oracle.request(step.at, step.source, clock, step.said, how)

    def _count_troubles(self, step: Delivery, struck: Fault) -> None:
        if struck is not Fault.NONE:
            self.run.faults[struck.value] += 1
        self.run.doors[step.door.value] += 1
        if step.repeat:
            self.run.faults["repeated"] += 1
        times = [one.at for one in step.said if isinstance(one.at, int)]
        if any(step.at - at > 60 * SECOND for at in times):
            self.run.faults["late"] += 1
        if any(at > step.at for at in times):
            self.run.faults["clock_ahead"] += 1
        if times != sorted(times):
            self.run.faults["reordered"] += 1

    # --- comparing --------------------------------------------------------------------------

    def _look(self, as_rule: str = "") -> None:
        """Compare all there is; ``as_rule`` is the rule for whose sake it is done."""
        for number in range(len(self._oracles)):
            self._look_at(number, Observer(self._world, number), as_rule)

    def _look_at(self, number: int, observer: Observer, as_rule: str = "") -> None:
        expected = expected_facts(self._oracles[number], self._world.clock.now())
        self._same(number, expected, self._facts(number, observer), as_rule)

    def _same(
        self, number: int, expected: Iterable[Fact], found: Iterable[Fact], as_rule: str = ""
    ) -> None:
        """Compare facts one by one, and find those that should not be there."""
        seen = {fact.key: fact.value for fact in found}
        for fact in expected:
            self._compare(as_rule or fact.rule, number, fact, seen.pop(fact.key, None))
        for (about, aspect), value in sorted(seen.items(), key=repr):
            rule = as_rule or _rule_of_surplus(about, aspect)
            self._compare(rule, number, Fact(rule, about, aspect, None), value)

    def _look_closer(self) -> None:
        """Compare all there is; content, times, explain, starts, segments too (M9, T5, A3, C)."""
        self._world.look_after()
        now = self._world.clock.now()
        for number, oracle in enumerate(self._oracles):
            observer = Observer(self._world, number)
            self._look_at(number, observer)
            self._same(number, expected_segments(oracle, now), observer.segments())
            self._same(number, expected_starts(oracle, now), observer.starts())
            contents = observer.contents()
            for own_id, content in contents.items():
                before = self._contents.setdefault(own_id, content)
                fact = Fact("M9", f"event {content[0]}", "content", before)
                self._compare("M9", number, fact, content)
            fact = Fact("T5", "the log", "ahead of the clock", [])
            self._compare("T5", number, fact, observer.ahead())
            fact = Fact("A3", "explain", "disagrees about", [])
            self._compare("A3", number, fact, observer.unexplained())

    def _seen(self, number: int) -> dict[tuple[str, str], Any]:
        self._world.look_after()
        observer = Observer(self._world, number)
        facts = (*self._facts(number, observer), *observer.starts(), *observer.segments())
        return {fact.key: fact.value for fact in facts}

    def _facts(self, number: int, observer: Observer) -> Iterator[Fact]:
        oracle = self._oracles[number]
        refs = sorted({text for person in oracle.people.all for text in person.names.values()})
        ids = sorted({event.anonymous_id for event in oracle.events if event.anonymous_id})
        return observer.facts(refs, ids)

    def _check(self, rule: str, step: Delivery, aspect: str, expected: Any, found: Any) -> None:
        names = ", ".join(str(one.message_id) for one in step.said)
        fact = Fact(rule, f"request with {names}", aspect, expected)
        self._compare(rule, step.workspace, fact, found)

    def _compare(self, rule: str, workspace: int, fact: Fact, found: Any) -> None:
        self.run.checks[rule] += 1
        if found != fact.value:
            self.run.violations.append(
                Violation(
                    rule=rule,
                    at=self._world.clock.now(),
                    workspace=workspace,
                    about=f"{fact.about}: {fact.aspect}",
                    expected=str(fact.value),
                    found=str(found),
                )
            )


def _rule_of_surplus(about: str, aspect: str) -> str:
    """Name the rule against what should not be there at all."""
    if aspect.startswith("start of"):
        return "C4"
    for start, rule in (
        ("event", "L1"),
        ("line", "A1"),
        ("ledger", "L4"),
        ("person", "P1"),
        ("delivery", "L5"),
    ):
        if about.startswith(start):
            return rule
    return "M11"


def retaken(plan: Plan, run: Run) -> Plan:
    """Make a plan of what was accepted, in order, without what went wrong (M11).

    Sweeps are taken again as well: an erasure finds in quarantine what they have left there.
    """
    looks: Iterator[Step] = (step for step in plan.steps[-1:] if isinstance(step, Look))
    return replace(plan, steps=[*run.taken, *looks])
