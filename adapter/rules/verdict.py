"""The verdict on one message: its outcome, and where its record went."""

from typing import NamedTuple

from adapter.model.activities import ActivityType
from adapter.model.messages import Message
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate, Outcome
from adapter.rules.facts import Home
from adapter.rules.working import Working, reasons_of


class Verdict(NamedTuple):
    """What became of a message; ``home`` is what its key remembers (L1)."""

    outcome: Outcome
    home: Home


def stored(message: Message, main: Reason, *further: Reason) -> Verdict:
    """The message had its effect, and stands in the log."""
    return Verdict(Outcome(Fate.STORED, reasons_of(main, message, *further)), Home.ACTIVITY)


def ignored(
    message: Message, reason: Reason, working: Working, anonymous_id: str | None = None
) -> Verdict:
    """The message is understood and has no effect; the log says why."""
    working.log(message, ActivityType.IGNORED, reason, anonymous_id=anonymous_id, own=True)
    return Verdict(Outcome(Fate.IGNORED, reasons_of(reason, message)), Home.IGNORED)
