"""Random payloads, mappings, subscriptions and calls, drawn to where the quirks are."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.mapping.oracle.words import (
    BLANKS,
    CALL_TYPES,
    DATES,
    EVENTS,
    IDS,
    KEYS,
    LIQUID,
    NUMBERS,
    PATHS,
    TEMPLATES,
    TEXTS,
    TIMES,
)

_DEEPEST = 3


class Generator:
    """Draws cases with a source of chance; the same source draws the same cases."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_of(self, options: Any) -> Any:
        return self.random.choice(options)

    # Values

    def scalar(self) -> Any:
        return self.one_of(
            [
                self.one_of(TEXTS),
                self.one_of(NUMBERS),
                self.one_of([True, False, None]),
                self.date(),
            ]
        )

    def date(self) -> str:
        if self.chance(0.5):
            return self.one_of(DATES)
        part = self.random.randint
        year = self.one_of([part(1970, 2037), part(0, 120), part(1900, 2100)])
        text = f"{year:04}-{part(0, 13):02}-{part(0, 32):02}"
        if self.chance(0.7):
            text += f"T{part(0, 25):02}:{part(0, 61):02}"
            text += self.one_of(
                ["", f":{part(0, 61):02}", f":{part(0, 59):02}.{part(0, 999999999)}"]
            )
            text += self.one_of(["", "Z", "+02:00", "-0530", f"+{part(0, 25):02}:{part(0, 61):02}"])
        return text

    def value(self, depth: int = 0) -> Any:
        if depth >= _DEEPEST or self.chance(0.45):
            return self.scalar()
        if self.chance(0.35):
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        return self.object(depth + 1)

    def object(self, depth: int = 0) -> dict[str, Any]:
        return {self.one_of(KEYS): self.value(depth) for _ in range(self.random.randint(0, 4))}

    def payload(self) -> dict[str, Any]:
        payload = {key: self.value() for key in KEYS if self.chance(0.4)}
        payload["traits"] = self.one_of([self.object(), self.object(), None, "", 0, "text"])
        payload["items"] = self.one_of(
            [[self.object() for _ in range(2)], self.object(), [None, 0, "", "abc"], "x", []]
        )
        payload["text"] = self.one_of(TEXTS)
        payload["number"] = self.one_of(NUMBERS)
        payload["json"] = self.one_of(
            ['{"b":1,"2":[1.0,null],"1":"x"}', "[1,", "1e999", " 7 ", "x"]
        )
        return payload

    def path(self) -> str:
        if self.chance(0.5):
            return self.one_of(PATHS)
        steps = [self.one_of(KEYS) for _ in range(self.random.randint(1, 3))]
        path = ".".join(steps)
        if self.chance(0.2):
            path += self.one_of(
                ["[0]", "[1].b", "['b']", '["a.b"]', ".length", "[x]", ".0", "]", "[0"]
            )
        return self.one_of(["$.", "$.", "$.", "", "$"]) + path

    # Mappings

    def mapping(self) -> Any:
        if self.chance(0.02):
            return self.one_of([None, [], "ab", 5, True, [{"@path": "$.a"}], {}])
        if self.chance(0.05):
            return self.rooted()
        if self.chance(0.15):
            return self.directive(0)
        return {self.one_of(KEYS): self.part(0) for _ in range(self.random.randint(1, 3))}

    def rooted(self) -> Any:
        root = self.one_of(
            [
                {"@transform": {"apply": self.template_object(1)}},
                {"@arrayPath": ["$.items"]},
                {"@merge": {"direction": "left", "objects": []}},
                {"@path": "$.a"},
                {},
            ]
        )
        return {"__segment_internal_directive": root, "k": self.part(1)}

    def part(self, depth: int) -> Any:
        if self.chance(0.75):
            return self.directive(depth)
        if self.chance(0.4):
            return self.template_object(depth + 1)
        if self.chance(0.3):
            return [self.part(depth + 1) for _ in range(2)] if depth < _DEEPEST else []
        return self.value(2)

    def template_object(self, depth: int) -> dict[str, Any]:
        if depth >= _DEEPEST:
            return {"p": {"@path": self.path()}}
        return {self.one_of(KEYS): self.part(depth) for _ in range(self.random.randint(0, 3))}

    def directive(self, depth: int) -> Any:
        if depth >= _DEEPEST:
            return {"@path": self.path()}
        names = list(_DIRECTIVES)
        name = self.random.choices(names, [weight for weight, _ in _DIRECTIVES.values()])[0]
        directive = {name: _DIRECTIVES[name][1](self, depth + 1)}
        if self.chance(0.02):
            directive[self.one_of(["_metadata", "other", "@path"])] = "x"
        return directive

    def operand(self, depth: int) -> Any:
        """Draw what stands where a value is wanted: mostly a directive, sometimes anything."""
        return self.part(depth) if self.chance(0.9) else self.one_of([None, "", 0, False, [], {}])

    def options(self, **members: Callable[[], Any]) -> Any:
        """Draw an options object; now and then one is missing, or it is no object at all."""
        if self.chance(0.01):
            return self.one_of([None, "x", [], {"@path": "$.a"}])
        return {name: draw() for name, draw in members.items() if self.chance(0.95)}

    # Subscriptions

    def fql(self) -> str:
        count = self.random.choices([1, 2, 3, 4], [4, 4, 2, 1])[0]
        text = self.condition()
        for _ in range(count - 1):
            text += self.one_of([" and ", " or ", " and ", " or ", " AND ", " OR ", "\n  and "])
            text += self.condition()
        return self.damaged(text) if self.chance(0.1) else text

    def condition(self) -> str:
        if self.chance(0.12):
            inner = self.condition() + self.one_of([" or ", " and "]) + self.condition()
            return self.one_of(["({})", "({})", "!({})", "( {} )"]).format(inner)
        if self.chance(0.3):
            name = self.one_of(["contains", "match", "contains", "match", "Contains"])
            call = f"{name}({self.fql_field()}, {self.fql_value()})"
            return self.one_of(["", "", "!"]) + call
        blank = self.one_of([" ", " ", " ", ""])
        return f"{self.fql_field()}{blank}{self.fql_operator()}{blank}{self.fql_value()}"

    def fql_operator(self) -> str:
        return self.one_of(["=", "!=", "=", "!=", "<", "<=", ">", ">=", "==", "contains", "exists"])

    def fql_field(self) -> str:
        top = self.one_of(["type", "event", "name", "userId", "foo", "Type", "toString"])
        below = self.one_of(["properties", "traits", "context", "propertiesX"])
        path = f"{below}." + ".".join(self.one_of(KEYS) for _ in range(self.random.randint(1, 2)))
        return self.one_of([top, path, path, below, f"{path}[0]", f"{below}.a\\.b"])

    def fql_value(self) -> str:
        text = self.one_of([*TEXTS, *EVENTS, *CALL_TYPES])
        return self.one_of(
            [
                f'"{text}"',
                f'"{text}"',
                f'"{text}*"',
                f'"*{text}"',
                f"'{text}'",
                "null",
                "true",
                "false",
                self.one_of(["6", "-1", "+5", "1.5", "0", "1.", "-", "1.2.3", "6a", "01"]),
                "",
                "ident",
                "an",
                f'"{text}"x',
            ]
        )

    def damaged(self, text: str) -> str:
        at = self.random.randint(0, len(text))
        noise = self.one_of(
            ["(", ")", '"', "'", "!", " and", ",", "[", "\r", "é", "\\", ".", "", " "]
        )
        return text[:at] + noise + text[at + self.random.randint(0, 2) :]

    def event_payload(self) -> Any:
        payload = {
            "type": self.one_of([*CALL_TYPES, None, 5]),
            "event": self.one_of([*EVENTS, *TEXTS, None, 6, True]),
            "name": self.one_of([*TEXTS, None, 6, True]),
            "userId": self.one_of([*IDS, True, False, None]),
            "properties": self.one_of([self.object(), self.object(), None, "abc", [1]]),
            "traits": self.one_of([self.object(), self.object(), None]),
            "context": self.one_of([self.object(), self.object(), 0]),
        }
        payload = {key: value for key, value in payload.items() if self.chance(0.85)}
        return self.one_of([None, "text", 5, []]) if self.chance(0.01) else payload

    # Calls

    def call(self) -> dict[str, Any]:
        call = {
            "type": self.one_of([*CALL_TYPES, "track", "track"]),
            "event": self.one_of([*EVENTS, *EVENTS, *TEXTS, self.date(), 5, None, ["x"], {}]),
            "userId": self.id(),
            "anonymousId": self.id(),
            "previousId": self.id(),
            "groupId": self.id(),
            "messageId": self.one_of([*IDS, self.date()]),
            "timestamp": self.one_of([self.date(), self.date(), *TIMES, *BLANKS]),
            "name": self.scalar(),
            "context": self.one_of(
                [
                    {
                        "device": {"token": self.scalar(), "type": "ios"},
                        "app": {"version": self.scalar()},
                    },
                    {"device": {"token": "t", "type": "android"}},
                    {},
                ]
            ),
            "properties": self.data("properties"),
            "traits": self.data("traits"),
        }
        return {key: value for key, value in call.items() if self.chance(0.9)}

    def id(self) -> Any:
        return self.one_of([*IDS, self.scalar(), [self.scalar()]]) if self.chance(0.9) else None

    def data(self, kind: str) -> Any:
        if self.chance(0.1):
            return self.one_of([None, "x", [], [{"a": 1}], 5, ""])
        data = self.object()
        known = {
            "url": "https://x/p",
            "email": self.id(),
            "created_at": self.scalar(),
            "createdAt": self.date(),
            "objectId": self.id(),
            "object_type_id": self.id(),
            "objectTypeId": self.id(),
            "relationshipAttributes": self.value(),
            "objectAttributes": {**self.object(), "objectTypeId": 1, "d": self.date()},
            "deliveryId": self.id(),
            "metric": self.one_of(["opened", "clicked", "odd", None]),
            "recipient": self.id(),
            "reason": self.scalar(),
            "href": self.scalar(),
            "actionName": self.scalar(),
            "actionValue": self.scalar(),
            "anonymous_id": self.scalar(),
            "actionType": self.one_of(["viewed_content", "clicked_content", "odd", 1]),
        }
        data.update({key: value for key, value in known.items() if self.chance(0.55)})
        return data if kind else {}


def _literal(draw: Generator, depth: int) -> Any:
    return draw.operand(depth)


def _path(draw: Generator, depth: int) -> Any:
    return draw.path() if draw.chance(0.95) else draw.part(depth)


def _template(draw: Generator, depth: int) -> Any:
    if draw.chance(0.05):
        return draw.part(depth)
    pieces = [draw.one_of([*TEMPLATES, f"{{{{{draw.path()}}}}}", draw.one_of(TEXTS)]) for _ in "ab"]
    return "".join(pieces)


def _if(draw: Generator, depth: int) -> Any:
    condition = draw.one_of(["exists", "blank", "exists", "blank"])
    return draw.options(
        **{condition: lambda: draw.operand(depth)},
        then=lambda: draw.operand(depth),
        **{"else": lambda: draw.operand(depth)},
    )


def _case(draw: Generator, depth: int) -> Any:
    return draw.options(
        operator=lambda: draw.one_of(["lower", "upper", "lower", "upper", "Upper", ""]),
        value=lambda: draw.one_of([draw.operand(depth), {"@path": "$.text"}, "ÀΣ ßİ"]),
    )


def _replace(draw: Generator, depth: int) -> Any:
    options = draw.options(
        pattern=lambda: draw.one_of(
            ["a", "b", ".", "$", "k", "s", "ß", "1", "longer than ten", ""]
        ),
        replacement=lambda: draw.one_of(
            ["", "X", "$&$&", "$$", "[$`]", "[$']", "$1", None, "12345678901"]
        ),
        value=lambda: draw.one_of(
            [{"@path": "$.text"}, {"@path": draw.path()}, draw.operand(depth)]
        ),
        ignorecase=lambda: draw.one_of([True, False, None, "x"][:3]),
    )
    if isinstance(options, dict) and draw.chance(0.3):
        options["global"] = draw.one_of([True, False])
        options["pattern2"] = draw.one_of(["X", "a", "", "longer than ten", 5])
        options["replacement2"] = draw.one_of(["y", None, "", "12345678901"])
    return options


def _array_path(draw: Generator, depth: int) -> Any:
    path = draw.one_of(["$.items", "$.items", draw.path(), draw.part(depth)])
    if draw.chance(0.02):
        return draw.one_of([path, []])
    return [path, draw.template_object(depth)] if draw.chance(0.8) else [path]


def _flatten(draw: Generator, depth: int) -> Any:
    options = draw.options(
        separator=lambda: draw.one_of([".", "_", "", "-", {"@path": "$.text"}]),
        value=lambda: draw.one_of([{"@path": "$."}, {"@path": draw.path()}, draw.operand(depth)]),
    )
    if isinstance(options, dict) and draw.chance(0.4):
        options["omitArrays"] = draw.one_of([True, False, "false", 0, {}])
    return options


def _json(draw: Generator, depth: int) -> Any:
    return draw.options(
        mode=lambda: draw.one_of(["encode", "decode", "encode", "decode", "ENCODE", "x"]),
        value=lambda: draw.one_of([{"@path": "$."}, {"@path": "$.json"}, draw.operand(depth)]),
    )


def _merge(draw: Generator, depth: int) -> Any:
    return draw.options(
        direction=lambda: draw.one_of(["left", "right", "left", "right", "LEFT", "up"]),
        objects=lambda: [
            draw.one_of([draw.template_object(depth), draw.directive(depth), {"@path": "$.traits"}])
            for _ in range(draw.random.randint(0, 3))
        ],
    )


def _transform(draw: Generator, depth: int) -> Any:
    return draw.options(
        apply=lambda: draw.one_of([draw.template_object(depth), draw.directive(depth)]),
        mapping=lambda: draw.one_of([draw.template_object(depth), draw.directive(depth)]),
    )


def _liquid(draw: Generator, depth: int) -> Any:
    del depth
    return "".join(draw.one_of(LIQUID) for _ in range(draw.random.randint(1, 2)))


_DIRECTIVES: dict[str, tuple[float, Callable[[Generator, int], Any]]] = {
    "@path": (4, _path),
    "@template": (2, _template),
    "@literal": (1, _literal),
    "@if": (2, _if),
    "@case": (1, _case),
    "@replace": (2, _replace),
    "@arrayPath": (1.5, _array_path),
    "@flatten": (1, _flatten),
    "@json": (1.5, _json),
    "@merge": (1, _merge),
    "@transform": (0.7, _transform),
    "@excludeWhenNull": (0.7, _literal),
    "@liquid": (0.5, _liquid),
    "@unknown": (0.02, _path),
}
