"""``adapter serve``: the server, one process, and the demo."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from adapter.bootstrap import Services, shipped
from adapter.cli.context import services_of, shared_options
from adapter.cli.output import print_pairs
from adapter.cli.tenants import new_workspace_json

if TYPE_CHECKING:
    from flask import Flask

_COLLECT_EVERY = 50_000
"""Objects made and not yet gone before the collector looks at them."""

_log = structlog.get_logger()


@click.command()
@click.option(
    "--host",
    envvar="ADAPTER_HOST",
    show_envvar=True,
    help="Address to listen on. [default: 127.0.0.1]",
)
@click.option(
    "--port",
    type=int,
    envvar="ADAPTER_PORT",
    show_envvar=True,
    help="Port to listen on. [default: 8000]",
)
@click.option(
    "--threads",
    type=int,
    envvar="ADAPTER_THREADS",
    show_envvar=True,
    help="Threads that serve requests.",
)
@click.option(
    "--tls-cert",
    envvar="ADAPTER_TLS_CERT",
    type=click.Path(exists=True, path_type=Path),
    help="Certificate (PEM).",
)
@click.option(
    "--tls-key",
    envvar="ADAPTER_TLS_KEY",
    type=click.Path(exists=True, path_type=Path),
    help="Its key (PEM).",
)
@click.option(
    "--watch/--no-watch",
    default=None,
    envvar="ADAPTER_WATCH",
    show_envvar=True,
    help="Reload mapping files when they change; SIGHUP reloads them anyway.",
)
@click.option("--demo", is_flag=True, help="Replay the shipped stories first; serve /demo.")
@shared_options
@click.pass_context
def serve(
    context: click.Context,
    *,
    host: str | None,
    port: int | None,
    threads: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    watch: bool | None,
    demo: bool,
) -> None:
    """Run the server; create and migrate the database, and on an empty one a workspace."""
    from adapter.cli import reloading
    from adapter.cli.sweep import sweep_on
    from adapter.cli.upkeep import keep_segments_on
    from adapter.telemetry import set_up_logging
    from adapter.web.asgi import asgi_app
    from adapter.web.console.live import Live
    from adapter.web.later import Later
    from adapter.web.server import run

    services = services_of(
        context,
        host=host,
        port=port,
        threads=threads,
        tls_cert=tls_cert,
        tls_key=tls_key,
        watch=watch,
        demo_page=demo or None,
        open_console=demo or None,
    )
    settings = services.settings
    set_up_logging(settings.log_format, settings.log_level, services.clock)
    if settings.rehearsal_clock is not None:
        click.echo(f"REHEARSAL: the only clock is the file {settings.rehearsal_clock}", err=True)
    ensure_workspace(services)
    for name, state in services.missing_mappings().items():
        _log.warning("mapping_missing", mapping=name, message=state)
    if demo:
        from adapter.cli.demo import play_demo

        play_demo(services, services.tenants.default_source(), shipped("fixtures"))
    scheme = "https" if settings.tls_cert else "http"

    pages = Later(lambda: _pages_of(services))
    if settings.demo_page:
        pages.made()  # a file that is missing is told of before anybody comes

    def announce() -> None:
        url = f"{scheme}://{settings.host}:{settings.port}"
        click.echo(f"adapter is ready on {url}")
        if settings.open_console:
            click.echo(f"OPEN: anybody who reaches {url}/ may read and change everything", err=True)
        if settings.demo_page:
            click.echo(f"the snippet can be tried on {url}/demo")
        pages.made()

    live = Live(services)
    reloading.reload_on_hangup(services)
    sweep_on(services, settings.sweep_seconds)
    if settings.watch:
        reloading.watch(services)
    if services.delivers:
        services.worker.start()
        keep_segments_on(services)
    # What stands now stands until the end: no collection need look at it again. And requests make
    # many objects but few cycles: to look every 700 objects took a third of a batch's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    run(
        asgi_app(pages, services, live),
        host=settings.host,
        port=settings.port,
        tls_cert=settings.tls_cert,
        tls_key=settings.tls_key,
        header_timeout=settings.header_timeout,
        on_ready=announce,
        on_stopping=live.stop,
        on_stop=services.stop,
    )


def _pages_of(services: Services) -> "Flask":
    """Make Flask's app; to import all that it takes is a fifth of a start."""
    from adapter.web.app import create_app

    return create_app(services)


def ensure_workspace(services: Services) -> None:
    """Give an empty database the workspace ``default``; print its credentials, this once."""
    if not services.tenants.workspaces():
        made = services.tenants.create("default", {})
        print_pairs(
            "Made the workspace default. Its credentials, shown this once:",
            new_workspace_json(made),
        )
