"""Campaigns and segments in force while requests overlap (C4, C6)."""

from dataclasses import replace

from adapter.clock import HOUR
from adapter.jsonvalue import canonical
from adapter.model.campaigns import NEVER_AGAIN, Audience, Campaign
from adapter.model.deliveries import Endpoint, EndpointKind
from adapter.model.in_force import InForce
from adapter.model.messages import EventKind
from adapter.model.segments import AllOf, Not
from adapter.ports import Store
from tests.segmenting import has, performed, segment


def _campaign(name: str, audience: Audience, event: str, again_after: int = 0) -> Campaign:
    return Campaign(
        campaign=name,
        workspace=None,
        audience=audience,
        kind=EventKind.EVENT,
        name=event,
        where=lambda _: True,
        again_after=again_after,
        endpoint=Endpoint(
            name=f"campaigns/{name}", kind=EndpointKind.WEBHOOK, url="https://example.com"
        ),
        path="",
        render=canonical,
    )


IN_FORCE = InForce(
    campaigns=(
        (None, _campaign("viewed", Audience.PEOPLE, "Viewed Pricing")),
        (None, _campaign("viewed-once", Audience.PEOPLE, "Viewed Pricing", NEVER_AGAIN)),
        (None, _campaign("viewed-hourly", Audience.PEOPLE, "Viewed Pricing", HOUR)),
        (None, _campaign("invited", Audience.INVITES, "Invited")),
    ),
    segments=tuple(
        # Their words tell segments apart, and must be the same in every process.
        (None, replace(segment(who, name), words=name))
        for name, who in (
            ("keen", performed("Viewed Pricing", at_least=2)),
            ("pro", has(plan="pro")),
            ("idle", AllOf((has(plan="free"), Not(performed("Viewed Pricing"))))),
        )
    ),
)


def keep_segments(store: Store, workspace_id: int) -> None:
    """Have the segments of a workspace be kept from now on."""
    store.memberships.declare(workspace_id, IN_FORCE.segmentation(workspace_id).edition)
