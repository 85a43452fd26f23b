"""All actions by name: those of Segment's Customer.io (Actions) destination (contracts 7.1)."""

from adapter.mapping.actions.devices import DEVICES
from adapter.mapping.actions.events import EVENTS
from adapter.mapping.actions.objects import OBJECTS
from adapter.mapping.actions.operation import Action
from adapter.mapping.actions.people import PEOPLE

ACTIONS: dict[str, Action] = {
    action.name: action for action in (*PEOPLE, *EVENTS, *OBJECTS, *DEVICES)
}
