"""The campaigns, destinations and segments in force, read again without a restart."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from adapter.mapping.campaigns import CAMPAIGNS, load_campaigns
from adapter.mapping.destinations import DESTINATIONS, Destination, load_destinations
from adapter.mapping.findings import MappingFileInvalid
from adapter.mapping.segments import SEGMENTS, load_segments
from adapter.model.campaigns import Campaign
from adapter.model.deliveries import Endpoint, EndpointKey
from adapter.model.in_force import InForce, WorkspaceId
from adapter.model.segments import Segment
from adapter.services.directory import Directory

_NOBODY = 0
"""The id of no workspace: a file may name one that does not exist yet."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files say; one that is not there says nothing."""

    campaigns: tuple[Campaign, ...] = ()
    destinations: tuple[Destination, ...] = ()
    segments: tuple[Segment, ...] = ()


class CampaignBook:
    """Reads ``campaigns.yaml``, ``destinations.yaml`` and ``segments.yaml``.

    Args:
        directory: where the files are; None for nowhere.
        known: tells which workspaces there are.

    Raises:
        MappingFileInvalid: the file does not check.
    """

    def __init__(self, directory: Path | None, known: Directory) -> None:
        names = () if directory is None else (CAMPAIGNS, DESTINATIONS, SEGMENTS)
        self._paths = {name: (directory or Path()) / f"{name}.yaml" for name in names}
        self._known = known
        self._stamp = self._looked_at()
        self._files = self._read()
        self._made: tuple[_Files, Mapping[str, int], InForce] | None = None

    def in_force(self) -> InForce:
        """Give all that the files say, each thing with the workspace it is for."""
        files, ids = self._files, self._known.workspace_ids()
        made = self._made
        if made is None or made[0] is not files or made[1] != ids:
            # Every batch asks, and files and workspaces rarely change.
            self._made = made = (files, dict(ids), _in_force(files, ids))
        return made[2]

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
            self._files = self._read()
        except MappingFileInvalid as error:
            for finding in error.findings:
                at = f"{finding.file}:{finding.line}:{finding.column}"
                _log.error("campaigns_kept", at=at, code=finding.code, message=finding.message)
            return
        _log.info("campaigns_reloaded", count=len(self._files.campaigns))

    def reload_changed(self) -> None:
        """Read the files again if one has changed."""
        if self._looked_at() != self._stamp:
            self.reload()

    def _read(self) -> _Files:
        there = {name: path for name, path in self._paths.items() if path.exists()}
        return _Files(
            campaigns=load_campaigns(there[CAMPAIGNS]) if CAMPAIGNS in there else (),
            destinations=load_destinations(there[DESTINATIONS]) if DESTINATIONS in there else (),
            segments=load_segments(there[SEGMENTS]) if SEGMENTS in there else (),
        )

    def _looked_at(self) -> list[tuple[int, int] | None]:
        return [_stamp(path) for path in self._paths.values()]


def _in_force(files: _Files, ids: Mapping[str, int]) -> InForce:
    def owner(name: str | None) -> WorkspaceId:
        return None if name is None else ids.get(name, _NOBODY)

    return InForce(
        campaigns=tuple((owner(each.workspace), each) for each in files.campaigns),
        destinations=tuple((owner(each.workspace), each.endpoint) for each in files.destinations),
        segments=tuple((owner(each.workspace), each) for each in files.segments),
    )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)
