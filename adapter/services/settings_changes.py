"""A change of settings: an act, a line of the log, and what follows from it (M8, R1, M11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from adapter.ids import derived_id, following_ids
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.activities import Activity, ActivityType
from adapter.model.in_force import InForce
from adapter.model.reasons import Reason
from adapter.model.workspaces import Source
from adapter.ports import Transaction
from adapter.rules.decision import Decision
from adapter.rules.policy import changed_settings, policy_of
from adapter.services.acts import Act, ActStamp, kept_act
from adapter.services.catching_up import catch_up
from adapter.services.workspace_settings import effective

_SECRET = frozenset({"shared_secrets", "require_header", "write_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """Settings to change.

    Attributes:
        changes: new values by name, checked.
        triggers: off, what is caught up with triggers nothing (C8).
    """

    workspace_id: int
    changes: JSONObject
    triggers: bool = True


class SourceChange(NamedTuple):
    """What was changed of a source.

    Attributes:
        source: its slug.
        changes: by name of the field, ``{"from", "to"}``; of what is secret only that it is set.
    """

    workspace_id: int
    source: str
    changes: JSONObject


def apply_change(
    transaction: Transaction, change: SettingsChange, stamp: ActStamp, in_force: InForce
) -> JSONObject:
    """Change settings, catch up if merging is switched on (M8), and keep that it was done.

    Args:
        transaction: to do it in.
        change: of which settings.
        stamp: of the act.
        in_force: what the operator's files say.

    Returns:
        All settings as they are now.
    """
    workspace_id = change.workspace_id
    current = transaction.settings(workspace_id)
    settings = changed_settings(current, change.changes, stamp.at)
    transaction.set_policy(workspace_id, settings)
    before, after = policy_of(current), policy_of(settings)
    decision = Decision()
    if after.merging and not before.merging:
        decision = catch_up(
            transaction,
            workspace_id,
            after,
            stamp.at,
            in_force,
            ids=following_ids(stamp.id),
            triggers=change.triggers,
        )
    before_all = effective(current)
    shown: JSONObject = {
        name: {"from": before_all[name], "to": value} for name, value in change.changes.items()
    }
    decision.activities.append(_line(workspace_id, {"changes": shown}, stamp))
    act = kept_act(
        Act.SETTINGS,
        workspace_id,
        stamp,
        before=current,
        changes=change.changes,
        triggers=change.triggers,
    )
    transaction.commit(decision, [act])
    return settings


def source_change(source: Source, changes: Mapping[str, object]) -> SourceChange:
    """Show a change of a source's fields, without its secrets."""
    shown: JSONObject = {}
    for name, value in changes.items():
        before = getattr(source, name)
        if name in _SECRET:
            shown[name] = {"from": _is_set(before), "to": _is_set(value)}
        else:
            shown[name] = {"from": before, "to": value}
    return SourceChange(source.workspace_id, source.slug, shown)


def note_change(transaction: Transaction, change: SourceChange, stamp: ActStamp) -> None:
    """Log that a source was changed, and keep that it was done. What it is now says itself."""
    told: JSONObject = {"source": change.source, "changes": change.changes}
    act = kept_act(Act.SOURCE, change.workspace_id, stamp, **told)
    decision = Decision(activities=[_line(change.workspace_id, told, stamp)])
    transaction.commit(decision, [act])


def _is_set(value: object) -> str | None:
    return "set" if value else None


def _line(workspace_id: int, told: JSONObject, stamp: ActStamp) -> Activity:
    return Activity(
        id=derived_id(stamp.id, 1),
        workspace_id=workspace_id,
        message="",
        message_id=None,
        type=ActivityType.SETTING_CHANGE,
        name=", ".join(told["changes"]),
        person_id=None,
        received_at=stamp.at,
        occurred_at=stamp.at,
        reason=Reason.SETTING_CHANGED,
        data=dumps({"by": stamp.by, **told}),
    )
