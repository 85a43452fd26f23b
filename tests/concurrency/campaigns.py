"""Campaigns in force while requests overlap: each event triggers one at most once (C4)."""

from adapter.clock import HOUR
from adapter.jsonvalue import canonical
from adapter.model.campaigns import NEVER_AGAIN, Audience, Campaign
from adapter.model.deliveries import Endpoint, EndpointKind
from adapter.model.in_force import InForce
from adapter.model.messages import EventKind


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
    )
)
