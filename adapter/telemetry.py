"""What the adapter tells about itself: log lines by structlog, metrics for Prometheus.

Neither ever holds a body or an e-mail address. Metrics are few, and their labels come from closed
lists, so that no sender can make them grow.
"""

import logging
import sys
from collections.abc import Iterable
from functools import cache

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)

from adapter.clock import SECOND, Clock, iso
from adapter.model.activities import ActivityType
from adapter.model.reasons import Reason
from adapter.outbox import Backlog
from adapter.rules.decision import Fate, Outcome

_TURNS: dict[str, str] = {
    ActivityType.SEGMENT_ENTER: "enter",
    ActivityType.SEGMENT_LEAVE: "leave",
}
_GROUP_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128)
_STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The metrics by name, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.messages = Counter(
            "adapter_messages",
            "Messages by door, fate and main reason.",
            ("door", "fate", "reason"),
            registry=self._registry,
        )
        self.merges = Counter(
            "adapter_merges",
            "Merges: anonymous ids whose stored events became a person's.",
            registry=self._registry,
        )
        self.requests = Counter(
            "adapter_requests",
            "Requests by door and HTTP status.",
            ("door", "status"),
            registry=self._registry,
        )
        self.batches_first_item_verified = Counter(
            "adapter_batches_first_item_verified",
            "Batches accepted although the signature covers only their first item.",
            registry=self._registry,
        )
        self.reports_of_strangers = Counter(
            "adapter_reports_of_strangers",
            "Reports of strangers on deliveries that are none of ours: looked at, and not stored.",
            registry=self._registry,
        )
        self.ledger_imbalance = Gauge(
            "adapter_ledger_imbalance",
            "Records received of which the ledger does not say what became; 0 is well.",
            registry=self._registry,
        )
        self.swept = Counter(
            "adapter_swept_rows",
            "Expired rows that the sweep deleted one by one, by table.",
            ("table",),
            registry=self._registry,
        )
        self.sweep_lag_seconds = Gauge(
            "adapter_sweep_lag_seconds",
            "How long the oldest row left has been expired, by table; past 86400 is too long.",
            ("table",),
            registry=self._registry,
        )
        self.group_commit_size = Histogram(
            "adapter_group_commit_size",
            "Requests that shared one transaction.",
            buckets=_GROUP_BUCKETS,
            registry=self._registry,
        )
        self.step_seconds = Histogram(
            "adapter_step_seconds",
            "How long steps of a request take: prepare (read, map); commit (decide, store).",
            ("step",),
            buckets=_STEP_BUCKETS,
            registry=self._registry,
        )
        self.deliveries = Counter(
            "adapter_deliveries",
            "Tries of deliveries by kind of endpoint, outcome and reason.",
            ("kind", "outcome", "reason"),
            registry=self._registry,
        )
        self.delivery_seconds = Histogram(
            "adapter_delivery_seconds",
            "How long requests to endpoints take.",
            ("kind",),
            buckets=_STEP_BUCKETS,
            registry=self._registry,
        )
        self.segment_changes = Counter(
            "adapter_segment_changes",
            "People who entered or left a segment.",
            ("change",),
            registry=self._registry,
        )
        self.outbox_pending = Gauge(
            "adapter_outbox_pending",
            "Deliveries that are neither delivered nor given up.",
            registry=self._registry,
        )
        self.outbox_oldest_seconds = Gauge(
            "adapter_outbox_oldest_seconds",
            "How long the delivery that is due longest has been due.",
            registry=self._registry,
        )

        # Finding a series by its labels costs more than counting; there are few, so keep them.
        self._message_series = cache(self.messages.labels)
        self._request_series = cache(self.requests.labels)
        self._prepare_seconds = self.step_seconds.labels("prepare")
        self._commit_seconds = self.step_seconds.labels("commit")

    def count_outcomes(self, door: str, outcomes: Iterable[Outcome]) -> None:
        """Count what became of the messages of a request."""
        tally: dict[tuple[Fate, Reason], int] = {}
        for outcome in outcomes:
            kind = (outcome.fate, outcome.reasons[0])
            tally[kind] = tally.get(kind, 0) + 1
        for (fate, reason), count in tally.items():
            self._message_series(door, fate, reason).inc(count)

    def count_turns(self, types: Iterable[str]) -> None:
        """Count those who entered and left segments, by the types of lines of the log."""
        for change in types:
            if change in _TURNS:
                self.segment_changes.labels(_TURNS[change]).inc()

    def count_request(self, door: str, status: int) -> None:
        """Count a request that was answered."""
        self._request_series(door, status).inc()

    def observe_steps(self, *, prepare: float, commit: float) -> None:
        """Note how many seconds the steps of a request took."""
        self._prepare_seconds.observe(prepare)
        self._commit_seconds.observe(commit)

    def note_backlog(self, backlog: Iterable[Backlog]) -> None:
        """Note what is to be sent."""
        rows = list(backlog)
        self.outbox_pending.set(sum(row.pending for row in rows))
        self.outbox_oldest_seconds.set(max((row.lag for row in rows), default=0) / SECOND)

    def serve(self, host: str, port: int) -> None:
        """Serve the metrics in a thread of their own, for a process without a web server."""
        start_http_server(port, host, registry=self._registry)

    def exposition(self) -> bytes:
        """Write all metrics in the text format of Prometheus."""
        return generate_latest(self._registry)


def set_up_logging(log_format: str, log_level: str, clock: Clock) -> None:
    """Make structlog write lines to standard error, stamped by the product's clock (T5).

    Args:
        log_format: ``json``, or ``text`` for key=value.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        clock: the one the rules go by.
    """

    def stamp(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"at": iso(clock.now()), **event}

    renderer: structlog.typing.Processor = structlog.processors.LogfmtRenderer(
        key_order=("at", "level", "event"), drop_missing=True
    )
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[log_level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
