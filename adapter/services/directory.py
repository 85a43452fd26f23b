"""Who is who: workspaces and sources by their credentials, as the doors ask for them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapter.model.workspaces import Role, Source, Workspace
from adapter.ports import Store
from adapter.services.credentials import hash_of, is_secret
from adapter.services.refreshed import Refreshed


class Access(NamedTuple):
    """What an app key opens: a workspace, to read it or to change it as well."""

    workspace: Workspace
    role: Role


@dataclass(frozen=True, slots=True)
class _Snapshot:
    workspaces: dict[int, Workspace]
    by_app_key: dict[str, Access]
    by_site_id: dict[str, Workspace]
    first_sources: dict[int, Source]
    by_slug: dict[str, Source]
    by_write_key: dict[str, Source]
    by_id: dict[int, Source]


class Directory:
    """Looks up workspaces and sources, read anew when a second old.

    A change made by a command in another process is seen within that second.

    Args:
        store: where they are kept.
        monotonic: seconds that only grow, for the age of what was read; not the product's clock,
            which may stand still in a rehearsal.
        patience: seconds to wait for the store before what was read last must do; None to wait
            for as long as it takes.
    """

    def __init__(
        self,
        store: Store,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        patience: float | None = None,
    ) -> None:
        self._store = store
        self._snapshot = Refreshed(self._read, monotonic, patience)

    def forget(self) -> None:
        """Read anew when next asked: whoever changed something here sees it at once."""
        self._snapshot.forget()

    def workspaces(self) -> Sequence[Workspace]:
        """Give all workspaces."""
        return tuple(self._snapshot.get().workspaces.values())

    def source_by_slug(self, slug: str) -> Source | None:
        """Find the source that a webhook's path names."""
        return self._snapshot.get().by_slug.get(slug)

    def source_by_write_key(self, write_key: str) -> Source | None:
        """Find the source whose write key this is; it names rather than proves."""
        return self._snapshot.get().by_write_key.get(write_key)

    def workspace_by_site_id(self, site_id: str) -> Workspace | None:
        """Find the workspace whose site id this is; it names rather than proves."""
        return self._snapshot.get().by_site_id.get(site_id)

    def first_source(self, workspace: Workspace) -> Source:
        """Give a workspace's oldest source: what comes by the workspace's own credentials is its.

        The ledger counts by source, and the Track API knows only workspaces.
        """
        return self._snapshot.get().first_sources[workspace.id]

    def source(self, source_id: int) -> Source | None:
        """Find a source by its id."""
        return self._snapshot.get().by_id.get(source_id)

    def sources_of(self, workspace: Workspace) -> Sequence[Source]:
        """Give the sources of a workspace."""
        known = self._snapshot.get().by_id.values()
        return [source for source in known if source.workspace_id == workspace.id]

    def workspace(self, workspace_id: int) -> Workspace:
        """Give the workspace of a source."""
        return self._snapshot.get().workspaces[workspace_id]

    def access_by_app_key(self, app_key: str) -> Access | None:
        """Find the workspace whose app key this is, and what it may do there.

        Found by its hash: what leaks by timing is a hash's prefix, which helps nobody.
        """
        found = self._snapshot.get().by_app_key.get(hash_of(app_key))
        # Compared even if nobody has it, so that time does not tell.
        hashed = "" if found is None else found.workspace.key_hash(found.role)
        return found if is_secret(app_key, hashed) else None

    def workspace_ids(self) -> dict[str, int]:
        """Give the ids of all workspaces, by name."""
        return {each.name: each.id for each in self._snapshot.get().workspaces.values()}

    def _read(self) -> _Snapshot:
        workspaces = self._store.workspaces()
        sources = self._store.sources()
        return _Snapshot(
            workspaces={workspace.id: workspace for workspace in workspaces},
            by_app_key={
                workspace.key_hash(role): Access(workspace, role)
                for workspace in workspaces
                for role in Role
                if workspace.key_hash(role)
            },
            by_site_id={workspace.site_id: workspace for workspace in workspaces},
            # Oldest first, so that the first of each workspace is written last.
            first_sources={source.workspace_id: source for source in reversed(sources)},
            by_slug={source.slug: source for source in sources},
            by_write_key={source.write_key: source for source in sources},
            by_id={source.id: source for source in sources},
        )
