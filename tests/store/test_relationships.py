"""Contracts 4.2, 6.1.6, P4-P6, M1-M8: objects, and who is related to them, on every store."""

import pytest

from adapter.clock import MINUTE, ManualClock
from adapter.ids import cio_object_id_of
from adapter.jsonvalue import loads
from adapter.model.messages import DeletePerson
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.facts import Needs
from adapter.rules.identifiers import read_identifier
from adapter.services.tenants import Tenants
from adapter.services.unmerging import Unmerging
from adapter.sweepable import Expiring
from tests.build import (
    T0,
    apply,
    at,
    delete_object,
    identify,
    identify_object,
    log,
    merge_people,
    relate,
    relation,
    unrelate,
    with_workspace,
)

MEMBER = relation("u-1", role="owner")
STRANGER = relation("a", stranger=True, role="guest")


@pytest.fixture(autouse=True)
def workspace(store):
    return with_workspace(store)


def values(attributes):
    return {name: held.value for name, held in attributes.items() if held.value is not None}


def thing(store, object_id="o-1"):
    cio_object_id = cio_object_id_of("1", object_id)
    return store.find_objects(1, [cio_object_id]).get(cio_object_id)


def related(store, person="u-1"):
    """Give what a person is related to: the attributes of each relationship, by object."""
    found = store.find_person(1, read_identifier(person))
    if found is None:
        return None
    rows = store.relationships(1, person_id=found.person_id)
    objects = store.find_objects(1, [row.cio_object_id for row in rows])
    return {
        objects[row.cio_object_id].object_id: values(row.relationship.attributes) for row in rows
    }


def strangers(store, *anonymous_ids):
    """Give what strangers are related to, by anonymous id."""
    needs = Needs(
        workspaces=frozenset({1}),
        keys=frozenset(),
        anonymous_ids={},
        refs=frozenset(),
        strangers=frozenset((1, name) for name in anonymous_ids),
    )
    found = store.write(lambda transaction: transaction.facts(needs).relationships)
    return {key[1].id: values(one.attributes) for key, one in found.items() if not key[1].is_person}


def test_p4_an_object_is_made_and_updated_key_by_key(store):
    apply(store, identify_object(name="Example", seats=3, plan="free"))

    newer = identify_object(received_at=at(seconds=1), seats=5, plan="")
    older = identify_object(occurred_at=at(seconds=-1), name="Old", city="Kiel")
    outcomes = apply(store, newer, older)

    found = thing(store)
    assert values(found.attributes) == {"name": "Example", "seats": 5, "city": "Kiel"}
    assert (found.created_at, found.updated_at) == (T0, at(seconds=1))
    assert [outcome.reasons for outcome in outcomes] == [
        (Reason.ATTRIBUTES_APPLIED,),
        (Reason.ATTRIBUTES_APPLIED, Reason.OLDER_THAN_CURRENT),
    ]


def test_k5_whoever_is_related_is_created_if_need_be(store):
    (outcome,) = apply(store, identify_object("o-1", MEMBER, relation("new@example.com")))

    assert (related(store), related(store, "new@example.com")) == (
        {"o-1": {"role": "owner"}},
        {"o-1": {}},
    )
    assert outcome.reasons == (Reason.OBJECT_CREATED, Reason.RELATED)
    assert [row.type for row in log(store) if row.person_id is None] == ["object_create"]


def test_p4_a_relationship_is_updated_key_by_key(store):
    apply(store, relate(relation("u-1", role="owner", since=1)))

    apply(store, relate(relation("u-1", role="", since=2), received_at=at(seconds=1)))
    (late,) = apply(store, relate(relation("u-1", since=0), occurred_at=at(seconds=-1)))

    assert (related(store), late.reasons) == ({"o-1": {"since": 2}}, (Reason.RELATED,))


def test_a_relationship_makes_the_object_that_is_missing(store):
    apply(store, relate(MEMBER))

    assert thing(store).object_id == "o-1"


def test_an_identify_relates_its_person(store):
    apply(store, identify("u-1", relations=(relation("u-1", "o-2", role="x"), MEMBER)))
    apply(store, identify("u-1", unrelated=(relation("u-1", "o-2"),), received_at=at(seconds=1)))

    assert related(store) == {"o-1": {"role": "owner"}}


def test_a_relationship_ends_and_a_missing_one_cannot(store):
    apply(store, relate(MEMBER, relation("u-2")))

    first, again, unknown = apply(
        store,
        unrelate(MEMBER),
        unrelate(MEMBER, received_at=at(seconds=1)),
        unrelate(relation("nobody", "nothing")),
    )

    assert (related(store), related(store, "u-2")) == ({}, {"o-1": {}})
    assert first.reasons == (Reason.UNRELATED,)
    assert again.reasons == unknown.reasons == (Reason.NOT_RELATED,)
    assert again.fate is Fate.IGNORED
    assert store.find_person(1, read_identifier("nobody")) is None


def test_an_object_goes_with_all_relationships_and_comes_back_without(store):
    apply(store, relate(MEMBER, STRANGER), identify_object(name="Example"))

    outcomes = apply(store, delete_object(), delete_object("nothing"))
    gone = (thing(store), related(store), strangers(store, "a"))
    apply(store, identify_object())

    assert gone == (None, {}, {})
    assert (values(thing(store).attributes), related(store)) == ({}, {})
    assert [outcome.reasons[0] for outcome in outcomes] == [
        Reason.OBJECT_DELETED,
        Reason.UNKNOWN_OBJECT,
    ]


def test_what_is_made_deleted_and_made_again_in_one_batch_is_the_last(store):
    apply(store, relate(relation("u-2")))

    apply(
        store,
        identify_object("o-1", MEMBER, name="first"),
        delete_object(),
        identify_object("o-1", relation("u-3"), plan="second"),
    )

    assert values(thing(store).attributes) == {"plan": "second"}
    assert [related(store, name) for name in ("u-1", "u-2", "u-3")] == [{}, {}, {"o-1": {}}]


def test_6_1_6_a_strangers_relationship_is_carried_over_when_the_id_is_assigned(store):
    apply(store, relate(STRANGER), relate(relation("a", "o-2", stranger=True)))
    waiting = strangers(store, "a")

    apply(store, identify("u-1", anonymous_id="a", received_at=at(minutes=1)))

    assert waiting != {}
    assert (related(store), strangers(store, "a")) == ({"o-1": {"role": "guest"}, "o-2": {}}, {})
    (line,) = log(store, type="add_relationship", person_id=_person_id(store))
    assert (line.reason, line.anonymous_id) == (Reason.RELATED_BY_ASSIGNMENT, "a")
    assert loads(line.data)["count"] == 2
    (row, _) = store.relationships(1, person_id=_person_id(store))
    assert row.relationship.anonymous_id == "a"


def test_6_1_6_it_is_carried_over_inside_one_batch_as_well(store):
    apply(store, relate(STRANGER), identify("u-1", anonymous_id="a"))

    assert (related(store), strangers(store, "a")) == ({"o-1": {"role": "guest"}}, {})


def test_p4_a_relationship_that_the_person_has_already_is_united_with_it(store):
    apply(store, relate(relation("u-1", role="owner", seat=1)))
    apply(store, relate(relation("a", stranger=True, role="guest"), occurred_at=at(seconds=-1)))
    apply(store, relate(relation("a", stranger=True, seat=2), received_at=at(seconds=1)))

    apply(store, identify("u-1", anonymous_id="a", received_at=at(seconds=2)))

    assert related(store) == {"o-1": {"role": "owner", "seat": 2}}


@pytest.mark.parametrize(
    ("later", "whose"),
    [
        pytest.param(at(us=5 * MINUTE), "u-1", id="m3 the window's edge is in"),
        pytest.param(at(us=5 * MINUTE + 1), "a", id="m4 the first instant after it is out"),
    ],
)
def test_m3_m4_a_relationship_that_comes_after_the_assignment(store, later, whose):
    apply(store, identify("u-1", anonymous_id="a"))

    apply(store, relate(relation("a", stranger=True), received_at=later))

    assert (related(store), strangers(store, "a")) == (
        {"o-1": {}} if whose == "u-1" else {},
        {} if whose == "u-1" else {"a": {}},
    )


@pytest.mark.parametrize(("age", "moves"), [(at(days=-30, us=1), True), (at(days=-30), False)])
def test_r1_an_expired_relationship_is_nobodys(store, age, moves):
    apply(store, relate(relation("a", stranger=True), received_at=age))

    apply(store, identify("u-1", anonymous_id="a"))

    assert related(store) == ({"o-1": {}} if moves else {})


def test_m5_a_second_person_gets_nothing(store):
    apply(store, identify("u-1", anonymous_id="a"))
    apply(store, relate(relation("a", stranger=True), received_at=at(minutes=1)))

    apply(store, identify("u-2", anonymous_id="a", received_at=at(minutes=2)))

    assert (related(store), related(store, "u-2")) == ({"o-1": {}}, {})


def test_k6_a_junk_id_keeps_its_relationships(store):
    apply(store, relate(relation("undefined", stranger=True)))

    apply(store, identify("u-1", anonymous_id="undefined"))

    assert (related(store), strangers(store, "undefined")) == ({}, {"undefined": {}})


def test_m8_what_waits_while_merging_is_off_is_carried_over_when_it_is_switched_on(
    store, workspace
):
    tenants = Tenants(store, ManualClock(at(minutes=10)))
    workspace = tenants.change_settings(workspace, {"merging": "off"})
    apply(store, relate(STRANGER), identify("u-1", anonymous_id="a"))
    inside = relation("a", "o-2", stranger=True)
    apply(store, relate(inside, received_at=at(minutes=5)))
    apply(store, relate(relation("a", "o-3", stranger=True), received_at=at(minutes=6)))
    waiting = related(store)

    tenants.change_settings(workspace, {"merging": "on"})

    assert waiting == {}
    assert related(store) == {"o-1": {"role": "guest"}, "o-2": {}}
    assert strangers(store, "a") == {"a": {}}


def test_p5_relationships_go_to_the_primary_and_fill_what_is_missing(store):
    apply(
        store,
        relate(relation("u-1", role="owner")),
        relate(relation("u-2", role="guest", seat=1), relation("u-2", "o-2")),
    )

    apply(store, merge_people("u-1", "u-2", received_at=at(seconds=1)))

    assert related(store) == {"o-1": {"role": "owner", "seat": 1}, "o-2": {}}
    rows = store.relationships(1, cio_object_id=cio_object_id_of("1", "o-1"))
    assert [row.person_id for row in rows] == [_person_id(store)]


def test_p6_relationships_go_with_their_person(store):
    apply(store, relate(MEMBER, relation("u-2")))
    common = {
        name: getattr(relate(MEMBER), name)
        for name in ("id", "workspace_id", "source_id", "received_id", "message_id", "index")
    }

    gone = DeletePerson(**common, received_at=T0, occurred_at=T0, person=read_identifier("u-1"))
    apply(store, gone)

    rows = store.relationships(1, cio_object_id=cio_object_id_of("1", "o-1"))
    assert [row.person_id for row in rows] == [_person_id(store, "u-2")]


def test_m12_what_came_with_an_anonymous_id_is_the_strangers_again(store, workspace):
    apply(store, relate(relation("u-1", "mine"), relation("u-1", "both")))
    apply(store, relate(STRANGER, relation("a", "both", stranger=True)))
    apply(store, identify("u-1", anonymous_id="a", received_at=at(seconds=1)))

    Unmerging(store, ManualClock(at(minutes=1))).unmerge(workspace, "a")

    assert related(store) == {"mine": {}, "both": {}}
    assert strangers(store, "a") == {"a": {"role": "guest"}}


def test_r2_expired_relationships_of_strangers_are_purged(store):
    apply(store, relate(STRANGER, MEMBER), relate(relation("b", stranger=True)))
    apply(store, relate(relation("b", stranger=True), received_at=at(us=1)))

    swept = store.sweep(Expiring.ANONYMOUS_RELATIONSHIPS, 1, T0)

    assert (swept, strangers(store, "a", "b"), related(store)) == (
        1,
        {"b": {}},
        {"o-1": {"role": "owner"}},
    )


def test_relationships_are_paged(store):
    apply(store, relate(*(relation(f"u-{n}") for n in range(5))))
    cio_object_id = cio_object_id_of("1", "o-1")

    first = store.relationships(1, cio_object_id=cio_object_id, limit=3)
    rest = store.relationships(1, cio_object_id=cio_object_id, beyond=first[-1].person_id)

    everybody = [row.person_id for row in (*first, *rest)]
    assert (len(first), everybody) == (3, sorted({*everybody}))
    assert len(everybody) == 5


def _person_id(store, person="u-1"):
    return store.find_person(1, read_identifier(person)).person_id
