"""A workspace like another one, in a store of its own, for what was accepted to be played into."""

from dataclasses import dataclass, replace

from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Source, Workspace
from adapter.ports import Store


@dataclass(frozen=True, slots=True)
class Twin:
    """The workspace that stands for another.

    Attributes:
        workspace: as it was made.
        sources: by the id of the source that each stands for.
    """

    workspace: Workspace
    sources: dict[int, Source]


def make_twin(origin: Store, target: Store, workspace: Workspace, settings: JSONObject) -> Twin:
    """Make a workspace with the same sources and secrets, as it was before all was accepted.

    Args:
        origin: where the workspace is.
        target: where its twin is to be.
        workspace: whose twin.
        settings: that the twin starts with.

    Raises:
        OperatorError: a name or key is taken in the target.
    """
    first, *others = [each for each in origin.sources() if each.workspace_id == workspace.id]
    twin, made = target.create_workspace(replace(workspace, settings=settings), first)
    sources = {first.id: made}
    for other in others:
        sources[other.id] = target.create_source(replace(other, workspace_id=twin.id))
    return Twin(twin, sources)
