"""What only the server itself can get wrong: requests byte by byte, answered both ways."""

import base64
import socket

import pytest

from adapter.jsonvalue import dumps, loads
from tests.servers import API_KEY, SITE_ID, WEBHOOK, Server, signed

CREDENTIAL = f"Authorization: Basic {base64.b64encode(f'{SITE_ID}:{API_KEY}'.encode()).decode()}"
EVENT = dumps({"name": "Viewed Pricing", "anonymous_id": "visitor-1"}).encode()
LENGTH = f"Content-Length: {len(EVENT)}"
CHUNKED = f"{len(EVENT):x}\r\n".encode() + EVENT + b"\r\n0\r\n"
EVENTS = "/api/v1/events"

REQUESTS = {
    "with a length": ((f"POST {EVENTS} HTTP/1.1", CREDENTIAL, LENGTH), EVENT),
    "of HTTP/1.0": ((f"POST {EVENTS} HTTP/1.0", CREDENTIAL, LENGTH), EVENT),
    "in chunks": (
        (f"POST {EVENTS} HTTP/1.1", CREDENTIAL, "Transfer-Encoding: chunked"),
        CHUNKED + b"\r\n",
    ),
    "in chunks with a trailer": (
        (f"POST {EVENTS} HTTP/1.1", CREDENTIAL, "Transfer-Encoding: chunked"),
        CHUNKED + b"X-Trailer: 1\r\n\r\n",
    ),
    "with the whole address": ((f"POST http://h{EVENTS} HTTP/1.1", CREDENTIAL, LENGTH), EVENT),
    "with bytes that are no ASCII in a header": (
        (f"POST {EVENTS} HTTP/1.1", CREDENTIAL, "Cookie: \xe9=\xff", LENGTH),
        EVENT,
    ),
    "without a body": (("GET /auth HTTP/1.1", CREDENTIAL), b""),
    "for its headers alone": (("HEAD /auth HTTP/1.1", CREDENTIAL), b""),
}


@pytest.fixture(scope="module", params=["true", "false"], ids=["hot path", "through Flask"])
def server(request, tmp_path_factory):
    started = Server(
        tmp_path_factory.mktemp("server"), environment={"ADAPTER_HOT_PATH": request.param}
    )
    started.create_workspace()
    started.start()
    yield started
    started.stop()


def exchange(server, lines, body=b""):
    """Send a request as it stands here; give the status and the body of the answer."""
    head = "\r\n".join([*lines, "Host: h", "Connection: close", "", ""]).encode("latin-1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
        wire.sendall(head + body)
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    start, _, content = answer.partition(b"\r\n\r\n")
    return int(start.split()[1]), content


@pytest.mark.parametrize(("lines", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_a_request_is_taken(server, lines, body):
    status, content = exchange(server, lines, body)

    assert status == 200
    assert lines[0].startswith("HEAD") or loads(content) is not None


def test_x5_an_identifier_is_read_from_the_raw_target(server):
    lines = ("PUT /api/v1/customers/a%2Fb%252F HTTP/1.1", CREDENTIAL, "Content-Length: 2")
    assert exchange(server, lines, b"{}") == (200, b"{}\n")

    shown = server.get("/v1/customers/a%2Fb%252F/attributes", id_type="id")
    assert shown["customer"]["id"] == "a/b%2F"


def test_a_body_far_too_large_is_answered(server):
    body = b"[" + b" " * 20_000_000 + b"]"
    lines = (f"POST {WEBHOOK} HTTP/1.1", f"X-Signature: {'0' * 40}", f"Content-Length: {len(body)}")

    status, content = exchange(server, lines, body)

    assert (status, loads(content)["code"]) == (413, "too_large")


def test_a_webhook_is_verified_on_the_bytes_that_came(server):
    body, headers = signed({"type": "track", "event": "Größe", "userId": "p", "messageId": "m"})
    lines = (
        f"POST {WEBHOOK} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    )
    assert exchange(server, lines, body)[0] == 200
    assert exchange(server, lines, body.replace(b"Gr", b"gr"))[0] == 401
