"""Who looks at the console: whoever logged in with an app key, or anybody under ``--demo``.

A session is a signed cookie. Its key is derived from the workspace's own secret and the hash of the
app key, so that restarts and several processes agree, and a replaced key ends its sessions.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.errors import ReadOnly
from adapter.model.workspaces import Role, Workspace
from adapter.services.directory import Access

SESSION = "adapter_session"
SESSION_SECONDS = 12 * 3_600

_PURPOSE = "console session"

View = Callable[..., Any]


def access() -> Access:
    """Tell whose console is looked at in this request, and in which role."""
    found: Access = g.access
    return found


def workspace() -> Workspace:
    """Give the workspace whose console is looked at."""
    return access().workspace


def may_write() -> bool:
    """Tell whether whoever looks may change anything."""
    return access().role is Role.WRITE


def changes(view: View) -> View:
    """Keep a view to those who may change something.

    Raises:
        ReadOnly: from the view.
    """

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not may_write():
            raise ReadOnly
        return view(*args, **kwargs)

    return checked


def recognised(services: Services, session: str) -> Access | None:
    """Tell who sent a request: by its session, or the first workspace where all is open."""
    if services.settings.open_console:
        source = services.tenants.default_source()
        return Access(services.directory.workspace(source.workspace_id), Role.WRITE)
    return _opened(services, session)


def begin_session(response: Response, granted: Access) -> None:
    """Set the cookie that stands for an app key until the session ends."""
    name = f"{granted.workspace.id}.{granted.role.value}"
    value = f"{name}.{_signer(granted).dumps(name)}"
    set_cookie(response, SESSION, value, max_age=SESSION_SECONDS)


def end_session(response: Response) -> None:
    """Forget the cookie."""
    response.delete_cookie(SESSION, httponly=True, samesite="Lax")


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, value, max_age=max_age, httponly=True, samesite="Lax", secure=is_secure()
    )


def _opened(services: Services, cookie: str) -> Access | None:
    """Read a session; None if it is none of ours, has ended, or its app key was replaced."""
    workspace_id, _, rest = cookie.partition(".")
    role, _, signed = rest.partition(".")
    known = {str(each.id): each for each in services.directory.workspaces()}
    if workspace_id not in known or role not in tuple(Role):
        return None
    claimed = Access(known[workspace_id], Role(role))
    if not claimed.workspace.key_hash(claimed.role):
        return None
    try:
        # By the machine's clock: one that is moved in a rehearsal would end sessions, or never.
        name = _signer(claimed).loads(signed, max_age=SESSION_SECONDS)
    except BadSignature:
        return None
    return claimed if name == f"{workspace_id}.{role}" else None


def _signer(claimed: Access) -> URLSafeTimedSerializer:
    secret = claimed.workspace.tombstone_secret.encode()
    bound = f"{_PURPOSE}:{claimed.role}:{claimed.workspace.key_hash(claimed.role)}"
    key = hmac.digest(secret, bound.encode(), hashlib.sha256)
    return URLSafeTimedSerializer(key, salt=_PURPOSE)


def is_secure() -> bool:
    """Tell whether the browser speaks TLS, to us or to what stands before us."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "") == "https"
