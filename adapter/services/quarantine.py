"""The quarantine: what could not be applied is listed, shown, and run again (rule L3).

A retry maps the stored record by its source's present mapping, with its first time of receipt
(T1): the merge window and retention count from then. Effects, ledger and the record's way out are
one transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from adapter.clock import Clock, Instant
from adapter.doors.bodies import read_json
from adapter.doors.items import Batch
from adapter.doors.records import read_record
from adapter.doors.times import Stamp
from adapter.errors import InvalidJson, OperatorError
from adapter.ids import new_id
from adapter.jsonvalue import JSONObject
from adapter.model.in_force import InForce
from adapter.model.messages import Message
from adapter.model.workspaces import Source, Workspace
from adapter.ports import QuarantineRow, Store, Transaction
from adapter.rules.policy import policy_of
from adapter.services.acts import Act, ActStamp, kept_act
from adapter.services.composing import CompiledMapping, Composer
from adapter.services.retrying import Retried, Retry

_PAGE = 500


class Quarantine:
    """Lists, shows and retries what is in quarantine.

    Args:
        store: where it is kept.
        clock: tells what has expired.
        mappings: compiled mapping files by name.
        in_force: gives what the operator's files say.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mappings: Mapping[str, CompiledMapping],
        in_force: Callable[[], InForce] = InForce,
    ) -> None:
        self._in_force = in_force
        self._store = store
        self._clock = clock
        self._mappings = mappings

    def records(
        self, workspace: Workspace, *, reason: str | None = None, limit: int | None = None
    ) -> Iterator[QuarantineRow]:
        """Give records in quarantine that have not expired, newest first.

        Args:
            workspace: whose.
            reason: only those with this reason code.
            limit: at most this many; all by default.
        """
        before, left = "", limit
        while left is None or left > 0:
            page = self._store.quarantine(
                workspace.id,
                after=self._expiry(workspace),
                before=before,
                limit=_PAGE if left is None else min(left, _PAGE),
                reason=reason,
            )
            if not page:
                return
            yield from page
            before = page[-1].id
            left = None if left is None else left - len(page)

    def page(
        self, workspace: Workspace, *, reason: str = "", start: str = "", limit: int = 50
    ) -> tuple[list[QuarantineRow], str]:
        """Page through what is in quarantine and has not expired, newest first.

        Args:
            workspace: whose.
            reason: only those with this reason code; "" for all.
            start: a cursor.
            limit: at most this many.

        Returns:
            The page, and the cursor of the next one; "" if there is none.
        """
        rows = self._store.quarantine(
            workspace.id,
            after=self._expiry(workspace),
            before=start,
            limit=limit + 1,
            reason=reason or None,
        )
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else ""

    def find(self, workspaces: Sequence[Workspace], record: str) -> tuple[Workspace, QuarantineRow]:
        """Find a record by our id that has not expired (R1).

        Raises:
            OperatorError: none of the workspaces has it.
        """
        for workspace in workspaces:
            row = self._store.find_quarantined(workspace.id, record)
            if row is not None and row.received_at > self._expiry(workspace):
                return workspace, row
        raise OperatorError(f"no record {record!r} is in quarantine; see `adapter quarantine list`")

    def retry(
        self,
        workspace: Workspace,
        record: str,
        stamp: ActStamp | None = None,
        request: str | None = None,
    ) -> Retried:
        """Run a record again through its source's present mapping.

        Args:
            workspace: whose.
            record: our id of it.
            stamp: of the act, where it is done again (M11); now by default.
            request: the id that its messages are numbered after, likewise.

        Raises:
            OperatorError: the mapping file of its source is missing.
            TransientError: nothing was changed; try again.
        """
        sources = {source.id: source for source in self._store.sources()}
        at = stamp or ActStamp.now(self._clock)
        expired = policy_of(workspace.settings).alive_after(at.at)

        def work(transaction: Transaction) -> Retried:
            row = transaction.quarantined(workspace.id, record)
            if row is None:
                return Retried(
                    id=record, event_id=None, fate=None, text="it has left the quarantine"
                )
            if row.received_at <= expired:
                return _untried(row, "it is past retention; what it says has expired (R1)")
            source, numbered = sources[row.source_id], request or new_id(row.received_at)
            messages = self._messages(source, row, numbered)
            if messages is None:
                return _untried(row, "it is a refused body, not a record; it can only be sent anew")
            mapping = self._mappings.get(source.mapping)
            keep = partial(
                kept_act,
                Act.RETRY,
                workspace.id,
                at,
                mapping="" if mapping is None else mapping.digest,
                record=record,
                request=numbered,
            )
            return Retry(row, messages, keep, self._in_force()).run(transaction)

        return self._store.write(work)

    def _messages(self, source: Source, row: QuarantineRow, request: str) -> list[Message] | None:
        """Map a record as it would be mapped if it came in now; None if it is no record."""
        try:
            value = read_json(row.raw.encode("utf-8", "surrogatepass"))
        except InvalidJson:
            return None
        if row.refused and not isinstance(value, dict):
            return None
        item = read_record(row.index, value, Stamp(row.received_at))
        if item is None:
            return None
        composer = Composer(source, request, self._mappings)
        messages = composer.messages(Batch([item], single=row.refused))
        return [replace(message, received_id=row.received_id) for message in messages]

    def _expiry(self, workspace: Workspace) -> Instant:
        return policy_of(workspace.settings).alive_after(self._clock.now())


def _untried(row: QuarantineRow, text: str) -> Retried:
    return Retried(id=row.id, event_id=row.message_id, fate=None, text=text)


def retried_json(retried: Retried) -> JSONObject:
    """Show what a retry did."""
    return {
        "id": retried.id,
        "event_id": retried.event_id,
        "fate": retried.fate,
        "reason": retried.reason,
        "message": retried.text,
        "released": retried.released,
    }
