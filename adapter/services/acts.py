"""What operators do to what is stored, kept among the requests in the order of acceptance (M11).

An act is kept in the transaction that does it, so that whoever goes through what was accepted does
it again in its place. Acts that leave the state as it is (a sweep, a delivery) are none.
"""

import zlib
from enum import StrEnum
from typing import NamedTuple

from adapter.clock import Clock, Instant
from adapter.doors.items import OPERATOR
from adapter.ids import new_id
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.workspaces import Received

_NOBODY = 0
"""No source has this id."""


class Act(StrEnum):
    """The kinds of acts, and what is told of each."""

    SETTINGS = "settings"
    """``before`` (all settings), ``changes``, ``triggers``."""
    SOURCE = "source"
    """``source`` (its slug) and ``changes``, as the log shows them."""
    UNMERGE = "unmerge"
    """``anonymous_id``."""
    RETRY = "retry"
    """``record`` in quarantine, ``request``: the id that its messages are numbered after, ``fate``,
    and ``home`` and ``became``: where it went, and the row that it became or repeats."""


class ActStamp(NamedTuple):
    """When something is done, by whom, and the id by which what it causes is named.

    Attributes:
        by: as whoever does it says, or by which credential; "" where nobody said.
    """

    id: str
    at: Instant
    by: str = ""

    @classmethod
    def now(cls, clock: Clock, by: str = "") -> "ActStamp":
        """Stamp what is done now."""
        at = clock.now()
        return cls(new_id(at), at, by)

    @classmethod
    def of(cls, kept: Received) -> "ActStamp":
        """Give the stamp of an act that is kept."""
        return cls(kept.id, kept.received_at, told_of(kept).get("by", ""))


def kept_act(
    act: Act, workspace_id: int, stamp: ActStamp, *, mapping: str = "", **told: object
) -> Received:
    """Make what is kept of an act.

    Args:
        act: what was done.
        workspace_id: to whose records.
        stamp: of the act.
        mapping: digest of the mapping file that it went through; "" for none.
        told: what :class:`Act` says of it, fit for JSON.
    """
    body = dumps({"act": act.value, "by": stamp.by, **told}).encode()
    return Received(
        id=stamp.id,
        workspace_id=workspace_id,
        source_id=_NOBODY,
        door=OPERATOR,
        deflated=zlib.compress(body),
        received_at=stamp.at,
        records=0,
        mapping=mapping,
        read_as="{}",
    )


def told_of(kept: Received) -> JSONObject:
    """Read what is kept of an act: ``act``, ``by``, and what :class:`Act` says of it."""
    told: JSONObject = loads(zlib.decompress(kept.deflated))
    return told
