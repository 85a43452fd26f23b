"""What the operator's files say beside the mappings, as it holds now."""

from dataclasses import dataclass, field

from adapter.model.campaigns import Audience, Campaign
from adapter.model.deliveries import Endpoint
from adapter.model.segments import Segment, Segmentation

WorkspaceId = int | None
"""Of the only workspace that something is for; None: for every one."""

EventName = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Campaigns that may be started, where operations are sent on to, and segments.

    Attributes:
        names: of all events that say something when they become a person's.
        limited: names of the campaigns that a person may not start every time.
    """

    campaigns: tuple[tuple[WorkspaceId, Campaign], ...] = ()
    destinations: tuple[tuple[WorkspaceId, Endpoint], ...] = ()
    segments: tuple[tuple[WorkspaceId, Segment], ...] = ()
    names: frozenset[EventName] = field(init=False)
    limited: frozenset[str] = field(init=False)
    _segmentations: dict[WorkspaceId, Segmentation] = field(init=False)

    def __post_init__(self) -> None:
        own = [campaign for _, campaign in self.campaigns]
        people = [each for each in own if each.audience is Audience.PEOPLE]
        owners: set[WorkspaceId] = {None, *(owner for owner, _ in self.segments)}
        segmentations = {
            owner: Segmentation.of(each for only, each in self.segments if only in {None, owner})
            for owner in owners
        }
        names = {(each.kind.value, each.name) for each in people}
        for one in segmentations.values():
            names |= {(each.kind.value, each.name) for each in one.every}
        object.__setattr__(self, "names", frozenset(names))
        limited = frozenset(each.campaign for each in own if each.again_after)
        object.__setattr__(self, "limited", limited)
        object.__setattr__(self, "_segmentations", segmentations)

    def segmentation(self, workspace_id: int) -> Segmentation:
        """Give the segments of a workspace."""
        return self._segmentations.get(workspace_id) or self._segmentations[None]
