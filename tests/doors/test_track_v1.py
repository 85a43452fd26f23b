"""Calls of Track API v1 ask for operations of v2, or are refused (contracts 3, 6, 8.2)."""

import pytest

from adapter.doors import track_reports as reports, track_v1 as v1
from adapter.doors.items import Operation, Rejected
from adapter.doors.track_v1 import TrackCall, read_body
from adapter.errors import RequestError
from tests.build import T0

U1 = {"type": "person", "identifiers": {"id": "u1"}}


def call(name="", token="", *, body=None, **query):
    named = dict.fromkeys(("identifier", "delivery_id", "form_id", "segment_id"), name)
    return TrackCall("PUT /as/it/came", {**named, "token": token}, body or {}, query, T0)


def operations(items):
    assert all(isinstance(item, Operation) for item in items), items
    return [item.record for item in items]


def problems(items):
    (item,) = items
    assert isinstance(item, Rejected)
    return [(problem.pointer, problem.message) for problem in item.problems]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        pytest.param("u1", {"id": "u1"}, id="id"),
        pytest.param("U1", {"id": "U1"}, id="case counts in an id"),
        pytest.param("1/", {"id": "1/"}, id="slash at the end"),
        pytest.param("a/b+c@d é", {"id": "a/b+c@d é"}, id="all that an id may hold"),
        pytest.param("+15550100", {"id": "+15550100"}, id="phone number"),
        pytest.param("per son/1+a@b.com", {"id": "per son/1+a@b.com"}, id="no address"),
        pytest.param("cio_03", {"cio_id": "03"}, id="cio_id"),
        pytest.param("P@Example.com", {"email": "p@example.com"}, id="e-mail without case"),
        pytest.param("a\x00b", {"id": "a\\u0000b"}, id="NUL"),
    ],
)
def test_p2_the_identifier_in_the_path_is_read(identifier, expected):
    (operation,) = operations(v1.delete(call(identifier)))

    assert operation["identifiers"] == expected


@pytest.mark.parametrize(
    ("identifier", "says"),
    [
        pytest.param(" ", "identifier is blank", id="blank"),
        pytest.param("cio_", "identifier is blank", id="prefix alone"),
        pytest.param("é" * 76, "longer than 150 bytes; it has 152", id="long"),
    ],
)
def test_an_identifier_that_names_nobody_is_refused(identifier, says):
    for read in (v1.delete, v1.suppress, v1.unsuppress, v1.identify):
        ((_, message),) = problems(read(call(identifier)))
        assert says in message


def test_an_identify_carries_all_but_what_is_no_attribute():
    body = {"email": "p@example.com", "anonymous_id": "a1", "plan": None, "_update": True,
            "_timestamp": "1700000000"}  # fmt: skip

    (item,) = v1.identify(call("u1", body=body))

    assert item.timestamp == 1700000000
    assert item.record == {
        **U1,
        "timestamp": 1700000000,
        "action": "identify",
        "attributes": {
            "email": "p@example.com", "anonymous_id": "a1", "plan": None, "_update": True,
        },
    }  # fmt: skip


def test_relationships_of_an_identify_are_an_operation_of_their_own():
    related = [{"identifiers": {"object_type_id": "1", "object_id": "acme"}}]
    body = {"cio_relationships": {"action": "delete_relationships", "relationships": related}}

    items = v1.identify(call("u1", body=body))

    assert [(item.index, item.part) for item in items] == [(0, 0), (0, 1)]
    assert operations(items)[1] == {
        **U1, "action": "delete_relationships", "cio_relationships": related,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        pytest.param(
            {"bio": "b" * 1001}, "/bio",
            "value for attribute 'bio' cannot be longer than 1000 bytes; it has 1001", id="value",
        ),
        pytest.param({"n" * 151: 1}, "", "name cannot be longer than 150 bytes", id="name"),
        pytest.param(
            {str(n): n for n in range(301)}, "",
            "cannot identify more than 300 attributes in one request", id="301 attributes",
        ),
        pytest.param({"_timestamp": "soon"}, "/_timestamp", "must be unix seconds", id="time"),
        pytest.param({"anonymous_id": []}, "/anonymous_id", "string or a number", id="claim"),
        pytest.param({"id": True}, "/id", "string or a number", id="id"),
        pytest.param({"cio_relationships": []}, "/cio_relationships", "hash", id="relationships"),
        pytest.param(
            {"cio_relationships": {"action": "x", "relationships": []}},
            "/cio_relationships/action", "add_relationships", id="what to do with them",
        ),
    ],
)  # fmt: skip
def test_an_identify_beyond_its_bounds_is_refused(body, pointer, says):
    ((place, message),) = problems(v1.identify(call("u1", body=body)))

    assert place == pointer
    assert says in message


@pytest.mark.parametrize(
    ("kind", "action"),
    [(None, "event"), ("event", "event"), ("page", "page"), ("screen", "screen"), ("x", "event"),
     (5, "event")],
)  # fmt: skip
def test_any_other_type_than_page_and_screen_is_an_event(kind, action):
    body = {"name": "n", "type": kind, "data": {"x": None}, "id": "01H", "timestamp": 1561231234}

    (item,) = v1.event(call("u1", body=body))

    assert (item.message_id, item.timestamp) == ("01H", 1561231234)
    said = {"id": "01H", "timestamp": 1561231234, "attributes": {"x": None}}
    assert item.record == {**U1, "action": action, "name": "n", **said}


def test_k1_the_person_in_the_path_wins_over_an_anonymous_id_beside():
    (operation,) = operations(v1.event(call("u1", body={"name": "n", "anonymous_id": "a1"})))

    assert operation == {
        **U1, "action": "event", "name": "n", "attributes": {"anonymous_id": "a1"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param({}, "name cannot be blank", id="no name"),
        pytest.param({"name": "\t"}, "name cannot be blank", id="blank name"),
        pytest.param({"name": "n" * 101}, "event name cannot be longer than 100 bytes", id="name"),
        pytest.param({"name": {}}, "event name must be a string or a number", id="hash as name"),
        pytest.param({"name": "n", "data": "x"}, "event data must be a hash", id="data"),
        pytest.param({"name": "n", "data": ""}, "event data must be a hash", id="data is blank"),
        pytest.param(
            {"name": "n", "data": {"x": "x" * 100_000}},
            "event data cannot be longer than 100000 bytes", id="much data",
        ),
        pytest.param({"name": "n", "timestamp": "2024-01-01"}, "must be unix seconds", id="time"),
        pytest.param({"name": "n", "id": "i" * 257}, "event id cannot be longer than 256", id="id"),
    ],
)  # fmt: skip
def test_an_event_beyond_its_bounds_is_refused(body, says):
    for items in (
        v1.event(call("u1", body=body)),
        v1.anonymous_event(call(body={"anonymous_id": "a1", **body})),
    ):
        ((_, message),) = problems(items)
        assert says in message


@pytest.mark.parametrize("anonymous_id", ["a1", 123, " a "])
def test_k2_an_event_with_an_anonymous_id_is_a_strangers(anonymous_id):
    body = {"name": "n", "anonymous_id": anonymous_id, "data": {"recipient": "f@example.com"}}

    (operation,) = operations(v1.anonymous_event(call(body=body)))

    assert operation["identifiers"] == {"anonymous_id": str(anonymous_id)}


@pytest.mark.parametrize("anonymous_id", [None, "", " "])
def test_k3_an_event_for_a_recipient_alone_is_an_invite(anonymous_id):
    body = {"name": "n", "anonymous_id": anonymous_id, "data": {"recipient": "f@example.com"}}

    (operation,) = operations(v1.anonymous_event(call(body=body)))

    assert "identifiers" not in operation


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param({}, "anonymous_id or data.recipient is required", id="neither"),
        pytest.param({"data": {"recipient": " "}}, "is required", id="blank recipient"),
        pytest.param({"data": {"recipient": "x"}}, "e-mail address", id="no address"),
        pytest.param({"data": {"recipient": 5}}, "e-mail address", id="number"),
        pytest.param({"anonymous_id": {}}, "anonymous_id must be a string or a number", id="hash"),
        pytest.param({"anonymous_id": "a" * 1001}, "longer than 1000 bytes", id="long"),
    ],
)
def test_k4_an_event_for_nobody_is_refused(body, says):
    ((_, message),) = problems(v1.anonymous_event(call(body={"name": "n", **body})))

    assert says in message


def test_flat_keys_of_a_device_are_attributes_and_the_nested_ones_win():
    device = {"id": "t", "platform": "ios", "last_used": "1", "foo": 1, "bar": 1,
              "attributes": {"foo": 2}}  # fmt: skip

    (operation,) = operations(v1.add_device(call("u1", body={"device": device})))

    assert operation["device"] == {
        "token": "t", "platform": "ios", "last_used": 1, "attributes": {"foo": 2, "bar": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param({}, ["device must be present"], id="none"),
        pytest.param({"device": 5}, ["device must be a hash"], id="number"),
        pytest.param({"device": {}}, ["device id", "device platform"], id="empty"),
        pytest.param({"device": {"id": "t", "platform": "ios", "last_used": "x"}},
                     ["last_used must be unix seconds"], id="time"),
    ],
)  # fmt: skip
def test_a_device_must_have_a_token_and_a_platform(body, says):
    found = problems(v1.add_device(call("u1", body=body)))

    assert all(text in message for (_, message), text in zip(found, says, strict=True))


def test_a_device_is_deleted_by_the_token_in_the_path():
    (operation,) = operations(v1.delete_device(call("u1", "2 ")))

    assert operation == {**U1, "action": "delete_device", "device": {"token": "2 "}}


def test_people_are_merged_by_one_identifier_each():
    body = {"primary": {"id": 1}, "secondary": {"email": "a@b.c"}}

    (operation,) = operations(v1.merge_people(call(body=body)))

    assert operation == {
        "type": "person",
        "action": "merge",
        "primary": {"id": "1"},
        "secondary": {"email": "a@b.c"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "primary", [None, {}, {"id": None}, {"id": "1", "email": "a@b.c"}, {"id": True}]
)
def test_a_merge_of_other_than_one_identifier_is_refused(primary):
    body = {"primary": primary, "secondary": {"id": "2"}}

    ((pointer, message),) = problems(v1.merge_people(call(body=body)))

    assert pointer == "/primary/id"
    assert "must be a string or a number" in message


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        pytest.param(b'{"a":1}', "text/plain", {"a": 1}, id="JSON whatever its type"),
        pytest.param(b'{"a":1}', "application/x-www-form-urlencoded", {"a": 1}, id="JSON as form"),
        pytest.param(
            b"data[x]=1", "application/x-www-form-urlencoded; charset=utf-8",
            {"data": {"x": "1"}}, id="form",
        ),
        pytest.param(b" ", "", {}, id="empty"),
    ],
)  # fmt: skip
def test_x6_a_body_is_read_whatever_its_type_says(body, content_type, expected):
    assert read_body(body, content_type, may_be_empty=True) == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"[]", "", id="array"),
        pytest.param(b'"text"', "", id="text"),
        pytest.param(b"null", "", id="null"),
        pytest.param(b"a=1", "", id="a form that does not say so"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"", "application/x-www-form-urlencoded", id="empty form"),
    ],
)
def test_a_body_that_is_no_object_is_refused(body, content_type):
    with pytest.raises(RequestError):
        read_body(body, content_type, may_be_empty=False)


@pytest.mark.parametrize(
    ("items", "name", "attributes"),
    [
        pytest.param(
            reports.metric(call(body={"delivery_id": "d1", "metric": "opened", "href": "/"})),
            "opened", {"href": "/"}, id="metric",
        ),
        pytest.param(
            reports.push_event(call(body={"delivery_id": "d1", "event": "converted",
                                          "device_id": "t"})),
            "converted", {"device_token": "t"}, id="push",
        ),
        pytest.param(
            reports.unsubscribe(call("d1", body={"unsubscribe": True})),
            "unsubscribed", {}, id="unsubscribe",
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_delivery_is_reported(items, name, attributes):
    (operation,) = operations(items)

    assert operation == {
        "type": "delivery", "action": "event", "identifiers": {"id": "d1"}, "name": name,
        "attributes": attributes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("items", "says"),
    [
        pytest.param(reports.metric(call(body={"metric": "opened"})), "delivery_id", id="no id"),
        pytest.param(
            reports.metric(call(body={"delivery_id": "d", "metric": "eaten"})),
            "bounced",
            id="metric",
        ),
        pytest.param(reports.unsubscribe(call("d")), "unsubscribe must be true", id="unsubscribe"),
        pytest.param(reports.submit_form(call("f")), "data must be present", id="form"),
        pytest.param(
            reports.submit_form(call("f", body={"data": {"x": 1}})),
            "an id or an email",
            id="nobody",
        ),
        pytest.param(reports.add_to_segment(call("7")), "ids must be an array", id="no people"),
        pytest.param(
            reports.add_to_segment(call("7", body={"ids": ["1", {}]})),
            "string or a number",
            id="id",
        ),
        pytest.param(
            reports.add_to_segment(call("7", body={"ids": ["1"]}, id_type="x")),
            "id_type",
            id="kind",
        ),
    ],
)
def test_a_report_that_says_too_little_is_refused(items, says):
    ((_, message),) = problems(items)

    assert says in message


def test_a_form_names_its_person_and_keeps_what_was_filled_in():
    (operation,) = operations(
        reports.submit_form(call("f1", body={"data": {"email": "p@example.com", "n": 1}}))
    )

    assert operation == {
        "type": "form", "action": "submit", "identifiers": {"email": "p@example.com"},
        "name": "f1", "attributes": {"email": "p@example.com", "n": 1},
    }  # fmt: skip


def test_each_person_of_a_segments_change_is_a_record_of_its_own():
    items = reports.remove_from_segment(call("7", body={"ids": ["1", 2]}))

    assert [item.index for item in items] == [0, 1]
    assert operations(items)[1] == {
        "type": "person", "action": "remove_from_segment", "name": "7", "identifiers": {"id": "2"},
    }  # fmt: skip
