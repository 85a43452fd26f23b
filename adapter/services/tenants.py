"""Workspaces and sources: made, listed and changed by the operator."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapter.clock import Clock, Instant, parse_instant
from adapter.errors import OperatorError, Problem
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.model.in_force import InForce
from adapter.model.workspaces import ReceivedAt, Role, Source, Workspace
from adapter.ports import Store, Transaction
from adapter.services.acts import ActStamp
from adapter.services.credentials import hash_of, new_public_key, new_secret
from adapter.services.names import blank_problems, refuse, slug_for, slug_problems
from adapter.services.settings_changes import (
    SettingsChange,
    apply_change,
    note_change,
    source_change,
)
from adapter.services.workspace_settings import parse_setting

MERGING_SINCE = parse_instant("2021-07-01T00:00:00Z")
"""A workspace created before this starts with merging off (M8)."""

DEFAULT_SLUG = "default"
DEFAULT_MAPPING = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A new workspace's credentials; what is not given is generated. Shown once."""

    site_id: str
    api_key: str
    app_key: str
    read_key: str
    write_key: str
    shared_secret: str

    @classmethod
    def given(cls, given: Mapping[str, str | None]) -> "Credentials":
        """Take what is given and generate the rest."""
        return cls(
            site_id=given.get("site_id") or new_public_key(),
            api_key=given.get("api_key") or new_secret(),
            app_key=given.get("app_key") or new_secret(),
            read_key=given.get("read_key") or new_secret(),
            write_key=given.get("write_key") or new_public_key(),
            shared_secret=given.get("shared_secret") or new_secret(),
        )


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """A workspace just made, with the credentials that are shown only now."""

    workspace: Workspace
    source: Source
    credentials: Credentials


class Tenants:
    """Makes and changes workspaces and sources.

    Args:
        store: where they are kept.
        clock: tells when they were made or changed.
        mappings: names of the mapping files a source may use; None: any.
        in_force: gives what the operator's files say.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mappings: Collection[str] | None = None,
        in_force: Callable[[], InForce] = InForce,
    ) -> None:
        self._in_force = in_force
        self._store = store
        self._clock = clock
        self._mappings = mappings

    def create(
        self, name: str, given: Mapping[str, str | None], created_at: Instant | None = None
    ) -> NewWorkspace:
        """Make a workspace with its first source.

        Args:
            name: unique.
            given: credentials by name (``Credentials``); generated where missing.
            created_at: before July 2021 merging starts switched off (M8); now by default.

        Raises:
            OperatorError: the name or a credential is taken.
        """
        credentials = Credentials.given(given)
        self._refuse_taken_keys(credentials)
        at = self._clock.now() if created_at is None else created_at
        settings: JSONObject = {} if at >= MERGING_SINCE else {"merging": False}
        slugs = {source.slug for source in self._store.sources()}
        workspace, source = self._store.create_workspace(
            Workspace(
                id=0,
                name=name,
                site_id=credentials.site_id,
                api_key_hash=hash_of(credentials.api_key),
                app_key_hash=hash_of(credentials.app_key),
                read_key_hash=hash_of(credentials.read_key),
                created_at=at,
                settings=settings,
                tombstone_secret=new_secret(),
            ),
            _new_source(
                workspace_id=0,
                slug=_first_slug(name, slugs),
                write_key=credentials.write_key,
                shared_secret=credentials.shared_secret,
                at=at,
            ),
        )
        return NewWorkspace(workspace, source, credentials)

    def change_app_key(self, workspace: Workspace, role: Role, app_key: str | None = None) -> str:
        """Replace the app key that has a role, and give the new one; generated if not given.

        Raises:
            OperatorError: the key is blank, or one that opens something already.
        """
        refuse([*blank_problems({"key": app_key})])
        key = app_key or new_secret()
        refuse(self._taken_app_keys({"key": key}))
        self._store.change_app_key(workspace.id, role, hash_of(key))
        return key

    def create_source(
        self,
        workspace: Workspace,
        slug: str,
        *,
        write_key: str | None = None,
        shared_secret: str | None = None,
        mapping: str = DEFAULT_MAPPING,
    ) -> Source:
        """Add a source; a write key or shared secret that is not given is generated.

        Raises:
            OperatorError: names all of a slug or key that is unfit and a mapping that is not
                there; or the slug or write key is taken.
        """
        given = {"write_key": write_key, "shared_secret": shared_secret}
        refuse([*slug_problems(slug), *blank_problems(given), *self._mapping_problems(mapping)])
        return self._store.create_source(
            _new_source(
                workspace_id=workspace.id,
                slug=slug,
                write_key=write_key or new_public_key(),
                shared_secret=shared_secret or new_secret(),
                mapping=mapping,
                at=self._clock.now(),
            )
        )

    def change_source(self, source: Source, changes: Mapping[str, Any], *, by: str = "") -> Source:
        """Change some fields of a source, and log who did.

        Args:
            source: as it is.
            changes: new values by name of the field.
            by: who changes them.

        Raises:
            OperatorError: names all blank keys and a mapping that is not there; or the write key
                is taken.
        """
        keys = {name: changes.get(name) for name in ("write_key", "shared_secrets")}
        problems = [*blank_problems(keys)]
        if "mapping" in changes:
            problems += self._mapping_problems(changes["mapping"])
        refuse(problems)
        changed, change = replace(source, **changes), source_change(source, changes)
        stamp = ActStamp.now(self._clock, by)

        def work(transaction: Transaction) -> None:
            transaction.change_source(changed)
            note_change(transaction, change, stamp)

        self._store.write(work)
        return changed

    def update_source(self, source: Source) -> None:
        """Write a changed source as it is given."""
        self._store.write(lambda transaction: transaction.change_source(source))

    def workspaces(self) -> list[Workspace]:
        """List all workspaces, oldest first."""
        return self._store.workspaces()

    def sources(self) -> list[Source]:
        """List all sources, oldest first."""
        return self._store.sources()

    def default_source(self) -> Source:
        """Give the source ``default``, else the oldest: whose a demo is.

        Raises:
            OperatorError: there is none at all.
        """
        sources = self.sources()
        if not sources:
            raise OperatorError("there is no source yet: adapter workspace create NAME")
        return next((known for known in sources if known.slug == DEFAULT_SLUG), sources[0])

    def workspace(self, name: str) -> Workspace:
        """Find a workspace by name.

        Raises:
            OperatorError: there is none.
        """
        known = self._store.workspaces()
        for workspace in known:
            if workspace.name == name:
                return workspace
        names = ", ".join(workspace.name for workspace in known) or "none yet"
        raise OperatorError(f"no workspace is named {name!r}; there are: {names}")

    def chosen(self, name: str | None) -> list[Workspace]:
        """Give the workspace of a name, or all where none is named.

        Raises:
            OperatorError: there is none of this name.
        """
        return self.workspaces() if name is None else [self.workspace(name)]

    def source(self, slug: str) -> Source:
        """Find a source by slug.

        Raises:
            OperatorError: there is none.
        """
        known = self._store.sources()
        for source in known:
            if source.slug == slug:
                return source
        slugs = ", ".join(source.slug for source in known) or "none yet"
        raise OperatorError(f"no source has the slug {slug!r}; there are: {slugs}")

    def change_settings(
        self,
        workspace: Workspace,
        given: Mapping[str, JSONValue],
        *,
        by: str = "",
        triggers: bool = True,
    ) -> Workspace:
        """Change settings, and log who did; switching merging on catches up (M8).

        Args:
            workspace: whose.
            given: new values by name, as JSON or as text.
            by: who changes them.
            triggers: off, what is caught up with triggers nothing (C8).

        Raises:
            OperatorError: names every setting that is unknown or has a wrong value.
        """
        change = SettingsChange(
            workspace_id=workspace.id, changes=parse_settings(given), triggers=triggers
        )
        stamp = ActStamp.now(self._clock, by)

        def work(transaction: Transaction) -> JSONObject:
            return apply_change(transaction, change, stamp, self._in_force())

        return replace(workspace, settings=self._store.write(work))

    def _mapping_problems(self, mapping: str) -> list[Problem]:
        if self._mappings is None or mapping in self._mappings:
            return []
        known = ", ".join(sorted(self._mappings))
        text = f"--mapping: no mapping is named {mapping!r}; there are: {known}"
        return [Problem("unknown_mapping", text)]

    def _refuse_taken_keys(self, credentials: Credentials) -> None:
        """A key that two workspaces hold would open only one of them to whoever bears it."""
        problems = self._taken_app_keys(
            {"app key": credentials.app_key, "read key": credentials.read_key}
        )
        hashed = hash_of(credentials.api_key)
        if any(workspace.api_key_hash == hashed for workspace in self._store.workspaces()):
            problems.append(Problem("key_taken", "API key is taken by another workspace"))
        if credentials.app_key == credentials.read_key:
            problems.append(Problem("key_taken", "app key and read key must differ"))
        refuse(problems)

    def _taken_app_keys(self, keys: Mapping[str, str]) -> list[Problem]:
        """Name those of some app keys that open something already, in whatever role."""
        known = self._store.workspaces()
        taken = {workspace.key_hash(role) for workspace in known for role in Role}
        return [
            Problem("key_taken", f"{name} is taken: it opens a workspace already")
            for name, key in keys.items()
            if hash_of(key) in taken
        ]


def parse_settings(given: Mapping[str, JSONValue]) -> JSONObject:
    """Read settings given as JSON or as text.

    Raises:
        OperatorError: with one problem per setting that is unknown or has a wrong value.
    """
    values: JSONObject = {}
    problems = []
    for name, one in given.items():
        value, problem = parse_setting(name, one)
        if problem is None:
            values[name] = value
        else:
            problems.append(problem)
    if problems:
        raise OperatorError("; ".join(p.message for p in problems), problems=problems)
    return values


def _first_slug(name: str, taken: Collection[str]) -> str:
    """Name a workspace's first source: ``default`` if it is free, else after the workspace."""
    if DEFAULT_SLUG not in taken:
        return DEFAULT_SLUG
    return slug_for(name) or f"source-{len(taken) + 1}"


def _new_source(
    *,
    workspace_id: int,
    slug: str,
    write_key: str,
    shared_secret: str,
    at: Instant,
    mapping: str = DEFAULT_MAPPING,
) -> Source:
    return Source(
        id=0,
        workspace_id=workspace_id,
        slug=slug,
        write_key=write_key,
        shared_secrets=(shared_secret,),
        require_header=None,
        batch_signature=None,
        mapping=mapping,
        received_at=ReceivedAt.ARRIVAL,
        created_at=at,
    )
