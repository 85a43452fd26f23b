"""The quarantine as it is read over HTTP: what could not be applied, why, and until when (L3)."""

from collections.abc import Mapping

from adapter.clock import Clock, iso
from adapter.errors import NotFound, RequestError
from adapter.jsonvalue import JSONObject
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.model.workspaces import Workspace
from adapter.ports import QuarantineRow, Store
from adapter.rules.policy import policy_of
from adapter.services.reading import checked_limit, not_one_of

RAW_SHOWN = 4_000
"""Most characters of a quarantined record that a list shows."""

_CODES: dict[str, Reason] = {reason.value: reason for reason in Reason}


class ReadingQuarantine:
    """Shows what is in quarantine; never what has expired (R1)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def page(self, workspace: Workspace, params: Mapping[str, str]) -> JSONObject:
        """Page through the quarantine, newest first.

        Args:
            workspace: whose.
            params: ``start`` (a cursor), ``limit`` (1 to 100) and the filter ``reason``.

        Returns:
            ``{"quarantine": [...], "next": cursor or ""}``.

        Raises:
            RequestError: what is wrong with the parameters.
        """
        limit, reason = checked_limit(params), params.get("reason") or None
        if reason is not None and reason not in _CODES:
            problem = not_one_of("reason", reason, tuple(_CODES))
            raise RequestError(problem.message, problems=[problem])
        rows = self._store.quarantine(
            workspace.id,
            after=policy_of(workspace.settings).alive_after(self._clock.now()),
            before=params.get("start", ""),
            limit=limit + 1,
            reason=reason,
        )
        return {
            "quarantine": [
                {**self._shown(workspace, row), "raw": row.raw[:RAW_SHOWN]} for row in rows[:limit]
            ],
            "next": rows[limit - 1].id if len(rows) > limit else "",
        }

    def record(self, workspace: Workspace, record: str) -> JSONObject:
        """Show one record whole.

        Raises:
            NotFound: it is not in quarantine, or has expired.
        """
        row = self._store.find_quarantined(workspace.id, record)
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        if row is None or row.received_at <= expired:
            raise NotFound(f"no record {record!r} is in quarantine")
        return {**self._shown(workspace, row), "raw": row.raw}

    def _shown(self, workspace: Workspace, row: QuarantineRow) -> JSONObject:
        sources = {source.id: source.slug for source in self._store.sources()}
        explanation = EXPLANATIONS.get(_CODES[row.reason]) if row.reason in _CODES else None
        return {
            "id": row.id,
            "event_id": row.message_id,
            "source": sources.get(row.source_id),
            "received_at": iso(row.received_at),
            "expires_at": iso(row.received_at + policy_of(workspace.settings).retention),
            "index": row.index,
            "reason": row.reason,
            "rule": None if explanation is None else explanation.rule,
            "pointer": row.pointer,
            "message": row.text,
            "refused": row.refused,
            "raw_length": len(row.raw),
        }
