"""Which door a request has come to, told by its raw target (X5, contracts 3.3).

The path is parted at ``/`` before anything is decoded, so ``a%2Fb`` is one segment, and no slash is
merged or added. Flask's own routing sees only what no door takes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from adapter.bootstrap import Services
from adapter.errors import MethodNotAllowed, NotFound
from adapter.web.door import Answer, Door, Entry, Request, Route
from adapter.web.replies import Reply

PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, x-retry-count, x-strict-mode",
    "Access-Control-Max-Age": "86400",
}
"""Contracts 2.3."""

_REMEMBERED, _LONGEST_REMEMBERED = 1_024, 128
"""Paths whose way is not sought again, and characters of the longest of them."""


@dataclass(slots=True)
class _Node:
    """What may follow a part of a path."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    named: dict[str, "_Node"] = field(default_factory=dict)
    answers: dict[str, tuple[Door, Answer]] = field(default_factory=dict)
    rest: dict[str, tuple[Door, Answer, str]] = field(default_factory=dict)


class Routing:
    """The paths of all doors.

    Args:
        doors: no two of them with the same path and method.
    """

    def __init__(self, doors: Iterable[Door]) -> None:
        self._root = _Node()
        self._prefixes: list[tuple[str, Door]] = []
        for door in doors:
            self._prefixes += [(prefix, door) for prefix in door.prefixes]
            for route in door.routes:
                self._add(door, route)
        self._prefixes.sort(key=lambda pair: -len(pair[0]))
        self._remembered = lru_cache(_REMEMBERED)(self._sought)

    def find(self, method: str, path: str) -> Entry | None:
        """Find the door and what answers there; None if no door has such paths.

        Args:
            method: HTTP.
            path: raw.
        """
        if len(path) > _LONGEST_REMEMBERED:
            return self._sought(method, path)
        return self._remembered(method, path)

    def _sought(self, method: str, path: str) -> Entry | None:
        segments = path.split("/")[1:]
        params: dict[str, str] = {}
        node = _walk(self._root, segments, 0, params)
        if node is not None:
            return _entry(node, method, params)
        rest = self._rest(method, segments)
        return rest or self._nothing(path)

    def _add(self, door: Door, route: Route) -> None:
        node = self._root
        for segment in route.pattern.split("/")[1:]:
            if segment.endswith("...}"):
                for method in _methods(route):
                    node.rest[method] = (door, route.answer, segment[1:-4])
                return
            if segment.startswith("{"):
                node = node.named.setdefault(segment[1:-1], _Node())
            else:
                node = node.literals.setdefault(segment, _Node())
        for method in _methods(route):
            node.answers[method] = (door, route.answer)

    def _rest(self, method: str, segments: list[str]) -> Entry | None:
        """Find the longest beginning whose pattern takes all that is left."""
        node, found = self._root, None
        for at, segment in enumerate(segments):
            if method in node.rest:
                door, answer, name = node.rest[method]
                found = Entry(door, answer, {name: "/".join(segments[at:])})
            if segment not in node.literals:
                break
            node = node.literals[segment]
        return found

    def _nothing(self, path: str) -> Entry | None:
        for prefix, door in self._prefixes:
            if path.startswith(prefix):
                return Entry(door, _not_found, {})
        return None


def _methods(route: Route) -> tuple[str, ...]:
    return (*route.methods, "HEAD") if "GET" in route.methods else route.methods


def _walk(node: _Node, segments: list[str], at: int, params: dict[str, str]) -> _Node | None:
    """Follow a path; a word goes before a name, and a name is never empty."""
    if at == len(segments):
        return node if node.answers else None
    segment = segments[at]
    if segment in node.literals:
        found = _walk(node.literals[segment], segments, at + 1, params)
        if found is not None:
            return found
    for name, named in node.named.items() if segment else ():
        found = _walk(named, segments, at + 1, params)
        if found is not None:
            params[name] = segment
            return found
    return None


def _entry(node: _Node, method: str, params: dict[str, str]) -> Entry:
    if method in node.answers:
        return Entry(*node.answers[method], params)
    door, _ = next(iter(node.answers.values()))
    if door.browsers and method == "OPTIONS":
        return Entry(door, _preflight, {})
    return Entry(door, _method_not_allowed(node, door), {})


def _method_not_allowed(node: _Node, door: Door) -> Answer:
    allowed = [*node.answers, *(["OPTIONS"] if door.browsers else [])]

    def answer(_services: Services, _request: Request) -> Reply:
        raise MethodNotAllowed(allowed)

    return answer


def _not_found(_services: Services, _request: Request) -> Reply:
    raise NotFound


def _preflight(_services: Services, _request: Request) -> Reply:
    return Reply(200, {}, PREFLIGHT)
