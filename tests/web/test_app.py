"""What holds for every path: JSON for whatever goes wrong, and never a redirect (X3, X4)."""

from dataclasses import replace

import pytest

from adapter.settings import Settings
from adapter.web.app import create_app


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/v1", "/v1/customers/u1", "/v1//activities", "/webhooks/segment", "/%ff"],
)
def test_an_unknown_path_is_404(sender, path):
    answer = sender.ask(path)

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/activities", "POST", "GET"),
        ("/healthz", "DELETE", "GET"),
        ("/webhooks/segment/default", "DELETE", "PATCH"),
        ("/webhooks/segment/default", "OPTIONS", "POST"),
    ],
)
def test_a_wrong_method_is_405_with_allow(sender, path, method, allowed):
    answer = sender.ask(path, method=method)

    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert allowed in answer.headers["Allow"].split(", ")


def test_a_slash_at_the_end_is_no_redirect(sender):
    assert sender.ask("/healthz/").status == 200


def test_it_is_alive_and_ready(sender):
    assert (sender.ask("/healthz").status, sender.ask("/readyz").status) == (200, 200)


class ClosedStore:
    """A store that does not answer."""

    def is_ready(self):
        return False


def test_it_is_not_ready_without_its_store(services):
    client = create_app(replace(services, store=ClosedStore())).test_client()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_metrics_are_in_the_format_of_prometheus(services):
    answer = create_app(services).test_client().get("/metrics")

    assert answer.content_type.startswith("text/plain")
    assert b"# TYPE adapter_requests_total counter" in answer.data


def test_metrics_can_be_switched_off(services):
    client = create_app(replace(services, settings=Settings(metrics=False))).test_client()

    assert client.get("/metrics").status_code == 404
