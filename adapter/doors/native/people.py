"""People: who they are, and that two are one (K5, M1, P1-P5)."""

from adapter.doors.native.objects import memberships
from adapter.doors.native.part import Common, Part
from adapter.doors.times import is_absent, read_time
from adapter.jsonvalue import JSONObject
from adapter.model.messages import Identify, Ignored, MergePeople, Message
from adapter.model.objects import Relation
from adapter.model.people import PersonRef
from adapter.model.reasons import Reason

_UPDATE_ONLY = "_update"
_TIMESTAMP = "_timestamp"
_RELATIONSHIPS = "cio_relationships"
_NO_ATTRIBUTES = frozenset({"anonymous_id", _UPDATE_ONLY, _TIMESTAMP, _RELATIONSHIPS})
"""What an identify says among its attributes, and is none (contracts 3.4)."""

_YES = (True, "true")
_RELATING = ("add_relationships", "delete_relationships")


def identify(operation: Part, common: Common) -> Message:
    """``person identify``: create or update a person, and claim an anonymous id for them.

    Of a stranger's identify nothing is kept: there is nobody to keep it with (contracts 6.8).
    """
    attributes = operation.attributes()
    identifiers = operation.part("identifiers")
    person = identifiers.person()
    if person is None:
        anonymous_id = identifiers.anonymous_id()
        if anonymous_id is not None:
            reason = Reason.IDENTIFY_WITHOUT_PERSON
            return Ignored(**common, reason=reason, anonymous_id=anonymous_id)
        person = identifiers.nobody("they name nobody; give a userId or an e-mail")
    claimed = operation.part("attributes").anonymous_id()
    update_only = attributes.get(_UPDATE_ONLY) in _YES
    relations, unrelated = _relations(operation, person)
    _take_time(attributes, common)
    if not _NO_ATTRIBUTES.isdisjoint(attributes):
        attributes = {key: value for key, value in attributes.items() if key not in _NO_ATTRIBUTES}
    return Identify(
        **common,
        person=person,
        attributes=attributes,
        anonymous_id=claimed,
        update_only=update_only,
        relations=relations,
        unrelated=unrelated,
    )


def merge(operation: Part, common: Common) -> Message:
    """``person merge``: join the secondary person to the primary (contracts 3.7)."""
    primary = operation.part("primary").needed_person()
    secondary = operation.part("secondary").needed_person()
    return MergePeople(**common, primary=primary, secondary=secondary)


def _relations(
    operation: Part, person: PersonRef
) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    """Read what a person is related to, and what no longer.

    Version 2 lists the former at the root; version 1 says which of the two it lists, there or among
    the attributes: ``{"action", "relationships"}`` (contracts 3.4).
    """
    if isinstance(operation.fields.get(_RELATIONSHIPS), list):
        return memberships(operation, person), ()
    at_root = operation.fields.get(_RELATIONSHIPS) is not None
    holder = operation if at_root else operation.part("attributes")
    if holder.fields.get(_RELATIONSHIPS) is None:
        return (), ()
    form = holder.part(_RELATIONSHIPS)
    relations = memberships(form, person, "relationships")
    ends = form.choice("action", _RELATING) == _RELATING[1]
    return ((), relations) if ends else (relations, ())


def _take_time(attributes: JSONObject, common: Common) -> None:
    """Take the time among the attributes for the identify's own (contracts 3.4)."""
    value = attributes.get(_TIMESTAMP)
    if is_absent(value):
        return
    try:
        common["occurred_at"] = read_time(value)
    except ValueError:
        if Reason.TIMESTAMP_UNREADABLE not in common["notes"]:
            common["notes"] += (Reason.TIMESTAMP_UNREADABLE,)
