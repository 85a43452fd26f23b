"""Who sends: the credentials of the doors become a sender (contracts 2.2, 3.1)."""

from adapter.bootstrap import Services
from adapter.doors.credentials import Basic, Headers, read_authorization
from adapter.doors.write_keys import write_key_of
from adapter.errors import Unauthorized
from adapter.jsonvalue import JSONValue
from adapter.services.credentials import is_secret
from adapter.web.door import Request
from adapter.web.take_in import Sender


def workspace_sender(services: Services, headers: Headers) -> Sender:
    """Check the credential of the Track API: Basic, the site id and the API key.

    It is a workspace's, and what comes by it counts for the workspace's oldest source.

    Raises:
        Unauthorized: it is missing or wrong; the same text either way.
    """
    refusal = Unauthorized("Unauthorized request")
    basic = read_authorization(headers)
    if not isinstance(basic, Basic):
        raise refusal
    workspace = services.directory.workspace_by_site_id(basic.user)
    # Compared even for a site id that nobody has, so that time does not tell which ones exist.
    hashed = "" if workspace is None else workspace.api_key_hash
    if not is_secret(basic.password, hashed) or workspace is None:
        raise refusal
    return Sender(services.directory.first_source(workspace))


def write_key_sender(services: Services, request: Request, value: JSONValue) -> Sender:
    """Check the credential of the HTTP API: a source's write key, or a workspace's public site id.

    Args:
        services: the use cases.
        request: its headers and query.
        value: of its body, where the key may be as well.

    Raises:
        Unauthorized: it is missing, unknown, or given twice and not alike.
    """
    return sender_by_key(services, write_key_of(request.headers, value, request.query))


def sender_by_key(services: Services, key: str) -> Sender:
    """Find whose write key, or whose public site id, this is.

    Raises:
        Unauthorized: nobody's.
    """
    source = services.directory.source_by_write_key(key)
    if source is not None:
        return Sender(source)
    return public_sender(services, key)


def public_sender(services: Services, site_id: str) -> Sender:
    """Find whose public site id this is.

    Raises:
        Unauthorized: nobody's.
    """
    workspace = services.directory.workspace_by_site_id(site_id)
    if workspace is None:
        raise Unauthorized("no source has this write key, and no workspace this site id")
    return Sender(services.directory.first_source(workspace), public=True)
