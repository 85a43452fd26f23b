"""All that can be seen of a workspace, so that two outcomes can be told apart."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

from adapter.clock import ManualClock
from adapter.model.workspaces import Workspace
from adapter.outbox import DeliveryQuery
from adapter.ports import Store
from adapter.rules.needs import needs_of
from adapter.services.digesting import Digesting, digest_json
from adapter.store.memory.store import MemoryStore
from tests import build
from tests.concurrency.campaigns import IN_FORCE, keep_segments
from tests.concurrency.histories import LAST, History
from tests.concurrency.requests import Place, perform

Picture = dict[str, Any]
_ALL = 10_000


def picture(place: Place, history: History) -> Picture:
    """Give the state digest (M11), and what is no part of it: keys, used-up ids, deliveries."""
    store, workspace = place.store, _as_it_is(place.store, place.workspace)
    digest = digest_json(workspace, Digesting(store, ManualClock(LAST)).digest(workspace))
    messages = [replace(one, workspace_id=workspace.id) for one in history.messages()]
    facts = store.write(lambda opened: opened.facts(needs_of(messages)))
    sent = store.outbox.deliveries(DeliveryQuery(workspace_id=workspace.id, limit=_ALL))
    return {
        "settings": workspace.settings,
        "digest": digest["digest"],
        "parts": digest["parts"] | {"history": digest["history"]},
        "keys": {text: (fact.content, fact.home) for (_, text), fact in facts.keys.items()},
        "ids": {name: replace(fact, ref=0) for (_, name), fact in facts.anonymous_ids.items()},
        "suppressed": {str(ref): by for (_, ref), by in facts.suppressed.items()},
        "owners": {str(ref): person_id for (_, ref), person_id in facts.people_by_ref.items()},
        "members": {
            segment.id: store.memberships.members(workspace.id, segment.id)
            for _, segment in IN_FORCE.segments
        },
        "deliveries": sorted(
            (one.id, one.person_id, one.recipient, one.body, one.state) for one in sent
        ),
        "triggers": sorted(
            (trigger.record, trigger.campaign, trigger.person_id, trigger.reason)
            for message in messages
            for trigger in store.outbox.triggers(workspace.id, message.id)
        ),
    }


def serial_pictures(history: History, name: str) -> Iterator[Picture]:
    """Give what comes of every order of the requests that overlap, one after another."""
    for order in permutations(history.together):
        store = MemoryStore()
        place = Place(store, build.with_workspace(store, name, **history.settings))
        keep_segments(store, place.workspace.id)
        for request in (*history.before, *order):
            perform(request, place)
        yield picture(place, history)


def differences(found: Picture, expected: Picture) -> list[str]:
    """Tell what of a picture is otherwise."""
    return [
        f"{part}: {found[part]} instead of {expected[part]}"
        for part in found
        if found[part] != expected[part]
    ]


def _as_it_is(store: Store, workspace: Workspace) -> Workspace:
    """Read a workspace anew: its settings may have changed."""
    return next(one for one in store.workspaces() if one.id == workspace.id)
