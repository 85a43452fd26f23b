"""The whole way with real processes: a stranger looks, signs up, and one signed webhook arrives."""

import threading
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from adapter.bootstrap import shipped
from adapter.jsonvalue import loads
from tests.receiving import receiver
from tests.servers import Server

HOOK = f"whsec_{b64encode(b'a secret of the tests').decode()}"
PATIENCE_SECONDS = 30
FILE = """\
campaigns:
  - name: onboarding
    trigger: {{page: "https://example.com/pricing"}}
    deliver: {{webhook: {{url: "{url}/hook", secrets: [HOOK]}}}}
    body: {{email: {{"@path": "$.person.email"}}, page: {{"@path": "$.event.name"}}}}
"""
PAGE = {"type": "page", "anonymousId": "a1", "properties": {"url": "https://example.com/pricing"}}
SIGN_UP = {"type": "identify", "anonymousId": "a1", "userId": "person@example.com"}


@pytest.fixture
def house(tmp_path):
    """Give a server whose clock stands where it is put, and what its campaign's receiver got."""
    arrived = threading.Event()

    def answer(_):
        arrived.set()
        return 200, {}, b""

    with receiver(answer) as got:
        (tmp_path / "mappings").mkdir()
        segment = (shipped("mappings") / "segment.yaml").read_text()
        (tmp_path / "mappings" / "segment.yaml").write_text(segment)
        (tmp_path / "mappings" / "campaigns.yaml").write_text(FILE.format(url=got.url))
        clock = tmp_path / "clock.txt"
        environment = {
            "ADAPTER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "ADAPTER_REHEARSAL_CLOCK": str(clock),
            "ADAPTER_MAPPINGS_DIR": str(tmp_path / "mappings"),
            "ADAPTER_POLL_SECONDS": "0.05",
            "HOOK": HOOK,
        }
        clock.write_text("2026-03-01T10:00:00Z")
        server = Server(tmp_path, environment)
        server.create_workspace()
        server.start()
        yield server, clock, got, arrived
        server.stop()


def test_c2_who_looked_and_signs_up_ten_minutes_later_starts_onboarding_once(house):
    server, clock, got, arrived = house
    server.post({**PAGE, "messageId": "m-1"})
    clock.write_text("2026-03-01T10:10:00Z")
    server.post({**SIGN_UP, "messageId": "m-2"})

    assert arrived.wait(PATIENCE_SECONDS)
    server.stop()

    (request,) = got.got
    assert loads(request.body) == {
        "email": "person@example.com",
        "page": "https://example.com/pricing",
    }
    assert _is_signed(request)


def test_c2_71_h_59_m_starts_and_72_h_1_m_does_not_and_explain_says_why(house):
    server, clock, got, arrived = house
    clock.write_text("2026-03-04T10:00:00Z")
    young, old = "2026-03-01T10:01:00Z", "2026-03-01T09:59:00Z"
    server.post({**PAGE, "messageId": "young", "timestamp": young})
    server.post({**PAGE, "messageId": "old", "timestamp": old})
    server.post({**SIGN_UP, "messageId": "m-2"})

    assert arrived.wait(PATIENCE_SECONDS)
    explained = {name: server.get(f"/v1/events/{name}/explain") for name in ("young", "old")}
    (listed,) = server.get("/v1/deliveries")["deliveries"]

    (started,) = explained["young"]["campaigns"]
    assert (started["campaign"], started["reason"]) == ("onboarding", "triggered")
    assert (listed["id"], listed["event_id"]) == (started["delivery"], "young")
    assert explained["old"]["campaigns"] == []
    assert explained["old"]["trigger"]["reason"] == "older_than_trigger_window"
    assert len(got.got) == 1


def _is_signed(request):
    """Check the signature by the package's own making of it: the clock is not the wall's."""
    moment = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    expected = Webhook(HOOK).sign(request.headers["webhook-id"], moment, request.body.decode())
    return expected in request.headers["webhook-signature"].split(" ")
