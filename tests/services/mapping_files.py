"""Mapping files for tests: as short as they can be, and changed field by field."""

from adapter.jsonvalue import dumps


def track(**changes):
    """Take track calls, with some fields filled otherwise; None leaves one out."""
    fields = {
        "id": {"@path": "$.userId"},
        "anonymous_id": {"@path": "$.anonymousId"},
        "name": {"@path": "$.event"},
        "timestamp": {"@path": "$.timestamp"},
        "data": {"@path": "$.properties"},
    }
    return _subscription("trackEvent", "track", fields | changes)


def identify(**changes):
    """Take identify calls, with some fields filled otherwise; None leaves one out."""
    fields = {
        "id": {"@path": "$.userId"},
        "anonymous_id": {"@path": "$.anonymousId"},
        "custom_attributes": {"@path": "$.traits"},
        "timestamp": {"@path": "$.timestamp"},
    }
    return _subscription("createUpdatePerson", "identify", fields | changes)


def write(path, *subscriptions):
    """Write a mapping file; JSON is YAML too."""
    path.write_text(dumps({"subscriptions": subscriptions}), encoding="utf-8")
    return path


def _subscription(action, call, fields):
    filled = {name: value for name, value in fields.items() if value is not None}
    return {"name": action, "action": action, "subscribe": f'type = "{call}"', "mapping": filled}
