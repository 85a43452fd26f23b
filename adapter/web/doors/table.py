"""All doors. Flask and the event loop answer from this one table."""

from adapter.web.doors.segment_api import SEGMENT_API
from adapter.web.doors.webhook import WEBHOOK
from adapter.web.routing import Routing

DOORS = (WEBHOOK, SEGMENT_API)

ROUTING = Routing(DOORS)
