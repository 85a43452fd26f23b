"""The state as a function of what was accepted: derived anew, as it is or as it was (M11)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from adapter.clock import Instant, ManualClock
from adapter.errors import OperatorError
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.services.digesting import Digest, Digesting
from adapter.services.rederiving.accepted import accepted, first_settings, is_whole
from adapter.services.rederiving.player import Played, Player
from adapter.services.rederiving.rereader import Rereader
from adapter.services.rederiving.twin import Twin, make_twin

Scratch = Callable[[], AbstractContextManager[Store]]
"""Makes an empty store, for as long as it is used."""

_GROUP = 2_000


class Rederiving:
    """Derives the state of workspaces anew.

    Args:
        store: holds what was accepted; it is only read.
        scratch: makes an empty store to derive into, thrown away afterwards.
    """

    def __init__(self, store: Store, scratch: Scratch) -> None:
        self._store = store
        self.scratch = scratch

    def digest(self, workspace: Workspace, as_of: Instant) -> Digest:
        """Hash the state as it was at an instant: what was accepted by then, and alive then.

        Raises:
            OperatorError: something of what was accepted is no longer kept, or cannot be read.
        """
        with self.scratch() as target:
            twin, played = self.derive(workspace, target, until=as_of)
            if played.unplayed:
                first = played.unplayed[0]
                raise OperatorError(
                    f"{len(played.unplayed)} of what was accepted cannot be read again, the first "
                    f"({first.id}): {first.why}"
                )
            (now,) = [each for each in target.workspaces() if each.id == twin.workspace.id]
            return Digesting(target, ManualClock(as_of)).digest(now)

    def derive(
        self,
        workspace: Workspace,
        target: Store,
        *,
        until: Instant | None = None,
        group: int = _GROUP,
        keeps: bool = False,
    ) -> tuple[Twin, Played]:
        """Play what a workspace accepted into a twin of it.

        Args:
            workspace: whose.
            target: where the twin is made.
            until: only what was accepted by then; all by default.
            group: most messages in one transaction, unless one request alone has more.
            keeps: the target is to last: bodies and mapping files are kept in it as well.

        Raises:
            OperatorError: something of what was accepted is no longer kept, or the target has a
                workspace or source of the same name.
        """
        if not is_whole(self._store, workspace):
            raise OperatorError(
                f"the workspace {workspace.name!r} accepted records whose bodies have expired "
                "(R2), so its state cannot be derived from what is left"
            )
        settings = first_settings(self._store, workspace)
        twin = make_twin(self._store, target, workspace, settings)
        player = Player(
            target,
            twin,
            Rereader(self._store.find_mapping),
            partial(self._recipient, workspace.id),
            group=group,
            keeps=keeps,
        )
        return twin, player.play(accepted(self._store, workspace, until=until))

    def _recipient(self, workspace_id: int, delivery_id: str) -> PersonRef | None:
        """Tell whom a delivery is about, as the outbox has it; nobody if it is about none."""
        found = self._store.outbox.find_delivery(workspace_id, delivery_id)
        if found is None or found.person_id is None:
            return None
        return PersonRef(IdentifierKind.CIO_ID, found.person_id)
