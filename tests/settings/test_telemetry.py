"""What the adapter tells about itself."""

import json

import structlog

from adapter.clock import ManualClock
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate, Outcome
from adapter.telemetry import Metrics, set_up_logging
from tests.build import T0


def test_a_log_line_is_one_json_object_stamped_by_the_products_clock(capsys):
    set_up_logging("json", "info", ManualClock(T0))

    structlog.get_logger().info("something_happened", source="default")

    assert json.loads(capsys.readouterr().err) == {
        "at": "2026-03-01T10:00:00.000000Z",
        "level": "info",
        "event": "something_happened",
        "source": "default",
    }


def test_for_people_a_log_line_is_key_and_value(capsys):
    set_up_logging("text", "info", ManualClock(T0))

    structlog.get_logger().warning("something_happened", source="default")

    line = "at=2026-03-01T10:00:00.000000Z level=warning event=something_happened source=default\n"
    assert capsys.readouterr().err == line


def test_what_is_below_the_level_is_not_written(capsys):
    set_up_logging("json", "error", ManualClock(T0))

    structlog.get_logger().warning("something_happened")

    assert capsys.readouterr().err == ""


def test_outcomes_are_counted_by_fate_and_main_reason():
    metrics = Metrics()
    stored = Outcome(Fate.STORED, (Reason.AWAITING_IDENTIFY, Reason.TIMESTAMP_UNREADABLE))

    metrics.count_outcomes("door", [stored, stored, Outcome(Fate.DUPLICATE, (Reason.DUPLICATE,))])

    counted = {
        tuple(sample.labels.values()): sample.value
        for metric in metrics.messages.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    assert counted == {
        ("door", "stored", "awaiting_identify"): 2.0,
        ("door", "duplicate", "duplicate"): 1.0,
    }


def test_each_registry_is_its_own():
    one, other = Metrics(), Metrics()

    one.count_request("door", 200)

    assert b'adapter_requests_total{door="door",status="200"}' not in other.exposition()
