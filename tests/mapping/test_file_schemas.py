"""The JSON Schemas of the operator's files: they take what the linter takes."""

import json

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from adapter.cli.mappings import mappings
from adapter.mapping.file_schemas import SCHEMAS
from tests.mapping.test_campaigns import SEGMENTED, WHOLE as CAMPAIGNS
from tests.mapping.test_destinations import WHOLE as DESTINATIONS
from tests.mapping.test_segments import WHOLE as SEGMENTS

FILES = {"campaigns": CAMPAIGNS, "segments": SEGMENTS, "destinations": DESTINATIONS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_a_schema_that_is_one(name):
    printed = json.loads(CliRunner().invoke(mappings, ["schema", "--of", name]).stdout)

    Draft202012Validator.check_schema(printed)
    assert printed == SCHEMAS[name]()


@pytest.mark.parametrize("name", FILES)
def test_a_sound_file_is_valid(name):
    validator = Draft202012Validator(SCHEMAS[name]())

    assert list(validator.iter_errors(YAML(typ="safe").load(FILES[name]))) == []


def test_a_campaign_that_asks_for_segments_is_valid():
    validator = Draft202012Validator(SCHEMAS["campaigns"]())

    assert list(validator.iter_errors(YAML(typ="safe").load(SEGMENTED))) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("campaigns", "frequency: once", "frequency: onec"),
        ("campaigns", "frequency: once", "frequency: {once_per: often}"),
        ("campaigns", "{event: Signed Up}", "{event: Signed Up, page: x}"),
        ("campaigns", "workspace: demo", "workspce: demo"),
        ("campaigns", "secrets: [NEW, OLD]", "secrets: []"),
        ("campaigns", "region: eu", "region: mars"),
        ("segments", "id: keen", "id: Keen On"),
        ("segments", "at_least: 2", "at_least: 0"),
        ("segments", "within: 7d", "within: 7 days"),
        ("segments", "and:", "all:"),
        ("segments", "{page: ", "{event: Ordered, page: "),
        ("segments", "member: true", "member: maybe"),
        ("destinations", "region: eu", "region: mars"),
    ],
)
def test_a_file_that_is_not_sound_is_not_valid(name, old, new):
    assert old in FILES[name]
    validator = Draft202012Validator(SCHEMAS[name]())

    assert not validator.is_valid(YAML(typ="safe").load(FILES[name].replace(old, new, 1)))
