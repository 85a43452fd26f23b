"""All doors. Flask and the event loop answer from this one table."""

from adapter.web.doors.webhook import WEBHOOK
from adapter.web.routing import Routing

DOORS = (WEBHOOK,)

ROUTING = Routing(DOORS)
