"""Forms of other sites: refused, whatever cookies their visitors have.

Each browser gets a random token in a cookie that other sites neither read nor send; a form or an
htmx request must bear the same token. Browsers that say where a request comes from are believed.
"""

import hmac
import secrets

from flask import g, request
from werkzeug.wrappers import Response

from adapter.errors import Forged
from adapter.web.console.access import set_cookie

COOKIE = "adapter_csrf"
FIELD = "csrf"
HEADER = "X-CSRF-Token"

_OWN_SITES = frozenset({"", "same-origin", "none"})


def token() -> str:
    """Give the token that forms of this page must bear; made when first asked for."""
    if "csrf" not in g:
        g.csrf = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    known: str = g.csrf
    return known


def check() -> None:
    """Refuse a request that changes something and was not sent by a page of ours.

    Raises:
        Forged: its token is missing or wrong.
    """
    expected = request.cookies.get(COOKIE, "")
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    own = request.headers.get("Sec-Fetch-Site", "") in _OWN_SITES
    if not (own and expected and hmac.compare_digest(expected.encode(), given.encode())):
        raise Forged


def keep(response: Response) -> None:
    """Give the browser its token, if a page was rendered that bears a new one."""
    if g.get("csrf") and g.csrf != request.cookies.get(COOKIE):
        set_cookie(response, COOKIE, g.csrf)
