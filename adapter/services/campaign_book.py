"""The campaigns and destinations in force, read again without a restart."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from adapter.mapping.campaigns import CAMPAIGNS, load_campaigns
from adapter.mapping.destinations import DESTINATIONS, Destination, load_destinations
from adapter.mapping.findings import MappingFileInvalid
from adapter.model.campaigns import Campaign
from adapter.model.deliveries import Endpoint, EndpointKey
from adapter.model.in_force import InForce, WorkspaceId
from adapter.services.directory import Directory

_NOTHING = InForce()
_NOBODY = 0
"""The id of no workspace: a file may name one that does not exist yet."""

_log = structlog.get_logger()


class CampaignBook:
    """Reads ``campaigns.yaml`` and ``destinations.yaml``; a file that is not there holds nothing.

    Args:
        directory: where the files are; None for nowhere.
        known: tells which workspaces there are.

    Raises:
        MappingFileInvalid: the file does not check.
    """

    def __init__(self, directory: Path | None, known: Directory) -> None:
        self._path = None if directory is None else directory / f"{CAMPAIGNS}.yaml"
        self._known = known
        self._onward = None if directory is None else directory / f"{DESTINATIONS}.yaml"
        self._stamp = self._looked_at()
        self._campaigns, self._destinations = self._read()

    def in_force(self) -> InForce:
        """Give all that the files say, each thing with the workspace it is for."""
        if not (self._campaigns or self._destinations):
            return _NOTHING
        ids = self._known.workspace_ids()

        def owner(name: str | None) -> WorkspaceId:
            return None if name is None else ids.get(name, _NOBODY)

        return InForce(
            campaigns=tuple((owner(each.workspace), each) for each in self._campaigns),
            destinations=tuple(
                (owner(each.workspace), each.endpoint) for each in self._destinations
            ),
        )

    def endpoints(self) -> Mapping[EndpointKey, Endpoint]:
        """Give where deliveries go, by workspace and name."""
        in_force = self.in_force()
        started = [(owner, campaign.endpoint) for owner, campaign in in_force.campaigns]
        all_of_them = [*started, *in_force.destinations]
        ids = self._known.workspace_ids().values() if all_of_them else ()
        return {
            (workspace_id, endpoint.name): endpoint
            for owner, endpoint in all_of_them
            for workspace_id in (ids if owner is None else [owner])
        }

    def reload(self) -> None:
        """Read the files again; keep what was in force if it does not check, and log it."""
        self._stamp = self._looked_at()
        try:
            self._campaigns, self._destinations = self._read()
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

    def _read(self) -> tuple[tuple[Campaign, ...], tuple[Destination, ...]]:
        campaigns = load_campaigns(self._path) if self._path and self._path.exists() else ()
        onward = load_destinations(self._onward) if self._onward and self._onward.exists() else ()
        return campaigns, onward

    def _looked_at(self) -> list[tuple[int, int] | None]:
        return [_stamp(path) for path in (self._path, self._onward)]


def _stamp(path: Path | None) -> tuple[int, int] | None:
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return None if status is None else (status.st_mtime_ns, status.st_size)
