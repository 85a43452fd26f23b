"""What can be read of objects, shaped like Customer.io's App API (design 6)."""

import re
from collections.abc import Mapping

from adapter.clock import unix_seconds
from adapter.errors import NotFound
from adapter.ids import cio_object_id_of
from adapter.jsonvalue import JSONObject
from adapter.model.objects import CustomObject
from adapter.model.people import Attribute
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.services.activity_json import identifiers_json
from adapter.services.reading import checked_limit, person_ref

_CURSOR = re.compile(r"[0-9a-f]{32}")
"""Of a page of relationships: an id of ours, of an object or a person."""


class ReadingObjects:
    """Answers about objects, and about who is related to them. Strangers are not shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def object(self, workspace: Workspace, object_type_id: str, object_id: str) -> JSONObject:
        """Show an object's identifiers and attributes, with the time of each.

        Raises:
            NotFound: there is no such object.
        """
        found = self._object(workspace, object_type_id, object_id)
        return {
            "object": {
                **_named(found),
                **_attributes(found.attributes),
                "created_at": unix_seconds(found.created_at),
                "updated_at": unix_seconds(found.updated_at),
            }
        }

    def people_of(
        self,
        workspace: Workspace,
        object_type_id: str,
        object_id: str,
        params: Mapping[str, str],
    ) -> JSONObject:
        """Page through the people related to an object.

        Returns:
            ``{"cio_relationships": [...], "next": cursor or ""}``.

        Raises:
            NotFound: there is no such object.
            RequestError: a parameter is wrong.
        """
        limit = checked_limit(params, _CURSOR)
        found = self._object(workspace, object_type_id, object_id)
        rows = self._store.relationships(
            workspace.id,
            cio_object_id=found.cio_object_id,
            beyond=params.get("start", ""),
            limit=limit + 1,
        )
        shown = rows[:limit]
        people = self._store.person_identifiers(workspace.id, [row.person_id for row in shown])
        return {
            "cio_relationships": [
                {
                    "object_type_id": found.object_type_id,
                    "identifiers": identifiers_json(
                        {kind.value: text for kind, text in people.get(row.person_id, {}).items()}
                        | {"cio_id": row.person_id}
                    ),
                    **_attributes(row.relationship.attributes),
                }
                for row in shown
            ],
            "next": shown[-1].person_id if len(rows) > limit else "",
        }

    def objects_of(
        self,
        workspace: Workspace,
        identifier: str,
        params: Mapping[str, str],
    ) -> JSONObject:
        """Page through the objects that a person is related to.

        Raises:
            NotFound: nobody is known by the identifier.
            RequestError: a parameter is wrong.
        """
        limit = checked_limit(params, _CURSOR)
        person = self._store.find_person(
            workspace.id, person_ref(identifier, params.get("id_type"))
        )
        if person is None:
            raise NotFound(f"nobody is known by {identifier!r}")
        rows = self._store.relationships(
            workspace.id,
            person_id=person.person_id,
            beyond=params.get("start", ""),
            limit=limit + 1,
        )
        shown = rows[:limit]
        objects = self._store.find_objects(workspace.id, [row.cio_object_id for row in shown])
        return {
            "cio_relationships": [
                {
                    **_named(objects[row.cio_object_id]),
                    **_attributes(row.relationship.attributes),
                    "anonymous_id": row.relationship.anonymous_id,
                }
                for row in shown
                if row.cio_object_id in objects
            ],
            "next": shown[-1].cio_object_id if len(rows) > limit else "",
        }

    def _object(self, workspace: Workspace, object_type_id: str, object_id: str) -> CustomObject:
        cio_object_id = cio_object_id_of(object_type_id, object_id)
        found = self._store.find_objects(workspace.id, [cio_object_id]).get(cio_object_id)
        if found is None:
            raise NotFound(f"there is no object {object_id!r} of the type {object_type_id!r}")
        return found


def _named(found: CustomObject) -> JSONObject:
    return {
        "object_type_id": found.object_type_id,
        "identifiers": {"object_id": found.object_id, "cio_object_id": found.cio_object_id},
    }


def _attributes(attributes: Mapping[str, Attribute]) -> JSONObject:
    present = {
        name: attribute
        for name, attribute in sorted(attributes.items())
        if attribute.value is not None
    }
    return {
        "attributes": {name: attribute.value for name, attribute in present.items()},
        "timestamps": {name: unix_seconds(attribute.at) for name, attribute in present.items()},
    }
