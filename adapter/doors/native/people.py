"""People: who they are, and that two are one (K5, M1, P1-P5)."""

from adapter.doors.native.part import Common, Part
from adapter.model.messages import Identify, Ignored, MergePeople, Message
from adapter.model.reasons import Reason

_UPDATE_ONLY = "_update"
_NO_ATTRIBUTES = frozenset({"anonymous_id", _UPDATE_ONLY})
"""What an identify says among its attributes, and is none (contracts 3.4)."""

_YES = (True, "true")


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
    if not _NO_ATTRIBUTES.isdisjoint(attributes):
        attributes = {key: value for key, value in attributes.items() if key not in _NO_ATTRIBUTES}
    return Identify(
        **common,
        person=person,
        attributes=attributes,
        anonymous_id=claimed,
        update_only=update_only,
    )


def merge(operation: Part, common: Common) -> Message:
    """``person merge``: join the secondary person to the primary (contracts 3.7)."""
    primary = operation.part("primary").needed_person()
    secondary = operation.part("secondary").needed_person()
    return MergePeople(**common, primary=primary, secondary=secondary)
