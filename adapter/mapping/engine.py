"""Applies a mapping to a call: which subscriptions take it, and what their actions make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapter.errors import Problem
from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.mapping.actions.operation import ENTITY, Action
from adapter.mapping.compile import compile_value
from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.fields import COERCIONS, Coerce, Field, FieldType
from adapter.mapping.fql.ast import Subject
from adapter.mapping.fql.evaluate import Predicate
from adapter.mapping.javascript.values import UNDEFINED, without_undefined
from adapter.mapping.paths import Run, split, without_root
from adapter.model.swift import swift

_NAMES = frozenset({Subject.TYPE, Subject.EVENT})
_ABSENT = object()
"""Stands for no event at all, which a condition tells from an empty one and from null."""

_MOST_REMEMBERED = 10_000


@swift(frozen=True, slots=True)
class Mapped:
    """What one subscription made of a call.

    Attributes:
        action: its name, such as ``trackEvent``.
        operation: the body of the native request, in Customer.io's shape, such as
            ``{"type": "person", "action": "event", "identifiers": {...}, "name": ...}``;
            None if it could not be built.
        timestamp: what the action's timestamp field gave, before it became Unix seconds; None if
            it gave nothing or the action has no such field.
        problems: why there is no operation: all reasons, pointers into the call where known.
        path: where Customer.io takes the body: ``/api/v2/entity``, but ``/api/v1/metrics`` for
            delivery reports, whose body has neither type nor action.
    """

    action: str
    operation: JSONObject | None
    timestamp: JSONValue
    problems: tuple[Problem, ...] = ()
    path: str = ENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledField:
    """One field of a subscription, ready to run.

    Attributes:
        directive: what stands in the file.
        clean: what ``run`` gives holds no undefined inside.
        source: JSON pointer to the value in the call it is read from, "" if it is not plain.
    """

    name: str
    directive: Any
    run: Run
    clean: bool
    field: Field
    source: str
    coerce: Coerce
    is_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One rule of a mapping file.

    Attributes:
        name: the operator's name for it.
        takes: whether it takes a call.
        reads: what of the call that depends on.
        exclusive: a call that it takes goes to no subscription below it.
    """

    name: str
    takes: Predicate
    reads: frozenset[Subject]
    action: Action
    fields: tuple[CompiledField, ...]
    exclusive: bool = False


def compiled_field(name: str, field: Field, directive: Any) -> CompiledField:
    """Compile what fills a field; it must have passed validation."""
    compiled = compile_value(directive)
    return CompiledField(
        name=name,
        directive=directive,
        run=compiled.run,
        clean=compiled.clean,
        field=field,
        source=_source(directive),
        coerce=COERCIONS[field.type],
        is_text=field.type is FieldType.STRING and not field.choices,
    )


class Mapping:
    """A compiled mapping file.

    Attributes:
        text: of the file.
        digest: 32 hexadecimal digits that stand for the text.
    """

    def __init__(self, name: str, subscriptions: Sequence[Subscription], text: str) -> None:
        self.name = name
        self.subscriptions = tuple(subscriptions)
        self.text = text
        self.digest = fingerprint(text).hex()
        self._by_name = all(item.reads <= _NAMES for item in self.subscriptions)
        self._takers: dict[tuple[object, object], tuple[Subscription, ...]] = {}

    def apply(self, call: JSONObject) -> list[Mapped]:
        """Map a call.

        Args:
            call: a Segment call as it came; it is not changed, but what is returned shares parts
                with it.

        Returns:
            One per subscription that takes it, in the file's order; none if none does.
        """
        return [_mapped(subscription, call) for subscription in self._takers_of(call)]

    def _takers_of(self, call: JSONObject) -> Sequence[Subscription]:
        """Find who takes a call; remembered where its type and event alone decide that."""
        kind, event = call.get("type"), call.get("event", _ABSENT)
        told = type(kind) is str and (type(event) is str or event is _ABSENT)
        if not (told and self._by_name):
            return self._find_takers(call)
        takers = self._takers.get((kind, event))
        if takers is None:
            takers = self._find_takers(call)
            if len(self._takers) < _MOST_REMEMBERED:
                self._takers[kind, event] = takers
        return takers

    def _find_takers(self, call: JSONObject) -> tuple[Subscription, ...]:
        takers: list[Subscription] = []
        for subscription in self.subscriptions:
            if subscription.takes(call):
                takers.append(subscription)
                if subscription.exclusive:
                    break
        return tuple(takers)


def _source(directive: Any) -> str:
    """Give the JSON pointer of what a plain ``@path`` reads, "" for anything else."""
    path = directive.get("@path") if isinstance(directive, dict) else None
    if not isinstance(path, str):
        return ""
    keys = (key.replace("~", "~0").replace("/", "~1") for key in split(without_root(path)))
    return "".join(f"/{key}" for key in keys)


def _mapped(subscription: Subscription, call: JSONObject) -> Mapped:
    action = subscription.action
    fields, problems = resolve_fields(subscription, call)
    if problems:
        return Mapped(action.name, None, fields.get(action.timestamp), tuple(problems), action.path)
    return Mapped(action.name, action.build(fields), fields.get(action.timestamp), (), action.path)


def resolve_fields(
    subscription: Subscription, call: JSONObject
) -> tuple[JSONObject, list[Problem]]:
    """Give the fields of an action for a call, coerced, and all that is wrong with them.

    Null and "" count as absent, as they do at Segment.
    """
    values: JSONObject = {}
    problems: list[Problem] = []
    for field in subscription.fields:
        try:
            value = field.run(call)
        except (DirectiveFailed, RecursionError) as error:
            problems.append(Problem("directive_failed", f"{field.name}: {error}", field.source))
            continue
        if type(value) is str and value and field.is_text:
            values[field.name] = value
            continue
        if value is None or value is UNDEFINED or value == "":
            if field.field.required:
                problems.append(_missing(field))
            continue
        coerced = field.coerce(value if field.clean else without_undefined(value))
        if coerced is UNDEFINED or (field.field.choices and coerced not in field.field.choices):
            problems.append(_unfit(field))
        else:
            values[field.name] = coerced
    return values, problems


def _missing(field: CompiledField) -> Problem:
    cure = f"send {field.source}" if field.source else "map it to something that is always there"
    message = f"the required field {field.name} is missing or empty: {cure}"
    return Problem("required", message, field.source)


def _unfit(field: CompiledField) -> Problem:
    if field.field.choices:
        wanted = f"one of {', '.join(field.field.choices)}"
    else:
        wanted = f"of type {field.field.type}"
    return Problem("invalid_type", f"the field {field.name} must be {wanted}", field.source)
