"""The campaigns in force, read again without a restart; a broken file changes nothing."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from adapter.mapping.campaigns import CAMPAIGNS, load_campaigns
from adapter.mapping.findings import MappingFileInvalid
from adapter.model.campaigns import Campaign
from adapter.model.deliveries import Endpoint, EndpointKey
from adapter.rules.facts import InForce
from adapter.services.directory import Directory

_log = structlog.get_logger()


class CampaignBook:
    """Reads ``campaigns.yaml``; without that file there are no campaigns.

    Args:
        directory: where the file is; None for nowhere.
        known: tells which workspaces there are.

    Raises:
        MappingFileInvalid: the file does not check.
    """

    def __init__(self, directory: Path | None, known: Directory) -> None:
        self._path = None if directory is None else directory / f"{CAMPAIGNS}.yaml"
        self._known = known
        self._stamp = self._looked_at()
        self._campaigns = self._read()

    def in_force(self) -> InForce:
        """Give all campaigns, each with the workspace it is for."""
        if not self._campaigns:
            return ()
        ids = self._known.workspace_ids()
        pairs = [
            (None if each.workspace is None else ids.get(each.workspace, 0), each)
            for each in self._campaigns
        ]
        return tuple(pairs)

    def endpoints(self) -> Mapping[EndpointKey, Endpoint]:
        """Give where campaigns deliver, by workspace and name."""
        ids = self._known.workspace_ids().values() if self._campaigns else ()
        return {
            (workspace_id, campaign.endpoint.name): campaign.endpoint
            for owner, campaign in self.in_force()
            for workspace_id in (ids if owner is None else [owner])
        }

    def reload(self) -> None:
        """Read the file again; keep what was in force if it does not check, and log it."""
        self._stamp = self._looked_at()
        try:
            self._campaigns = self._read()
        except MappingFileInvalid as error:
            for finding in error.findings:
                at = f"{finding.file}:{finding.line}:{finding.column}"
                _log.error("campaigns_kept", at=at, code=finding.code, message=finding.message)
            return
        _log.info("campaigns_reloaded", count=len(self._campaigns))

    def reload_changed(self) -> None:
        """Read the file again if it has changed."""
        if self._looked_at() != self._stamp:
            self.reload()

    def _read(self) -> tuple[Campaign, ...]:
        if self._path is None or not self._path.exists():
            return ()
        return load_campaigns(self._path)

    def _looked_at(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat() if self._path is not None else None
        except OSError:
            return None
        return None if status is None else (status.st_mtime_ns, status.st_size)
