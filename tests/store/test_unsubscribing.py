"""C5, contracts 3.2: who unsubscribes by the link of a delivery is unsubscribed, on every store."""

import pytest

from adapter.model.messages import Unsubscribe
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision
from adapter.rules.identifiers import read_identifier
from tests.build import apply, at, delivery, identify, log, merge_people, with_workspace


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)
    apply(store, identify("u-1"), identify("u-2"))
    about = {"person_id": store.find_person(1, read_identifier("u-1")).person_id}
    sent = [delivery(1, **about), delivery(2, recipient="friend@example.com")]
    store.write(lambda tx: tx.commit(Decision(deliveries=sent), []))


def unsubscribe(store, nth=1, seconds=60):
    pattern = identify("u-1", received_at=at(seconds=seconds))
    common = {
        name: getattr(pattern, name)
        for name in (
            "id", "workspace_id", "source_id", "received_id", "message_id", "index",
            "received_at", "occurred_at",
        )
    }  # fmt: skip
    (outcome,) = apply(store, Unsubscribe(**common, delivery_id=delivery(nth).id))
    return outcome.reasons[0]


def attribute(store, person="u-1"):
    found = store.find_person(1, read_identifier(person)).attributes.get("unsubscribed")
    return found and found.value


def test_c5_the_person_of_the_delivery_is_unsubscribed(store):
    reason = unsubscribe(store)

    (line,) = log(store, type="unsubscribe")
    assert (reason, attribute(store), attribute(store, "u-2")) == (
        Reason.UNSUBSCRIBED,
        True,
        None,
    )
    assert line.identifiers["id"] == "u-1"


def test_p5_it_is_the_primary_once_the_person_was_joined(store):
    apply(store, merge_people("u-2", "u-1", received_at=at(seconds=1)))

    assert (unsubscribe(store), attribute(store, "u-2")) == (Reason.UNSUBSCRIBED, True)


def test_p4_whoever_subscribed_again_later_stays_subscribed(store):
    apply(store, identify("u-1", unsubscribed=False, received_at=at(minutes=5)))

    assert (unsubscribe(store), attribute(store)) == (Reason.OLDER_THAN_CURRENT, False)


@pytest.mark.parametrize("nth", [2, 3], ids=["an invite's", "nobody's"])
def test_a_delivery_about_no_person_changes_nobody(store, nth):
    assert unsubscribe(store, nth) == Reason.DELIVERY_UNKNOWN
    assert [row.person_id for row in log(store, type="unsubscribe")] == [None]
