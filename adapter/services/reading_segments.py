"""What can be read of segments, shaped like Customer.io's App API (C6, design 6)."""

import re
from collections.abc import Callable, Mapping

from adapter.clock import unix_seconds
from adapter.errors import NotFound
from adapter.jsonvalue import JSONObject
from adapter.model.in_force import InForce
from adapter.model.segments import Segment
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.services.activity_json import identifiers_json
from adapter.services.reading import checked_limit, person_ref

_CURSOR = re.compile(r"[0-9a-f]{32}")
"""Of a page of members: an id of ours."""

_FINISHED = 100


class ReadingSegments:
    """Answers about the segments in force, and who is in them.

    Args:
        store: where they are kept.
        in_force: gives the segments.
    """

    def __init__(self, store: Store, in_force: Callable[[], InForce]) -> None:
        self._store = store
        self._in_force = in_force

    def segments(self, workspace: Workspace, _params: Mapping[str, str]) -> JSONObject:
        """List the segments, each with how far it is worked out.

        Returns:
            ``{"segments": [{"id", "name", "description", "type", "state", "progress",
            "members"}]}``; the state is ``building`` until everybody is worked out, and the
            progress how many in a hundred are.
        """
        segmentation = self._in_force().segmentation(workspace.id)
        progress = self._progress(workspace.id, segmentation.edition)
        return {
            "segments": [
                self._shown(workspace, segment, progress)
                for segment in segmentation.segments.values()
            ]
        }

    def segment(self, workspace: Workspace, segment_id: str) -> JSONObject:
        """Show one segment.

        Raises:
            NotFound: there is no such segment.
        """
        segment = self._segment(workspace, segment_id)
        edition = self._in_force().segmentation(workspace.id).edition
        progress = self._progress(workspace.id, edition)
        return {"segment": self._shown(workspace, segment, progress)}

    def count(self, workspace: Workspace, segment_id: str) -> JSONObject:
        """Count a segment's members.

        Raises:
            NotFound: there is no such segment.
        """
        self._segment(workspace, segment_id)
        return {"count": self._store.memberships.count(workspace.id, segment_id)}

    def membership(
        self, workspace: Workspace, segment_id: str, params: Mapping[str, str]
    ) -> JSONObject:
        """Page through a segment's members.

        Returns:
            ``{"identifiers": [{"id", "email", "cio_id"}], "ids": [...], "next": cursor or ""}``.

        Raises:
            NotFound: there is no such segment.
            RequestError: a parameter is wrong.
        """
        limit = checked_limit(params, _CURSOR)
        self._segment(workspace, segment_id)
        found = self._store.memberships.members(
            workspace.id, segment_id, beyond=params.get("start", ""), limit=limit + 1
        )
        shown = found[:limit]
        people = self._store.person_identifiers(workspace.id, shown)
        known = [
            {kind.value: text for kind, text in people.get(person_id, {}).items()}
            | {"cio_id": person_id}
            for person_id in shown
        ]
        return {
            "identifiers": [identifiers_json(names) for names in known],
            "ids": [names["id"] for names in known if "id" in names],
            "next": shown[-1] if len(found) > limit else "",
        }

    def of_customer(
        self, workspace: Workspace, identifier: str, params: Mapping[str, str]
    ) -> JSONObject:
        """List the segments that a person is in, and since when.

        Returns:
            ``{"segments": [{"id", "name", "description", "type", "entered_at"}]}``.

        Raises:
            NotFound: nobody is known by the identifier.
            RequestError: a parameter is wrong.
        """
        ref = person_ref(identifier, params.get("id_type"))
        person = self._store.find_person(workspace.id, ref)
        if person is None:
            raise NotFound(f"nobody is known by {identifier!r}")
        members = self._store.memberships.of_person(workspace.id, person.person_id)
        segments = self._in_force().segmentation(workspace.id).segments
        return {
            "segments": [
                {**_named(segments[each]), "entered_at": unix_seconds(member.since)}
                for each, member in members.items()
                if each in segments
            ]
        }

    def _segment(self, workspace: Workspace, segment_id: str) -> Segment:
        segment = self._in_force().segmentation(workspace.id).segments.get(segment_id)
        if segment is None:
            raise NotFound(f"there is no segment {segment_id!r}")
        return segment

    def _progress(self, workspace_id: int, edition: str) -> int:
        """Tell how many people in a hundred are worked out."""
        if not edition or self._store.memberships.edition(workspace_id) != edition:
            return 0
        progress = self._store.memberships.progress(workspace_id, edition)
        if progress.done >= progress.people:
            return _FINISHED
        return progress.done * _FINISHED // progress.people

    def _shown(self, workspace: Workspace, segment: Segment, progress: int) -> JSONObject:
        return {
            **_named(segment),
            "state": "finished" if progress == _FINISHED else "building",
            "progress": progress,
            "members": self._store.memberships.count(workspace.id, segment.id),
        }


def _named(segment: Segment) -> JSONObject:
    return {
        "id": segment.id,
        "name": segment.name,
        "description": segment.description,
        "type": "dynamic",
    }
