"""Mapping files: YAML in, a compiled mapping out, or everything that is wrong with it.

A file holds ``subscriptions``, each with a ``name``, an ``action``, a ``subscribe`` condition in
FQL, and what fills the action's fields: ``fields`` (each with label, description, type, required
and default) or ``mapping`` (the object Segment itself keeps), which goes before the defaults.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.operation import Action
from adapter.mapping.actions.table import ACTIONS
from adapter.mapping.engine import CompiledField, Mapping, Subscription, compiled_field
from adapter.mapping.fields import Field, FieldType
from adapter.mapping.findings import MappingFileInvalid, Severity
from adapter.mapping.fql.ast import Node, subjects
from adapter.mapping.fql.evaluate import predicate
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.fql.parser import parse_whole
from adapter.mapping.positions import Document, ValuePath, parse_document, read_document
from adapter.mapping.validate import DIRECTIVES, faults_of

FILE_KEYS = ("name", "description", "subscriptions", "examples")
SUBSCRIPTION_KEYS = (
    "name",
    "description",
    "action",
    "enabled",
    "exclusive",
    "subscribe",
    "fields",
    "mapping",
)
FIELD_KEYS = ("label", "description", "type", "required", "choices", "default")

_SWITCHES = ("enabled", "exclusive")


def load_mapping(path: Path) -> Mapping:
    """Read and compile a mapping file.

    Raises:
        MappingFileInvalid: with everything that is wrong with it, each at file:line:column.
    """
    return _compiled(read_document(path))


def mapping_of(text: str, name: str) -> Mapping:
    """Compile the text of a mapping file.

    Raises:
        MappingFileInvalid: with everything that is wrong with it, as if it stood in ``name``.
    """
    return _compiled(parse_document(text, name))


def _compiled(document: Document) -> Mapping:
    mapping = compile_document(document)
    errors = [item for item in document.findings if item.severity is Severity.ERROR]
    if errors:
        raise MappingFileInvalid(errors)
    return mapping


def compile_document(document: Document) -> Mapping:
    """Compile what can be compiled; what is wrong is added to the document's findings.

    Subscriptions that are switched off are checked like the others, but left out.
    """
    content = document.value if isinstance(document.value, dict) else {}
    if not isinstance(content.get("subscriptions"), list):
        document.report((), "M010", "a mapping file needs a list of subscriptions")
    _check_keys(document, (), content, FILE_KEYS)
    compiled = [
        (entry.get("enabled", True), _subscription(document, path, entry))
        for path, entry in entries_of(document)
    ]
    name = content.get("name") or Path(document.file).stem
    kept = [subscription for enabled, subscription in compiled if subscription and enabled is True]
    return Mapping(str(name), kept, document.text)


def entries_of(document: Document) -> Iterator[tuple[ValuePath, JSONObject]]:
    """Yield the subscriptions of a document that are objects, each with its path."""
    content = document.value if isinstance(document.value, dict) else {}
    entries = content.get("subscriptions")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield ("subscriptions", index), entry
        else:
            document.report(("subscriptions", index), "M011", "a subscription must be an object")


def directives_of(path: ValuePath, entry: JSONObject) -> Iterator[tuple[str, ValuePath, Any]]:
    """Yield what fills each field of a subscription: its name, path and directive.

    ``mapping`` goes before the ``default`` of ``fields``.
    """
    mapping, fields = _object(entry.get("mapping")), _object(entry.get("fields"))
    for name, value in mapping.items():
        yield name, (*path, "mapping", name), value
    for name, field in fields.items():
        if name not in mapping and isinstance(field, dict) and "default" in field:
            yield name, (*path, "fields", name, "default"), field["default"]


def suggestion(word: str, known: tuple[str, ...] | list[str]) -> str:
    """Phrase the likeliest of the known words as a cure."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"one of: {', '.join(known)}"


def _subscription(document: Document, path: ValuePath, entry: JSONObject) -> Subscription | None:
    known = len(document.findings)
    _check_keys(document, path, entry, SUBSCRIPTION_KEYS)
    for key in _SWITCHES:
        if not isinstance(entry.get(key, True), bool):
            document.report((*path, key), "M014", f"{key} must be true or false")
    action = _action(document, path, entry)
    condition = _condition(document, path, entry)
    if action is None:
        return None
    declared = _declared(document, path, entry, action)
    fields = tuple(_fields(document, path, entry, declared))
    if condition is None or len(document.findings) > known:
        return None
    return Subscription(
        name=str(entry.get("name", action.name)),
        takes=predicate(condition),
        reads=subjects(condition),
        action=action,
        fields=fields,
        exclusive=entry.get("exclusive") is True,
    )


def _action(document: Document, path: ValuePath, entry: JSONObject) -> Action | None:
    name = entry.get("action")
    action = ACTIONS.get(name) if isinstance(name, str) else None
    if action is None:
        cure = suggestion(str(name), list(ACTIONS))
        document.report((*path, "action"), "M012", f"there is no action {name}", cure=cure)
    return action


def _condition(document: Document, path: ValuePath, entry: JSONObject) -> Node | None:
    text = entry.get("subscribe")
    where = (*path, "subscribe")
    if not isinstance(text, str):
        document.report(where, "M013", "a subscription needs a subscribe condition, a text in FQL")
        return None
    try:
        return parse_whole(text)
    except FqlError as error:
        cure = 'Segment would never match it, silently; write for example: type = "track"'
        document.report(where, "M020", str(error), cure=cure, offset=error.offset)
        return None


def _declared(
    document: Document, path: ValuePath, entry: JSONObject, action: Action
) -> dict[str, Field]:
    """Give the action's fields as the file declares them; a file may require more."""
    declared = dict(action.fields)
    if not isinstance(entry.get("fields", {}), dict):
        document.report((*path, "fields"), "M015", "fields must be an object")
    for name, given in _object(entry.get("fields")).items():
        where = (*path, "fields", name)
        if name not in action.fields:
            _report_unknown_field(document, where, name, action)
        elif not isinstance(given, dict):
            cure = "put a bare directive under mapping:, or write default: before it"
            document.report(where, "M015", f"the field {name} must be an object", cure=cure)
        else:
            _check_keys(document, where, given, FIELD_KEYS)
            declared[name] = _field(document, where, given, action.fields[name])
    return declared


def _field(document: Document, where: ValuePath, given: JSONObject, known: Field) -> Field:
    kind = given.get("type", known.type.value)
    if kind != known.type.value:
        document.report(
            (*where, "type"),
            "M017",
            f"the action takes this field as {known.type}, not {kind}",
            cure=f"type: {known.type}"
            if kind in set(FieldType)
            else suggestion(str(kind), [item.value for item in FieldType]),
        )
    required = given.get("required", known.required)
    if not isinstance(required, bool) or (known.required and not required):
        message = "the action needs this field" if known.required else "must be true or false"
        document.report((*where, "required"), "M018", message, cure="required: true")
    choices = given.get("choices", list(known.choices))
    if not (isinstance(choices, list) and all(isinstance(choice, str) for choice in choices)):
        document.report((*where, "choices"), "M019", "choices must be a list of texts")
        choices = known.choices
    return Field(
        type=known.type, required=known.required or required is True, choices=tuple(choices)
    )


def _fields(
    document: Document, path: ValuePath, entry: JSONObject, declared: dict[str, Field]
) -> Iterator[CompiledField]:
    if not isinstance(entry.get("mapping", {}), dict):
        document.report((*path, "mapping"), "M015", "mapping must be an object")
    filled = set()
    for name, where, directive in directives_of(path, entry):
        filled.add(name)
        field = declared.get(name)
        if field is None:
            if where[len(path)] == "mapping":
                _report_unknown_field(document, where, name, ACTIONS[entry["action"]])
        elif _is_sound(document, where, directive):
            yield compiled_field(name, field, directive)
    for name, field in declared.items():
        if field.required and name not in filled:
            document.report(path, "M016", f"nothing fills the required field {name}")


def _is_sound(document: Document, where: ValuePath, directive: Any) -> bool:
    sound = True
    for fault in faults_of(directive):
        sound = False
        last = str(fault.path[-1]) if fault.path else ""
        unknown = last.startswith("@") and last not in DIRECTIVES
        cure = suggestion(last, list(DIRECTIVES)) if unknown else ""
        place = (*where, *fault.path)
        document.report(place, "M021", fault.message, cure=cure, at_key=unknown)
    return sound


def _report_unknown_field(document: Document, where: ValuePath, name: str, action: Action) -> None:
    cure = suggestion(name, list(action.fields))
    document.report(where, "M022", f"{action.name} has no field {name}", cure=cure, at_key=True)


def _check_keys(
    document: Document, path: ValuePath, value: JSONObject, known: tuple[str, ...]
) -> None:
    for key in value:
        if key not in known:
            message = f"{key} means nothing here"
            cure = suggestion(key, known)
            document.report((*path, key), "M023", message, cure=cure, at_key=True)


def _object(value: Any) -> JSONObject:
    return value if isinstance(value, dict) else {}
