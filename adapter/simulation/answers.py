"""What a door must answer, given what came of each record (contracts 1.5, 2.4, 3.1, 4.4)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from adapter.jsonvalue import JSONObject
from adapter.simulation.oracle.state import Came
from adapter.simulation.plan import Delivery, Door

_OK, _PARTLY, _REFUSED = 200, 207, 400
_WRONG = frozenset({"quarantined", "refused"})


class Answered(NamedTuple):
    """One side of an answer: the rule that demands it, how it must be, and how it is."""

    rule: str
    aspect: str
    expected: Any
    found: Any


def answered(step: Delivery, answer: JSONObject, came: Sequence[Came]) -> Iterator[Answered]:
    """Compare the answer to a request that was taken in."""
    wrong = [(number, each.reason) for number, each in enumerate(came) if each.fate in _WRONG]
    if step.door is Door.WEBHOOK:
        yield from _by_webhook(step, answer, came, wrong)
        return
    # A junk id is for nobody to mend; only a strict sender hears of it (K7).
    told = [
        (number, reason)
        for number, reason in wrong
        if step.door is Door.SEGMENT_STRICT or reason != "junk_id"
    ]
    expected = _OK
    if told and step.door.tells:
        expected = _PARTLY if step.door is Door.TRACK_V2 and not step.single else _REFUSED
    yield Answered("L3", "status", expected, answer["status"])
    numbers = [number for number, _ in told]
    if expected == _PARTLY:
        named = sorted({error["batch_index"] for error in answer["errors"]})
        yield Answered("L3", "records refused", numbers, named)
    if expected == _REFUSED and step.door is Door.SEGMENT_STRICT:
        rejected = [(item["index"], item["code"]) for item in answer["rejected"]]
        yield Answered("L3", "records rejected", told, rejected)


def _by_webhook(
    step: Delivery, answer: JSONObject, came: Sequence[Came], wrong: list[tuple[int, str]]
) -> Iterator[Answered]:
    fates = Counter(each.fate for each in came)
    if fates["refused"] and step.triggers:
        yield Answered("L3", "answer to a record of no known type", _REFUSED, answer["status"])
        return
    rejected = [(item["index"], item["code"]) for item in answer.get("rejected", ())]
    accepted = fates["stored"] + fates["ignored"]
    yield Answered("L2", "records accepted", accepted, answer.get("accepted"))
    yield Answered("L1", "duplicates", fates["duplicate"], answer.get("duplicates"))
    rule = "K7" if ("junk_id" in (reason for _, reason in wrong)) else "K4"
    yield Answered(rule if wrong else "L3", "records rejected", wrong, rejected)
