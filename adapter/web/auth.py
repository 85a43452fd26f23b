"""Who sends: the credentials of the doors become a sender (contracts 2.2, 3.1)."""

from adapter.bootstrap import Services
from adapter.doors.credentials import Basic, Headers, read_authorization
from adapter.errors import Unauthorized
from adapter.services.credentials import is_secret
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
