"""A real server rings, and ends when it is told to, whoever still listens."""

import pytest
import requests

from tests.servers import Server


@pytest.fixture
def server(tmp_path):
    started = Server(tmp_path, {"ADAPTER_OPEN_CONSOLE": "true"})
    started.create_workspace()
    started.start()
    yield started
    started.stop()


def test_a_server_rings_and_lets_go_who_listens_when_it_ends(server):
    with requests.get(f"{server.url}/live", stream=True, timeout=60) as answer:
        said = answer.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(said) == ": still here"
        server.post({"type": "track", "event": "Seen", "anonymousId": "a", "messageId": "m-1"})
        assert next(line for line in said if line.startswith("data")) == "data: news"

        server.stop()

        assert set(said) <= {"", "data: news"}
