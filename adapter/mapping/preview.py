"""What becomes of a call, field by field."""

from dataclasses import asdict, dataclass
from typing import Any

from adapter.jsonvalue import JSONObject
from adapter.mapping.engine import CompiledField, Mapped, Mapping, resolve_fields
from adapter.mapping.trace import Trace, trace


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPreview:
    """One field of an action.

    Attributes:
        value: as the action gets it; None if it is absent.
        absent: the action does not get it.
        trace: how its value came about.
    """

    name: str
    value: Any
    absent: bool
    required: bool
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one subscription makes of a call; ``mapped`` as :meth:`Mapping.apply` gives it."""

    subscription: str
    mapped: Mapped
    fields: tuple[FieldPreview, ...]

    def as_json(self) -> JSONObject:
        """Give it as an object."""
        return {
            "subscription": self.subscription,
            "action": self.mapped.action,
            "path": self.mapped.path,
            "operation": self.mapped.operation,
            "problems": [asdict(problem) for problem in self.mapped.problems],
            "fields": [
                {
                    "name": field.name,
                    "absent": field.absent,
                    "value": field.value,
                    "required": field.required,
                    "trace": field.trace.as_json(),
                }
                for field in self.fields
            ],
        }


def preview(mapping: Mapping, call: JSONObject) -> list[Taken]:
    """Map a call and tell how each field came about, for each subscription that takes it."""
    mapped = iter(mapping.apply(call))
    taken = []
    for subscription in mapping.subscriptions:
        if not subscription.takes(call):
            continue
        result = next(mapped, None)
        if result is None:  # an exclusive subscription above has taken it
            break
        values, _problems = resolve_fields(subscription, call)
        fields = tuple(_field(field, values, call) for field in subscription.fields)
        taken.append(Taken(subscription=subscription.name, mapped=result, fields=fields))
    return taken


def _field(field: CompiledField, values: JSONObject, call: JSONObject) -> FieldPreview:
    return FieldPreview(
        name=field.name,
        value=values.get(field.name),
        absent=field.name not in values,
        required=field.field.required,
        trace=trace(field.directive, call),
    )
