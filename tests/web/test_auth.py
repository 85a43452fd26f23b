"""The credential of the Track API (contracts 3.1)."""

import base64
from dataclasses import replace

import pytest

from adapter.bootstrap import build_services
from adapter.errors import Unauthorized
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from adapter.web.auth import workspace_sender
from tests.build import source, workspace
from tests.web.conftest import MAPPINGS

KEY = "k>?~"


@pytest.fixture
def services(clock, closing_later):
    store = MemoryStore()
    demo = replace(workspace(), site_id="site", api_key_hash=hash_of(KEY))
    made, _ = store.create_workspace(demo, source("first"))
    store.create_source(source("second", workspace_id=made.id))
    store.create_workspace(workspace("other"), source("third"))
    return closing_later(
        build_services(settings=Settings(), store=store, clock=clock, mappings=MAPPINGS)
    )


def headers(text, encode=base64.b64encode):
    return {"Authorization": f"Basic {encode(text.encode()).decode()}"}


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_it_is_the_workspaces_and_counts_for_its_oldest_source(services, encode):
    sender = workspace_sender(services, headers(f"site:{KEY}", encode))

    assert (sender.source.slug, sender.public) == ("first", False)


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers("site:wrong"),
        headers("site:"),
        headers("site"),
        headers(f"nobody:{KEY}"),
        headers("nobody:"),
        headers(":"),
        {"Authorization": "Bearer site"},
    ],
)
def test_a_wrong_credential_is_unauthorized_and_does_not_say_why(services, given):
    with pytest.raises(Unauthorized, match="Unauthorized request"):
        workspace_sender(services, given)
