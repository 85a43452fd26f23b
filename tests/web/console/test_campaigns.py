"""What the operator's files start and send on, in the console (C1-C5)."""

import pytest

from adapter.bootstrap import build_services
from adapter.cli.replay import into_services
from adapter.jsonvalue import dumps
from adapter.settings import Settings
from tests.web.conftest import MAPPINGS
from tests.web.console.conftest import Browser
from tests.web.sending import APP_KEY

CAMPAIGNS = """\
campaigns:
  - name: onboarding
    trigger: {event: Signed Up}
    frequency: {once_per: 7d}
    deliver: {webhook: {url: https://example.com/secret-token, secrets: [HOOK_SECRET]}}
  - name: welcome
    audience: invites
    trigger: {event: Invited}
    frequency: every_time
    deliver: {webhook: {url: https://example.com/hook, secrets: [HOOK_SECRET]}}
  - name: others
    workspace: another
    trigger: {event: Signed Up}
    deliver: {webhook: {url: https://example.com/hook, secrets: [HOOK_SECRET]}}
"""
DESTINATIONS = """\
destinations:
  - {name: onward, region: eu, site_id: SITE, api_key: KEY}
"""


@pytest.fixture
def looking(store, clock, tmp_path, closing_later):
    """Give somebody who looks at a server with these files, to which somebody signed up."""
    (tmp_path / "campaigns.yaml").write_text(CAMPAIGNS)
    (tmp_path / "destinations.yaml").write_text(DESTINATIONS)
    services = build_services(
        settings=Settings(), store=store, clock=clock, mappings=MAPPINGS, campaigns_in=tmp_path
    )
    call = {"type": "track", "event": "Signed Up", "userId": "u", "messageId": "m-1"}
    into_services(services, services.tenants.default_source())(dumps(call).encode(), None)
    return Browser(closing_later(services)).log_in(APP_KEY)


def test_campaigns_are_told_with_what_starts_them_and_how_often_they_were(looking):
    text = looking.get("/campaigns").text

    assert '<td>Signed Up <span class="faint">event</span></td>' in text
    assert "once per 7 d" in text
    assert "every time" in text
    assert ">invites</span>" in text
    assert 'aria-label="campaigns/onboarding, last 30 days: 1 queued."' in text
    assert 'aria-label="campaigns/welcome, last 30 days: 0 queued."' in text


def test_forwarding_is_told_too(looking):
    text = looking.get("/campaigns").text

    assert "Forwarding" in text
    assert "onward, last 30 days: 1 queued." in text


def test_other_workspaces_and_addresses_are_not_told(looking):
    text = looking.get("/campaigns").text

    assert "others" not in text
    assert "secret-token" not in text


def test_what_is_no_longer_in_force_is_told(looking, reader):
    text = reader.get("/campaigns").text

    assert "No campaign is in force" in text
    assert '<a href="/deliveries?endpoint=campaigns/onboarding">campaigns/onboarding</a>' in text
