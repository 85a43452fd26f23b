"""Customer.io's Track API v2 over HTTP (contracts 4)."""

import pytest

EVENT = {
    "type": "person",
    "action": "event",
    "identifiers": {"anonymous_id": "a1"},
    "name": "Order",
    "id": "m1",
}
IDENTIFY = {
    "type": "person",
    "action": "identify",
    "identifiers": {"id": "u1"},
    "attributes": {"anonymous_id": "a1"},
}


def entity(sender, payload, **options):
    return sender.track("POST", "/api/v2/entity", payload, **options)


def batch(sender, *operations):
    return sender.track("POST", "/api/v2/batch", {"batch": list(operations)})


def test_one_operation_is_taken(sender):
    answer = entity(sender, EVENT)

    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, {}, "no-store")
    (event,) = sender.log(event_id="m1")
    assert (event["name"], event["anonymous_id"], event["view"]) == ("Order", "a1", "anonymous")


def test_x6_an_operation_may_come_as_a_form(sender):
    form = b"type=person&action=event&identifiers[anonymous_id]=a1&name=Order&id=m1"

    answer = entity(sender, form, content_type="application/x-www-form-urlencoded")

    assert (answer.status, answer.body) == (200, {})
    (event,) = sender.log(event_id="m1")
    assert (event["name"], event["anonymous_id"]) == ("Order", "a1")


def test_m2_a_batch_is_applied_in_its_order(sender):
    assert batch(sender, EVENT, IDENTIFY, {**EVENT, "id": "m2"}).status == 200

    found = {line["event_id"]: line["reason"] for line in sender.log() if line["event_id"]}
    assert found == {"m1": "merged", "m2": "merged_in_window"}


def test_a_bad_item_of_a_batch_harms_no_other_and_is_named(sender):
    answer = batch(sender, EVENT, {**EVENT, "id": "m2", "name": ""}, {"type": "x"}, IDENTIFY)

    assert answer.status == 207
    assert answer.body == {
        "errors": [
            {"batch_index": 1, "reason": "required", "field": "name",
             "message": "event name cannot be blank"},
            {"batch_index": 2, "reason": "invalid", "field": "type",
             "message": "type must be one of person, object, delivery, not 'x'"},
        ]
    }  # fmt: skip
    assert [line["reason"] for line in sender.log(event_id="m1")] == ["merged"]


def test_a_batch_of_bad_items_alone_names_each(sender):
    answer = batch(sender, 5, {}, {"type": "person"})

    assert answer.status == 207
    assert [error["batch_index"] for error in answer.body["errors"]] == [0, 1, 2]


def test_an_empty_batch_is_accepted(sender):
    assert batch(sender).status == 200


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        pytest.param(
            {**EVENT, "identifiers": None},
            {"reason": "required", "field": "identifiers"},
            id="no identifiers",
        ),
        pytest.param(
            {**IDENTIFY, "attributes": {"a/b": "x" * 1001}},
            {"reason": "invalid", "field": "attributes.a/b"},
            id="long value",
        ),
        pytest.param(
            {"type": "person", "action": "merge", "primary": {}, "secondary": {"id": "1"}},
            {"reason": "required", "field": "primary.id",
             "message": "must be a string or a number"},
            id="merge of nobody",
        ),
    ],
)  # fmt: skip
def test_a_bad_operation_is_400_with_its_field_and_for_node_the_text(sender, operation, error):
    answer = entity(sender, operation)

    (told,) = answer.body["errors"]
    assert (answer.status, {name: told[name] for name in error}) == (400, error)
    assert answer.body["meta"]["errors"] == [f"{told['field']}: {told['message']}"]


def test_without_a_credential_it_is_401(sender):
    answer = entity(sender, EVENT, headers={"Authorization": None})

    assert answer.status == 401
    assert answer.body == {
        "errors": [{"reason": "unauthorized", "field": "body", "message": "Unauthorized request"}],
        "meta": {"errors": ["body: Unauthorized request"]},
    }


def test_k3_an_event_for_a_recipient_alone_is_an_invite(sender):
    operation = {**EVENT, "identifiers": {}, "attributes": {"recipient": "f@example.com"}}

    assert entity(sender, operation).status == 200
    (event,) = sender.log(event_id="m1")
    assert (event["reason"], event["recipient"]) == ("invite", "f@example.com")


def test_an_identify_of_a_stranger_is_ignored_with_200(sender):
    operation = {**IDENTIFY, "identifiers": {"anonymous_id": "a1"}, "attributes": {"plan": "x"}}

    assert entity(sender, operation).status == 200
    assert [line["reason"] for line in sender.log()] == ["identify_without_person"]


def test_a_large_operation_is_400_and_a_large_batch_as_well(sender):
    large = {**EVENT, "attributes": {"x": "x" * 600_000}}

    for answer in (entity(sender, large), batch(sender, large)):
        assert (answer.status, answer.body["errors"][0]["reason"]) == (400, "too_large")


def test_an_item_over_32_kb_or_too_deep_is_refused_alone(sender):
    deep = 1
    for _ in range(70):
        deep = {"a": deep}
    large = {**EVENT, "attributes": {"x": "x" * 33_000}}

    answer = batch(sender, large, {**EVENT, "attributes": deep}, EVENT)

    assert answer.status == 207
    assert [(error["batch_index"], error["reason"]) for error in answer.body["errors"]] == [
        (0, "too_large"), (1, "invalid"),
    ]  # fmt: skip
    assert len(sender.log(event_id="m1")) == 1


def retried(services, sender):
    (kept,) = sender.read("/v1/quarantine").body["quarantine"]
    (workspace,) = services.store.workspaces()
    return services.quarantine.retry(workspace, kept["id"])


def test_l3_a_quarantined_operation_is_run_again_as_an_operation(sender, services):
    entity(sender, {**EVENT, "identifiers": {"id": "null"}})

    assert retried(services, sender).reason == "junk_id"


def test_l3_a_refused_operation_is_read_again_as_strictly(sender, services):
    entity(sender, {**EVENT, "identifiers": {"id": "1", "email": "p@example.com"}})

    told = retried(services, sender)

    assert (told.reason, told.released) == ("invalid_field", False)


def test_l3_a_refused_call_of_v1_can_only_be_sent_anew(sender, services):
    sender.track("POST", "/api/v1/events", {"name": "n"})

    told = retried(services, sender)

    assert (told.fate, "sent anew" in told.text) == (None, True)
