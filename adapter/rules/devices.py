"""What devices a person has (contracts 3.6)."""

from dataclasses import replace

from adapter.clock import unix_seconds
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import AddDevice, DeleteDevice
from adapter.model.people import Device, Person
from adapter.model.reasons import Reason
from adapter.rules.keyed import merge_keys
from adapter.rules.people import find_or_create
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working

MOST_DEVICES = 25
"""A person's devices; so many that nobody misses one, and so few that a row stays small."""


def decide_add_device(message: AddDevice, working: Working) -> Verdict:
    """Give a person a device, or update it; a person not known yet is created (K5).

    An update that was overtaken by a newer one of the same device changes neither its platform
    nor its last use, and of its attributes those that are newer (P4).
    """
    found = find_or_create(message, message.person, working)
    if found is None:
        return ignored(message, Reason.UNKNOWN_CIO_ID, working)
    person = working.edit(message.workspace_id, found.person_id, message.received_at)
    former = person.devices.get(message.token)
    held = former or Device(platform=message.platform, last_used=message.last_used)
    attributes, merged = merge_keys(held.attributes, message.attributes, message.occurred_at)
    device = replace(held, attributes=attributes)
    if message.last_used >= held.last_used:
        device = replace(device, platform=message.platform, last_used=message.last_used)
    person.devices[message.token] = device
    main = _reason(former, device)
    _log(message, person, main, working, data=_shown(device) | {"changes": merged.changes()})
    for token in keep_most(person):
        _log_dropped(message, person, token, working)
    skipped = (Reason.OLDER_THAN_CURRENT,) if merged.skipped else ()
    return stored(message, main, *skipped)


def decide_delete_device(message: DeleteDevice, working: Working) -> Verdict:
    """Take a device from a person."""
    person_id = working.holder(message.workspace_id, message.person)
    key = (message.workspace_id, person_id or "")
    if person_id is None or message.token not in working.facts.people[key].devices:
        return ignored(message, Reason.DEVICE_UNKNOWN, working)
    person = working.edit(message.workspace_id, person_id, message.received_at)
    device = person.devices.pop(message.token)
    _log(message, person, Reason.DEVICE_DELETED, working, data=_shown(device))
    return stored(message, Reason.DEVICE_DELETED)


def keep_most(person: Person) -> list[str]:
    """Drop the devices unused for longest, beyond the most that are kept, and give their tokens."""
    beyond = len(person.devices) - MOST_DEVICES
    if beyond <= 0:
        return []
    by_use = sorted(person.devices, key=lambda token: (person.devices[token].last_used, token))
    for token in by_use[:beyond]:
        del person.devices[token]
    return by_use[:beyond]


def _reason(former: Device | None, device: Device) -> Reason:
    if former is None:
        return Reason.DEVICE_ADDED
    return Reason.NOTHING_CHANGED if former == device else Reason.DEVICE_UPDATED


def _log(
    message: AddDevice | DeleteDevice,
    person: Person,
    reason: Reason,
    working: Working,
    *,
    data: JSONObject,
) -> None:
    working.log(
        message,
        ActivityType.DEVICE_CHANGE,
        reason,
        name=message.token,
        person_id=person.person_id,
        data=data,
        own=True,
    )


def _log_dropped(message: AddDevice, person: Person, token: str, working: Working) -> None:
    working.log(
        message,
        ActivityType.DEVICE_CHANGE,
        Reason.DEVICE_DROPPED,
        name=token,
        person_id=person.person_id,
        data={"limit": MOST_DEVICES},
    )


def _shown(device: Device) -> JSONObject:
    return {"platform": device.platform, "last_used": unix_seconds(device.last_used)}
