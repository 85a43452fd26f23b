"""Tenants, their sources and their credentials."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from adapter.clock import Instant
from adapter.model.swift import swift


class ReceivedAt(StrEnum):
    """Which clock stamps a source's records (T2)."""

    ARRIVAL = "arrival"
    SEGMENT = "segment"


class Role(StrEnum):
    """What whoever bears an app key may do."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One tenant.

    Attributes:
        app_key_hash: of the app key that may read and change.
        read_key_hash: of the app key that may only read; "" where none was made.
        settings: by name, as JSON; only those that differ from the defaults.
        tombstone_secret: keys the hashes that are left of who is gone (R4); made with the
            workspace, never shown and never changed.
    """

    id: int
    name: str
    site_id: str
    api_key_hash: str
    app_key_hash: str
    created_at: Instant
    settings: dict[str, object]
    tombstone_secret: str = field(repr=False)
    read_key_hash: str = ""

    def key_hash(self, role: Role) -> str:
        """Give the hash of the app key that has a role; "" where there is none."""
        return self.app_key_hash if role is Role.WRITE else self.read_key_hash

    def with_app_key(self, role: Role, key_hash: str) -> "Workspace":
        """Give the workspace with another app key for a role."""
        if role is Role.WRITE:
            return replace(self, app_key_hash=key_hash)
        return replace(self, read_key_hash=key_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A sender inside a workspace.

    Attributes:
        slug: names it in the webhook's path; unique over all workspaces.
        write_key: names it in the Segment HTTP API; unique over all workspaces.
        shared_secrets: any of them may sign; several while one is being rotated out.
        require_header: "Name: value" that every request must bear, or None.
        batch_signature: what a signature over the first element of a batch is worth:
            ``refuse``, ``accept`` or ``require-header``; None means the default
            (``require-header`` where a header is required, else ``accept``).
        mapping: name of its mapping file in the mappings directory.
    """

    id: int
    workspace_id: int
    slug: str
    write_key: str
    shared_secrets: tuple[str, ...]
    require_header: str | None
    batch_signature: str | None
    mapping: str
    received_at: ReceivedAt
    created_at: Instant


@swift(frozen=True, slots=True, kw_only=True)
class Received:
    """A request's raw body; exists before anything is believed.

    Attributes:
        id: ours, UUIDv7; shared by the messages it becomes (``Message.received_id``), whose own
            ids follow it (``ids.following_ids``).
        door: which way it came in.
        deflated: the raw bytes, as zlib deflates them: by the request's own thread, so that the
            commit that many wait for need not.
        received_at: taken once per request, before any queue or lock (T1).
        records: how many the door counted in it, before anything was made of them (L4).
        mapping: digest of the mapping file that its records went through; "" for none.
        erased: how many of its records are gone from it, because their people are (P6).
        read_as: what the body does not say of how it was read (``doors.rereading``); "" where that
            was not kept.
        place: in the order of acceptance; the store gives it when it commits.
    """

    id: str
    workspace_id: int
    source_id: int
    door: str
    deflated: bytes
    received_at: Instant
    records: int
    mapping: str = ""
    erased: int = 0
    read_as: str = ""
    place: int = field(default=0, compare=False)
