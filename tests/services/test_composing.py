"""Items become messages: operations as they are, and public senders only public things."""

import pytest

from adapter.doors.items import Batch, Dropped, Operation, Rejected
from adapter.errors import Problem
from adapter.ids import new_id
from adapter.jsonvalue import dumps
from adapter.model.messages import AnonymousEvent, Ignored, Unapplicable
from adapter.model.reasons import Reason
from adapter.services.composing import Composer
from tests.build import T0, source

EVENT = {
    "type": "person",
    "action": "event",
    "identifiers": {"anonymous_id": "a1"},
    "name": "Ordered",
}
MERGE = {"type": "person", "action": "merge", "primary": {"id": "1"}, "secondary": {"id": "2"}}


def composed(*items, public=False, **batch):
    # There are no mappings at all: operations need none.
    composer = Composer(source(mapping="gone"), new_id(T0), {}, public=public)
    return composer.messages(Batch(list(items), single=False, **batch))


def operation(record, **changes):
    fields = {"index": 0, "message_id": "m1", "received_at": T0, "timestamp": None}
    return Operation(**{**fields, **changes}, record=record)


def test_an_operation_becomes_a_message_without_a_mapping():
    (message,) = composed(operation(EVENT, timestamp=T0 // 1_000_000 - 60))

    assert isinstance(message, AnonymousEvent)
    assert (message.name, message.message_id, T0 - message.occurred_at) == (
        "Ordered", "m1", 60_000_000,
    )  # fmt: skip


def test_an_item_without_effect_is_ignored_with_its_reason():
    (message,) = composed(
        Dropped(
            index=0,
            message_id="m1",
            received_at=T0,
            timestamp=None,
            record={},
            reason=Reason.INTEGRATION_OFF,
        )
    )

    assert isinstance(message, Ignored)
    assert message.reason is Reason.INTEGRATION_OFF


@pytest.mark.parametrize("strict", [True, False])
def test_l4_what_the_sender_is_told_to_give_up_counts_as_refused(strict):
    rejected = Rejected(
        index=1, message_id=None, received_at=T0, record={}, problems=(Problem("too_long", "x"),)
    )

    messages = composed(operation({"type": "odd"}), rejected, strict=strict)

    assert [message.refused for message in messages] == [strict, strict]


def test_a_public_sender_may_not_join_people():
    event, merge = composed(operation(EVENT), operation(MERGE), public=True)

    assert isinstance(event, AnonymousEvent)
    assert isinstance(merge, Unapplicable)
    assert (merge.reason, merge.refused, merge.raw) == (Reason.NOT_PUBLIC, True, dumps(MERGE))
