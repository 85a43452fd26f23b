"""A real ``adapter serve`` in a process of its own, started and killed by the tests."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Any

import requests
import trustme

from adapter.doors.signatures import SIGNATURE_HEADER, sign
from adapter.jsonvalue import dumps, loads

SECRET = "abc123"
APP_KEY = "app-key-of-the-tests"
SITE_ID, API_KEY = "site", "key"
WEBHOOK = "/webhooks/segment/default"
_TIMEOUT_SECONDS = 60
_DRAW = SystemRandom()
_ANSWERED = re.compile(r'^adapter_requests_total{door="(.+)",status="(.+)"} (.+)$', re.MULTILINE)

_DUPLICATES = re.compile(r'^adapter_messages_total{.*fate="duplicate".*} (.+)$', re.MULTILINE)


@dataclass
class Server:
    """One server on one database.

    Attributes:
        folder: its working directory, with the database file if it is on SQLite.
        environment: ADAPTER_ variables.
        authority: file with the certificate authority to trust, if the server speaks https.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    authority: Path | None = None
    port: int = 0
    process: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> Any:
        """Run an ``adapter`` command beside the server and give its JSON."""
        return loads(self._output(*words))

    def lines(self, *words: str) -> list[Any]:
        """Run an ``adapter`` command that prints one JSON value a line, and give them."""
        return [loads(line) for line in self._output(*words).splitlines()]

    def _output(self, *words: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "adapter", *words, "--json"],
            cwd=self.folder,
            env=self._environment(),
            check=True,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
        )
        return done.stdout

    def create_workspace(self) -> None:
        """Make the workspace of the tests, with credentials they know."""
        given = {
            "--shared-secret": SECRET,
            "--app-key": APP_KEY,
            "--site-id": SITE_ID,
            "--api-key": API_KEY,
        }
        options = [word for option in given.items() for word in option]
        self.command("workspace", "create", "demo", *options)

    def start(self) -> "Server":
        """Start the server and wait for the line that says it is ready."""
        self.port = self.port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "adapter", *self.words()],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "is ready" in line:
                self._drain()
                return self
        assert self.process.stderr is not None
        raise AssertionError(f"not ready: {''.join(said)}{self.process.stderr.read()}")

    def words(self) -> list[str]:
        """Give the command that it is started with."""
        return ["serve", "--port", str(self.port)]

    def kill(self) -> None:
        """Kill it as a loss of power would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._end(signal.SIGTERM)

    @property
    def url(self) -> str:
        scheme = "http" if self.authority is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def verify(self) -> str | bool:
        """Whom to trust, as ``requests`` wants it."""
        return True if self.authority is None else str(self.authority)

    def post(self, payload: Any, **options: Any) -> requests.Response:
        """Post a signed webhook."""
        body, headers = signed(payload)
        headers |= options.pop("headers", {})
        return requests.post(self.url + WEBHOOK, data=body, headers=headers, timeout=30, **options)

    def get(self, path: str, **params: str) -> Any:
        """Read from the API, which must answer 200."""
        answer = requests.get(
            self.url + path,
            params=params,
            headers={"Authorization": f"Bearer {APP_KEY}"},
            timeout=30,
            verify=self.verify,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def activities(self, **params: str) -> list[dict[str, Any]]:
        """Read the whole log, page by page, newest first."""
        found: list[dict[str, Any]] = []
        start = ""
        while True:
            page = self.get("/v1/activities", start=start, limit="100", **params)
            found += page["activities"]
            start = page["next"]
            if not start:
                return found

    def answers(self) -> Counter[tuple[str, int]]:
        """Count the requests that each door answered with each status."""
        text = requests.get(f"{self.url}/metrics", verify=self.verify, timeout=30).text
        found = _ANSWERED.findall(text)
        return Counter({(door, int(status)): int(float(count)) for door, status, count in found})

    def duplicates(self) -> int:
        """Count the records that came more than once."""
        text = requests.get(f"{self.url}/metrics", timeout=30, verify=self.verify).text
        return sum(int(float(count)) for count in _DUPLICATES.findall(text))

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("ADAPTER_")}
        root = str(Path(__file__).parents[1])
        return {**own, "PYTHONPATH": root, **self.environment}

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(timeout=_TIMEOUT_SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process = None

    def _drain(self) -> None:
        """Read on what it says, so that a full pipe never stops it."""
        assert self.process is not None
        for stream in (self.process.stdout, self.process.stderr):
            threading.Thread(target=_read_on, args=(stream,), daemon=True).start()


class WorkerProcess(Server):
    """One ``adapter worker`` on the database of a server."""

    def words(self) -> list[str]:
        """Give the command that it is started with."""
        return ["worker"]


def over_tls(folder: Path) -> Server:
    """Make a server, not yet started, whose certificate is of an authority of its own."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for part in issued.cert_chain_pems:
        part.write_to_path(folder / "cert.pem", append=True)
    environment = {
        "ADAPTER_TLS_CERT": str(folder / "cert.pem"),
        "ADAPTER_TLS_KEY": str(folder / "key.pem"),
    }
    return Server(folder, environment=environment, authority=folder / "authority.pem")


def signed(payload: Any) -> tuple[bytes, dict[str, str]]:
    """Write and sign a webhook as Segment does: of a batch, only the first item."""
    body = dumps(payload).encode()
    first = dumps(payload[0]).encode() if isinstance(payload, list) and payload else body
    return body, {SIGNATURE_HEADER: sign(first, SECRET)}


def free_port() -> int:
    """Find a port that nobody listens on.

    Drawn, and below those that the system lends: what runs meanwhile hardly takes it before the
    server that it is for. The draw is the system's own: tests in several processes share a seed.
    """
    while True:
        with socket.socket() as found, suppress(OSError):
            port = _DRAW.randrange(10_000, 32_000)
            found.bind(("127.0.0.1", port))
            return port


def _read_on(stream: Any) -> None:
    try:
        for _ in stream:
            pass
    except ValueError:
        return
