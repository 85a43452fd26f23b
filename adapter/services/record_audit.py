"""Which row each record that was accepted became, told from the bodies that are kept (L4).

The ledger counts; this looks. Each kept request is read again as its door read it, and for each of
its records the row is found that bears it out: an event, a line of the log, a record in quarantine,
or of a duplicate the row of the first. A record without a row is lost.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapter.clock import HOUR, Clock, Instant, iso
from adapter.doors.items import OPERATOR
from adapter.errors import AdapterError
from adapter.ids import instant_of_id, request_digits
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import Message, Unapplicable
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received, Source, Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.decision import Fate
from adapter.rules.facts import Home, KeyFact
from adapter.rules.ledger import Account
from adapter.rules.needs import key_of
from adapter.rules.policy import policy_of
from adapter.services.acts import Act, told_of
from adapter.services.rederiving.accepted import accepted
from adapter.services.rederiving.rereader import Rereader

_PAGE = 1_000
_ABOVE_ALL_DIGITS = "g"
_FATE_OF_HOME = {Home.IGNORED: Fate.IGNORED, Home.QUARANTINE: Fate.QUARANTINED}


_Row = tuple[Fate | None, str, str]
"""What became of a record, and home and id of the row that bears it out."""

_LOST: _Row = (None, "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one record.

    Attributes:
        request: our id of the request it came in.
        source: slug.
        index: its place in the request.
        event_id: the sender's id, or None.
        fate: what the ledger counts it as; None where no row bears it out: it is lost.
        home: where it went when it was accepted (a merge moves events on); "" where it is lost or
            erased, and where nothing was left of it to do when it was run again.
        row: its id; of a duplicate that of the first record.
        reason: of the line that stands for it.
        erased: it was taken out of the body, and its row with its person (P6).
    """

    request: Received
    source: str
    index: int
    event_id: str | None
    fate: Fate | None
    home: str
    row: str
    reason: str = ""
    erased: bool = False


@dataclass(slots=True)
class Tally:
    """What was found, counted.

    Attributes:
        records: looked at.
        lost: of them, those of which no row tells.
        fates: by source, hour of acceptance and fate.
        erased: by source and hour.
        unread: requests that could not be read again, by why.
    """

    records: int = 0
    lost: int = 0
    fates: Counter[tuple[int, int, Fate]] = field(default_factory=Counter)
    erased: Counter[tuple[int, int]] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)

    def differences(self, accounts: Iterable[Account]) -> list[JSONObject]:
        """Name the hours of which the ledger counts otherwise than was found.

        Hours that filled up meanwhile, and those of which not all bodies are there, are left out.
        """
        differences: list[JSONObject] = []
        for account in accounts:
            hour = (account.source_id, account.hour)
            found = {fate: self.fates[*hour, fate] for fate in Fate}
            whole = account.received == sum(found.values()) + self.erased[hour]
            if whole and not self.erased[hour] and found != account.fates:
                counts = {fate.value: [account.fates[fate], found[fate]] for fate in Fate}
                differences.append({"hour": iso(account.hour * HOUR), **counts})
        return differences


class RecordAudit:
    """Finds the row of every record that is kept.

    Args:
        store: it is only read.
        clock: tells what has expired.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._rereader = Rereader(store.find_mapping)
        self._retries: dict[str, JSONObject] = {}

    def records(self, workspace: Workspace, tally: Tally) -> Iterator[Found]:
        """Give all records of the requests that are kept, oldest first.

        Args:
            workspace: whose.
            tally: is added to.
        """
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        sources = {source.id: source for source in self._store.sources()}
        self._retries = self._read_retries(workspace)
        for request in accepted(self._store, workspace):
            if request.door == OPERATOR or request.received_at <= expired:
                continue
            source = sources[request.source_id]
            try:
                found = self._of_request(workspace, request, source, expired)
            except AdapterError as error:
                tally.unread[error.message] += 1
                continue
            for each in found:
                _count(each, request, tally)
                yield each

    def _of_request(
        self, workspace: Workspace, request: Received, source: Source, expired: Instant
    ) -> list[Found]:
        recalled = self._rereader.read(request, source)
        first = [message for message in recalled.messages if message.part == 0]
        known = self._store.find_keys(workspace.id, [key_of(message)[1] for message in first])
        lines = self._lines(workspace, request, expired)
        found = []
        for message in first:
            own, fact = lines.get(message.id), known.get(key_of(message)[1])
            if isinstance(message, Unapplicable):
                fate, home, row = self._unapplicable(workspace, message, fact)
            else:
                fate, home, row = _judge(message, fact, own, expired)
            found.append(
                Found(
                    request=request,
                    source=source.slug,
                    index=message.index,
                    event_id=message.message_id,
                    fate=fate,
                    home=home,
                    row=row,
                    reason="" if own is None else own.reason,
                )
            )
        gone = Found(
            request=request, source=source.slug, index=-1, event_id=None, fate=None,
            home="", row="", erased=True,
        )  # fmt: skip
        return [*found, *([gone] * recalled.erased)]

    def _lines(
        self, workspace: Workspace, request: Received, expired: Instant
    ) -> dict[str, ActivityRow]:
        """Give the lines that stand for records of a request, by our ids of these."""
        digits = request_digits(request.id)
        lines: dict[str, ActivityRow] = {}
        before = digits + _ABOVE_ALL_DIGITS
        while True:
            query = ActivityQuery(
                workspace_id=workspace.id,
                alive_after=expired,
                before=before,
                limit=min(_PAGE, 4 * request.records + 1),
            )
            page = self._store.activities(query)
            # Newest first, so that what stands for a record itself comes last.
            lines |= {row.message: row for row in page if row.reason != Reason.DUPLICATE_CONFLICT}
            if not page or page[-1].id < digits:
                return lines
            before = page[-1].id

    def _unapplicable(
        self, workspace: Workspace, message: Unapplicable, fact: KeyFact | None
    ) -> _Row:
        """Tell what became of a record that could not be applied when it came."""
        if self._store.find_quarantined(workspace.id, message.id) is not None:
            fate = Fate.REFUSED if message.refused else Fate.QUARANTINED
            return fate, Home.QUARANTINE, message.id
        told = self._retries.get(message.id)
        if told is not None:
            # Where nothing was left of it to do, only the act tells.
            home, row = told.get("home", ""), told.get("became", told["id"])
            return Fate(told["fate"]), str(home), str(row)
        if fact is not None and fact.record != message.id:
            return Fate.DUPLICATE, fact.home, fact.record
        return _LOST

    def _read_retries(self, workspace: Workspace) -> dict[str, JSONObject]:
        """Give what is told of the last retry of each record, and its id."""
        acts = ((act, told_of(act)) for act in accepted(self._store, workspace, door=OPERATOR))
        return {
            told["record"]: {**told, "id": act.id}
            for act, told in acts
            if told.get("act") == Act.RETRY and "fate" in told
        }


def _judge(
    message: Message, fact: KeyFact | None, own: ActivityRow | None, expired: Instant
) -> _Row:
    """Tell what became of a record, from its key and the line that stands for it."""
    if fact is None:
        return _LOST
    if fact.record == message.id:
        # Of who is gone, and of what expired before its body, there is only the key.
        is_gone = fact.home is Home.DELETED or fact.received_at <= expired
        if own is None and not is_gone:
            return _LOST
        return _FATE_OF_HOME.get(fact.home, Fate.STORED), fact.home, fact.record
    if own is not None and own.type == ActivityType.IGNORED:
        # It gave its id up to a record that has an effect.
        return Fate.IGNORED, Home.IGNORED, message.id
    return Fate.DUPLICATE, fact.home, fact.record


def _count(found: Found, request: Received, tally: Tally) -> None:
    tally.records += 1
    hour = (request.source_id, instant_of_id(request.id) // HOUR)
    if found.erased:
        tally.erased[hour] += 1
    elif found.fate is None:
        tally.lost += 1
    else:
        tally.fates[*hour, found.fate] += 1


def found_json(workspace: Workspace, found: Found) -> JSONObject:
    """Show what became of a record."""
    at = found.request.received_at
    return {
        "workspace": workspace.name,
        "source": found.source,
        "hour": iso(at // HOUR * HOUR),
        "received_at": iso(at),
        "door": found.request.door,
        "request": found.request.id,
        "index": None if found.erased else found.index,
        "event_id": found.event_id,
        "fate": "erased" if found.erased else found.fate and found.fate.value,
        "home": found.home,
        "row": found.row,
        "reason": found.reason,
    }


def tally_json(tally: Tally, accounts: Iterable[Account]) -> JSONObject:
    """Show what was found of all records of a workspace, beside what the ledger counts."""
    differences = tally.differences(accounts)
    return {
        "records": tally.records,
        "lost": tally.lost,
        "erased": sum(tally.erased.values()),
        "differences": differences,
        "unread": dict(tally.unread),
        "balances": not (tally.lost or differences or tally.unread),
    }
