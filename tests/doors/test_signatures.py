"""Signatures over raw bytes, as Segment's own destination makes them (contracts 1.2)."""

import json
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from adapter.doors.signatures import Verified, authenticate, sign, verify
from adapter.errors import NotConfigured, Unauthorized
from tests.build import source

GOLDEN = json.loads((Path(__file__).parent / "golden" / "webhook.json").read_text())
SECRET = GOLDEN["secret"]
SINGLE, BATCH, EMPTY = (request["body"].encode() for request in GOLDEN["requests"])
SIGNATURE = GOLDEN["requests"][0]["headers"]["x-signature"]

ITEM = b'{"type": "track", "name": "a \\"}],[{ b\xc3\xa9\\\\", "n": [1.0, {"x": [null]}]}'


def headers(**values):
    return Headers([(name.replace("_", "-"), value) for name, value in values.items()])


def test_the_recorded_single_event_is_signed_whole():
    assert verify(SIGNATURE, SINGLE, [SECRET]) is Verified.WHOLE_BODY


def test_of_the_recorded_batch_only_the_first_item_is_signed():
    assert verify(SIGNATURE, BATCH, [SECRET]) is Verified.FIRST_ITEM


def test_a_tampered_second_item_goes_unnoticed_and_the_answer_says_so():
    tampered = BATCH.replace(b'{"a":1}', b'{"a":2}')

    assert verify(SIGNATURE, tampered, [SECRET]) is Verified.FIRST_ITEM


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        pytest.param(b"[%b]" % ITEM, ITEM, id="batch of one"),
        pytest.param(b"  [\n%b\t] \r\n" % ITEM, ITEM, id="batch of one among blanks"),
        pytest.param(b"[%b,1]" % ITEM, b"[%b,1]" % ITEM, id="whole array, by another sender"),
        pytest.param(b'[{"json":%b}]' % ITEM, ITEM, id="lone item in its wrapper"),
        pytest.param(b"[]", b"[]", id="empty array"),
        pytest.param(b" %b\n" % ITEM, b" %b\n" % ITEM, id="object with blanks as received"),
        pytest.param(b"", b"", id="empty body"),
    ],
)
def test_nothing_is_left_unsigned_in(body, signed):
    assert verify(sign(signed, SECRET), body, [SECRET]) is Verified.WHOLE_BODY


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[%b,{}]" % ITEM, id="two items"),
        pytest.param(b" [ %b , [] ]" % ITEM, id="two items among blanks"),
        pytest.param(b'[{"json":%b},{"json":1}]' % ITEM, id="wrapped items"),
        pytest.param(b'[ { "json" : %b } , 2]' % ITEM, id="wrapped items among blanks"),
        pytest.param(b"[%b, not JSON" % ITEM, id="unreadable rest"),
    ],
)
def test_only_the_first_item_is_signed_in(body):
    assert verify(sign(ITEM, SECRET), body, [SECRET]) is Verified.FIRST_ITEM


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'[{},{"json":%b}]' % ITEM, id="in the second place"),
        pytest.param(b'[{"json":%b,"json":{}}]' % ITEM, id="before a second json key"),
        pytest.param(b'[{"json":%b,"more":{}}]' % ITEM, id="beside another key"),
        pytest.param(b'{"json":%b}' % ITEM, id="wrapped outside an array"),
        pytest.param(b"[[%b]]" % ITEM, id="a level deeper"),
        pytest.param(b"%b" % ITEM[:-1], id="cut off"),
    ],
)
def test_a_signed_item_vouches_for_nothing(body):
    with pytest.raises(Unauthorized):
        verify(sign(ITEM, SECRET), body, [SECRET])


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(SIGNATURE.upper(), id="upper case"),
        pytest.param(f"  {SIGNATURE}\t", id="blanks around"),
    ],
)
def test_a_signature_is_accepted_with(signature):
    assert verify(signature, SINGLE, [SECRET]) is Verified.WHOLE_BODY


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param(SIGNATURE[:-1], id="39 digits"),
        pytest.param(SIGNATURE + "0", id="41 digits"),
        pytest.param("g" * 40, id="no hex digits"),
        pytest.param("٣" * 40, id="foreign digits"),
        pytest.param("0" * 40, id="somebody else's"),
    ],
)
def test_a_signature_is_refused_when(signature):
    with pytest.raises(Unauthorized):
        verify(signature, SINGLE, [SECRET])


def test_any_of_several_secrets_may_sign():
    assert verify(SIGNATURE, SINGLE, ["new", SECRET]) is Verified.WHOLE_BODY


def test_a_number_of_any_length_does_not_hide_the_end_of_an_item():
    item = b'{"n":' + b"9" * 10_000 + b"}"

    assert verify(sign(item, SECRET), b"[%b,1]" % item, [SECRET]) is Verified.FIRST_ITEM


def test_five_megabytes_of_brackets_are_refused_and_not_a_fault():
    with pytest.raises(Unauthorized):
        verify(SIGNATURE, b"[" * 5_000_000, [SECRET])


def test_a_source_without_a_secret_believes_nothing():
    with pytest.raises(NotConfigured):
        authenticate(source(shared_secrets=()), headers(x_signature=SIGNATURE), SINGLE)


@pytest.mark.parametrize(
    ("policy", "required"),
    [
        pytest.param(None, None, id="by default"),
        pytest.param("accept", None, id="accept"),
        pytest.param(None, "X-K: v", id="by default with the required header"),
        pytest.param("require-header", "x-k:v", id="require-header with the header"),
    ],
)
def test_a_batch_signed_in_its_first_item_passes(policy, required):
    sender = source(batch_signature=policy, require_header=required)

    verified = authenticate(sender, headers(x_signature=SIGNATURE, x_k=" v "), BATCH)

    assert verified is Verified.FIRST_ITEM


@pytest.mark.parametrize(
    ("policy", "required", "says"),
    [
        pytest.param("refuse", None, "refuse", id="refuse"),
        pytest.param("refuse", "X-K: v", "refuse", id="refuse, even with the header"),
        pytest.param("require-header", None, "require-header", id="no header is agreed on"),
        pytest.param("accept", "X-K: other", "X-K is missing or wrong", id="wrong header"),
        pytest.param("accept", "X-Other: v", "X-Other is missing or wrong", id="no header"),
    ],
)
def test_a_batch_signed_in_its_first_item_is_refused(policy, required, says):
    sender = source(batch_signature=policy, require_header=required)

    with pytest.raises(Unauthorized, match=says):
        authenticate(sender, headers(x_signature=SIGNATURE, x_k="v"), BATCH)


def test_a_header_alone_vouches_for_an_empty_body():
    sender = source(require_header="X-K: v")

    assert authenticate(sender, headers(x_k="v"), EMPTY) is Verified.HEADER_ONLY


def test_a_header_alone_vouches_for_nothing_else():
    sender = source(require_header="X-K: v")

    with pytest.raises(Unauthorized, match="X-Signature is missing"):
        authenticate(sender, headers(x_k="v"), SINGLE)


def test_an_empty_body_without_credentials_is_refused():
    with pytest.raises(Unauthorized):
        authenticate(source(), {}, EMPTY)
