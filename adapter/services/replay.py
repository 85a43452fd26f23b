"""Feed recorded payloads through the doors again, with their own time or the present."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapter.clock import Clock, Instant, parse_instant
from adapter.doors.rereading import Conditions
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import InvalidJson, OperatorError, RequestError
from adapter.jsonvalue import JSONObject, JSONValue, dumps, loads
from adapter.model.workspaces import ReceivedAt, Source
from adapter.services.intake import Intake


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded request.

    Attributes:
        body: as it was sent, or as it is written here.
        received_at: when it was received, if the recording says so.
    """

    body: bytes
    received_at: Instant | None


@dataclass(slots=True)
class Summary:
    """What a replay did, summed up over its requests."""

    requests: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

    def add(self, answer: JSONObject) -> None:
        """Count one answer of the webhook door (contracts 8.1)."""
        self.requests += 1
        self.accepted += int(answer.get("accepted", 0))
        self.duplicates += int(answer.get("duplicates", 0))
        self.rejected += len(answer.get("rejected", ()))


Send = Callable[[bytes, Instant | None], JSONObject]
"""Sends a body, received at an instant (None: now), and gives the door's answer."""


def in_process(
    intake: Intake, source: Source, *, clock: Clock, retention: int, triggers: bool = True
) -> Send:
    """Send through the webhook's own parsing, mapping and rules, in this process.

    Args:
        intake: takes what was parsed.
        source: who sends.
        clock: stamps what bears no time of its own.
        retention: in microseconds; times further back are not believed (T2).
        triggers: off, what is sent triggers nothing (C8).
    """

    def send(body: bytes, received_at: Instant | None) -> JSONObject:
        at = clock.now() if received_at is None else received_at
        whose = ReceivedAt.ARRIVAL if received_at is None else ReceivedAt.SEGMENT
        try:
            batch = parse(body, Stamp(now=at, clock=whose, retention=retention))
        except RequestError as error:
            intake.refuse(source, door="replay", body=body, error=error, received_at=at)
            return {"rejected": [error.code]}
        report = intake.receive(
            source,
            door="replay",
            body=body,
            batch=batch,
            received_at=at,
            conditions=Conditions(triggers=triggers),
        )
        return {
            "accepted": report.accepted,
            "duplicates": report.duplicates,
            "rejected": report.rejected,
        }

    return send


def read_recorded(path: Path) -> Iterator[Recorded]:
    """Read requests from a file: JSON, JSON lines, either gzipped, or a story.

    A JSON file holds one payload, or an array that was one batch. Each line of a JSON lines file
    is one request. A story (``fixtures/``) holds its requests in ``steps``, with their times.

    Raises:
        OperatorError: the file cannot be read, naming it and the line.
    """
    text = _text_of(path)
    try:
        yield from _requests_in(loads(text))
    except InvalidJson as whole:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - one line that is no JSON is no JSON lines
            raise OperatorError(f"{path}: {whole.message}") from whole
        for number, line in enumerate(lines, 1):
            try:
                value = loads(line)
            except InvalidJson as error:
                raise OperatorError(f"{path}:{number}: {error.message}") from error
            yield from _requests_in(value)


def _text_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror or error}") from error


def _requests_in(value: Any) -> Iterator[Recorded]:
    """Give the webhooks that a file holds; of a story neither settings nor other calls."""
    if isinstance(value, dict) and isinstance(value.get("steps"), list):
        for step in value["steps"]:
            at = parse_instant(step["at"])
            if "webhook" in step:
                yield Recorded(dumps(step["webhook"]).encode(), at)
            elif "body" in step:
                yield Recorded(step["body"].encode("utf-8", "surrogatepass"), at)
    else:
        yield Recorded(dumps(value).encode(), _received_at(value))


def _received_at(payload: JSONValue) -> Instant | None:
    """Give the newest ``receivedAt`` of a request's items: when all of them had come."""
    items = payload if isinstance(payload, list) else [payload]
    times: list[Instant] = []
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("receivedAt"), str):
            try:
                times.append(parse_instant(item["receivedAt"]))
            except ValueError:
                continue
    return max(times, default=None)
