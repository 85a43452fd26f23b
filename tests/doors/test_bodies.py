"""Bodies within bounds (contracts 8.2)."""

import gzip
import json
import zlib

import pytest

from adapter.doors.bodies import deflate, inflate, read_json
from adapter.errors import BodyTooLarge, InvalidEncoding, InvalidJson, TooDeep, UnsupportedEncoding


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(b'{"a":1}', None, id="plain"),
        pytest.param(b'{"a":1}', " Identity ", id="identity"),
        pytest.param(gzip.compress(b'{"a":1}'), "gzip", id="gzip"),
        pytest.param(gzip.compress(b'{"a":1}'), "X-GZIP", id="x-gzip"),
        pytest.param(gzip.compress(b'{"a"') + gzip.compress(b":1}"), "gzip", id="two members"),
    ],
)
def test_a_body_is_inflated(body, encoding):
    assert inflate(body, encoding) == b'{"a":1}'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="not gzip at all"),
        pytest.param(gzip.compress(b"{}" * 100)[:-9], id="cut off"),
        pytest.param(gzip.compress(b"{}") + b"more", id="something behind it"),
        pytest.param(gzip.compress(b"{}")[:-8] + bytes(8), id="wrong checksum"),
    ],
)
def test_a_bad_gzip_is_refused(body):
    with pytest.raises(InvalidEncoding):
        inflate(body, "gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_other_encodings_are_refused(encoding):
    with pytest.raises(UnsupportedEncoding):
        inflate(b"", encoding)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(b" " * 101, None, id="plain"),
        pytest.param(gzip.compress(bytes(101)), "gzip", id="inflated"),
        pytest.param(gzip.compress(bytes(60)) * 2, "gzip", id="inflated in two members"),
        pytest.param(gzip.compress(bytes(10_000_000)), "gzip", id="a bomb"),
    ],
)
def test_a_byte_over_the_limit_is_refused_naming_it(body, encoding):
    with pytest.raises(BodyTooLarge, match="limit"):
        inflate(body, encoding, limit=100)


def test_a_body_of_exactly_the_limit_passes():
    assert inflate(gzip.compress(bytes(100)), "gzip", limit=100) == bytes(100)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b" \n", "empty", id="blank"),
        pytest.param(b'{"a":1,}', "line 1 column 7", id="trailing comma"),
        pytest.param(b'{"a":NaN}', "line 1 column 6", id="NaN"),
        pytest.param(b"[-Infinity]", "line 1 column", id="Infinity"),
        pytest.param(b"[1e999]", "line 1 column", id="beyond a double"),
        pytest.param(b'["\xff"]', "UTF-8", id="invalid UTF-8"),
        pytest.param(b'["\xed\xa0\x80"]', "UTF-8", id="a surrogate in UTF-8"),
        pytest.param(b"a=1&b=2", "line 1 column 1", id="a form"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(body, says):
    with pytest.raises(InvalidJson, match=says):
        read_json(body)


def test_the_last_of_duplicate_keys_wins():
    assert read_json(b'{"a":1,"a":2}') == {"a": 2}


def test_a_lone_surrogate_escape_is_accepted():
    assert read_json(b'"\\ud800"') == "\ud800"


def nested(depth):
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(nested(64), id="64 arrays"),
        pytest.param(b'{"a":' * 64 + b"1" + b"}" * 64, id="64 objects"),
        pytest.param(json.dumps([[[1]]] * 100).encode(), id="many side by side"),
        pytest.param(json.dumps(["[" * 100]).encode(), id="brackets in a text"),
    ],
)
def test_nesting_up_to_64_passes(body):
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(nested(65), id="65 arrays"),
        pytest.param(nested(500), id="500 arrays"),
        pytest.param(nested(100_000), id="more than the reader takes"),
        pytest.param(b"[" + nested(64) + b",1]", id="in a batch"),
        pytest.param(b'["]",' * 70 + b"1" + b',"["]' * 70, id="with brackets in texts to mislead"),
    ],
)
def test_deeper_nesting_is_refused(body):
    with pytest.raises(TooDeep):
        read_json(body)


@pytest.mark.parametrize("size", [0, 1, 2_048, 2_049, 4_096, 4_097, 100_000])
def test_a_kept_body_is_inflated_again_and_begins_as_all_do(size):
    body = bytes(place * place % 251 for place in range(size))
    kept = deflate(body)
    assert zlib.decompress(kept) == body
    assert kept[:2] == zlib.compress(body, 1)[:2]


def test_the_body_of_one_event_is_kept_as_it_is():
    body = b'{"type":"track","event":"Viewed"}'
    assert body in deflate(body)


def test_a_small_body_is_kept_about_as_small_as_a_large_window_keeps_it():
    body = json.dumps([{"name": f"event {place}", "plan": "pro"} for place in range(80)]).encode()
    assert len(deflate(body)) < 1.1 * len(zlib.compress(body, 1))
