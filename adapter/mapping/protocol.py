"""One question a line, one answer a line: what another implementation can be held against.

``{"id", "mapping", "payload"}`` -> ``{"id", "ok": true, "output"}``, without output if it is
undefined; ``{"id", "fql", "payload"}`` -> ``{"id", "ok": true, "match"}``; and
``{"id", "ok": false, "error"}`` for whatever Segment's own packages refuse (mapping-kit.md).
"""

import gc
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import orjson

from adapter.errors import AdapterError
from adapter.jsonvalue import JSONObject, loads
from adapter.mapping.compile import compile_mapping
from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.evaluate import transform
from adapter.mapping.fql.evaluate import Predicate, compile_fql
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.javascript.json import stringify
from adapter.mapping.javascript.values import UNDEFINED
from adapter.mapping.paths import Run

Answer = Callable[[bytes], bytes]
"""From a line to its answer, without the newline."""

_CACHED = 2_048
_CHUNK = 1 << 18
_COLLECT_EVERY = 200_000


class Source(Protocol):
    """Where lines come from: a buffered binary stream."""

    def read1(self, size: int, /) -> bytes:
        """Give what is there, at most ``size`` bytes; b"" at the end."""


def answer_lines(source: Source, sink: BinaryIO, answer: Answer) -> None:
    """Answer lines until the source ends, each as soon as it has come in.

    What comes in together is answered together: one write a chunk, not one a line.
    """
    thresholds = gc.get_threshold()
    # Nothing here makes reference cycles, and looking for them among thousands of cached closures
    # took half of the time.
    gc.set_threshold(_COLLECT_EVERY)
    try:
        rest = b""
        while chunk := source.read1(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            _answer_all(lines, sink, answer)
        _answer_all([rest], sink, answer)
    finally:
        gc.set_threshold(*thresholds)


def _answer_all(lines: list[bytes], sink: BinaryIO, answer: Answer) -> None:
    answers = [answer(line) + b"\n" for line in lines if line.strip()]
    if answers:
        sink.write(b"".join(answers))
        sink.flush()


class MappingAnswers:
    """Answers lines that ask for a mapping to be applied.

    A mapping seen once is walked; seen again, it is compiled, and kept.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._compiled: dict[bytes, Run] = {}

    def __call__(self, line: bytes) -> bytes:
        """Answer one line."""
        return _answered(line, self._output)

    def _output(self, question: JSONObject) -> JSONObject:
        output = self._run(question.get("mapping", UNDEFINED))(question.get("payload", UNDEFINED))
        return {} if output is UNDEFINED else {"output": output}

    def _run(self, mapping: Any) -> Run:
        key = _key(mapping)
        run = self._compiled.get(key)
        if run is not None:
            return run
        if key not in self._seen:
            _make_room(self._seen)
            self._seen.add(key)
            return lambda payload: transform(mapping, payload)
        _make_room(self._compiled)
        run = self._compiled[key] = _compiled(mapping)
        return run


class FqlAnswers:
    """Answers lines that ask whether a subscription takes a payload."""

    def __init__(self) -> None:
        self._compiled: dict[str, Predicate] = {}

    def __call__(self, line: bytes) -> bytes:
        """Answer one line."""
        return _answered(line, self._match)

    def _match(self, question: JSONObject) -> JSONObject:
        text = question.get("fql")
        if not isinstance(text, str):
            raise FqlError("fql must be a string", 0)
        predicate = self._compiled.get(text)
        if predicate is None:
            _make_room(self._compiled)
            predicate = self._compiled[text] = _predicate(text)
        payload = question.get("payload", UNDEFINED)
        matches = predicate(payload)
        return {"match": matches and payload is not UNDEFINED}


def _answered(line: bytes, reply: Callable[[JSONObject], JSONObject]) -> bytes:
    question: Any = None
    try:
        question = loads(line)
        if not isinstance(question, dict):
            raise DirectiveFailed("a line must be a JSON object")
        answer = {"id": question.get("id"), "ok": True, **reply(question)}
    except (AdapterError, RecursionError) as error:
        asked = question.get("id") if isinstance(question, dict) else None
        answer = {"id": asked, "ok": False, "error": str(error)}
    try:
        return orjson.dumps(answer)
    except TypeError:
        # Lone surrogates: orjson will not write them; JavaScript's writer makes escapes of them.
        return str(stringify(answer)).encode()


def _compiled(mapping: Any) -> Run:
    try:
        run = compile_mapping(mapping)
    except DirectiveFailed as error:
        message = error.message

        def refuse(_payload: Any) -> Any:
            raise DirectiveFailed(message)

        return refuse
    return lambda payload: run({} if payload is UNDEFINED else payload)


def _predicate(text: str) -> Predicate:
    try:
        return compile_fql(text)
    except FqlError as error:
        message, offset = error.message, error.offset

        def refuse(_payload: Any) -> bool:
            raise FqlError(message, offset)

        return refuse


def _key(mapping: Any) -> bytes:
    try:
        return orjson.dumps(mapping)
    except TypeError:
        return str(stringify(mapping)).encode()


def _make_room(cache: dict[Any, Any] | set[Any]) -> None:
    if len(cache) >= _CACHED:
        cache.clear()
