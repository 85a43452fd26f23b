"""A change of settings: an act, a line of the log, and what follows from it (M8, R1, M11)."""

from dataclasses import dataclass

from adapter.ids import derived_id, following_ids
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.activities import Activity, ActivityType
from adapter.model.in_force import InForce
from adapter.model.reasons import Reason
from adapter.ports import Transaction
from adapter.rules.decision import Decision
from adapter.rules.policy import changed_settings, policy_of
from adapter.services.acts import Act, ActStamp, kept_act
from adapter.services.catching_up import catch_up
from adapter.services.workspace_settings import effective


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
    decision.activities.append(_line(current, change, stamp))
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


def _line(current: JSONObject, change: SettingsChange, stamp: ActStamp) -> Activity:
    before = effective(current)
    shown: dict[str, JSONValue] = {
        name: {"from": before[name], "to": value} for name, value in change.changes.items()
    }
    return Activity(
        id=derived_id(stamp.id, 1),
        workspace_id=change.workspace_id,
        message="",
        message_id=None,
        type=ActivityType.SETTING_CHANGE,
        name=", ".join(change.changes),
        person_id=None,
        received_at=stamp.at,
        occurred_at=stamp.at,
        reason=Reason.SETTING_CHANGED,
        data=dumps({"changes": shown}),
    )
