"""The description of all doors: valid, whole, and no more than what answers."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from adapter.web.doors.table import DOORS

ROUTES = [
    pytest.param(route, method, id=f"{door.name} {method} {route.pattern}")
    for door in DOORS
    for route in door.routes
    for method in route.methods
]


@pytest.fixture
def described(sender):
    return sender.ask("/openapi.json").body


def test_it_is_valid(described):
    assert described["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(described).validate()


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_every_route_of_a_door_is_in_it(described, route, method):
    path = re.sub(r"\.\.\.\}", "}", route.pattern)

    assert method.lower() in described["paths"][path]


@pytest.mark.parametrize(
    "path", ["/v1/activities", "/v1/customers/{identifier}/attributes", "/healthz", "/openapi.json"]
)
def test_what_can_be_read_is_in_it(described, path):
    assert "get" in described["paths"][path]


def test_the_shape_of_a_call_is_that_of_its_schema(described):
    fields = described["components"]["schemas"]["Call_track"]["properties"]

    assert fields["event"]["description"] == "At most 100 bytes of UTF-8."
    assert fields["properties"]["type"] == ["object", "null"]


def test_all_that_is_in_it_answers(sender, described):
    for path, operations in described["paths"].items():
        for method in operations:
            target = re.sub(r"\{\w+\}", "x", path)
            if method == "get" and ("pixel" in path or path in {"/metrics", "/events/{name}"}):
                continue  # these answer no JSON
            answer = sender.ask(target, method=method.upper())
            assert answer.status not in {405, 500}, (method, path)
