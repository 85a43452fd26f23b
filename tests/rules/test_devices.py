"""Contracts 3.6, P4, P5, K5: what devices a person has."""

import pytest

from adapter.jsonvalue import loads
from adapter.model.people import Device
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.devices import MOST_DEVICES
from adapter.rules.identifiers import read_identifier
from adapter.store.memory.store import MemoryStore
from tests.build import (
    add_device,
    apply,
    at,
    delete_device,
    identify,
    log,
    merge_people,
    with_workspace,
)


@pytest.fixture
def store():
    memory = MemoryStore()
    with_workspace(memory)
    return memory


def devices(store, person="u-1"):
    return store.find_person(1, read_identifier(person)).devices


def attributes(device):
    return {name: held.value for name, held in device.attributes.items() if held.value is not None}


def test_k5_a_device_of_an_unknown_person_creates_them(store):
    (outcome,) = apply(store, add_device(token="t", platform="ios", last_used=at(seconds=-5)))

    assert outcome.reasons == (Reason.DEVICE_ADDED,)
    assert devices(store) == {"t": Device(platform="ios", last_used=at(seconds=-5))}
    assert [(row.type, row.name) for row in log(store)] == [
        ("profile_create", ""),
        ("device_change", "t"),
    ]


def test_an_unknown_cio_id_gets_no_device(store):
    (outcome,) = apply(store, add_device("cio_unknown"))

    assert (outcome.fate, outcome.reasons) == (Fate.IGNORED, (Reason.UNKNOWN_CIO_ID,))


def test_p4_a_device_is_updated_key_by_key(store):
    apply(store, add_device(model="x", os="1", beta=True))

    apply(store, add_device(received_at=at(seconds=1), os="2", beta="", color="red"))

    device = devices(store)["token-1"]
    assert (attributes(device), device.last_used) == (
        {"model": "x", "os": "2", "color": "red"},
        at(seconds=1),
    )
    line = log(store, type="device_change")[-1]
    assert line.reason == Reason.DEVICE_UPDATED
    assert loads(line.data)["changes"]["os"] == {"from": "1", "to": "2"}


def test_p4_an_update_overtaken_by_a_newer_one_changes_nothing(store):
    apply(store, add_device(last_used=at(seconds=2), os="2"))

    (outcome,) = apply(store, add_device(platform="old", last_used=at(seconds=1), os="1"))

    device = devices(store)["token-1"]
    assert (device.platform, device.last_used, attributes(device)) == (
        "ios",
        at(seconds=2),
        {"os": "2"},
    )
    assert outcome.reasons == (Reason.NOTHING_CHANGED, Reason.OLDER_THAN_CURRENT)


def test_a_repeat_changes_nothing(store):
    apply(store, add_device(os="1"))

    (outcome,) = apply(store, add_device(os="1"))

    assert outcome.reasons == (Reason.NOTHING_CHANGED,)


def test_a_device_is_deleted_by_its_token(store):
    apply(store, add_device(token="t"), add_device(token="other"))

    outcomes = apply(store, delete_device(token="t"), delete_device(token="t"))

    assert list(devices(store)) == ["other"]
    assert [outcome.reasons[0] for outcome in outcomes] == [
        Reason.DEVICE_DELETED,
        Reason.DEVICE_UNKNOWN,
    ]


def test_deleting_a_device_of_an_unknown_person_creates_nobody(store):
    (outcome,) = apply(store, delete_device("nobody"))

    assert (outcome.fate, outcome.reasons) == (Fate.IGNORED, (Reason.DEVICE_UNKNOWN,))
    assert store.find_person(1, read_identifier("nobody")) is None


def test_the_device_unused_for_longest_gives_way(store):
    numbers = range(MOST_DEVICES)
    apply(store, *(add_device(token=f"t{n}", last_used=at(seconds=n)) for n in numbers))

    apply(store, add_device(token="new", last_used=at(days=1)))

    assert set(devices(store)) == {"new", *(f"t{n}" for n in numbers[1:])}
    assert log(store, type="device_change")[-1].reason == Reason.DEVICE_DROPPED


def test_p5_devices_go_to_the_primary_and_the_one_used_last_stays(store):
    apply(
        store,
        add_device("u-1", "both", platform="older", last_used=at(seconds=1)),
        add_device("u-2", "both", platform="newer", last_used=at(seconds=2)),
        add_device("u-2", "hers"),
    )

    apply(store, merge_people("u-1", "u-2"))

    assert {token: device.platform for token, device in devices(store).items()} == {
        "both": "newer",
        "hers": "ios",
    }


def test_an_identify_leaves_devices_alone(store):
    apply(store, add_device())

    apply(store, identify("u-1", plan="pro"))

    assert list(devices(store)) == ["token-1"]
