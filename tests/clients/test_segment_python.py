"""Segment's own Python library, unmodified, and bare HTTP, against the real server."""

import base64
import re
import socket
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import requests
from segment.analytics.client import Client

from tests.servers import SITE_ID, Server

WRITE_KEY = "WK"
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.command("source", "set", "default", "--write-key", WRITE_KEY)
    started.start()
    yield started
    started.stop()


def answered(server):
    """Count the requests that the HTTP API answered with each status."""
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    pattern = r'^adapter_requests_total{door="segment_api",status="(.+)"} (.+)$'
    found = re.findall(pattern, text, re.MULTILINE)
    return Counter({int(status): int(float(count)) for status, count in found})


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_every_call_is_delivered_once_without_a_retry(server, zipped):
    before = answered(server)
    failures = []
    client = Client(
        WRITE_KEY,
        host=server.url,
        gzip=zipped,
        upload_size=100,
        on_error=lambda error, _: failures.append(error),
    )
    stranger = f"stranger-{zipped}"
    person = f"person-{zipped}"
    client.track(anonymous_id=stranger, event="Viewed", properties={"price": 1.0})
    client.page(anonymous_id=stranger, properties={"url": "https://example.com/"})
    client.identify(person, {"plan": "pro"}, anonymous_id=stranger)
    client.track(person, "Ordered")
    client.screen(person, name="Home")
    client.flush()
    client.shutdown()

    assert failures == []
    assert set(answered(server) - before) == {200}
    found = server.activities(customer_id=person)
    kinds = Counter(line["type"] for line in found if line["type"] in {"event", "page", "screen"})
    assert kinds == {"event": 2, "page": 1, "screen": 1}
    assert [line["data"]["count"] for line in found if line["type"] == "anon_merge"] == [2]


def test_a_wrong_key_is_told_once_and_not_tried_again(server):
    before = answered(server)
    failures = []
    client = Client("wrong", host=server.url, on_error=lambda error, _: failures.append(error))
    client.track("u", "Ordered")
    client.flush()
    client.shutdown()

    assert len(failures) == 1
    assert answered(server) - before == {401: 1}


def say(server, *lines, body=b""):
    """Send a request byte by byte as written, and give its status, headers and body."""
    head = "\r\n".join([*lines, "Host: x", "Connection: close", f"Content-Length: {len(body)}"])
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode("latin-1") + body)
        heard = b""
        while piece := connection.recv(65_536):
            heard += piece
    head, _, content = heard.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (field.partition(": ") for field in fields)
    }
    return int(status.split()[1]), headers, content


BASIC = f"Authorization: Basic {base64.b64encode(b'site:key').decode()}"


@pytest.mark.parametrize(
    ("sent", "identifier"),
    [("1%2F", "1/"), ("a%2Fb", "a/b"), ("a%252Fb", "a%2Fb"), ("a+b@c.d", "a+b@c.d")],
)
def test_x5_an_identifier_survives_the_server(server, sent, identifier):
    target = f"PUT /api/v1/customers/{sent} HTTP/1.1"

    status, _, _ = say(server, target, BASIC, body=b'{"plan":"pro"}')

    quoted = requests.utils.quote(identifier, safe="")
    assert status == 200
    assert (
        server.get(f"/v1/customers/{quoted}/attributes")["customer"]["attributes"]["plan"] == "pro"
    )


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("POST /v1//track HTTP/1.1", 404),
        ("POST /v1/track/more HTTP/1.1", 404),
        ("BREW /v1/track HTTP/1.1", 405),
        ("PUT /api/v1/customers/%ff HTTP/1.1", 400),
        ("PUT /api/v1/customers/ HTTP/1.1", 404),
        ("GET /nothing HTTP/1.1", 404),
        ("OPTIONS /v1/t HTTP/1.1", 200),
    ],
)
def test_x3_x4_x12_an_odd_request_is_answered_in_json(server, target, status):
    found, headers, content = say(server, target, BASIC)

    assert found == status
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["access-control-allow-origin"] == "*"
    assert content.startswith(b"{")


def test_a_head_is_answered_without_a_body(server):
    status, headers, content = say(server, f"HEAD /v1/projects/{SITE_ID}/settings HTTP/1.1")

    assert (status, content) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_the_readmes_recipe_for_tls_serves_a_client_that_refuses_plain_http(tmp_path):
    text = README.read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^openssl req -x509(?:.*\\\n)*.*$", text, re.MULTILINE)
    subprocess.run(["/bin/sh", "-c", recipe], cwd=tmp_path, check=True, capture_output=True)
    server = Server(
        tmp_path,
        environment={
            "ADAPTER_TLS_CERT": str(tmp_path / "cert.pem"),
            "ADAPTER_TLS_KEY": str(tmp_path / "key.pem"),
        },
        authority=tmp_path / "cert.pem",
    )
    server.create_workspace()
    server.start()
    try:
        found = requests.get(f"{server.url}/healthz", verify=str(tmp_path / "cert.pem"), timeout=30)
        assert found.json() == {"status": "alive"}
    finally:
        server.stop()
