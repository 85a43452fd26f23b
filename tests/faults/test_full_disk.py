"""L2: a disk that takes no more turns senders away; once there is room they are taken again."""

import resource

from tests.faults.senders import check_all_is_there_once, sending

SENDERS = 4
_NOTHING, _ANYTHING = 0, resource.RLIM_INFINITY


def limit_files(server, size):
    """Let no file of the server grow beyond a size, as a full disk would."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, _ANYTHING))


def test_l2_a_full_disk_turns_senders_away_and_loses_nothing(server):
    with sending(server, SENDERS) as senders:
        while not all(sender.acknowledged or sender.wrong for sender in senders):
            senders[0].join(0.02)
        limit_files(server, _NOTHING)
        while not all(sender.turned_away or sender.wrong for sender in senders):
            senders[0].join(0.02)
        assert server.get("/v1/activities", limit="1")["activities"]
        limit_files(server, _ANYTHING)

    check_all_is_there_once(server, senders)
