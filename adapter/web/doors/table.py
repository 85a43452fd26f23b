"""All doors. Flask and the event loop answer from this one table."""

from adapter.web.doors.pixel import GIF, PIXEL
from adapter.web.doors.segment_api import SEGMENT_API
from adapter.web.doors.track_v1 import TRACK_V1
from adapter.web.doors.track_v2 import TRACK_V2
from adapter.web.doors.webhook import WEBHOOK
from adapter.web.routing import Routing

DOORS = (WEBHOOK, SEGMENT_API, PIXEL, GIF, TRACK_V1, TRACK_V2)

ROUTING = Routing(DOORS)
