"""P6, R4: what of records and texts is somebody's, and what is left of them."""

import pytest

from adapter.jsonvalue import dumps, loads
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.erasure import (
    TOUCHED,
    ErasedBody,
    erase_from_body,
    erase_from_reading,
    erase_from_row,
    is_erased,
)
from adapter.rules.mentions import Mentions, Named, Traces

GONE = {"erased": True}


def mentions(*, ids=("user-4711",), email="person@example.com", anonymous_ids=("anon-4711-a",)):
    refs = {PersonRef(IdentifierKind.ID, each) for each in ids}
    refs.add(PersonRef(IdentifierKind.EMAIL, email))
    named = Named(refs=frozenset(refs), anonymous_ids=frozenset(anonymous_ids))
    return Mentions(Traces(workspace_id=1, named=named))


def left_of(*items, whom=None, known=()):
    body = dumps(list(items)).encode()
    found = erase_from_body(body, whom or mentions(), known=known, records=len(items))
    return list(items) if found is None else loads(found.body)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"type": "track", "userId": "user-4711"}, id="by id"),
        pytest.param({"type": "track", "userId": "PERSON@example.com"}, id="by e-mail, any case"),
        pytest.param({"type": "page", "anonymousId": "anon-4711-a"}, id="by anonymous id"),
        pytest.param({"json": {"type": "page", "anonymousId": "anon-4711-a"}}, id="wrapped"),
        pytest.param({"type": "alias", "previousId": "anon-4711-a", "userId": "x"}, id="an alias"),
        pytest.param(
            {"type": "person", "identifiers": {"email": "person@example.com"}}, id="native"
        ),
        pytest.param(
            {"type": "person", "primary": {"id": "x"}, "secondary": {"id": "user-4711"}},
            id="joined to another",
        ),
        pytest.param({"event": "Invited", "properties": {"recipient": "person@example.com"}}),
        pytest.param({"request": "PUT /api/v1/customers/person%40example.com", "body": {}}),
        pytest.param("person@example.com", id="no object at all"),
    ],
)
def test_p6_a_record_about_them_goes_and_the_others_keep_their_places(item):
    other = {"type": "track", "userId": "user-47110", "properties": {"total": 4711}}

    assert left_of(other, item, other) == [other, GONE, other]


@pytest.mark.parametrize(
    ("item", "left"),
    [
        pytest.param(
            {"userId": "other", "anonymousId": "anon-4711-a"},
            {"userId": "other", "anonymousId": None},
            id="somebody else on their device",
        ),
        pytest.param(
            {"userId": "other", "properties": {"friend": "person@example.com", "n": 1}},
            {"userId": "other", "properties": {"friend": None, "n": 1}},
            id="a value that is their name",
        ),
        pytest.param(
            {"userId": "other", "properties": {"url": "/?to=person%40example.com&x=1"}},
            {"userId": "other", "properties": {"url": "/?to=[erased]&x=1"}},
            id="a name inside an address",
        ),
        pytest.param(
            {"userId": "other", "properties": {"note": "Ask user-4711, or Person@Example.com."}},
            {"userId": "other", "properties": {"note": "Ask [erased], or [erased]."}},
            id="names inside a text",
        ),
        pytest.param(
            {"userId": "other", "properties": {"person@example.com": {"seen": True}}},
            {"userId": "other", "properties": {"[erased]": {"seen": True}}},
            id="a key",
        ),
        pytest.param(
            {"type": "object", "cio_relationships": [{"identifiers": {"id": "user-4711"}}]},
            {"type": "object", "cio_relationships": [{"identifiers": {"id": None}}]},
            id="an object that they are related to",
        ),
    ],
)
def test_p6_a_record_about_somebody_else_stays_without_their_name(item, left):
    assert left_of(item) == [left]


@pytest.mark.parametrize(
    "text",
    [
        "user-47110",
        "a-user-4711",
        "user-4711-b",
        "xperson@example.com",
        "x.person@example.com",
        "person@example.com.au",
        "user-4711@example.com",
    ],
)
def test_p6_a_name_inside_a_longer_one_is_not_theirs(text):
    item = {"userId": text, "properties": {"text": f"({text})"}}

    assert left_of(item) == [item]


@pytest.mark.parametrize(
    ("item", "left"),
    [
        ({"userId": 42}, GONE),
        ({"userId": "42", "properties": {"id": "x"}}, GONE),
        ({"userId": "x", "properties": {"quantity": 42, "id": "42", "text": "42"}}, None),
        (
            {"userId": "x", "context": {"traits": {"id": 42}}},
            {"userId": "x", "context": {"traits": {"id": None}}},
        ),
        ({"properties": {"quantity": 42}}, None),
    ],
)
def test_p6_a_name_that_may_mean_anything_counts_only_where_people_are_named(item, left):
    whom = mentions(ids=("42",))

    assert left_of(item, whom=whom) == [item if left is None else left]


def test_p6_escapes_hide_no_name():
    body = b'{"userId": "other", "properties": {"friend": "p\\u0065rson\\u0040example.com"}}'

    found = erase_from_body(body, mentions(), records=1)

    assert loads(found.body)["properties"] == {"friend": None}
    assert found.erased == 0


def test_p6_a_record_known_to_be_theirs_goes_whatever_it_says():
    item = {"type": "track", "properties": {"member": "M-1"}}

    assert left_of(item, item, known={1}) == [item, GONE]


def test_l4_no_more_records_are_erased_than_were_counted():
    body = dumps([{"userId": "user-4711"}, {"userId": "user-4711"}]).encode()

    assert erase_from_body(body, mentions(), records=1).erased == 1
    assert erase_from_body(body, mentions(), records=2).erased == 2


def test_p6_erasing_twice_finds_nothing_the_second_time():
    body = dumps([{"userId": "user-4711"}, {"userId": "x", "a": "person@example.com"}]).encode()
    first = erase_from_body(body, mentions(), records=2)

    assert erase_from_body(first.body, mentions(), known={0}, records=2) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"userId": "user-4711"',
        b"user-4711 \xff",
        b"[" * 70 + b'"user-4711"' + b"]" * 70,
        b"[" * 5_000 + b'"user-4711"' + b"]" * 5_000,
    ],
    ids=["cut off", "no UTF-8", "too deep for a door", "too deep for any reader"],
)
def test_p6_a_body_that_cannot_be_read_goes_whole_if_it_names_them(body):
    found = erase_from_body(body, mentions(), records=1)

    assert (is_erased(loads(found.body)), found.erased) == (True, 1)
    assert erase_from_body(body.replace(b"4711", b"4712"), mentions(), records=1) is None


def test_p6_a_row_of_somebody_else_loses_the_name():
    said = {
        "anonymous_id": "anon-4711-a",
        "name": "Invited person@example.com",
        "data": '{"to":"person@example.com","n":1}',
        "message_id": None,
    }

    assert erase_from_row(said, mentions(), of_nobody=False) == {
        "anonymous_id": None,
        "name": "Invited [erased]",
        "data": '{"to":null,"n":1}',
    }


@pytest.mark.parametrize("raw", ['{"userId":"user-4711"}', "{user-4711", '{"a":"user-4711"}'])
def test_p6_a_row_of_nobody_goes_if_its_record_is_theirs(raw):
    assert erase_from_row({"raw": raw}, mentions(), of_nobody=True) is None


def test_p6_of_a_whole_body_that_was_refused_the_others_stay():
    said = {"raw": '[{"userId":"user-4711"},{"userId":"x"}]'}

    changed = erase_from_row(said, mentions(), of_nobody=True)

    assert loads(changed["raw"]) == [GONE, {"userId": "x"}]


@pytest.mark.parametrize(
    ("read_as", "left"),
    [
        pytest.param("", "", id="not kept"),
        pytest.param("{}", {}, id="nothing to say"),
        pytest.param(
            {"records": [{"problems": [["invalid_field", "no mail: x", ""]]}, {"index": 2}]},
            {"records": [None, {"index": 2}]},
            id="of an erased record nothing",
        ),
        pytest.param(
            {"records": [None, {"message_id": "for person@example.com"}]},
            {"records": [None, {"message_id": "for [erased]"}]},
            id="of another record not their name",
        ),
    ],
)
def test_p6_what_stands_beside_a_body_goes_with_it(read_as, left):
    body = ErasedBody(dumps([GONE, {"type": "track"}]).encode(), 1)
    written = read_as if isinstance(read_as, str) else dumps(read_as)

    kept = erase_from_reading(body, written, mentions()).read_as

    # It also says that something is gone, so that nothing is held against what is left.
    assert kept == (left if isinstance(left, str) else dumps(left | {TOUCHED: True}))


def test_p6_of_a_body_that_was_refused_whole_nothing_is_told():
    body = ErasedBody(dumps(GONE).encode(), 1)
    read_as = dumps({"refused": ["invalid_request", "no such thing as x"]})

    assert erase_from_reading(body, read_as, mentions()).read_as == dumps({TOUCHED: True})
