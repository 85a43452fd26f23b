"""Rule L4: which row each accepted record became; what has none is lost."""

import sqlite3
import zlib
from dataclasses import replace

from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import DAY, iso
from adapter.ids import new_id
from adapter.jsonvalue import dumps, loads
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.decision import Decision
from adapter.rules.mentions import Named
from adapter.services.record_audit import Tally, found_json, tally_json
from adapter.store.open import open_store
from tests.rederiving.conftest import life  # noqa: F401 - a fixture
from tests.rederiving.life import ME, Life, identify, live, page
from tests.store.test_received import body


def looked_at(life):  # noqa: F811 - the fixture, given
    tally, workspace = Tally(), life.workspace
    found = [
        found_json(workspace, each) for each in life.services.record_audit.records(workspace, tally)
    ]
    return found, tally_json(tally, life.services.auditing.accounts(workspace))


def fates(found):
    return [(each["event_id"], each["fate"], each["home"]) for each in found]


def test_l4_every_record_of_a_life_has_its_row_and_the_ledger_counts_the_same(life):  # noqa: F811
    list(live(life))

    found, told = looked_at(life)

    assert (told["lost"], told["differences"], told["unread"]) == (0, [], {})
    assert told["balances"] is True
    assert told["records"] == sum(
        each.received for each in life.services.auditing.accounts(life.workspace)
    )
    assert {each["fate"] for each in found} == {
        "stored", "duplicate", "ignored", "quarantined", "refused"
    }  # fmt: skip


def test_l4_a_record_is_told_with_its_row_a_repeat_with_the_row_of_the_first(life):  # noqa: F811
    life.webhook(
        page(1, "a"), page(1, "a"), {"type": "odd", "messageId": "m2"}, identify(3, "a", ME)
    )

    found, _ = looked_at(life)

    assert fates(found) == [
        ("m1", "stored", "anonymous"),
        ("m1", "duplicate", "anonymous"),
        ("m2", "quarantined", "quarantine"),
        ("m3", "stored", "activity"),
    ]
    first, repeat, *_ = found
    assert repeat["row"] == first["row"]
    assert (first["reason"], first["source"], first["index"]) == ("merged", "default", 0)


def test_l4_a_record_without_a_row_is_lost(life):  # noqa: F811
    life.webhook(page(1, "a"))
    at = life.clock.now()
    raw = zlib.compress(dumps(page(2, "a")).encode())
    (source, *_) = life.store.sources()
    gone = replace(
        body(at),
        id=new_id(at),
        source_id=source.id,
        deflated=raw,
        mapping=life.services.mappings["segment"].digest,
        read_as="{}",
    )
    life.store.write(lambda transaction: transaction.commit(Decision(), [gone]))

    found, told = looked_at(life)

    assert fates(found)[1:] == [("m2", None, "")]
    assert (told["lost"], told["balances"]) == (1, False)


def test_p6_l4_what_was_erased_is_told_as_erased(life):  # noqa: F811
    life.webhook(page(1, "a"), identify(2, "a", ME), page(3, "b"))
    life.services.erasing.erase(
        life.workspace, Named(refs=frozenset({PersonRef(IdentifierKind.EMAIL, ME)}))
    )

    found, told = looked_at(life)

    assert sorted(str(each["fate"]) for each in found) == ["erased", "erased", "stored"]
    assert (told["erased"], told["balances"]) == (2, True)


def test_r1_what_has_expired_is_not_looked_at(life):  # noqa: F811
    life.webhook(page(1, "a"))
    life.clock.advance(30 * DAY)

    assert looked_at(life)[0] == []


def test_r2_the_audit_tells_the_oldest_row_that_outlives_its_expiry(life):  # noqa: F811
    life.webhook(page(1, "a"))
    auditing, workspace = life.services.auditing, life.workspace
    assert auditing.retention(workspace).oldest_expired is None
    received = life.clock.now()
    life.clock.advance(31 * DAY)

    kept = auditing.retention(workspace)

    assert (kept.oldest_expired, kept.expired_by - received) == (received, DAY)
    life.services.sweeping.sweep()
    assert auditing.retention(workspace).oldest_expired is None


def test_l4_the_command_tells_each_record_before_the_ledger(sqlite_url, tmp_path):
    store = open_store(sqlite_url)
    life = Life(store, tmp_path)  # noqa: F811
    life.webhook(page(1, "a"), page(1, "a"))
    life.services.close()
    clock = tmp_path / "clock"
    clock.write_text(iso(life.clock.now()))
    words = ["audit", "--records", "--database-url", sqlite_url, "--rehearsal-clock", str(clock)]

    told, shown = (CliRunner().invoke(main, [*words, *more]) for more in (["--json"], []))

    assert (told.exit_code, shown.exit_code) == (0, 0)
    *records, audits = [loads(line) for line in told.stdout.splitlines()]
    assert [each["fate"] for each in records] == ["stored", "duplicate"]
    assert audits[0]["records"]["balances"] is True
    assert " 0 m1 stored anonymous" in shown.stdout
    assert " 1 m1 duplicate anonymous" in shown.stdout
    assert "2 records looked at, 0 without a row" in shown.stdout


def test_l4_the_command_exits_1_if_a_record_is_lost(sqlite_url, tmp_path):
    store = open_store(sqlite_url)
    life = Life(store, tmp_path)  # noqa: F811
    life.webhook(page(1, "a"))
    life.services.close()
    clock = tmp_path / "clock"
    clock.write_text(iso(life.clock.now()))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DELETE FROM anonymous_events")
    words = ["audit", "--records", "--database-url", sqlite_url, "--rehearsal-clock", str(clock)]

    done = CliRunner().invoke(main, words)

    assert (done.exit_code, "1 without a row" in done.stdout) == (1, True)
