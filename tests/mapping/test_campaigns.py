"""``campaigns.yaml``: read, checked with places and codes, tried on its examples."""

import pytest

from adapter.clock import DAY
from adapter.jsonvalue import loads
from adapter.mapping.campaigns import load_campaigns
from adapter.mapping.check.campaigns import check_campaigns
from adapter.mapping.findings import MappingFileInvalid
from adapter.model.campaigns import NEVER_AGAIN, TurnKind
from adapter.model.deliveries import EndpointKind, FromEnvironment

WHOLE = """\
campaigns:
  - name: onboarding
    workspace: demo
    trigger: {event: Signed Up}
    where: properties.plan = "pro" and traits.country != "US"
    frequency: once
    deliver: {webhook: {url: "https://example.com/h", secrets: [NEW, OLD], concurrency: 4}}
    body: {email: {"@path": "$.person.email"}, plan: {"@path": "$.event.data.plan"}}
  - name: friends
    audience: invites
    enabled: false
    trigger: {event: Invited}
    deliver: {customerio: {region: eu, site_id: SITE, api_key: KEY}}
    liquid: '{"to": "{{ recipient }}"}'
examples:
  - campaign: onboarding
    event: {name: Signed Up, data: {plan: pro}}
    person: {email: a@example.com, attributes: {country: DE}}
    expect: {email: a@example.com, plan: pro}
  - campaign: onboarding
    event: {name: Signed Up, data: {plan: pro}}
    person: {email: a@example.com, attributes: {country: US}}
    expect: null
  - campaign: friends
    event: {name: Invited}
    recipient: b@example.com
    expect: {to: b@example.com}
"""


SEGMENTED = """\
campaigns:
  - name: welcome
    trigger: {segment_entered: keen}
    in_segments: [paying]
    not_in_segments: [keen-no-more]
    deliver: {customerio: {region: eu, site_id: SITE, api_key: KEY}}
examples:
  - campaign: welcome
    event: {name: keen, kind: segment_entered}
    person: {email: a@example.com}
    segments: [keen]
    expect: null
"""
SEGMENTS = """\
segments:
  - {id: keen, who: {performed: {event: Ordered}}}
  - {id: paying, enabled: false, who: {attributes: 'traits.plan = "pro"'}}
  - {id: keen-no-more, who: {not: {performed: {event: Ordered}}}}
"""


def written(tmp_path, text):
    path = tmp_path / "campaigns.yaml"
    path.write_text(text)
    return path


def test_a_whole_file_is_read_and_those_switched_off_left_out(tmp_path):
    (campaign,) = load_campaigns(written(tmp_path, WHOLE))

    assert (campaign.campaign, campaign.workspace) == ("onboarding", "demo")
    assert campaign.again_after == NEVER_AGAIN
    assert campaign.endpoint.kind is EndpointKind.WEBHOOK
    assert campaign.endpoint.secrets == (FromEnvironment("NEW"), FromEnvironment("OLD"))
    assert campaign.endpoint.concurrency == 4


def test_a_campaign_may_be_started_again_after_a_period(tmp_path):
    weekly = WHOLE.replace("frequency: once", "frequency: {once_per: 7d}")

    (campaign,) = load_campaigns(written(tmp_path, weekly))

    assert campaign.again_after == 7 * DAY


def test_the_examples_of_a_sound_file_pass(tmp_path):
    assert check_campaigns(written(tmp_path, WHOLE)) == []


def test_an_example_that_gives_something_else_is_found_at_its_place(tmp_path):
    wrong = WHOLE.replace("expect: {to: b@", "expect: {to: c@")

    (found,) = check_campaigns(written(tmp_path, wrong))

    assert (found.code, found.line) == ("M402", WHOLE[: WHOLE.index("expect: {to")].count("\n") + 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("campaigns:", "campaign:", "M023", 1),
        ("{event: Signed Up}\n    where", "{evnt: Signed Up}\n    where", "M505", 4),
        ('properties.plan = "pro" and', '(properties.plan = "pro" and', "M506", 5),
        ("frequency: once", "frequency: onec", "M511", 6),
        ("frequency: once", "frequency: {once_per: often}", "M512", 6),
        ("frequency: once", "frequency: {once_per: 0d}", "M512", 6),
        ("secrets: [NEW, OLD]", "secrets: []", "M509", 7),
        ("https://example.com/h", "example.com", "M510", 7),
        ("concurrency: 4", "concurrency: 0", "M508", 7),
        ("@path", "@paht", "M021", 8),
        ("name: friends", "name: onboarding", "M502", 9),
        ("audience: invites", "audience: strangers", "M511", 10),
        ("enabled: false", "enabled: maybe", "M504", 11),
        ("region: eu", "region: mars", "M511", 13),
        ("deliver: {customerio", "deliver: {pigeon", "M508", 13),
        ("workspace: demo", "workspce: demo", "M023", 3),
    ],
)
def test_what_is_wrong_is_found_with_its_code_and_line(tmp_path, old, new, code, line):
    path = written(tmp_path, WHOLE.replace(old, new, 1))

    found = [(each.code, each.line) for each in check_campaigns(path)]

    assert (code, line) in found
    with pytest.raises(MappingFileInvalid):
        load_campaigns(path)


def test_a_campaign_may_ask_for_segments_of_the_file_beside_it(tmp_path):
    (tmp_path / "segments.yaml").write_text(SEGMENTS)
    path = written(tmp_path, SEGMENTED)

    (campaign,) = load_campaigns(path)

    assert (campaign.kind, campaign.name) == (TurnKind.ENTERED, "keen")
    assert [campaign.suits(each) for each in (["paying"], [], ["paying", "keen-no-more"])] == [
        *(True, False, False)
    ]
    assert check_campaigns(path) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("{segment_entered: keen}", "{segment_entered: keener}", 3),
        ("in_segments: [paying]", "in_segments: [paid]", 4),
        ("not_in_segments: [keen-no-more]", "not_in_segments: keen-no-more", 5),
        ("    trigger:", "    audience: invites\n    trigger:", 3),
    ],
)
def test_segments_that_are_not_there_or_cannot_be_asked_for_are_found(tmp_path, old, new, line):
    (tmp_path / "segments.yaml").write_text(SEGMENTS)
    path = written(tmp_path, SEGMENTED.replace(old, new, 1))

    assert ("M513", line) in [(each.code, each.line) for each in check_campaigns(path)]
    with pytest.raises(MappingFileInvalid):
        load_campaigns(path)


def test_a_customerio_api_gets_who_entered_a_segment_as_an_event(tmp_path):
    (tmp_path / "segments.yaml").write_text(SEGMENTS)
    (campaign,) = load_campaigns(written(tmp_path, SEGMENTED))
    event = {"id": "1", "event_id": None, "kind": "segment_entered", "name": "keen", "data": {}}
    person = {"id": None, "email": "a@example.com", "cio_id": "c"}

    sent = loads(campaign.render({"event": event, "person": person}))

    assert (sent["action"], sent["name"]) == ("event", "segment_entered")


def test_liquid_that_gives_no_json_fails_instead_of_being_sent(tmp_path):
    broken = WHOLE.replace("enabled: false", "enabled: true").replace('"{{ recipient }}"}', "{{ x")
    friends = load_campaigns(written(tmp_path, broken))[1]

    with pytest.raises(ValueError, match=r"liquid|JSON"):
        friends.render({"recipient": "b@example.com"})


def test_without_a_template_a_webhook_gets_the_whole_story(tmp_path):
    plain = WHOLE.replace("    body: {email", "    # body: {email")
    (campaign,) = load_campaigns(written(tmp_path, plain))
    context = {"event": {"received_at": "now"}, "person": {"id": "u1"}}

    body = loads(campaign.render(context))

    assert body == {"type": "campaign.triggered", "timestamp": "now", "data": context}
