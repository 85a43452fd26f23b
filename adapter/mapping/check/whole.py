"""What is odd about a mapping as a whole: its subscriptions together, its ids, its examples."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from adapter.jsonvalue import JSONObject, canonical, dumps
from adapter.mapping.directives import is_directive, name_of
from adapter.mapping.engine import Mapping, resolve_fields
from adapter.mapping.files import directives_of, entries_of
from adapter.mapping.findings import Severity
from adapter.mapping.fql.ast import Condition
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.fql.parser import parse
from adapter.mapping.positions import Document, ValuePath
from adapter.mapping.templates import placeholders

_IDENTITIES = (
    "id",
    "anonymous_id",
    "email",
    "person_id",
    "user_id",
    "primary",
    "secondary",
)
"""Fields that name a person."""

_NAMES_AN_OBJECT = ("createUpdateObject", "id")


def check_duplicates(document: Document) -> None:
    """Warn of subscriptions that do the same to the same calls."""
    seen: dict[str, str] = {}
    for path, entry in entries_of(document):
        if entry.get("enabled", True) is not True:
            continue
        condition = " ".join(str(entry.get("subscribe")).split())
        key = canonical([entry.get("action"), condition])
        if key in seen:
            message = f"{entry.get('name')} does again what {seen[key]} does: every call twice"
            _warn(document, path, "M303", message, "remove one")
        seen.setdefault(key, str(entry.get("name")))


def check_shadowed(document: Document) -> None:
    """Warn of subscriptions below an exclusive one that takes all their calls for itself."""
    exclusive: list[tuple[str, frozenset[object]]] = []
    for path, entry in entries_of(document):
        asked = _asked(entry)
        if asked is None or entry.get("enabled", True) is not True:
            continue
        for name, asked_above in exclusive:
            if asked_above <= asked:
                message = f"{name} takes all these calls for itself: never reached"
                cure = f"move it above {name}"
                _warn(document, (*path, "subscribe"), "M302", message, cure)
        if entry.get("exclusive") is True:
            exclusive.append((str(entry.get("name")), asked))


def _asked(entry: JSONObject) -> frozenset[object] | None:
    """Give all that a subscription asks of a call at once; None if it is not so simple."""
    try:
        group = parse(str(entry.get("subscribe")))
    except FqlError:
        return None
    if group.operator != "and":
        return None
    return frozenset(
        replace(child, offset=0) if isinstance(child, Condition) else child
        for child in group.children
    )


def check_identities(document: Document) -> None:
    """Warn of ids that are the same for everybody: they would merge strangers (M1, K6)."""
    for path, entry in entries_of(document):
        for name, where, directive in directives_of(path, entry):
            if name not in _IDENTITIES or (entry.get("action"), name) == _NAMES_AN_OBJECT:
                continue
            for constant in _constants(directive):
                message = f"{name} can be {dumps(constant)} for everybody: strangers become one"
                cure = 'take it from the call: {"@path": "$.anonymousId"}'
                _warn(document, where, "M301", message, cure)


def check_filled(document: Document, mapping: Mapping, calls: Iterable[JSONObject]) -> None:
    """Warn of fields that no call fills, of subscriptions that take one of the calls at all."""
    filled: dict[str, set[str]] = {}
    for call in calls:
        for subscription in mapping.subscriptions:
            if subscription.takes(call):
                values, _problems = resolve_fields(subscription, call)
                filled.setdefault(subscription.name, set()).update(values)
    for path, entry in entries_of(document):
        name = str(entry.get("name", entry.get("action")))
        for field, where, _directive in directives_of(path, entry):
            if name in filled and field not in filled[name]:
                message = f"{field} of {name} is filled by none of the calls it was tried on"
                _warn(document, where, "M304", message, "check the path's spelling")


def check_examples(document: Document, mapping: Mapping) -> None:
    """Run the examples; one that gives something else is an error."""
    content = document.value if isinstance(document.value, dict) else {}
    examples = content.get("examples", [])
    for index, example in enumerate(examples if isinstance(examples, list) else [None]):
        path: ValuePath = ("examples", index)
        call = example.get("call") if isinstance(example, dict) else None
        expected = example.get("expect") if isinstance(example, dict) else None
        if not isinstance(call, dict) or not isinstance(expected, list):
            document.report(path, "M401", "an example needs a call, and expect: a list")
            continue
        made = [mapped.operation for mapped in mapping.apply(call) if mapped.operation is not None]
        if made != expected:
            message = f"expected {dumps(expected)}, and got {dumps(made)}"
            document.report((*path, "expect"), "M402", message, cure="change the one or the other")


def example_calls(document: Document) -> Iterator[JSONObject]:
    """Yield the calls of a document's examples."""
    content = document.value if isinstance(document.value, dict) else {}
    examples = content.get("examples")
    for example in examples if isinstance(examples, list) else ():
        if isinstance(example, dict) and isinstance(example.get("call"), dict):
            yield example["call"]


def _constants(value: Any) -> Iterator[Any]:
    """Yield the fixed values that part of a mapping can give whatever the call."""
    if isinstance(value, str | int | float) and value not in {"", False}:
        yield value
    if not is_directive(value):
        return
    name = name_of(value)
    options = value[name]
    if name == "@literal":
        yield from _constants(options)
    elif name == "@template" and isinstance(options, str) and _leaves_text(options):
        yield options
    elif name == "@if" and isinstance(options, dict):
        for branch in ("then", "else"):
            yield from _constants(options.get(branch))
    elif name in {"@case", "@replace"} and isinstance(options, dict):
        yield from _constants(options.get("value"))


def _leaves_text(template: str) -> bool:
    """Tell whether a template gives a text although its placeholders are empty."""
    for placeholder in placeholders(template):
        template = template.replace(placeholder, "")
    return bool(template.replace("{", "").replace("}", "").strip())


def _warn(document: Document, path: ValuePath, code: str, message: str, cure: str) -> None:
    document.report(path, code, message, cure=cure, severity=Severity.WARNING)
