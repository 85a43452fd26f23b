"""L1, M10: two servers on one PostgreSQL take the same visits at once; each counts once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.senders import visit
from tests.servers import Server

VISITS = 40
SENDERS = 8


@pytest.fixture
def servers(postgres_url, tmp_path):
    pair = [Server(tmp_path, {"ADAPTER_DATABASE_URL": postgres_url}) for _ in range(2)]
    pair[0].create_workspace()
    for server in pair:
        server.start()
    yield pair
    for server in pair:
        server.kill()


def test_l1_what_two_servers_are_sent_at_once_is_stored_once(servers):
    sent = [(server, visit(f"v{nth}")) for nth in range(VISITS) for server in servers]

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(lambda each: each[0].post(each[1]), sent))

    assert [answer.status_code for answer in answers] == [200] * len(sent)
    first, _ = servers
    lines = [line for line in first.activities() if line["event_id"] is not None]
    expected = {item["messageId"] for nth in range(VISITS) for item in visit(f"v{nth}")}
    assert Counter(line["event_id"] for line in lines) == Counter(expected)
    assert {line["view"] for line in lines} == {"identified"}
    (audited,) = first.command("audit")
    assert audited["balances"] is True
