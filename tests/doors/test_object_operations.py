"""Contracts 4.2, 7.3: operations about objects, and about who is related to them."""

import pytest

from adapter.doors.operations import message_of
from adapter.model.messages import DeleteObject, Identify, IdentifyObject, Relate, Unrelate
from adapter.model.objects import ObjectRef, Relation
from adapter.model.people import IdentifierKind, PersonRef
from tests.doors.test_operations import COMMON, ENVELOPE, U1

O1 = ObjectRef.named("2", "o1")
NAMED = {"object_type_id": "2", "object_id": "o1"}
ROLE = {"role": "owner"}


def made(kind, action, **fields):
    operation = {"type": kind, "action": action, **fields}
    return message_of(operation, envelope=ENVELOPE, timestamp=None)


@pytest.mark.parametrize("action", ["identify", "identify_anonymous"])
def test_an_object_is_identified_with_whoever_is_related(action):
    message = made(
        "object",
        action,
        identifiers=NAMED,
        created_at=7,
        attributes={"seats": 3, "anonymous_id": "beside"},
        cio_relationships=[
            {"identifiers": {"id": "u1"}, "relationship_attributes": ROLE},
            {"identifiers": {"anonymous_id": "a1"}},
        ],
    )

    assert message == IdentifyObject(
        **COMMON,
        object=O1,
        attributes={"seats": 3, "created_at": 7},
        relations=(
            Relation(object=O1, person=U1, attributes=ROLE),
            Relation(object=O1, anonymous_id="a1"),
        ),
    )


@pytest.mark.parametrize(
    ("identifiers", "ref"),
    [
        pytest.param(NAMED, O1, id="type and id"),
        pytest.param({"object_id": 5}, ObjectRef.named("1", "5"), id="the default type"),
        pytest.param({"object_type_id": 2, "object_id": "o1"}, O1, id="a number for a type"),
        pytest.param({"cio_object_id": "c1"}, ObjectRef("c1"), id="the generated id"),
    ],
)
def test_an_object_is_named_by(identifiers, ref):
    assert made("object", "delete", identifiers=identifiers) == DeleteObject(**COMMON, object=ref)


@pytest.mark.parametrize(
    ("action", "kind"), [("add_relationships", Relate), ("delete_relationships", Unrelate)]
)
def test_relationships_are_told_from_either_side(action, kind):
    ours = {"identifiers": NAMED, "relationship_attributes": ROLE}
    theirs = {"identifiers": {"email": "U@example.com"}, "relationship_attributes": ROLE}
    email = PersonRef(IdentifierKind.EMAIL, "u@example.com")

    of_person = made("person", action, identifiers={"id": "u1"}, cio_relationships=[ours])
    of_object = made("object", action, identifiers=NAMED, cio_relationships=[theirs])

    assert (of_person, of_object) == (
        kind(**COMMON, relations=(Relation(object=O1, person=U1, attributes=ROLE),)),
        kind(**COMMON, relations=(Relation(object=O1, person=email, attributes=ROLE),)),
    )


@pytest.mark.parametrize(
    ("at_root", "among_attributes", "relates", "ends"),
    [
        pytest.param([{"identifiers": NAMED}], None, True, False, id="v2 lists them"),
        pytest.param("add_relationships", None, True, False, id="v1 adds, at the root"),
        pytest.param(None, "add_relationships", True, False, id="v1 adds, among attributes"),
        pytest.param(None, "delete_relationships", False, True, id="v1 ends"),
        pytest.param(None, None, False, False, id="none"),
    ],
)
def test_an_identify_may_bear_relationships(at_root, among_attributes, relates, ends):
    message = made(
        "person",
        "identify",
        identifiers={"id": "u1"},
        cio_relationships=form(at_root) if isinstance(at_root, str) else at_root,
        attributes={"plan": "pro", "cio_relationships": form(among_attributes)},
    )

    relations = (Relation(object=O1, person=U1),)
    assert message == Identify(
        **COMMON,
        person=U1,
        attributes={"plan": "pro"},
        relations=relations if relates else (),
        unrelated=relations if ends else (),
    )


def form(action):
    """Write relationships as version 1 does."""
    return action and {"action": action, "relationships": [{"identifiers": NAMED}]}


def test_the_time_among_the_attributes_is_the_identifys_own():
    message = made(
        "person", "identify", identifiers={"id": "u1"}, attributes={"_timestamp": 1772359199}
    )

    assert (message.attributes, message.occurred_at) == ({}, 1772359199 * 1_000_000)
