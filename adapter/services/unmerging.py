"""Taking merges back, when an operator says that they joined strangers (M12)."""

from collections.abc import Callable

from adapter.clock import Clock, Instant, iso
from adapter.errors import NotFound, StoreBusy
from adapter.ids import derived_id
from adapter.jsonvalue import JSONObject, loads
from adapter.model.in_force import InForce
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, Store, Transaction
from adapter.rules.carrying import give_back_relationships
from adapter.rules.causes import Occasion
from adapter.rules.facts import Needs
from adapter.rules.policy import policy_of
from adapter.rules.unmerge import unmerge
from adapter.services.acts import Act, ActStamp, kept_act


class Unmerging:
    """Takes back what an assignment merged.

    Args:
        store: where it is.
        clock: tells when, and what has expired meanwhile.
        in_force: gives the segments that are kept.
    """

    def __init__(
        self, store: Store, clock: Clock, in_force: Callable[[], InForce] = InForce
    ) -> None:
        self._in_force = in_force
        self._store = store
        self._clock = clock

    def unmerge(
        self, workspace: Workspace, anonymous_id: str, stamp: ActStamp | None = None
    ) -> JSONObject:
        """Make all events that merged by an anonymous id's assignment anonymous again.

        Args:
            workspace: whose.
            anonymous_id: that is taken from its person.
            stamp: of the act, where it is done again (M11); now by default.

        Returns:
            ``{"anonymous_id", "cio_id", "assigned_at", "count", "expired"}``: how many events are
            anonymous again, and how many had expired and are gone.

        Raises:
            NotFound: the anonymous id is assigned to nobody.
            TransientError: nothing was changed; try again.
        """
        stamp = stamp or ActStamp.now(self._clock)
        now, occasion = stamp.at, Occasion(stamp.id, workspace.id, stamp.at)
        act = kept_act(Act.UNMERGE, workspace.id, stamp, anonymous_id=anonymous_id)
        key = (workspace.id, anonymous_id)
        # Read before the work, which on SQLite holds the file while others may not even open it.
        found = self._store.find_anonymous_id(*key)
        person_id = None if found is None else found.person_id
        if person_id is None:
            raise NotFound(f"the anonymous id {anonymous_id!r} is assigned to nobody")
        in_force = self._in_force()
        ref = (workspace.id, PersonRef(IdentifierKind.CIO_ID, person_id))

        def work(transaction: Transaction) -> JSONObject:
            facts = transaction.facts(
                Needs(
                    workspaces=frozenset({workspace.id}),
                    keys=frozenset(),
                    anonymous_ids={key: (now, now)},
                    refs=frozenset({ref}),
                    relates=True,
                    joined=frozenset({ref}),
                    in_force=in_force,
                    recounted=frozenset({(workspace.id, person_id)}),
                )
            )
            fact = facts.anonymous_ids[key]
            if fact.person_id != person_id or fact.assigned_at is None:
                raise StoreBusy("the anonymous id changed hands meanwhile")
            held = transaction.held_ids(workspace.id, person_id)
            decision = unmerge(key, person_id, held, facts, occasion)
            alive_after = facts.policies[workspace.id].alive_after(now)
            decision.relationships = give_back_relationships(
                key, person_id, alive_after, facts.relationships
            )
            transaction.commit(decision, [act])
            return {
                "anonymous_id": anonymous_id,
                "cio_id": person_id,
                "assigned_at": iso(fact.assigned_at),
            }

        return self._store.write(work) | self._counted(workspace, derived_id(occasion.id, 1), now)

    def _counted(self, workspace: Workspace, activity_id: str, now: Instant) -> JSONObject:
        """Tell what the line of the log says of how many events moved."""
        query = ActivityQuery(
            workspace_id=workspace.id,
            alive_after=policy_of(workspace.settings).alive_after(now),
            message=activity_id,
        )
        data: JSONObject = loads(self._store.activities(query)[0].data)
        return {"count": data["count"], "expired": data["expired"]}
