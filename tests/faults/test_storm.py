"""Many connections at once, and many that say nothing: the others are served, and all is stored."""

import asyncio
import os
import resource
from pathlib import Path

from tests.faults.senders import check_all_is_there_once, sending, visit
from tests.servers import WEBHOOK, signed

CONNECTIONS = int(os.environ.get("ADAPTER_TEST_CONNECTIONS", "400"))
_ROOM = 100
_HOST = "127.0.0.1"
_UNFINISHED = b"POST " + WEBHOOK.encode() + b" HTTP/1.1\r\nHost: adapter\r\n"


async def post_once(port, payload):
    """Post a webhook on a connection of its own; give the status, and what was stored if 200."""
    body, headers = signed(payload)
    reader, writer = await asyncio.open_connection(_HOST, port)
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"Content-Length: {len(body)}\r\nConnection: close\r\n{''.join(lines)}\r\n"
    writer.write(_UNFINISHED + head.encode() + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


def test_a_storm_of_connections_is_answered_and_stored(server):
    async def storm():
        payloads = [visit(f"v{n}") for n in range(CONNECTIONS)]
        return await asyncio.gather(*(post_once(server.port, payload) for payload in payloads))

    statuses = asyncio.run(storm())

    stored = {line["event_id"] for line in server.activities()} - {None}
    assert set(statuses) <= {200, 503}
    for nth, status in enumerate(statuses):
        if status == 200:
            assert stored >= {item["messageId"] for item in visit(f"v{nth}")}
    assert statuses.count(200) > 0


def test_connections_that_say_nothing_do_not_keep_the_others_out(server):
    """They use up all files that the server may open; once they are gone it takes others again."""
    open_files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
    limit = (open_files + _ROOM, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, limit)

    async def hold():
        idle = [await asyncio.open_connection(_HOST, server.port) for _ in range(2 * _ROOM)]
        for _, writer in idle:
            writer.write(_UNFINISHED)
        for _, writer in idle:
            writer.close()

    asyncio.run(hold())

    with sending(server, 4) as senders:
        while not all(sender.acknowledged or sender.wrong for sender in senders):
            senders[0].join(0.02)
    check_all_is_there_once(server, senders)
