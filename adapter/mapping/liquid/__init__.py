"""Liquid as Segment's engine speaks it, inside ``@liquid``."""

from typing import Any


def render(template: Any, payload: Any) -> str:
    """Render a Liquid template with a payload; see ``engine.render``.

    Raises:
        DirectiveFailed: if the template is no text, too long, malformed, or uses what is forbidden.
    """
    # Loaded when first used: it takes long, and few mappings use it.
    from adapter.mapping.liquid import engine  # noqa: PLC0415 - see above

    return engine.render(template, payload)
