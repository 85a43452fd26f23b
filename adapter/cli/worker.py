"""``adapter worker``: delivers what is due, beside ``serve``; any number of them."""

import signal

import click
import structlog

from adapter.cli.context import services_of, shared_options

_log = structlog.get_logger()


@click.command()
@click.option(
    "--threads",
    "worker_threads",
    type=int,
    envvar="ADAPTER_WORKER_THREADS",
    show_envvar=True,
    help="Most deliveries under way at once. [default: 32]",
)
@click.option(
    "--metrics-port",
    "worker_metrics_port",
    type=int,
    envvar="ADAPTER_WORKER_METRICS_PORT",
    show_envvar=True,
    help="Serve /metrics on this port. [default: nowhere]",
)
@click.option(
    "--watch/--no-watch",
    default=None,
    envvar="ADAPTER_WATCH",
    show_envvar=True,
    help="Reload the operator's files when they change; SIGHUP reloads them anyway.",
)
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@shared_options
@click.pass_context
def worker(
    context: click.Context,
    *,
    worker_threads: int | None,
    worker_metrics_port: int | None,
    watch: bool | None,
    once: bool,
) -> None:
    """Send deliveries from the outbox until told to stop (SIGTERM, SIGINT)."""
    from adapter.cli import reloading
    from adapter.cli.upkeep import keep_segments_on
    from adapter.telemetry import set_up_logging
    from adapter.web.signalled import Signalled

    services = services_of(
        context,
        worker_threads=worker_threads,
        worker_metrics_port=worker_metrics_port,
        watch=watch,
    )
    settings = services.settings
    set_up_logging(settings.log_format, settings.log_level, services.clock)
    if once:
        services.segment_upkeep.run()
        click.echo(f"{services.deliver.run_once()} tries")
        return
    reloading.reload_on_hangup(services)
    if settings.watch:
        reloading.watch(services)
    if settings.worker_metrics_port:
        services.metrics.serve(settings.host, settings.worker_metrics_port)
    stopped = Signalled()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    services.worker.start()
    keep_segments_on(services)
    click.echo("adapter worker is ready")
    stopped.wait()
    _log.info("worker_stops")
    services.worker.stop()
