"""Mapping files tried on calls without a store: what becomes of them, and what would.

Nothing is kept, and nothing is decided: this is the mapping language alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from adapter.errors import InvalidJson
from adapter.jsonvalue import JSONObject, loads
from adapter.mapping.check.run import check_document
from adapter.mapping.engine import Mapping as Compiled
from adapter.mapping.files import mapping_of
from adapter.mapping.findings import Finding, MappingFileInvalid
from adapter.mapping.positions import parse_document
from adapter.mapping.preview import Taken, preview
from adapter.mapping.samples import calls_in
from adapter.services.composing import CompiledMapping

MOST_CALLS = 20
MOST_CHARACTERS = 200_000
"""Of a payload, and of a changed mapping."""

_NO_CALL = (
    "no call was found in it: a call is an object whose type is track, page, screen, identify, "
    "group or alias"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What becomes of one call.

    Attributes:
        taken: what each subscription that takes it makes of it, as the file runs.
        instead: the same under the changed file; None if there is none that checks.
    """

    call: JSONObject
    taken: tuple[Taken, ...]
    instead: tuple[Taken, ...] | None = None

    @property
    def differs(self) -> bool:
        """Tell whether the changed file makes something else of it."""
        return self.instead is not None and _told(self.taken) != _told(self.instead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial showed.

    Attributes:
        problem: why there is nothing to show; "" if there is.
        left_out: calls beyond those that are shown.
        findings: about the changed file.
    """

    problem: str = ""
    tried: tuple[Tried, ...] = ()
    left_out: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def differing(self) -> int:
        """Count the calls of which the changed file makes something else."""
        return sum(each.differs for each in self.tried)


class Trying:
    """Tries mapping files.

    Args:
        mappings: in force, by name.
    """

    def __init__(self, mappings: Mapping[str, CompiledMapping]) -> None:
        self._mappings = mappings

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Tell what the linter says of a file as it runs."""
        return _findings(self._mappings[name].text, name)

    def trial(self, name: str, payload: str, changed: str = "") -> Trial:
        """Try a mapping on the calls in a payload.

        Args:
            name: of the mapping, which is in force.
            payload: JSON with calls in it, however deep.
            changed: the text of a mapping file to compare with; "" for none.
        """
        if max(len(payload), len(changed)) > MOST_CHARACTERS:
            return Trial(problem=f"it is longer than {MOST_CHARACTERS:,} characters")
        findings = _findings(changed, name) if changed.strip() else ()
        try:
            calls = list(calls_in(loads(payload)))
        except InvalidJson as error:
            return Trial(problem=error.message, findings=findings)
        if not calls:
            return Trial(problem=_NO_CALL, findings=findings)
        now = _compiled(self._mappings[name].text, name)
        then = _compiled(changed, name) if changed.strip() else None
        tried = tuple(_tried(call, now, then) for call in calls[:MOST_CALLS])
        return Trial(tried=tried, left_out=max(0, len(calls) - MOST_CALLS), findings=findings)


def _tried(call: JSONObject, now: Compiled | None, then: Compiled | None) -> Tried:
    taken = () if now is None else tuple(preview(now, call))
    return Tried(
        call=call, taken=taken, instead=None if then is None else tuple(preview(then, call))
    )


def _told(taken: tuple[Taken, ...]) -> list[JSONObject]:
    """Give what of a result reaches anybody: not how it came about."""
    return [
        {name: value for name, value in each.as_json().items() if name != "fields"}
        for each in taken
    ]


@lru_cache(maxsize=32)
def _findings(text: str, name: str) -> tuple[Finding, ...]:
    return tuple(check_document(parse_document(text, f"{name}.yaml")))


@lru_cache(maxsize=32)
def _compiled(text: str, name: str) -> Compiled | None:
    """Compile a file; None if it cannot be. That its own examples fail is no reason."""
    try:
        return mapping_of(text, f"{name}.yaml")
    except MappingFileInvalid:
        return None
