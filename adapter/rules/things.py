"""How messages find, create, update and delete objects (contracts 4.2, P4)."""

from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import Message
from adapter.model.objects import CustomObject, ObjectRef
from adapter.model.reasons import Reason
from adapter.rules.working import Working


def find_or_create_object(
    message: Message, ref: ObjectRef, working: Working
) -> CustomObject | None:
    """Give the object a message names, creating it if need be.

    Returns:
        None for an unknown cio_object_id: of what type and id it would be nobody knows.
    """
    key = (message.workspace_id, ref.cio_object_id)
    found = working.facts.objects.get(key)
    if found is not None or not ref.object_id:
        return found
    made = new_object(message, ref)
    put_object(made, working)
    working.log(
        message,
        ActivityType.OBJECT_CREATE,
        Reason.OBJECT_CREATED,
        name=ref.object_id,
        data=shown(made),
    )
    return made


def new_object(message: Message, ref: ObjectRef) -> CustomObject:
    """Make an object without attributes."""
    return CustomObject(
        cio_object_id=ref.cio_object_id,
        workspace_id=message.workspace_id,
        object_type_id=ref.object_type_id,
        object_id=ref.object_id,
        created_at=message.received_at,
        updated_at=message.received_at,
    )


def put_object(thing: CustomObject, working: Working) -> None:
    """Write an object as it is now."""
    key = (thing.workspace_id, thing.cio_object_id)
    working.facts.objects[key] = working.decision.objects[key] = thing


def shown(thing: CustomObject) -> JSONObject:
    """Name an object in a line of the log."""
    return {"object_type_id": thing.object_type_id, "object_id": thing.object_id}
