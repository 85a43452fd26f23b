"""``adapter sweep``: purge what has expired, once; and in a thread of the server, all the time."""

import threading

import click
import structlog

from adapter.bootstrap import Services
from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs
from adapter.clock import SECOND
from adapter.services.sweeping import swept_json

_log = structlog.get_logger()


@click.command()
@shared_options
@json_option
@click.pass_context
def sweep(context: click.Context, *, as_json: bool) -> None:
    """Purge what has expired, once; `serve` does it all the time."""
    shown = swept_json(services_of(context).sweeping.sweep())
    if as_json:
        print_json(shown)
    else:
        print_pairs("Swept", {**shown["rows"], "days": shown["days"]})


def sweep_on(services: Services, every_seconds: int) -> None:
    """Sweep every so many seconds, in a thread of its own; make the days to come at once."""
    services.sweeping.make_days()
    forever = threading.Event()

    def run() -> None:
        while not forever.wait(every_seconds):
            _sweep_once(services)

    threading.Thread(target=run, name="sweep", daemon=True).start()


def _sweep_once(services: Services) -> None:
    metrics = services.metrics
    try:
        swept = services.sweeping.sweep()
        metrics.ledger_imbalance.set(services.auditing.imbalance())
    except Exception as error:  # noqa: BLE001 - the next one may go better, and the thread stays
        _log.warning("sweep_failed", error=str(error))
        return
    for table, count in swept.rows.items():
        metrics.swept.labels(table).inc(count)
    for table, lag in swept.lag.items():
        metrics.sweep_lag_seconds.labels(table).set(lag / SECOND)
