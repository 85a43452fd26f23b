"""An application that is made when it is first needed."""

import threading

import pytest
from werkzeug.test import Client

from adapter.web.later import Later


def answering(environ, start_response):
    start_response("200 OK", [])
    return [b"here"]


def test_nothing_is_made_before_it_is_needed_and_then_once():
    made = []
    later = Later(lambda: made.append(1) or answering)
    client = Client(later)

    assert made == []
    assert [client.get("/").data for _ in range(2)] == [b"here", b"here"]
    assert later.made() is answering
    assert made == [1]


def test_who_comes_while_it_is_made_waits_for_it():
    begun, go_on = threading.Event(), threading.Event()

    def make():
        begun.set()
        go_on.wait()
        return answering

    later = Later(make)
    making = threading.Thread(target=later.made)
    making.start()
    begun.wait()
    heard = []
    coming = threading.Thread(target=lambda: heard.append(Client(later).get("/").data))
    coming.start()

    assert heard == []
    go_on.set()
    coming.join()
    making.join()
    assert heard == [b"here"]


def test_what_could_not_be_made_is_tried_again():
    tries = iter([ValueError, None])

    def make():
        error = next(tries)
        if error is not None:
            raise error
        return answering

    later = Later(make)
    with pytest.raises(ValueError):
        later.made()
    assert Client(later).get("/").data == b"here"
