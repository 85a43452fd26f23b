"""What the console's pages ask of a database: by an index, and never for more than a page of it."""

import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from adapter.bootstrap import build_services
from adapter.clock import ManualClock
from adapter.ids import derived_id
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.open import open_store
from tests.build import T0, source, workspace
from tests.web.conftest import MAPPINGS
from tests.web.console.conftest import Browser, sent
from tests.web.console.test_people import event as track
from tests.web.sending import APP_KEY

LOGS = {
    "person_events",
    "anonymous_events",
    "invite_events",
    "activities",
    "received",
    "quarantine",
    "deliveries",
}
"""They grow for ever, or nearly: read by an index, in its order, and by the page."""

KEYED = {"people", "identifiers", "anonymous_ids", "message_keys"}
"""They grow too, but are read by their key."""

_NARROWED = re.compile(r"(person_id|anonymous_id|message_id)( |::text\) )= ")
"""Asks for what one person, anonymous id or sender's id has."""
_WALKED = re.compile(r"\(workspace_id=\?( AND (id|received_at)[<>]\?)?\)$")
_ONE = re.compile(r"_events\.id = ")
"""By the key alone, past all that others have."""

CURSOR = f"start={derived_id('01a21390-5e9a-77dc-bc5f-0e983f400100', 0)}"
PAGES = [
    "/",
    f"/?{CURSOR}",
    "/?view=identified",
    "/?view=anonymous",
    "/?type=event",
    "/?type=anon_merge",
    "/?name=Rare",
    "/?reason=merged",
    "/?source=default",
    "/?until=2026-03-01T10:00:00Z",
    "/?person=u-1",
    "/?person=u-1&type=event",
    "/?anonymous_id=a-1",
    "/?anonymous_id=a-1&name=Rare",
    "/people/u-1",
    "/anonymous/a-1",
    "/anonymous/a-2",
    "/activities/LINE",
]


@pytest.fixture
def store(database_url):
    """Give each database with a person, a stranger, and what each of them did."""
    store = open_store(database_url)
    store.create_workspace(replace(workspace(), app_key_hash=hash_of(APP_KEY)), source())
    yield store
    store.close()


@pytest.fixture
def browser(store, closing_later):
    services = build_services(
        settings=Settings(), store=store, clock=ManualClock(T0), mappings=MAPPINGS
    )
    sent(services, track("m-1"))
    sent(services, {"type": "identify", "userId": "u-1", "anonymousId": "a-1", "messageId": "m-2"})
    sent(services, track("m-3", "a-2"))
    return Browser(closing_later(services)).log_in(APP_KEY)


@contextmanager
def spoken(store):
    """List the questions that are asked meanwhile."""
    said = []

    def listen(*told):
        if told[2].startswith(("SELECT", "WITH")):
            said.append(told[2:4])

    event.listen(store._reader, "before_cursor_execute", listen)
    yield said
    event.remove(store._reader, "before_cursor_execute", listen)


def test_every_page_reads_by_an_index_and_no_more_than_a_page(store, browser):
    line = browser.get("/").text.split('href="/activities/')[1].split('"')[0]
    faults = []
    for page in PAGES:
        with spoken(store) as said:
            assert browser.get(page.replace("LINE", line)).status_code == 200
        assert said
        faults += [(page, fault) for question in said for fault in faults_of(store, *question)]

    assert faults == []


def faults_of(store, statement, parameters):
    """Tell what is wrong with how a database would answer a question."""
    read = {table for table in LOGS | KEYED if re.search(rf"\b{table}\b", statement)}
    if read & LOGS and "LIMIT" not in statement:
        yield f"no limit: {statement}"
    with store._reader.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
            explain = f"EXPLAIN (FORMAT JSON) {statement}"
            (plan,) = connection.exec_driver_sql(explain, parameters).scalar_one()
            yield from faults_of_node(plan["Plan"], sorted_above=False)
        else:
            explain = f"EXPLAIN QUERY PLAN {statement}"
            steps = connection.exec_driver_sql(explain, parameters).all()
            yield from faults_of_steps(steps, statement)


def faults_of_steps(steps, statement):
    """Look through a plan of SQLite: what it scans whole, and what it sorts before it is cut."""
    narrowed = _NARROWED.search(statement) or _ONE.search(statement)
    read_in = {}
    for _, within, _, step in steps:
        read = re.match(r"(SCAN|SEARCH) (\w+)", step)
        if read and read[2] in LOGS | KEYED:
            read_in[within] = read[2]
            if read[1] == "SCAN" or (narrowed and _WALKED.search(step)):
                yield f"{step}: {statement}"
    for _, within, _, step in steps:
        if "USE TEMP B-TREE" in step and read_in.get(within) in LOGS:
            yield f"sorts {read_in[within]} before it is cut: {statement}"


def faults_of_node(node, *, sorted_above):
    """Look through a plan of PostgreSQL in the same way."""
    kind = node["Node Type"]
    table = re.sub(r"_\d{8}$|_p\d+.*$", "", node.get("Relation Name", ""))
    if table in LOGS | KEYED and kind == "Seq Scan":
        yield f"scans {table}"
    if table in LOGS and sorted_above:
        yield f"sorts {table} before it is cut"
    if "pkey" in node.get("Index Name", "") and _NARROWED.search(node.get("Filter", "")):
        yield f"walks {table} by its key"
    above = kind in {"Sort", "Incremental Sort"} or (sorted_above and kind != "Limit")
    for below in node.get("Plans", ()):
        yield from faults_of_node(below, sorted_above=above)
