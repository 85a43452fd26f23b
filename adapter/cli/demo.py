"""``adapter serve --demo``: the shipped stories, told as if they were happening now."""

import re
from pathlib import Path
from typing import Any

from adapter.bootstrap import Services
from adapter.cli.output import tell_doing
from adapter.cli.replay import into_services
from adapter.clock import Instant, iso, parse_instant
from adapter.jsonvalue import dumps, loads
from adapter.model.workspaces import Source

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


def play_demo(services: Services, source: Source, fixtures: Path) -> None:
    """Send the stories of the demo, moved in time so that each ends now.

    Stories played before are duplicates (L1), so the demo can be started again.
    """
    send = into_services(services, source)
    stories = [loads(path.read_bytes()) for path in sorted((fixtures / "segment/demo").iterdir())]
    tell_doing("playing the demo")
    for story in stories:
        times = [parse_instant(step["at"]) for step in story["steps"]]
        shift = services.clock.now() - max(times)
        for step, at in zip(story["steps"], times, strict=True):
            body = dumps(_shifted(step["webhook"], shift)).encode()
            send(body, Instant(at + shift))


def _shifted(value: Any, shift: int) -> Any:
    """Move every full instant in a payload, so that its ages stay what they were."""
    if isinstance(value, dict):
        return {name: _shifted(item, shift) for name, item in value.items()}
    if isinstance(value, list):
        return [_shifted(item, shift) for item in value]
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return iso(parse_instant(value) + shift)
    return value
