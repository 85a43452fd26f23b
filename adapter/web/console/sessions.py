"""Sessions of the console: signed cookies, read by Flask's pages and by ``live`` beside them.

A session's key is derived from the workspace's own secret and the hash of the app key, so that
restarts and several processes agree, and a replaced key ends its sessions.
"""

import hashlib
import hmac

from itsdangerous import BadSignature, URLSafeTimedSerializer

from adapter.bootstrap import Services
from adapter.model.workspaces import Role
from adapter.services.directory import Access

SESSION = "adapter_session"
SESSION_SECONDS = 12 * 3_600

_PURPOSE = "console session"


def recognised(services: Services, session: str) -> Access | None:
    """Tell who sent a request: by its session, or the first workspace where all is open."""
    if services.settings.open_console:
        source = services.tenants.default_source()
        return Access(services.directory.workspace(source.workspace_id), Role.WRITE)
    return _opened(services, session)


def session_of(granted: Access) -> str:
    """Write the session that stands for an app key."""
    name = f"{granted.workspace.id}.{granted.role.value}"
    return f"{name}.{_signer(granted).dumps(name)}"


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
