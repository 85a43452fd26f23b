"""Mapping files are read again without a restart, and a broken one harms nobody."""

import pytest
from structlog.testing import capture_logs

from adapter.errors import OperatorError, StoreBusy
from adapter.mapping.findings import MappingFileInvalid
from adapter.services.mapping_book import MappingBook
from tests.services.mapping_files import track, write

CALL = {"type": "track", "event": "Ordered", "userId": "u1"}
BROKEN = "subscriptions: [{name: Track, action: trackEvents}]"


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "segment.yaml", track())


@pytest.fixture
def book(file):
    return MappingBook(file.parent)


@pytest.fixture(params=["all", "what changed"])
def read_again(request, book):
    return book.reload if request.param == "all" else book.reload_changed


def event_name(book, mapping="segment"):
    (mapped,) = book[mapping].apply(CALL)
    return mapped.operation["name"]


def test_a_mended_file_is_in_force_once_it_is_read_again(file, book, read_again):
    write(file, track(name="Bought"))
    before = event_name(book)

    read_again()

    assert (before, event_name(book)) == ("Ordered", "Bought")
    assert book.states() == {"segment": "current"}


def test_a_broken_file_keeps_what_it_held_and_says_so(file, book, read_again):
    file.write_text(BROKEN)

    with capture_logs() as logged:
        read_again()

    assert event_name(book) == "Ordered"
    assert book.states()["segment"].startswith("kept: segment.yaml:1:")
    assert {line["event"] for line in logged} == {"mapping_kept"}
    first = logged[0]
    assert first["at"].startswith(f"{file}:1:")
    assert (first["mapping"], first["log_level"]) == ("segment", "error")
    assert all(first[name] for name in ("code", "message", "cure"))


def test_a_file_that_is_mended_is_current_again(file, book, read_again):
    file.write_text(BROKEN)
    read_again()
    write(file, track(name="Bought"))

    read_again()

    assert (event_name(book), book.states()) == ("Bought", {"segment": "current"})


def test_one_broken_file_does_not_hold_up_the_others(file, book, read_again):
    file.write_text(BROKEN)
    write(file.with_name("shop.yaml"), track(name="Bought"))

    read_again()

    assert event_name(book, "shop") == "Bought"
    assert book.states()["shop"] == "current"


def test_a_file_that_is_gone_is_kept(file, book, read_again):
    file.unlink()

    read_again()

    assert event_name(book) == "Ordered"
    assert book.states()["segment"].startswith("kept: segment.yaml:1:1: M001")


def test_a_new_file_that_never_checked_is_refused_until_it_is_gone(file, book, read_again):
    new = file.with_name("shop.yaml")
    new.write_text(BROKEN)
    read_again()
    refused = book.states()["shop"]
    new.unlink()

    read_again()

    assert refused.startswith("refused: shop.yaml:1:")
    assert (list(book), book.states()) == (["segment"], {"segment": "current"})


def test_what_did_not_change_is_not_read_again(file, book):
    file.write_text(BROKEN)
    found = [book.reload_changed()]

    with capture_logs() as logged:
        found.append(book.reload_changed())

    assert (found, logged) == ([True, False], [])


def test_a_start_with_broken_files_names_the_faults_of_all(file):
    file.write_text(BROKEN)
    file.with_name("shop.yaml").write_text("subscriptions: 1")

    with pytest.raises(MappingFileInvalid) as caught:
        MappingBook(file.parent)

    named = {finding.file for finding in caught.value.findings}
    assert named == {str(file), str(file.with_name("shop.yaml"))}


def test_a_start_without_files_is_refused(tmp_path):
    with pytest.raises(OperatorError, match="no mapping files"):
        MappingBook(tmp_path)


def test_m11_the_text_of_every_edition_is_kept_before_it_is_in_force(file, book, read_again):
    kept = {}
    book.keep_by(kept.__setitem__)
    first = book["segment"]
    write(file, track(name="Bought"))

    read_again()

    assert kept == {each.digest: each.text for each in (first, book["segment"])}
    assert len(kept) == 2


def test_what_the_store_does_not_keep_is_not_in_force_and_is_tried_again(file, book, read_again):
    answers = iter([None, StoreBusy(), None])

    def keep(_digest, _text):
        if (failure := next(answers)) is not None:
            raise failure

    book.keep_by(keep)
    write(file, track(name="Bought"))
    with pytest.raises(StoreBusy):
        read_again()
    before = event_name(book)

    read_again()

    assert (before, event_name(book)) == ("Ordered", "Bought")
