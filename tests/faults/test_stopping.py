"""L2: told to stop, the server takes nothing more and answers what it has taken."""

import signal
import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from tests.faults.senders import visit

WAITING = 6
_ESTABLISHED = "01"
_NOTHING_UNREAD = "00000000"


def test_l2_told_to_stop_it_answers_what_it_has_taken(server):
    """The file is locked, so that all wait; it is let go only once nobody is taken any more."""
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(server.post(visit(f"v{n}"))))
        for n in range(WAITING)
    ]
    with closing(sqlite3.connect(server.folder / "adapter.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        while taken(server.port) < WAITING:
            threads[0].join(0.02)
        server.process.send_signal(signal.SIGTERM)
        while listens(server.port):
            threads[0].join(0.02)
        holder.execute("ROLLBACK")
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200] * WAITING
    assert server.process.wait() == 0


def taken(port):
    """Count the connections to a port of this machine whose requests were read to the end."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        int(local.rpartition(":")[2], 16) == port
        and state == _ESTABLISHED
        and queues.rpartition(":")[2] == _NOTHING_UNREAD
        for _, local, _, state, queues, *_ in rows
    )


def listens(port):
    """Tell whether anybody takes connections."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
