"""One request: what it sends, what it reads, and how it fails."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from adapter.model.reasons import Reason
from adapter.outbound.addresses import Addresses
from adapter.outbound.deadlines import Deadlines
from adapter.outbound.http import LONGEST_ANSWER, HttpClient, NoAnswer
from tests.receiving import receiver

PATIENCE_SECONDS = 30


@contextmanager
def raw_server(serve):
    """A server that does with a connection whatever it is told."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def run():
        while not stopped.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE_SECONDS)
                serve(connection, stopped)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(PATIENCE_SECONDS)


def fails(client, url):
    began = time.monotonic()
    with pytest.raises(NoAnswer) as caught:
        client.post(url, {}, b"{}")
    assert time.monotonic() - began < PATIENCE_SECONDS
    return caught.value


def test_a_body_is_posted_as_it_is_and_the_answer_read(client):
    with receiver(lambda _: (201, {"X-Own": "1"}, b"made")) as server:
        answer = client.post(f"{server.url}/in?a=1", {"X-Sent": "yes"}, b'{"a": 1}')

    (got,) = server.got
    assert (got.path, got.body, got.headers["x-sent"]) == ("/in?a=1", b'{"a": 1}', "yes")
    assert (answer.status, answer.text, answer.headers["x-own"]) == (201, "made", "1")


def test_connections_are_kept_alive(client):
    with receiver() as server:
        for _ in range(3):
            client.post(server.url, {}, b"{}")

    assert len({got.connection for got in server.got}) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(client):
    with receiver(lambda _: (302, {"Location": "/elsewhere"}, b"")) as server:
        answer = client.post(server.url, {}, b"{}")

    assert (answer.status, len(server.got)) == (302, 1)


def test_no_cookie_is_kept(client):
    with receiver(lambda _: (200, {"Set-Cookie": "a=b; Path=/"}, b"")) as server:
        client.post(server.url, {}, b"{}")
        client.post(server.url, {}, b"{}")

    assert all("cookie" not in got.headers for got in server.got)


def test_of_a_long_answer_no_more_is_read_than_the_limit(client):
    long = b"x" * (2 * LONGEST_ANSWER)
    with receiver(lambda _: (200, {}, long)) as server:
        answer = client.post(server.url, {}, b"{}")

    assert (len(answer.body), len(answer.text)) == (LONGEST_ANSWER, 500)


def test_what_is_packed_stays_packed(client):
    with receiver(lambda _: (200, {"Content-Encoding": "gzip"}, b"no gzip at all")) as server:
        answer = client.post(server.url, {}, b"{}")

    assert answer.body == b"no gzip at all"


def test_the_machines_proxies_are_not_used(client, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiver() as server:
        assert client.post(server.url, {}, b"{}").status == 200


def test_a_private_address_is_not_called():
    client = HttpClient(Addresses(), Deadlines(), connections=1, seconds=1.0)
    with receiver() as server:
        failure = fails(client, server.url)

    assert (failure.reason, server.got) == (Reason.ADDRESS_NOT_ALLOWED, [])


def test_the_address_that_was_judged_is_the_one_connected_to(client, monkeypatch):
    """A name that leads elsewhere when it is asked again gains nothing by it."""
    real, asked = socket.getaddrinfo, []

    def getaddrinfo(host, port, *args, **options):
        if host == "turns.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "192.0.2.1"
        return real(host, port, *args, **options)

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    with receiver() as server:
        answer = client.post(f"http://turns.example:{server.port}/", {}, b"{}")

    assert (answer.status, len(asked)) == (200, 1)
    assert server.got[0].headers["host"] == f"turns.example:{server.port}"


def test_nobody_listening_is_not_connected(client):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert fails(client, f"http://127.0.0.1:{port}").reason is Reason.NOT_CONNECTED


def test_an_unknown_name_is_not_connected(client):
    assert fails(client, "http://no-such-host.invalid/").reason is Reason.NOT_CONNECTED


def test_whoever_hangs_up_is_not_connected(client):
    def hang_up(connection, _stopped):
        connection.recv(100)

    with raw_server(hang_up) as url:
        assert fails(client, url).reason is Reason.NOT_CONNECTED


def test_whoever_does_not_answer_is_timed_out(client):
    with raw_server(lambda _, stopped: stopped.wait(PATIENCE_SECONDS)) as url:
        assert fails(client, url).reason is Reason.TIMED_OUT


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"]
)
def test_whoever_answers_byte_by_byte_is_timed_out_as_a_whole(client, head):
    def drip(connection, stopped):
        try:
            connection.sendall(head)
            while not stopped.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            return

    with raw_server(drip) as url:
        assert fails(client, url).reason is Reason.TIMED_OUT


def test_what_a_failure_says_holds_no_header(client):
    failure = None
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        client.post(f"http://127.0.0.1:{port}", {"Authorization": "Basic c2VjcmV0"}, b"{}")
    failure = caught.value

    assert "c2VjcmV0" not in failure.text
    assert "refused" in failure.text
