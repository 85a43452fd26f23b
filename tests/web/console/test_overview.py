"""How it goes, on one page (L4, R2, L5)."""

import re

from adapter.clock import HOUR
from adapter.rules.decision import Decision
from tests.build import anonymous_event, apply, at, delivery, identify, unapplicable


def numbers(text):
    return dict(re.findall(r"<h2>(.+?) <span>24 h</span></h2><strong>(.+?)</strong>", text))


def test_a1_what_came_in_and_what_merged_is_counted(reader, store):
    apply(store, anonymous_event("a"), anonymous_event("b"))
    apply(store, identify("u1", anonymous_id="a"))

    assert numbers(reader.get("/overview").text) == {
        "Records": "3",
        "Merges": "1",
        "Strangers&#39; events that merge": "50%",
        "Deliveries": "0",
    }


def test_l4_records_that_nobody_accounts_for_are_told(reader, store):
    assert ">balances</span>" in reader.get("/overview").text

    apply(store, unapplicable())

    assert ">1 records unaccounted for</span>" in reader.get("/overview").text


def test_r2_what_expired_and_is_left_is_told(reader, store, clock):
    apply(store, anonymous_event("a"))
    assert '>up to date</span><span class="hint">nothing expired' in reader.get("/overview").text

    clock.set(at(days=30, hours=2))
    assert '>2 h behind</span><span class="hint">what expired' in reader.get("/overview").text

    clock.set(at(days=32))
    assert '<span class="badge bad">2 d behind</span>' in reader.get("/overview").text


def test_l5_what_is_due_and_not_sent_is_told(reader, store, clock):
    store.write(lambda tx: tx.commit(Decision(deliveries=[delivery()]), ()))
    clock.advance(HOUR)

    text = reader.get("/overview").text

    assert '<span class="badge bad">1 h behind</span>' in text
    assert "1 to be sent, oldest due 1 h ago" in text


def test_an_empty_workspace_has_an_overview(reader):
    assert numbers(reader.get("/overview").text)["Records"] == "0"


def test_the_overview_is_one_key_away(reader):
    assert 'href="/overview" data-go="o" aria-current="page"' in reader.get("/overview").text


def test_it_reads_counters_and_no_lines_of_the_log(reader, store, monkeypatch):
    def refuse(*_given):
        raise AssertionError("the log is read")

    monkeypatch.setattr(store, "activities", refuse)

    assert reader.get("/overview").status_code == 200
