"""L2: PostgreSQL may crash, start again or hang at any moment; senders see 503 and come again."""

import os
import random
import signal

import pytest

from tests.databases import PostgresServer, own_postgres
from tests.faults.senders import TIMEOUT_SECONDS, check_all_is_there_once, sending
from tests.servers import Server

CRASHES = int(os.environ.get("ADAPTER_TEST_DATABASE_CRASHES", "3"))
SENDERS = 8


@pytest.fixture(scope="module")
def database():
    with own_postgres() as server:
        yield server


@pytest.fixture
def server(database, tmp_path):
    made = PostgresServer(database.url)
    with made.database() as url:
        server = Server(tmp_path, {"ADAPTER_DATABASE_URL": url})
        server.create_workspace()
        server.start()
        yield server
        server.kill()
    made.close()


def test_l2_nothing_acknowledged_is_lost_or_doubled_when_the_database_crashes(server, database):
    moments = random.Random(20_260_301)
    with sending(server, SENDERS) as senders:
        for crash in range(CRASHES):
            senders[0].join(moments.uniform(0.3, 1.0))
            database.crash()
            senders[0].join(moments.uniform(0.0, 0.5))
            # A short absence is waited out; the first is longer than anybody's patience.
            while crash == 0 and not any(each.turned_away or each.wrong for each in senders):
                senders[0].join(0.05)
            database.start()

    assert sum(sender.turned_away for sender in senders) > 0
    assert max(sender.slowest for sender in senders) < TIMEOUT_SECONDS
    check_all_is_there_once(server, senders)


def test_l2_a_database_that_hangs_keeps_no_sender_waiting(server, database):
    with sending(server, SENDERS) as senders:
        senders[0].join(0.3)
        database.signal(signal.SIGSTOP)
        try:
            while not all(sender.turned_away or sender.wrong for sender in senders):
                senders[0].join(0.05)
        finally:
            database.signal(signal.SIGCONT)

    assert max(sender.slowest for sender in senders) < TIMEOUT_SECONDS
    check_all_is_there_once(server, senders)
