"""The outbox as operators see it: deliveries listed, shown, and tried again (L5)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from adapter.clock import Clock, Instant, iso
from adapter.errors import NotFound, OperatorError, Problem, RequestError
from adapter.jsonvalue import JSONObject
from adapter.model.deliveries import LIFETIME, Attempt, Delivery, DeliveryState
from adapter.model.workspaces import Workspace
from adapter.outbox import Backlog, DeliveryQuery
from adapter.ports import Store
from adapter.services.reading import checked_limit, not_one_of, person_ref

_PAGE = 500
_OWN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}")


class Deliveries:
    """Reads the outbox, and has deliveries tried again.

    Args:
        store: its outbox, and the people that deliveries are about.
        clock: tells when what is tried again is due.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._outbox = store.outbox
        self._clock = clock

    def page(self, workspace: Workspace, params: Mapping[str, str]) -> JSONObject:
        """Show a page of deliveries, as :meth:`search` finds them.

        Returns:
            ``{"deliveries": [...], "next": cursor or ""}``.

        Raises:
            RequestError: all that is wrong with the parameters.
        """
        found, following = self.search(workspace, params)
        return {"deliveries": [delivery_json(each) for each in found], "next": following}

    def search(self, workspace: Workspace, params: Mapping[str, str]) -> tuple[list[Delivery], str]:
        """Page through deliveries, newest first.

        Args:
            workspace: whose.
            params: ``start`` (a cursor), ``limit`` (1 to 100), and the filters ``state``,
                ``endpoint``, ``event_id``, ``customer_id`` with ``id_type``.

        Returns:
            The page, and the cursor of the next one; "" if there is none.

        Raises:
            RequestError: all that is wrong with the parameters.
        """
        limit = checked_limit(params)
        state = params.get("state") or None
        if state is not None and state not in set(DeliveryState):
            problem: Problem = not_one_of("state", state, tuple(DeliveryState))
            raise RequestError(problem.message, problems=[problem])
        person_id = None
        if params.get("customer_id"):
            ref = person_ref(params["customer_id"], params.get("id_type"))
            person = self._store.find_person(workspace.id, ref)
            if person is None:
                return [], ""
            person_id = person.person_id
        query = DeliveryQuery(
            workspace_id=workspace.id,
            before=params.get("start", ""),
            limit=limit + 1,
            state=state,
            endpoint=params.get("endpoint") or None,
            event_id=params.get("event_id") or None,
            person_id=person_id,
        )
        found = self._outbox.deliveries(query)
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    def show(self, workspace: Workspace, delivery_id: str) -> JSONObject:
        """Show a delivery with its body and all its tries.

        Raises:
            NotFound: there is no such delivery.
        """
        found, tries = self.detail(workspace, delivery_id)
        return {
            **delivery_json(found),
            "path": found.path,
            "body": found.body,
            "tries": [attempt_json(attempt) for attempt in tries],
        }

    def detail(self, workspace: Workspace, delivery_id: str) -> tuple[Delivery, list[Attempt]]:
        """Give a delivery and all its tries, oldest first.

        Raises:
            NotFound: there is no such delivery.
        """
        found = self._outbox.find_delivery(workspace.id, delivery_id)
        if found is None:
            raise NotFound(f"there is no delivery {delivery_id[:100]!r}")
        return found, self._outbox.attempts(workspace.id, delivery_id)

    def find(self, workspaces: Sequence[Workspace], delivery_id: str) -> tuple[Workspace, Delivery]:
        """Find a delivery in any of these workspaces.

        Raises:
            OperatorError: none of them has it.
        """
        for workspace in workspaces:
            found = self._outbox.find_delivery(workspace.id, delivery_id)
            if found is not None:
                return workspace, found
        raise OperatorError(f"there is no delivery {delivery_id!r}; see `adapter deliveries list`")

    def owner(self, workspaces: Sequence[Workspace], delivery_id: str) -> Workspace | None:
        """Tell whose delivery this is, for a stranger who reports on it.

        Only what looks like an id of ours is looked up, so that others cost nothing.
        """
        if _OWN_ID.fullmatch(delivery_id) is None:
            return None
        for workspace in workspaces:
            if self._outbox.find_delivery(workspace.id, delivery_id) is not None:
                return workspace
        return None

    def every(
        self,
        workspace: Workspace,
        *,
        state: str | None = None,
        endpoint: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Delivery]:
        """Give deliveries, newest first.

        Args:
            workspace: whose.
            state: only those in this state.
            endpoint: only those that go there.
            limit: at most this many; all by default.
        """
        before, left = "", limit
        while left is None or left > 0:
            page = self._outbox.deliveries(
                DeliveryQuery(
                    workspace_id=workspace.id,
                    before=before,
                    limit=_PAGE if left is None else min(left, _PAGE),
                    state=state,
                    endpoint=endpoint,
                )
            )
            if not page:
                return
            yield from page
            before = page[-1].id
            left = None if left is None else left - len(page)

    def retry(self, deliveries: Sequence[Delivery]) -> None:
        """Make deliveries due now, with all their tries; those delivered or withdrawn stay so."""
        now = self._clock.now()
        for start in range(0, len(deliveries), _PAGE):
            chosen = deliveries[start : start + _PAGE]
            self._outbox.revive(chosen, now=now, until=Instant(now + LIFETIME))

    def backlog(self) -> list[Backlog]:
        """Count what is pending, by endpoint."""
        return self._outbox.backlog(self._clock.now())


def delivery_json(delivery: Delivery) -> JSONObject:
    """Show a delivery, without its body."""
    pending = delivery.state is DeliveryState.PENDING
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "state": delivery.state,
        "reason": delivery.reason,
        "attempts": delivery.attempt,
        "event": delivery.name,
        "event_id": delivery.event_id,
        "record": delivery.record,
        "cio_id": delivery.person_id,
        "recipient": delivery.recipient,
        "created_at": iso(delivery.created_at),
        "due_at": iso(delivery.due_at) if pending else None,
        "expires_at": iso(delivery.expires_at) if pending else None,
        "settled_at": None if delivery.settled_at is None else iso(delivery.settled_at),
    }


def attempt_json(attempt: Attempt) -> JSONObject:
    """Show one try of a delivery."""
    return {
        "number": attempt.number,
        "at": iso(attempt.at),
        "milliseconds": attempt.duration // 1_000,
        "status": attempt.status,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "answer": attempt.excerpt,
    }
