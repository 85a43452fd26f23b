"""Every stored decision, explained; and held against what the rules decide anew (A3, M11).

A line of the log is explained if its reasons are of the closed list. It is verified if the same
line comes of what was accepted, when that is decided again in a store of its own. Both logs are
read side by side, page by page, so that memory does not grow with them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from adapter.clock import Clock
from adapter.ids import request_digits
from adapter.jsonvalue import JSONObject, loads
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityRow, Store
from adapter.services.digesting import NO_CONSEQUENCE, Digesting, digest_json
from adapter.services.rederiving.player import Played
from adapter.services.rederiving.rederiving import Rederiving

EXAMPLES = 10
"""Of what is not as it should be."""

_KNOWN: frozenset[str] = frozenset(Reason)


@dataclass(slots=True)
class Verdicts:
    """What was found of a workspace's decisions.

    Attributes:
        explained: their reasons are known, and if that was asked, the rules decide so again.
        unexplained: their reasons are not known, or nothing that was accepted leads to them.
        disagree: the rules decide otherwise, or what they decide is not stored; a part of the
            state beside the log that differs counts as one.
        erased: of requests that an erasure took something from, and so not to be decided again.
        reasons: how often each main reason was given.
        parts: of the state beside the log, whether they are what the rules make of them.
        examples: of decisions that are unexplained or disagree.
        played: what was decided again; None if it was not asked.
    """

    explained: int = 0
    unexplained: int = 0
    disagree: int = 0
    erased: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    parts: dict[str, bool] = field(default_factory=dict)
    examples: list[JSONObject] = field(default_factory=list)
    played: Played | None = None

    @property
    def are_well(self) -> bool:
        """Tell whether all is explained, and nothing disagrees."""
        unread = self.played is not None and bool(self.played.unplayed)
        return not (self.unexplained or self.disagree or unread)

    def add(self, found: str, example: JSONObject) -> None:
        """Count a decision that is not as it should be."""
        setattr(self, found, getattr(self, found) + 1)
        if found != "erased" and len(self.examples) < EXAMPLES:
            self.examples.append({"found": found, **example})


class Verifying:
    """Explains and verifies what a store holds.

    Args:
        store: it is only read.
        clock: tells what has expired.
        rederiving: of the same store.
    """

    def __init__(self, store: Store, clock: Clock, rederiving: Rederiving) -> None:
        self._store = store
        self._clock = clock
        self._rederiving = rederiving

    def explain(self, workspace: Workspace) -> Verdicts:
        """Explain all decisions of a workspace."""
        verdicts = Verdicts()
        for row in Digesting(self._store, self._clock).log(workspace):
            _explain(row, verdicts)
        return verdicts

    def verify(self, workspace: Workspace) -> Verdicts:
        """Explain all decisions of a workspace, and decide them again; nothing may be written.

        Raises:
            OperatorError: something of what was accepted is no longer kept.
        """
        verdicts = Verdicts()
        with self._rederiving.scratch() as target:
            twin, played = self._rederiving.derive(workspace, target)
            (again,) = [each for each in target.workspaces() if each.id == twin.workspace.id]
            verdicts.played = played
            stored = Digesting(self._store, self._clock)
            derived = Digesting(target, self._clock)
            own = {made.id: source_id for source_id, made in twin.sources.items()}
            lines = (_of_source(row, own) for row in derived.log(again))
            for pair in _side_by_side(stored.log(workspace), lines):
                _hold_together(*pair, verdicts, played.touched)
            _hold_parts_together(
                digest_json(workspace, stored.beside_log(workspace))["parts"],
                digest_json(again, derived.beside_log(again))["parts"],
                verdicts,
                played.touched,
            )
        return verdicts


def verdicts_json(workspace: Workspace, verdicts: Verdicts) -> JSONObject:
    """Show what was found of a workspace."""
    played = verdicts.played
    return {
        "workspace": workspace.name,
        "explained": verdicts.explained,
        "unexplained": verdicts.unexplained,
        "disagree": verdicts.disagree,
        "erased": verdicts.erased,
        "reasons": [
            {"reason": code, **_rule_of(code), "count": count}
            for code, count in verdicts.reasons.most_common()
        ],
        "examples": verdicts.examples,
        "verified": None
        if played is None
        else {
            "requests": played.requests,
            "records": played.records,
            "acts": played.acts,
            "unread": [asdict(each) for each in played.unplayed],
            "parts": dict(verdicts.parts),
        },
    }


def _rule_of(code: str) -> JSONObject:
    if code not in _KNOWN:
        return {"rule": None, "sentence": None}
    explanation = EXPLANATIONS[Reason(code)]
    return {"rule": explanation.rule, "sentence": explanation.sentence}


def _of_source(row: ActivityRow, own: Mapping[int, int]) -> ActivityRow:
    """Give a derived line the source that its own stands for."""
    source_id = row.source_id and own.get(row.source_id, row.source_id)
    return row if source_id == row.source_id else replace(row, source_id=source_id)


_Line = ActivityRow | None


def _side_by_side(
    stored: Iterator[ActivityRow], derived: Iterator[ActivityRow]
) -> Iterator[tuple[_Line, _Line]]:
    """Give the lines of two logs, newest first, paired by their ids."""
    one, other = next(stored, None), next(derived, None)
    while one is not None or other is not None:
        own, again = one.id if one else "", other.id if other else ""
        yield one if own >= again else None, other if again >= own else None
        one = next(stored, None) if own >= again else one
        other = next(derived, None) if again >= own else other


def _hold_together(
    stored: _Line, derived: _Line, verdicts: Verdicts, touched: Collection[str]
) -> None:
    """Judge a decision by what is decided again."""
    row = stored or derived
    if row is None or stored == derived or row.type in NO_CONSEQUENCE:
        if stored is not None:
            _explain(stored, verdicts)
        return
    if request_digits(row.id) in touched:
        verdicts.add("erased", {})
    elif stored is None:
        verdicts.add("disagree", {"id": row.id, "differs": {"stored": [False, True]}})
    elif derived is None:
        verdicts.add("unexplained", {"id": row.id, "reason": row.reason})
    elif differences := _differences(stored, derived):
        verdicts.add("disagree", {"id": row.id, "event_id": row.event_id, "differs": differences})
    else:
        _explain(stored, verdicts)


def _hold_parts_together(
    stored: JSONObject, derived: JSONObject, verdicts: Verdicts, touched: Collection[str]
) -> None:
    """Judge what is no line of the log: people, assignments, objects, quarantine, the ledger."""
    for name, part in stored.items():
        verdicts.parts[name] = part == derived[name]
        if not verdicts.parts[name]:
            example = {"part": name, "rows": [part["rows"], derived[name]["rows"]]}
            verdicts.add("erased" if touched else "disagree", example)


def _explain(row: ActivityRow, verdicts: Verdicts) -> None:
    verdicts.reasons[row.reason] += 1
    codes = (row.reason, *row.notes, *(() if row.trigger is None else (row.trigger,)))
    unknown = [code for code in codes if code not in _KNOWN]
    if unknown:
        verdicts.add("unexplained", {"id": row.id, "reason": unknown[0]})
    else:
        verdicts.explained += 1


def _differences(stored: ActivityRow, derived: ActivityRow) -> JSONObject:
    """Name the fields that differ, as stored and as derived; data by what it says."""
    if loads(stored.data) == loads(derived.data):
        derived = replace(derived, data=stored.data)
    one, other = asdict(stored), asdict(derived)
    return {name: [one[name], other[name]] for name in one if one[name] != other[name]}
