"""Workspaces and sources as they are shown, without their secrets."""

from collections.abc import Iterable

from adapter.clock import iso
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Source, Workspace
from adapter.services.workspace_settings import effective


def workspace_json(known: Workspace) -> JSONObject:
    """Show a workspace with all its settings."""
    return {
        "workspace": known.name,
        "name": known.name,
        "site_id": known.site_id,
        "created_at": iso(known.created_at),
        "settings": effective(known.settings),
    }


def workspace_with_sources_json(known: Workspace, sources: Iterable[Source]) -> JSONObject:
    """Show a workspace with all its settings and its sources, those of others left out."""
    own = [source_json(source) for source in sources if source.workspace_id == known.id]
    return {**workspace_json(known), "sources": own}


def source_json(known: Source) -> JSONObject:
    """Show a source."""
    return {
        "source": known.slug,
        "slug": known.slug,
        "write_key": known.write_key,
        "shared_secrets": len(known.shared_secrets),
        "require_header": None if known.require_header is None else "set",
        "batch_signature": known.batch_signature
        or ("require-header" if known.require_header else "accept"),
        "mapping": known.mapping,
        "received_at": known.received_at.value,
        "webhook_path": f"/webhooks/segment/{known.slug}",
    }
