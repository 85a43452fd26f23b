"""People who go, and may come back: delete, suppress, unsuppress (P6)."""

from adapter.doors.native.part import Common, Part
from adapter.model.messages import DeletePerson, Message, SuppressPerson, UnsuppressPerson


def delete(operation: Part, common: Common) -> Message:
    """``person delete``: remove a person and their events."""
    return DeletePerson(**common, person=operation.part("identifiers").needed_person())


def suppress(operation: Part, common: Common) -> Message:
    """``person suppress``: delete a person and refuse their identifiers (contracts 3.8)."""
    return SuppressPerson(**common, person=operation.part("identifiers").needed_person())


def unsuppress(operation: Part, common: Common) -> Message:
    """``person unsuppress``: accept the identifiers again."""
    return UnsuppressPerson(**common, person=operation.part("identifiers").needed_person())
