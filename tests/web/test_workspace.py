"""The workspace over HTTP: its settings are shown, and changed by whoever may."""

import pytest

from adapter.jsonvalue import dumps, loads
from tests.build import log
from tests.web.sending import APP_KEY


def ask(sender, method="GET", body=b"", key=APP_KEY):
    headers = {"Authorization": f"Bearer {key}"}
    return sender.ask("/v1/workspace", method=method, headers=headers, data=body)


def test_the_workspace_is_shown_without_its_secrets(sender):
    reply = ask(sender)

    assert reply.status == 200
    assert reply.body["settings"]["merging"] is True
    assert reply.body["settings"]["dedupe_seconds"] == 0
    (source,) = reply.body["sources"]
    assert (source["slug"], source["received_at"]) == ("default", "arrival")
    assert "abc123" not in dumps(reply.body)


@pytest.mark.parametrize(
    ("by", "told"), [({}, "app key"), ({"by": "ops"}, "ops (app key)")], ids=["a key", "a name"]
)
def test_a3_settings_are_changed_as_json_or_as_text(services, sender, by, told):
    settings = {"merging": False, "junk_ids": ["Visitor, x", "guest"], "retention_seconds": "60"}

    reply = ask(sender, "PUT", dumps({"settings": settings, **by}))

    assert reply.status == 200
    shown = reply.body["settings"]
    assert (shown["merging"], shown["retention_seconds"]) == (False, 60)
    assert shown["junk_ids"] == ["guest", "visitor, x"]
    assert ask(sender).body == reply.body
    (line,) = log(services.store)
    assert (line.type, loads(line.data)["by"]) == ("setting_change", told)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("", "the body is empty", id="no body"),
        pytest.param("[]", 'must be {"settings"', id="no object"),
        pytest.param("{}", 'must be {"settings"', id="no settings"),
        pytest.param('{"settings": []}', 'must be {"settings"', id="no object of settings"),
        pytest.param('{"settings": {}, "by": 7}', 'must be {"settings"', id="no name"),
        pytest.param('{"settings": {}, "by": ""}', 'must be {"settings"', id="a blank name"),
        pytest.param('{"settings": {}, "x": 1}', 'must be {"settings"', id="something else"),
        pytest.param('{"settings": {"a": 1}}', "'a' is no setting", id="unknown"),
        pytest.param('{"settings": {"merging": 1}}', "merging takes on or off", id="a number"),
        pytest.param('{"settings": {"merging": null}}', "merging takes on or off", id="null"),
        pytest.param('{"settings": {"reuse": "ever"}}', "reuse takes never", id="another word"),
        pytest.param('{"settings": {"junk_ids": [1]}}', "junk_ids takes words", id="numbers"),
        *(
            pytest.param(f'{{"settings": {{"retention_seconds": {value}}}}}', "whole seconds")
            for value in ("-1", "1.5", "true", f'"{"9" * 5_000}"', "9999999999", '"x"', "[]")
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_whole(services, sender, body, said):
    reply = ask(sender, "PUT", body)

    assert (reply.status, said in reply.body["message"]) == (400, True), reply.body
    assert log(services.store) == []


def test_nobody_else_changes_settings(services, sender):
    assert ask(sender, "PUT", '{"settings": {"merging": false}}', "wrong").status == 401
    assert log(services.store) == []
