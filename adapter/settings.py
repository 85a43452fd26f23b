"""Settings: every ``ADAPTER_*`` variable, read once into one frozen object (all faults at once)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

from environs import Env, EnvValidationError
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range

from adapter.errors import OperatorError, Problem

PREFIX = "ADAPTER_"

Check = Callable[[Any], Any]
"""Raises ``ValidationError`` for a value that is wrong; marshmallow's validators do."""

_PORT = Range(min=0, max=65_535)
_POSITIVE = Range(min=1)
_RATE = Range(min=0)
_SHORT = Range(min=0.01, max=300)
_LEVELS = ("debug", "info", "warning", "error")


def networks_in(text: str) -> list[str]:
    """Read networks parted by commas; ``all`` stands for every one."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    return ["0.0.0.0/0", "::/0"] if words == ["all"] else words


def _names_networks(text: str) -> None:
    for network in networks_in(text):
        try:
            ip_network(network)
        except ValueError:
            raise ValidationError(f"{network!r} is no network such as 10.0.0.0/8.") from None


def _about(sentence: str, read: str, check: Check | None = None) -> dict[str, Any]:
    """Describe a setting.

    Args:
        sentence: one line of help.
        read: how environs reads it: ``str``, ``int``, ``bool`` or ``path``.
        check: what its value must satisfy.
    """
    return {"help": sentence, "read": read, "check": [check] if check else []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may set. ``database_url`` is ``ADAPTER_DATABASE_URL``, and so on."""

    database_url: str = field(
        default="sqlite:///adapter.db",
        metadata=_about("where the store is: sqlite:/// or postgresql://", "str"),
    )
    host: str = field(default="127.0.0.1", metadata=_about("address to listen on", "str"))
    port: int = field(default=8000, metadata=_about("port to listen on", "int", _PORT))
    tls_cert: Path | None = field(
        default=None, metadata=_about("certificate chain (PEM), to serve https", "path")
    )
    tls_key: Path | None = field(
        default=None, metadata=_about("private key (PEM) of the certificate", "path")
    )
    threads: int = field(
        default=16,
        metadata=_about("threads for all requests that come to no door", "int", _POSITIVE),
    )
    hot_path: bool = field(
        default=True,
        metadata=_about("answer what comes to a door on the event loop, without Flask", "bool"),
    )
    mappings_dir: Path | None = field(
        default=None, metadata=_about("mapping files; without it, the shipped ones", "path")
    )
    watch: bool = field(
        default=False, metadata=_about("reload mapping files when they change", "bool")
    )
    webhook_body_limit: int = field(
        default=5_000_000,
        metadata=_about("most bytes of a webhook's body, inflated", "int", _POSITIVE),
    )
    header_timeout: int = field(
        default=30,
        metadata=_about(
            "seconds for the headers of a request to come; then it is cut", "int", _POSITIVE
        ),
    )
    body_timeout: int = field(
        default=30,
        metadata=_about("seconds for the body to come to a door; then 408", "int", _POSITIVE),
    )
    webhook_rate: int = field(
        default=0,
        metadata=_about("webhooks a second from a source; beyond, 429; 0: no limit", "int", _RATE),
    )
    segment_rate: int = field(
        default=1_000,
        metadata=_about(
            "HTTP API requests a second by a key; beyond, 429; 0: no limit", "int", _RATE
        ),
    )
    track_rate: int = field(
        default=1_000,
        metadata=_about(
            "Track API requests a second of a workspace; beyond, 429; 0: no limit", "int", _RATE
        ),
    )
    integration_name: str = field(
        default="Anonymous Events Adapter",
        metadata=_about("what a call's integrations may switch off: {NAME: false}", "str"),
    )
    queue_limit: int = field(
        default=50_000,
        metadata=_about("most records that may wait for the store; beyond, 503", "int", _POSITIVE),
    )
    bodies_limit: int = field(
        default=256_000_000,
        metadata=_about("most bytes of bodies under way at once; beyond, 503", "int", _POSITIVE),
    )
    group_limit: int = field(
        default=2_000, metadata=_about("most records of one transaction", "int", _POSITIVE)
    )
    deliver: str = field(
        default="auto",
        metadata=_about(
            "send deliveries from `adapter serve` too: on, off, or auto (on SQLite)",
            "str",
            OneOf(("auto", "on", "off")),
        ),
    )
    worker_threads: int = field(
        default=32, metadata=_about("most deliveries under way at once", "int", _POSITIVE)
    )
    poll_seconds: float = field(
        default=1.0,
        metadata=_about("how often the worker looks for what is due", "float", _SHORT),
    )
    delivery_seconds: float = field(
        default=10.0, metadata=_about("most that one delivery may take", "float", _SHORT)
    )
    allowed_networks: str = field(
        default="",
        metadata=_about(
            "private networks that deliveries may go to, parted by commas; or all",
            "str",
            _names_networks,
        ),
    )
    worker_metrics_port: int = field(
        default=0,
        metadata=_about("where `adapter worker` serves /metrics; 0 for nowhere", "int", _PORT),
    )
    sweep_seconds: int = field(
        default=60,
        metadata=_about("seconds between sweeps of what has expired", "int", _POSITIVE),
    )
    log_format: str = field(
        default="json", metadata=_about("json, or text for people", "str", OneOf(("json", "text")))
    )
    log_level: str = field(
        default="info", metadata=_about("debug, info, warning or error", "str", OneOf(_LEVELS))
    )
    metrics: bool = field(default=True, metadata=_about("serve /metrics", "bool"))
    demo_page: bool = field(
        default=False,
        metadata=_about("serve /demo, a page that tries the snippet; --demo does too", "bool"),
    )
    demo_analytics_js: Path | None = field(
        default=None,
        metadata=_about("Segment's analytics.js (its dist/umd/index.js), for /demo", "path"),
    )
    open_console: bool = field(
        default=False,
        metadata=_about("let anybody use the console without a key; --demo does too", "bool"),
    )
    rehearsal_clock: Path | None = field(
        default=None,
        metadata=_about("a file with one ISO-8601 instant that replaces the clock", "path"),
    )


class Variable(NamedTuple):
    """A setting as an operator meets it, for the README and ``--help``."""

    name: str
    default: Any
    help: str


def variables() -> list[Variable]:
    """List every variable, in the order of :class:`Settings`."""
    return [
        Variable(PREFIX + item.name.upper(), item.default, item.metadata["help"])
        for item in fields(Settings)
    ]


def read_settings(**given: Any) -> Settings:
    """Read the settings from the environment.

    Args:
        given: settings by name that need no reading, from the command line say; None is not given.

    Raises:
        OperatorError: with one problem for each variable that is wrong.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    env = Env(eager=False, prefix=PREFIX)
    for item in fields(Settings):
        if item.name not in chosen:
            read = getattr(env, item.metadata["read"])
            chosen[item.name] = read(
                item.name.upper(), item.default, validate=item.metadata["check"]
            )
    problems = [*_faults_given(given), *_faults_of(env), *_faults_together(chosen)]
    if problems:
        text = "; ".join(problem.message for problem in problems)
        raise OperatorError(text, problems=problems)
    return Settings(**chosen)


def _faults_given(given: dict[str, Any]) -> Iterator[Problem]:
    """Hold what is given to the same limits as the variables."""
    for item in fields(Settings):
        value = given.get(item.name)
        for check in item.metadata["check"] if value is not None else ():
            try:
                check(value)
            except ValidationError as error:
                text = " ".join(map(str, error.messages))
                option = "--" + item.name.replace("_", "-")
                message = f"{option} (or {PREFIX}{item.name.upper()}) is {value!r}: {text}"
                yield Problem("invalid_setting", message)


def _faults_of(env: Env) -> Iterator[Problem]:
    try:
        env.seal()
    except EnvValidationError as error:
        by_name: Any = error.error_messages
        for name, complaints in by_name.items():
            text = " ".join(str(complaint) for complaint in complaints)
            yield Problem("invalid_setting", f"{name}: {text}")


def _faults_together(chosen: dict[str, Any]) -> Iterator[Problem]:
    cert, key = chosen.get("tls_cert"), chosen.get("tls_key")
    if bool(cert) != bool(key):
        missing = "TLS_KEY" if cert else "TLS_CERT"
        yield Problem("invalid_setting", f"{PREFIX}{missing}: is needed as well, to serve https")
