"""Reading the log: every filter, and paging, on every store (A2)."""

import pytest

from adapter.ports import ActivityQuery
from tests.build import (
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    invite_event,
    log,
    merge_people,
    unapplicable,
    with_workspace,
)


@pytest.fixture
def eventful(store):
    """Give a store whose log has lines of every kind, and another workspace's beside them."""
    with_workspace(store)
    other = with_workspace(store, "other")
    apply(store, anonymous_event("a", workspace_id=other.id, message_id="m-1"))
    apply(
        store,
        anonymous_event("a", message_id="m-1"),
        anonymous_event("b", message_id="m-2", name="Left"),
        invite_event(message_id="m-3"),
        unapplicable(message_id="m-4"),
    )
    apply(store, anonymous_event("b", message_id="m-1", received_at=at(minutes=1)))
    apply(store, identify("u-1", anonymous_id="a", received_at=at(minutes=2), message_id="m-5"))
    apply(store, identify("u-2", anonymous_id="a", received_at=at(minutes=3), email="x@y.example"))
    apply(store, identified_event("u-2", anonymous_id="b", received_at=at(minutes=4)))
    apply(store, identify("u-3", received_at=at(minutes=5)))
    apply(store, merge_people("u-1", "u-3", received_at=at(minutes=6)))
    return store


def _query(**changes):
    return ActivityQuery(workspace_id=1, alive_after=at(days=-29), **changes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("view", view) for view in ("identified", "anonymous")),
        *(("type", kind) for kind in ("event", "page", "anon_merge", "failed_event")),
        *(("name", name) for name in ("Left", "nothing")),
        *(("anonymous_id", anonymous_id) for anonymous_id in ("a", "b", "never")),
        *(("event_id", event_id) for event_id in ("m-1", "m-2", "m-3", "m-4", "m-5", "m-9")),
    ],
)
def test_a_filter_gives_the_lines_of_the_whole_log_that_pass_it(eventful, field, value):
    whole = eventful.activities(_query(limit=1_000))

    found = eventful.activities(_query(**{field: value}))

    assert found == [row for row in whole if getattr(row, field) == value]


def test_a2_the_log_of_a_person_is_theirs_alone(eventful):
    whole = eventful.activities(_query(limit=1_000))
    people = {row.person_id for row in whole} - {None}

    by_person = [eventful.activities(_query(person_id=person)) for person in sorted(people)]

    assert by_person == [
        [row for row in whole if row.person_id == person] for person in sorted(people)
    ]
    assert eventful.activities(_query(person_id="nobody")) == []
    assert all(row.identifiers["cio_id"] == row.person_id for rows in by_person for row in rows)


def test_filters_add_up(eventful):
    whole = eventful.activities(_query(limit=1_000))

    found = eventful.activities(_query(view="identified", type="event", anonymous_id="b"))

    assert found == [
        row
        for row in whole
        if (row.view, row.type, row.anonymous_id) == ("identified", "event", "b")
    ]
    assert len(found) == 1


def test_what_a_message_caused_is_found_by_its_id_and_by_its_own(eventful):
    whole = eventful.activities(_query(limit=1_000))

    for row in whole:
        by_message = eventful.activities(_query(message=row.message))
        assert by_message == [other for other in whole if row.message in {other.message, other.id}]
        assert row in eventful.activities(_query(message=row.id))


def test_pages_put_together_are_the_whole_log(eventful):
    whole = eventful.activities(_query(limit=1_000))

    pages, before = [], ""
    while page := eventful.activities(_query(limit=3, before=before)):
        pages += page
        before = page[-1].id

    assert pages == whole
    assert [row.id for row in whole] == sorted((row.id for row in whole), reverse=True)


def test_workspaces_do_not_see_each_other(eventful):
    assert len(log(eventful, workspace_id=2, now=at(days=1))) == 1


def test_m7_a_persons_anonymous_ids_are_listed_newest_first(store):
    with_workspace(store)
    for minute, anonymous_id in enumerate(("b", "a", "c")):
        apply(store, identify("u-1", anonymous_id=anonymous_id, received_at=at(minutes=minute)))
    apply(store, identify("u-2", anonymous_id="d", received_at=at(minutes=5)))
    (person,) = {row.person_id for row in log(store, anonymous_id="a") if row.person_id}

    assert [name for name, _ in store.assignments(1, person=person)] == ["c", "a", "b"]
    assert [name for name, _ in store.assignments(1, person=person, limit=2)] == ["c", "a"]
    assert [name for name, _ in store.assignments(1)] == ["a", "b", "c", "d"]
