"""``destinations.yaml``: read, and checked with places and codes."""

import pytest

from adapter.mapping.destinations import check_destinations, load_destinations
from adapter.mapping.findings import MappingFileInvalid
from adapter.model.deliveries import FromEnvironment

WHOLE = """\
destinations:
  - name: customerio
    region: eu
    site_id: SITE
    api_key: KEY
    batch: 50
  - name: compatible
    enabled: false
    base_url: http://localhost:9000
    site_id: SITE
    api_key: KEY
"""


def written(tmp_path, text):
    path = tmp_path / "destinations.yaml"
    path.write_text(text)
    return path


def test_a_whole_file_is_read_and_those_switched_off_left_out(tmp_path):
    (found,) = load_destinations(written(tmp_path, WHOLE))

    endpoint = found.endpoint
    assert (endpoint.name, endpoint.url) == (
        "destinations/customerio",
        "https://track-eu.customer.io",
    )
    assert (endpoint.ordered, endpoint.batch, endpoint.concurrency) == (True, 50, 1)
    assert (endpoint.user, endpoint.password) == (FromEnvironment("SITE"), FromEnvironment("KEY"))
    assert check_destinations(written(tmp_path, WHOLE)) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("destinations:", "destination:", "M023", 1),
        ("name: compatible", "name: customerio", "M702", 7),
        ("region: eu", "region: mars", "M511", 3),
        ("    region: eu\n", "", "M508", 2),
        ("site_id: SITE", "site_id: 5", "M509", 4),
        ("batch: 50", "batch: 0", "M703", 6),
        ("enabled: false", "enabled: maybe", "M704", 8),
        ("http://localhost:9000", "localhost", "M510", 9),
        ("api_key: KEY", "api_kye: KEY", "M023", 5),
    ],
)
def test_what_is_wrong_is_found_with_its_code_and_line(tmp_path, old, new, code, line):
    path = written(tmp_path, WHOLE.replace(old, new, 1))

    assert (code, line) in [(each.code, each.line) for each in check_destinations(path)]
    with pytest.raises(MappingFileInvalid):
        load_destinations(path)
