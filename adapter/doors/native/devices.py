"""Devices of people (contracts 3.6)."""

from adapter.clock import Instant
from adapter.doors.fields import attribute_problems
from adapter.doors.limits import TOKEN_LIMIT
from adapter.doors.native.part import Common, Part
from adapter.doors.times import is_absent, read_time
from adapter.model.messages import AddDevice, DeleteDevice, Message
from adapter.model.reasons import Reason

_PLATFORM_LIMIT = 100

_FIELDS = frozenset({"token", "platform", "last_used", "attributes"})


def add(operation: Part, common: Common) -> Message:
    """``person add_device``: a ``device`` has its ``token`` and ``platform``.

    Keys beside these are attributes; those under ``attributes`` win. Without ``last_used`` it is
    used now.
    """
    device = operation.part("device")
    token = device.needed("token", TOKEN_LIMIT)
    platform = device.needed("platform", _PLATFORM_LIMIT)
    flat = {name: value for name, value in device.fields.items() if name not in _FIELDS}
    device.problems += attribute_problems(flat, device.pointer)
    last_used = _last_used(device, common)
    return AddDevice(
        **common,
        person=operation.part("identifiers").needed_person(),
        token=token,
        platform=platform,
        last_used=last_used,
        attributes={**flat, **device.attributes()},
    )


def delete(operation: Part, common: Common) -> Message:
    """``person delete_device``: the device is named by its token."""
    person = operation.part("identifiers").needed_person()
    token = operation.part("device").needed("token", TOKEN_LIMIT)
    return DeleteDevice(**common, person=person, token=token)


def _last_used(device: Part, common: Common) -> Instant:
    """Read when a device was last used; a time that cannot be read is noted (T4)."""
    value = device.fields.get("last_used")
    happened: Instant = common["occurred_at"]
    if is_absent(value):
        return happened
    try:
        return read_time(value)
    except ValueError:
        if Reason.TIMESTAMP_UNREADABLE not in common["notes"]:
            common["notes"] += (Reason.TIMESTAMP_UNREADABLE,)
        return happened
