"""Credentials in every form seen (contracts 2.2, 3.1)."""

import pytest

from adapter.doors.credentials import Basic, Bearer, decode_base64, read_authorization
from adapter.errors import Unauthorized


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("Basic V0s6", Basic("WK", ""), id="with the colon"),
        pytest.param("Basic V0s=", Basic("WK", ""), id="without the colon"),
        pytest.param("Basic V0s", Basic("WK", ""), id="without padding"),
        pytest.param("basic  V0s6 ", Basic("WK", ""), id="odd blanks and case"),
        pytest.param("Basic c2l0ZTprZXk=", Basic("site", "key"), id="user and password"),
        pytest.param("Basic c2l0ZTprOmV5", Basic("site", "k:ey"), id="a colon in the password"),
        pytest.param("Basic c2l0ZTo_Pz8-", Basic("site", "???>"), id="the URL-safe alphabet"),
        pytest.param("Basic c2l0ZTo/Pz8+", Basic("site", "???>"), id="the standard alphabet"),
        pytest.param("Bearer abc", Bearer("abc"), id="bearer"),
        pytest.param(None, None, id="none"),
        pytest.param(" ", None, id="blank"),
    ],
)
def test_a_header_is_read(header, expected):
    assert read_authorization({"Authorization": header}) == expected


@pytest.mark.parametrize(
    "header", ["Basic é", "Basic a!b=", "Basic /w==", "Digest x", "Basic A", "é"]
)
def test_what_is_no_credential_is_unauthorized(header):
    with pytest.raises(Unauthorized):
        read_authorization({"Authorization": header})


@pytest.mark.parametrize("text", ["Pz8-", "Pz8+", " Pz8+ "])
def test_base64_is_read_in_either_alphabet(text):
    assert decode_base64(text) == b"??>"
