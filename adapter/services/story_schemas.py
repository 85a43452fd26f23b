"""The shape of a story's file: which fields it may have, and of what kind."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from adapter.clock import Instant, parse_instant
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import ReceivedAt
from adapter.rules.decision import Fate

_DOES = ("webhook", "body", "call", "set")


class _InstantField(fields.Field[Instant]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Instant:
        try:
            return parse_instant(value)
        except (TypeError, ValueError):
            raise ValidationError("Not an ISO-8601 time.") from None


class _WorkspaceSchema(Schema):
    created_at = _InstantField(required=True)


class _SourceSchema(Schema):
    received_at = fields.Enum(ReceivedAt, by_value=True, required=True)


class _CallSchema(Schema):
    request = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Z]+ /\S*\Z", error="Not a method and a target."),
    )
    body = fields.Raw(allow_none=True)


class _StepSchema(Schema):
    at = _InstantField(required=True)
    webhook = fields.Raw(allow_none=True)
    body = fields.String()
    call = fields.Nested(_CallSchema)
    answer = fields.Dict(keys=fields.String())
    set = fields.Dict(keys=fields.String())

    @validates_schema
    def _does_one_thing(self, step: JSONObject, **_: Any) -> None:
        if sum(name in step for name in _DOES) != 1:
            raise ValidationError(f"A step has exactly one of {', '.join(_DOES)}.")


class _PersonSchema(Schema):
    ref = fields.String(required=True)
    identifiers = fields.Dict(keys=fields.String(), load_default=dict)
    attributes = fields.Dict(keys=fields.String(), load_default=dict)


class _ActivitiesSchema(Schema):
    identified = fields.List(fields.Dict(keys=fields.String()))
    anonymous = fields.List(fields.Dict(keys=fields.String()))


class _ExpectedSchema(Schema):
    people = fields.List(fields.Nested(_PersonSchema), load_default=list)
    nobody = fields.List(fields.String(), load_default=list)
    activities = fields.Nested(_ActivitiesSchema, load_default=dict)
    explain = fields.Dict(keys=fields.String(), values=fields.Dict(), load_default=dict)
    quarantine = fields.List(fields.Dict(keys=fields.String()), load_default=None)
    ledger = fields.Dict(
        keys=fields.Enum(Fate, by_value=True),
        values=fields.Integer(strict=True, validate=validate.Range(min=0)),
        load_default=None,
    )

    @validates_schema(pass_original=True)
    def _asks_something(self, _: JSONObject, original: Any, **__: Any) -> None:
        if not original:
            raise ValidationError("A story must say what comes of it.")


class StorySchema(Schema):
    """A whole file, as ``adapter.services.stories`` describes it."""

    schema = fields.String(data_key="$schema")
    story = fields.String(required=True, validate=validate.Length(min=1))
    rules = fields.List(
        fields.String(validate=validate.Regexp(r"[A-Z]\d{1,2}\Z", error="Not a rule's number.")),
        load_default=list,
    )
    workspace = fields.Nested(_WorkspaceSchema)
    settings = fields.Dict(keys=fields.String(), load_default=dict)
    source = fields.Nested(_SourceSchema)
    steps = fields.List(fields.Nested(_StepSchema), required=True, validate=validate.Length(min=1))
    now = _InstantField()
    then = fields.Nested(_ExpectedSchema, required=True)

    @validates_schema
    def _goes_forward(self, story: JSONObject, **_: Any) -> None:
        instants = [step["at"] for step in story["steps"]]
        if "now" in story:
            instants.append(story["now"])
        if instants != sorted(instants):
            raise ValidationError("Time goes back between the steps.", "steps")


def story_fields() -> dict[str, set[str]]:
    """Name the fields that each part of a story's file may have, for the editors' schema."""
    parts: dict[str, type[Schema]] = {
        "story": StorySchema,
        "workspace": _WorkspaceSchema,
        "source": _SourceSchema,
        "step": _StepSchema,
        "call": _CallSchema,
        "then": _ExpectedSchema,
        "person": _PersonSchema,
        "activities": _ActivitiesSchema,
    }
    return {
        name: {field.data_key or own for own, field in schema().fields.items()}
        for name, schema in parts.items()
    }
