"""What becomes of objects: identified, with whoever is related to them, and deleted."""

from dataclasses import replace

from adapter.model.activities import ActivityType
from adapter.model.messages import DeleteObject, IdentifyObject
from adapter.model.reasons import Reason
from adapter.rules.carrying import end_relationships
from adapter.rules.keyed import merge_keys
from adapter.rules.relations import relate
from adapter.rules.things import new_object, put_object, shown
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working


def decide_identify_object(message: IdentifyObject, working: Working) -> Verdict:
    """Create or update an object key by key (P4), and relate those whom the message names."""
    key = (message.workspace_id, message.object.cio_object_id)
    former = working.facts.objects.get(key)
    if former is None and not message.object.object_id:
        return ignored(message, Reason.UNKNOWN_OBJECT, working)
    found = former or new_object(message, message.object)
    attributes, merged = merge_keys(found.attributes, message.attributes, message.occurred_at)
    updated_at = max(found.updated_at, message.received_at)
    put_object(replace(found, attributes=attributes, updated_at=updated_at), working)
    main = Reason.ATTRIBUTES_APPLIED if merged.changed else Reason.NOTHING_CHANGED
    main = main if former else Reason.OBJECT_CREATED
    working.log(
        message,
        ActivityType.OBJECT_CHANGE if former else ActivityType.OBJECT_CREATE,
        main,
        name=found.object_id,
        data=shown(found) | {"changes": merged.changes()},
        own=True,
    )
    related = [relate(message, relation, working) for relation in message.relations]
    skipped = (Reason.OLDER_THAN_CURRENT,) if merged.skipped else ()
    return stored(message, main, *related, *skipped)


def decide_delete_object(message: DeleteObject, working: Working) -> Verdict:
    """Remove an object, and all relationships to it."""
    key = (message.workspace_id, message.object.cio_object_id)
    found = working.facts.objects.pop(key, None)
    working.decision.objects.pop(key, None)
    working.decision.removed_objects.add(key)
    if found is None:
        return ignored(message, Reason.UNKNOWN_OBJECT, working)
    end_relationships(key, working)
    working.log(
        message,
        ActivityType.OBJECT_DELETE,
        Reason.OBJECT_DELETED,
        name=found.object_id,
        data=shown(found),
        own=True,
    )
    return stored(message, Reason.OBJECT_DELETED)
