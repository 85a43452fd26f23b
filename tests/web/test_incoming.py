"""Reading bodies within bounds."""

import io

import pytest

from adapter.web.incoming import read_body


def environ(sent, length=None, *, chunked=False):
    made = {"wsgi.input": io.BytesIO(sent), "wsgi.input_terminated": chunked}
    return made if length is None else made | {"CONTENT_LENGTH": length}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(environ(b"12345", "5"), b"12345", id="by its length"),
        pytest.param(environ(b"12345 next request", "5"), b"12345", id="and no further"),
        pytest.param(environ(b"12345", chunked=True), b"12345", id="to its end"),
        pytest.param(environ(b"12345", "", chunked=True), b"12345", id="with a blank length"),
        pytest.param(environ(b"12345"), b"", id="not at all where its end is unknown"),
        pytest.param(environ(b"12345", "9" * 5000), b"", id="not at all for a mad length"),
        pytest.param(environ(b"1234567890", "10"), b"1234567890", id="up to the limit"),
    ],
)
def test_a_body_is_read(given, expected):
    assert read_body(given, limit=10) == expected


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(environ(b"x" * 5_000_000, "5000000"), id="by its length"),
        pytest.param(environ(b"x" * 5_000_000, chunked=True), id="to its end"),
    ],
)
def test_what_is_too_much_is_read_off_so_that_the_sender_gets_its_answer(given):
    assert read_body(given, limit=10) == b"x" * 11
    assert given["wsgi.input"].read() == b""
