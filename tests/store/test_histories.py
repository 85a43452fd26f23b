"""Rule M11: random histories leave the SQL stores as they leave the reference in memory."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from adapter.clock import DAY, MINUTE, SECOND, Instant
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.facts import Needs
from adapter.store.memory.store import MemoryStore
from tests.build import (
    T0,
    add_device,
    anonymous_event,
    apply,
    delete_device,
    delete_object,
    delete_person,
    identified_event,
    identify,
    identify_object,
    invite_event,
    log,
    merge_people,
    relate,
    relation,
    suppress_person,
    unapplicable,
    unrelate,
    unsuppress_person,
    with_workspace,
)

# Few names, so that histories meet; steps that end just inside and just outside every window.
_ANONYMOUS = st.sampled_from(["a", "A", "b", "undefined"])
_PEOPLE = st.sampled_from(["u-1", "u-2", "one@example.com", "two@example.com"])
_EMAILS = st.sampled_from([None, "one@example.com", "TWO@example.com"])
_TOKENS = st.sampled_from(["t-1", "t-2"])
_OBJECTS = st.sampled_from(["o-1", "o-2"])
_HOLDERS = st.one_of(st.tuples(_PEOPLE, st.just(False)), st.tuples(_ANONYMOUS, st.just(True)))
_STEPS = st.sampled_from(
    [0, 0, 1, SECOND, 5 * MINUTE, 5 * MINUTE + 1, DAY, 30 * DAY - 1, 30 * DAY, -MINUTE]
)
_KEYS = st.sampled_from([None, None, None, "m-1", "m-2"])
_SETTINGS = st.sampled_from([{}, {"merging": False}, {"reuse": "same_person"}])

_records = st.one_of(
    st.tuples(st.just("event"), _ANONYMOUS, _KEYS, st.sampled_from([0, -DAY, -4 * DAY])),
    st.tuples(st.just("event"), _ANONYMOUS, _KEYS, st.just(0)),
    st.tuples(st.just("identify"), _PEOPLE, st.one_of(st.none(), _ANONYMOUS), _EMAILS),
    st.tuples(st.just("identified"), _PEOPLE, _KEYS),
    st.tuples(st.just("invite"), st.sampled_from(["one@example.com", "a@example.com"]), _KEYS),
    st.tuples(st.just("join"), _PEOPLE, _PEOPLE),
    st.tuples(st.just("device"), _PEOPLE, _TOKENS, st.sampled_from([0, -DAY])),
    st.tuples(st.just("no device"), _PEOPLE, _TOKENS),
    st.tuples(st.sampled_from(["relate", "unrelate"]), _HOLDERS, _OBJECTS),
    st.tuples(st.sampled_from(["relate", "relate"]), _HOLDERS, _OBJECTS),
    st.tuples(st.just("object"), _OBJECTS, _HOLDERS, st.sampled_from([0, -DAY])),
    st.tuples(st.just("no object"), _OBJECTS),
    st.tuples(st.just("unapplicable"), _KEYS),
    st.tuples(st.sampled_from(["delete", "suppress", "unsuppress"]), _PEOPLE, _KEYS),
)
_batches = st.tuples(_STEPS, st.lists(_records, min_size=1, max_size=6))
_histories = st.lists(st.one_of(_batches, _batches, _SETTINGS), min_size=1, max_size=8)
_numbers = count(1)


@pytest.fixture
def memory():
    """Give the reference; each history has a workspace of its own, numbered alike in both."""
    return MemoryStore()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=_histories)
def test_m11_random_histories_end_alike(sql_store, memory, history):
    name = f"history-{next(_numbers)}"
    made = [with_workspace(store, name) for store in (memory, sql_store)]
    workspace_id = made[0].id
    now = T0

    for entry in history:
        if isinstance(entry, dict):
            for store in (memory, sql_store):
                store.write(lambda tx, new=entry: tx.set_policy(workspace_id, new))
            continue
        step, records = entry
        now = Instant(now + step)
        batch = [_message(record, now, workspace_id) for record in records]
        assert apply(sql_store, *batch) == apply(memory, *batch)

    assert made[0] == made[1]
    assert _state(sql_store, workspace_id, now) == _state(memory, workspace_id, now)


@settings(max_examples=200)
@given(history=_histories)
def test_m11_batches_end_as_their_records_do_one_by_one(history):
    stores = MemoryStore(), MemoryStore()
    now = T0
    for store in stores:
        with_workspace(store)

    for entry in history:
        if isinstance(entry, dict):
            for store in stores:
                store.write(lambda tx, new=entry: tx.set_policy(1, new))
            continue
        step, records = entry
        now = Instant(now + step)
        batch = [_message(record, now, 1) for record in records]
        together, alone = stores
        outcomes = apply(together, *batch)
        assert [apply(alone, message)[0] for message in batch] == outcomes

    assert _without_merges(_state(stores[0], 1, now)) == _without_merges(_state(stores[1], 1, now))


def _without_merges(state):
    """Leave out the lines that count merges: two of one id in one batch share a line."""
    return state | {"log": [row for row in state["log"] if row.type != "anon_merge"]}


def _message(record, now, workspace_id):
    kind, *given = record
    return replace(_MAKERS[kind](now, *given), workspace_id=workspace_id)


def _event(now, anonymous_id, key, late):
    return anonymous_event(
        anonymous_id, message_id=key, received_at=now, occurred_at=Instant(now + late)
    )


def _identify(now, person, anonymous_id, email):
    attributes = {} if email is None else {"email": email}
    return identify(person, anonymous_id=anonymous_id, received_at=now, **attributes)


def _device(now, person, token, late):
    used = Instant(now + late)
    return add_device(person, token, received_at=now, last_used=used, day=used // DAY)


def _relation(now, holder, object_id):
    who, stranger = holder
    return relation(who, object_id, stranger=stranger, hour=now % 7)


def _object(now, object_id, holder, late):
    member = _relation(now, holder, object_id)
    happened = Instant(now + late)
    return identify_object(
        object_id, member, received_at=now, occurred_at=happened, day=happened // DAY
    )


_MAKERS = {
    "relate": lambda now, who, what: relate(_relation(now, who, what), received_at=now),
    "unrelate": lambda now, who, what: unrelate(_relation(now, who, what), received_at=now),
    "object": _object,
    "no object": lambda now, what: delete_object(what, received_at=now),
    "event": _event,
    "identify": _identify,
    "identified": lambda now, who, key: identified_event(who, message_id=key, received_at=now),
    "invite": lambda now, to, key: invite_event(to, message_id=key, received_at=now),
    "join": lambda now, one, other: merge_people(one, other, received_at=now),
    "device": _device,
    "no device": lambda now, who, token: delete_device(who, token, received_at=now),
    "unapplicable": lambda now, key: unapplicable(message_id=key, received_at=now),
    "delete": lambda now, who, key: delete_person(who, message_id=key, received_at=now),
    "suppress": lambda now, who, key: suppress_person(who, message_id=key, received_at=now),
    "unsuppress": lambda now, who, key: unsuppress_person(who, message_id=key, received_at=now),
}


def _state(store, workspace_id, now):
    """Everything a store can be asked about a workspace."""
    refs = [
        PersonRef(kind, value)
        for kind, values in (
            (IdentifierKind.ID, ("u-1", "u-2")),
            (IdentifierKind.EMAIL, ("one@example.com", "two@example.com")),
        )
        for value in values
    ]
    needs = Needs(
        workspaces=frozenset({workspace_id}),
        keys=frozenset(),
        anonymous_ids={},
        refs=frozenset((workspace_id, ref) for ref in refs),
    )
    ids = {name: store.find_anonymous_id(workspace_id, name) for name in ("a", "A", "b")}
    return {
        "objects": _objects(store, workspace_id),
        "log": log(store, workspace_id=workspace_id, now=now),
        "people": [store.find_person(workspace_id, ref) for ref in refs],
        "ids": {name: fact and replace(fact, ref=0) for name, fact in ids.items()},
        "suppressed": store.write(lambda tx: tx.facts(needs).suppressed),
        "keys": [store.find_key(workspace_id, key) for key in ("m-1", "m-2")],
        "quarantine": store.quarantine(workspace_id, after=Instant(0)),
        "ledger": store.ledger(workspace_id),
        "claims": [
            (name, fact.person_id, fact.pending_person_id)
            for name, fact in store.write(lambda tx: tx.claims(workspace_id, T0))
        ],
    }


def _objects(store, workspace_id):
    """Give all objects, each with who is related to it; strangers who have expired as well."""
    return [
        (
            thing,
            store.relationships(workspace_id, cio_object_id=thing.cio_object_id, limit=100),
            store.strangers(workspace_id, thing.cio_object_id, after=Instant(0)),
        )
        for thing in store.objects(workspace_id)
    ]
