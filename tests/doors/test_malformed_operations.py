"""Contracts 4.1, 8.2: what is wrong with a native operation is told with its place and reason."""

import copy

import pytest

from adapter.doors.operations import BUILDERS, message_of
from adapter.model.messages import Unapplicable
from adapter.model.reasons import Reason
from tests.doors.test_operations import ENVELOPE

PERSON = {"identifiers": {"id": "u1"}}
HAPPENED = {**PERSON, "name": "n", "attributes": {"a": 1}}
RELATED = {
    "identifiers": {"object_type_id": "1", "object_id": "o1"},
    "attributes": {"a": 1},
    "cio_relationships": [{"identifiers": {"id": "u1"}, "relationship_attributes": {"a": 1}}],
}
MEMBERSHIP = {
    **PERSON,
    "cio_relationships": [
        {"identifiers": {"cio_object_id": "c1"}, "relationship_attributes": {"a": 1}}
    ],
}
SOUND = {
    "person identify": {**PERSON, "attributes": {"anonymous_id": "a1", "plan": "pro"}},
    "person merge": {"primary": {"id": "u1"}, "secondary": {"email": "u@example.com"}},
    "person add_device": {
        **PERSON,
        "device": {"token": "t", "platform": "ios", "last_used": 1, "attributes": {"a": 1}},
    },
    "person delete_device": {**PERSON, "device": {"token": "t"}},
    "person delete": PERSON,
    "person suppress": PERSON,
    "person unsuppress": PERSON,
    "person event": HAPPENED,
    "person page": HAPPENED,
    "person screen": HAPPENED,
    "person viewed_content": HAPPENED,
    "person clicked_content": HAPPENED,
    "person add_relationships": MEMBERSHIP,
    "person delete_relationships": MEMBERSHIP,
    "object identify": RELATED,
    "object identify_anonymous": RELATED,
    "object delete": {"identifiers": {"object_type_id": "1", "object_id": "o1"}},
    "object add_relationships": RELATED,
    "object delete_relationships": RELATED,
    "delivery event": {
        "identifiers": {"id": "d1"},
        "name": "opened",
        "attributes": {"device_token": "t"},
    },
    "form submit": {
        "identifiers": {"email": "u@example.com"},
        "name": "f1",
        "attributes": {"email": "u@example.com", "plan": "pro"},
    },
    "person add_to_segment": {**PERSON, "name": "s1"},
    "person remove_from_segment": {**PERSON, "name": "s1"},
}
ABSENT = object()

MISSING, INVALID, LONG = Reason.MISSING_FIELD, Reason.INVALID_FIELD, Reason.TOO_LONG
JUNK, NOBODY = Reason.JUNK_ID, Reason.NO_SUBJECT

_NO_OBJECT = [("no object", value, INVALID, "") for value in ("x", 1, True, [])]
_NAMES_SOMEBODY = [
    *_NO_OBJECT,
    ("absent", ABSENT, NOBODY, ""),
    ("empty", {}, NOBODY, ""),
    ("blank", {"id": " "}, NOBODY, ""),
    ("unknown kind", {"phone_number": "1"}, NOBODY, ""),
    ("id an object", {"id": {}}, INVALID, "/id"),
    ("id a boolean", {"id": True}, INVALID, "/id"),
    ("id too long", {"id": "u" * 151}, LONG, "/id"),
    ("junk id", {"id": "undefined"}, JUNK, "/id"),
    ("email a list", {"email": []}, INVALID, "/email"),
    ("cio_id too long", {"cio_id": "u" * 151}, LONG, "/cio_id"),
]
_NAMES_A_STRANGER = [
    ("anonymous_id an object", {"anonymous_id": {}}, INVALID, "/anonymous_id"),
    ("anonymous_id too long", {"anonymous_id": "a" * 1001}, LONG, "/anonymous_id"),
]
_DATA = [*_NO_OBJECT, ("too long", {"a": "x" * 100_000}, LONG, "")]
_ATTRIBUTES = [
    *_NO_OBJECT,
    ("too many", {f"a{n}": 1 for n in range(301)}, LONG, ""),
    ("name too long", {"n" * 151: 1}, LONG, ""),
    ("value too long", {"a/b": "x" * 1001}, LONG, "/a~1b"),
]
_NEEDED_TEXT = [
    ("absent", ABSENT, MISSING, ""),
    ("null", None, MISSING, ""),
    ("blank", " ", MISSING, ""),
    ("an object", {}, INVALID, ""),
    ("a boolean", False, INVALID, ""),
    ("too long", "x" * 1001, LONG, ""),
]
_LIST = [
    ("an object", {}, INVALID, ""),
    ("holds a text", ["x"], INVALID, "/0"),
    ("too many", [{}] * 101, LONG, ""),
]
_NAMES_AN_OBJECT = [
    *[(title, value, reason, "") for title, value, reason, _ in _NO_OBJECT],
    ("empty", {}, MISSING, "/object_id"),
    ("blank", {"object_id": " "}, MISSING, "/object_id"),
    ("cio_object_id an object", {"cio_object_id": {}}, INVALID, "/cio_object_id"),
]
_NO_OBJECT_WITH_TOKEN = [*_NO_OBJECT, ("empty", {}, MISSING, "/token")]
LONG_FLAT = {"token": "t", "platform": "ios", "a": "x" * 1001}

MALFORMED = {
    **{
        f"person {action}": {
            "/identifiers": [*_NAMES_SOMEBODY, *_NAMES_A_STRANGER],
            "/name": _NEEDED_TEXT,
            "/attributes": _DATA,
        }
        for action in ("event", "page", "screen", "viewed_content", "clicked_content")
    },
    "person identify": {
        "/identifiers": [*_NAMES_SOMEBODY, *_NAMES_A_STRANGER],
        "/attributes": [*_ATTRIBUTES, *_NAMES_A_STRANGER],
    },
    "person add_device": {
        "/identifiers": _NAMES_SOMEBODY,
        "/device": [*_NO_OBJECT_WITH_TOKEN, ("flat value too long", LONG_FLAT, LONG, "/a")],
        "/device/token": _NEEDED_TEXT,
        "/device/platform": _NEEDED_TEXT,
        "/device/attributes": _ATTRIBUTES,
    },
    "person delete_device": {
        "/identifiers": _NAMES_SOMEBODY,
        "/device": _NO_OBJECT_WITH_TOKEN,
        "/device/token": _NEEDED_TEXT,
    },
    **{
        f"person {action}": {"/identifiers": _NAMES_SOMEBODY}
        for action in ("delete", "suppress", "unsuppress")
    },
    "person merge": {"/primary": _NAMES_SOMEBODY, "/secondary": _NAMES_SOMEBODY},
    "object delete": {"/identifiers": _NAMES_AN_OBJECT},
    **{
        f"object {action}": {
            "/identifiers": _NAMES_AN_OBJECT,
            "/identifiers/object_id": [*_NEEDED_TEXT[:-1], ("too long", "x" * 151, LONG, "")],
            "/identifiers/object_type_id": [("an object", {}, INVALID, "")],
            "/attributes": _ATTRIBUTES,
            "/cio_relationships": _LIST,
            "/cio_relationships/0/identifiers": [*_NAMES_SOMEBODY, *_NAMES_A_STRANGER],
            "/cio_relationships/0/relationship_attributes": _ATTRIBUTES,
        }
        for action in ("identify", "identify_anonymous")
    },
    **{
        f"object {action}": {
            "/identifiers": _NAMES_AN_OBJECT,
            "/cio_relationships": [*_LIST, ("absent", ABSENT, MISSING, "")],
            "/cio_relationships/0/identifiers": [*_NAMES_SOMEBODY, *_NAMES_A_STRANGER],
        }
        for action in ("add_relationships", "delete_relationships")
    },
    **{
        f"person {action}": {
            "/identifiers": _NAMES_SOMEBODY,
            "/cio_relationships": [*_LIST, ("empty", [], MISSING, "")],
            "/cio_relationships/0/identifiers": _NAMES_AN_OBJECT,
            "/cio_relationships/0/relationship_attributes": _ATTRIBUTES,
        }
        for action in ("add_relationships", "delete_relationships")
    },
    "delivery event": {
        "/identifiers": [*_NO_OBJECT, ("empty", {}, MISSING, "/id")],
        "/identifiers/id": _NEEDED_TEXT,
        "/name": [*_NEEDED_TEXT, ("unknown", "sold", INVALID, "")],
        "/attributes": _ATTRIBUTES,
    },
    "form submit": {
        "/identifiers": [
            *_NAMES_SOMEBODY[:-1],
            ("cio_id", {"cio_id": "1"}, NOBODY, ""),
        ],
        "/name": _NEEDED_TEXT,
        "/attributes": [*_ATTRIBUTES, *_NAMES_A_STRANGER],
    },
    **{
        f"person {action}": {"/identifiers": _NAMES_SOMEBODY, "/name": _NEEDED_TEXT}
        for action in ("add_to_segment", "remove_from_segment")
    },
}
CASES = [
    pytest.param(what, field, value, reason, field + below, id=f"{what}, {field} {title}")
    for what, fields in MALFORMED.items()
    for field, values in fields.items()
    for title, value, reason, below in values
]


def made(what, fields):
    kind, action = what.split()
    operation = {"type": kind, "action": action, **fields}
    return message_of(operation, envelope=ENVELOPE, timestamp=None)


def changed(fields, field, value):
    """Give a copy of an operation's fields with another value at a pointer."""
    fields = copy.deepcopy(fields)
    *way, last = field.split("/")[1:]
    inner = fields
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return fields


def test_every_operation_is_tried():
    assert set(SOUND) == set(MALFORMED) == set(BUILDERS)


@pytest.mark.parametrize("what", SOUND)
def test_a_sound_operation_becomes_a_message(what):
    assert not isinstance(made(what, SOUND[what]), Unapplicable)


@pytest.mark.parametrize(("what", "field", "value", "reason", "pointer"), CASES)
def test_a_malformed_field_is_named_with_its_reason(what, field, value, reason, pointer):
    message = made(what, changed(SOUND[what], field, value))

    assert isinstance(message, Unapplicable)
    assert (message.reason, message.pointer) == (reason, pointer)


def test_all_that_is_wrong_is_told_at_once():
    message = made("person event", {"identifiers": {"id": {}}, "attributes": []})

    assert [text.split()[0] for text in message.text.split("; ")] == [
        "attributes",
        "name",
        "identifiers/id",
    ]


@pytest.mark.parametrize("operation", [{}, {"type": "person"}, {"type": ["odd"], "action": {}}])
def test_an_operation_that_is_none_is_told_at_its_action(operation):
    message = message_of(operation, envelope=ENVELOPE, timestamp=None)

    assert (message.reason, message.pointer) == (Reason.UNSUPPORTED_OPERATION, "/action")
