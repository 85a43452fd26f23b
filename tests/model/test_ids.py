"""Ids of ours: what a request becomes is named after it."""

import hashlib
from itertools import islice

import pytest

from adapter.clock import HOUR
from adapter.ids import (
    derived_id,
    fingerprint,
    following_ids,
    hour_of_id,
    instant_of_id,
    new_id,
    new_ids,
)
from tests.build import T0, at


def test_m11_the_ids_of_a_requests_records_follow_from_its_own():
    first, *others = islice(new_ids(T0), 5)

    assert list(islice(following_ids(first), 4)) == others


@pytest.mark.parametrize("parts", [("ab", "c"), ("a", "bc"), ("é", ""), ("\ud800", "b"), ()])
def test_a_fingerprint_is_of_the_parts_and_of_where_they_end(parts):
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    whole = b"".join(b"%d:%b" % (len(part), part) for part in encoded)

    assert fingerprint(*parts) == hashlib.blake2b(whole, digest_size=16).digest()


@pytest.mark.parametrize("instant", [0, T0, at(us=1), at(us=999_999), at(days=40_000, us=7)])
def test_an_id_bears_the_instant_of_its_request_to_the_microsecond(instant):
    own = new_id(instant)
    ten_thousandth = next(islice(following_ids(own), 9_999, None))

    named = [own, ten_thousandth, derived_id(own, 255)]
    assert [instant_of_id(each) for each in named] == [instant] * 3


@pytest.mark.parametrize(
    ("instant", "hour"),
    [
        (0, 0),
        (HOUR - 1, 0),
        (HOUR, 1),
        (T0, T0 // HOUR),
        (at(days=40_000), at(days=40_000) // HOUR),
    ],
)
def test_an_id_bears_the_hour_of_its_request(instant, hour):
    own = new_id(instant)

    assert [hour_of_id(each) for each in (own, derived_id(own, 255))] == [hour, hour]
