"""Who looks at the console: whoever logged in with an app key, or anybody under ``--demo``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from adapter.errors import ReadOnly
from adapter.model.workspaces import Role, Workspace
from adapter.services.directory import Access
from adapter.web.console.sessions import SESSION, SESSION_SECONDS, session_of

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


def begin_session(response: Response, granted: Access) -> None:
    """Set the cookie that stands for an app key until the session ends."""
    set_cookie(response, SESSION, session_of(granted), max_age=SESSION_SECONDS)


def end_session(response: Response) -> None:
    """Forget the cookie."""
    response.delete_cookie(SESSION, httponly=True, samesite="Lax")


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, value, max_age=max_age, httponly=True, samesite="Lax", secure=is_secure()
    )


def is_secure() -> bool:
    """Tell whether the browser speaks TLS, to us or to what stands before us."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "") == "https"
