"""The limit that ``adapter bench`` compares with: a Flask view that does nothing, same server."""

import sys

import click
from flask import Flask, Response, request

from adapter.web.server import run

READY = "is ready"


def main(port: int, threads: int) -> None:
    """Serve a view that reads the body and answers."""
    app = Flask(__name__, static_folder=None)

    @app.route("/webhooks/segment/<source>", methods=["POST"])
    def answer(source: str) -> Response:  # noqa: ARG001 - a view takes what its route names
        request.get_data(cache=False)
        return Response(b'{"success":true}', mimetype="application/json")

    def announce() -> None:
        click.echo(f"bare Flask {READY}")
        sys.stdout.flush()

    run(app, host="127.0.0.1", port=port, wsgi_threads=threads, on_ready=announce)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
