"""How pages of the console are rendered, and the headers they all bear."""

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.clock import iso
from adapter.model.workspaces import Role
from adapter.services.directory import Access
from adapter.web.console import csrf
from adapter.web.console.access import set_cookie
from adapter.web.console.assets import asset_path
from adapter.web.console.navigation import NAVIGATION, entry_of

Page = Response
"""What a view gives: a rendered page, a part of one, or a redirect."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Nothing of a path goes to others: it names people. Within, it is told, as forms want it.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


_SAID = "adapter_said"
_SAID_SECONDS = 30
_LONGEST_SAID = 300


def page(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Page:
    """Render a template of ``templates/console`` as a page, or as part of one.

    Besides its values a template gets what every page has: ``navigation``, ``here`` (its entry),
    ``access`` (None before login), ``may_write``, ``csrf``, ``asset`` (name to path), ``now_text``,
    ``rehearsal``, ``demo`` and ``said`` (see :func:`done`).

    Args:
        template: its name there.
        status: HTTP.
        headers: beside those of every page.
        values: what else the template shows.
    """
    services: Services = g.services
    looking: Access | None = g.get("access")
    common = {
        "navigation": NAVIGATION,
        "here": entry_of(request.path),
        "access": looking,
        "may_write": looking is not None and looking.role is Role.WRITE,
        "csrf": csrf.token(),
        "asset": asset_path,
        "now_text": iso(services.clock.now()),
        "rehearsal": services.settings.rehearsal_clock is not None,
        "demo": services.settings.open_console,
        "said": _said(),
    }
    text = render_template(f"console/{template}", **{**common, **values})
    response = Response(text, status, headers, content_type="text/html; charset=utf-8")
    if common["said"]:
        response.delete_cookie(_SAID, httponly=True, samesite="Lax")
    return response


def done(path: str, sentence: str) -> Page:
    """Go on to a page after something was changed, and say there what was done."""
    response = redirect(path, 303)
    kept = sentence[:_LONGEST_SAID].encode().hex()
    set_cookie(response, _SAID, kept, max_age=_SAID_SECONDS)
    return response


def is_part() -> bool:
    """Tell whether htmx asks, for a part of a page."""
    return "HX-Request" in request.headers


def _said() -> str:
    try:
        return bytes.fromhex(request.cookies.get(_SAID, "")).decode()
    except ValueError:
        return ""
