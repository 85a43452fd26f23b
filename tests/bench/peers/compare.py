"""The adapter beside receivers that a team would write by hand, with the same durability.

    python -m tests.bench.peers.compare [--seconds 3] [--rounds 3] [--picture FILE] [--json]

It installs what the peers need in a folder of its own outside the repository (``node``, ``npm`` and
a C compiler must be there), then loads the adapter and each peer in turns, as ``adapter bench``
does. The peers have none of the rules.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import click

from adapter.cli.bench import payloads
from adapter.cli.bench.command import show
from adapter.cli.bench.databases import opened
from adapter.cli.bench.figures import Measure, compare
from adapter.cli.bench.http import Running, free_port, load, product, running

_HERE = Path(__file__).parent
_PYTHON = ("fastapi==0.*", "uvicorn[standard]==0.*", "sqlalchemy==2.*")
_CALLERS, _SENDERS = 64, 4
Server = contextlib.AbstractContextManager[Running]
_SECRET = payloads.CREDENTIALS["shared_secret"]


@click.command()
@click.option("--seconds", default=3.0, show_default=True, help="Length of one round of load.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of each pair, taking turns.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the ratios (SVG) there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(*, seconds: float, rounds: int, picture: Path | None, as_json: bool) -> None:
    """Measure the adapter beside hand-written peers, on SQLite with synchronous=FULL."""
    tools = _installed()
    rows = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder}/adapter.db"
        with opened(url):
            pass
        ours = stack.enter_context(product(folder, url))
        for title, peer in _peers(tools, folder):
            beside = stack.enter_context(peer)
            pairs = _measures(title, beside, ours, seconds)
            rows += [compare(measure, rounds).as_json() for measure in pairs]
    conditions = f"SQLite with synchronous=FULL, medians and spread of {rounds} rounds"
    show(rows, conditions, picture, as_json=as_json)


def _measures(title: str, peer: Running, ours: Running, seconds: float) -> Iterator[Measure]:
    singles = partial(load, request=payloads.webhook, callers=_CALLERS, seconds=seconds)
    yield Measure(
        group="peers",
        what="single webhook events of 1 KB",
        unit="requests",
        limit=(title, partial(singles, peer)),
        ours=("adapter", partial(singles, ours)),
        wanted=1.0,
    )
    for size in (100, 500):
        request = payloads.webhook_batch(size)
        batches = partial(load, request=request, callers=_SENDERS, seconds=seconds, each=size)
        yield Measure(
            group="peers",
            what=f"webhook batches of {size}",
            unit="events",
            limit=(title, partial(batches, peer)),
            ours=("adapter", partial(batches, ours)),
            wanted=1.0,
        )


def _peers(tools: Path, folder: Path) -> Iterator[tuple[str, Server]]:
    port = free_port()
    words = [str(_HERE / "fastapi_peer.py"), str(port), str(folder / "fastapi.db"), _SECRET]
    program = str(tools / "venv" / "bin" / "python")
    yield "FastAPI, pydantic, SQLAlchemy Core", running(words, folder, port, program=program)
    port = free_port()
    words = [str(tools / "fastify_peer.js"), str(port), str(folder / "fastify.db"), _SECRET]
    yield "Fastify, ajv, better-sqlite3", running(words, folder, port, program="node")


def _installed() -> Path:
    """Install the peers' libraries once; give the folder."""
    pinned = (_HERE / "package.json").read_bytes() + "".join(_PYTHON).encode()
    folder = Path(tempfile.gettempdir()) / f"adapter-peers-{sha256(pinned).hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "fastify_peer.js"):
        shutil.copy(_HERE / name, folder)
    if not (folder / "installed").exists():
        _run(sys.executable, "-m", "venv", "venv", folder=folder)
        _run(str(folder / "venv/bin/pip"), "install", "-q", *_PYTHON, folder=folder)
        # Where the system brings Node's headers, nothing need be fetched to build against them.
        headers = {"npm_config_nodedir": "/usr"} if Path("/usr/include/node").exists() else {}
        _run("npm", "install", "--no-audit", "--no-fund", folder=folder, **headers)
        (folder / "installed").touch()
    return folder


def _run(*command: str, folder: Path, **environment: str) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=True)


if __name__ == "__main__":
    main()
