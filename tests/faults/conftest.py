"""A server for those who trouble it."""

import pytest

from tests.servers import Server


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.create_workspace()
    server.start()
    yield server
    server.kill()
