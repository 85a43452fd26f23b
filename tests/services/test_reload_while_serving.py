"""A running server takes up an edited mapping file, and shrugs off a broken one."""

import signal
import time

import pytest

from tests.servers import Server
from tests.services.mapping_files import track, write

_PATIENCE_SECONDS = 30


@pytest.fixture(params=["told by SIGHUP", "watching"])
def server(request, tmp_path):
    environment = {"ADAPTER_WATCH": "true"} if request.param == "watching" else {}
    (tmp_path / "mappings").mkdir()
    write(tmp_path / "mappings/segment.yaml", track())
    made = Server(tmp_path, environment)
    made.create_workspace()
    yield made.start()
    made.kill()


def tell(server):
    if "ADAPTER_WATCH" not in server.environment:
        server.process.send_signal(signal.SIGHUP)


def wait_for_state(server, beginning):
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        answer = server.get("/readyz")
        if answer["mappings"]["segment"].startswith(beginning):
            return
        assert time.monotonic() < until, answer


def test_a_running_server_takes_up_an_edited_mapping(server):
    file = server.folder / "mappings/segment.yaml"
    call = {"type": "track", "event": "Ordered", "userId": "u1"}

    file.write_text("subscriptions: [{name: Track}]")
    tell(server)
    wait_for_state(server, "kept: segment.yaml:1:")
    server.post({**call, "messageId": "while it was broken"})

    write(file, track(name="Bought"))
    tell(server)
    wait_for_state(server, "current")
    server.post({**call, "messageId": "once it was mended"})

    names = {line["event_id"]: line["name"] for line in server.activities(type="event")}
    assert names == {"while it was broken": "Ordered", "once it was mended": "Bought"}
