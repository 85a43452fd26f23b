"""How templates show what the store holds: times, JSON, ids, reasons and links.

Everything here is text of strangers until it is escaped: nothing is marked as safe but what this
module writes itself.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, g
from markupsafe import Markup, escape

from adapter.bootstrap import Services
from adapter.clock import DAY, HOUR, MINUTE, SECOND, iso
from adapter.jsonvalue import loads
from adapter.model.activities import TITLES, ActivityType
from adapter.model.reasons import EXPLANATIONS, Reason

MOST_SHOWN = 200_000
"""Characters of JSON that a page shows; the rest is said to be there."""

_ONE_LINE = 120

_WITHIN = ((MINUTE, SECOND, "s"), (HOUR, MINUTE, "min"), (DAY, HOUR, "h"), (90 * DAY, DAY, "d"))


def add(console: Blueprint, _services: Services) -> None:
    """Give the filters to the templates of the console."""
    filters: dict[str, Callable[..., Any]] = {
        "ago": ago,
        "exact": exact,
        "label": label,
        "loaded": loads,
        "one_line": one_line,
        "rule": rule,
        "segment": segment,
        "sentence": sentence,
        "shown_json": shown_json,
        "span": span,
    }
    for name, filter_ in filters.items():
        console.app_template_filter(name)(filter_)


def ago(instant: int) -> Markup:
    """Show an instant as the time since, with the exact one as title."""
    text = iso(instant)
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        text, exact(instant), _since(instant, g.services.clock.now())
    )


def exact(instant: int) -> str:
    """Write an instant for people, to the millisecond: ``1 Mar 2026, 10:00:00.000 UTC``."""
    moment = datetime.fromtimestamp(instant // SECOND, UTC)
    millis = instant % SECOND // 1_000
    return f"{moment.day} {moment:%b %Y, %H:%M:%S}.{millis:03d} UTC"


def span(microseconds: int) -> str:
    """Write how long something took: ``4 min 59 s``, with the two largest units."""
    rest, words = abs(microseconds), []
    for size, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {name}")
    return " ".join(words[:2]) or f"{rest / 1_000:g} ms"


def shown_json(value: Any) -> Markup:
    """Write JSON with its parts marked for the style sheet; every text in it escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    cut = text[:MOST_SHOWN]
    marked = Markup("").join(_marked(line) for line in cut.splitlines(keepends=True))
    if len(text) > MOST_SHOWN:
        marked += Markup('\n<span class="cut">… and {:,} characters more</span>').format(
            len(text) - MOST_SHOWN
        )
    return Markup('<pre class="json" tabindex="0"><code>{}</code></pre>').format(marked)


def one_line(value: Any) -> str:
    """Write a value as JSON on one line, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _ONE_LINE else f"{text[: _ONE_LINE - 1]}…"


def label(kind: str) -> str:
    """Give what people call a type of activity."""
    return TITLES[ActivityType(kind)]


def sentence(reason: str) -> str:
    """Say what a reason code means."""
    return EXPLANATIONS[Reason(reason)].sentence


def rule(reason: str) -> str:
    """Name the rule that a reason code applies."""
    return EXPLANATIONS[Reason(reason)].rule


def segment(text: str) -> str:
    """Write a text as one segment of a path, whatever is in it."""
    return quote(text, safe="")


def _since(instant: int, now: int) -> str:
    """Say how long ago an instant was, in one unit; the script does it alike as time goes on."""
    passed = now - instant
    if abs(passed) < SECOND:
        return "now"
    for below, unit, name in _WITHIN:
        if abs(passed) < below:
            text = f"{abs(passed) // unit} {name}"
            return f"in {text}" if passed < 0 else f"{text} ago"
    moment = datetime.fromtimestamp(instant // SECOND, UTC)
    return f"{moment.day} {moment:%b %Y}"


def _marked(line: str) -> Markup:
    """Mark the parts of one line that ``json.dumps`` wrote."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    rest = line[len(indent) :]
    key = Markup("")
    if rest.startswith('"'):
        end = _end_of_text(rest)
        if rest[end : end + 2] == ": ":
            key = Markup('<span class="k">{}</span>: ').format(rest[:end])
            rest = rest[end + 2 :]
    return escape(indent) + key + _marked_value(rest)


def _marked_value(rest: str) -> Markup:
    if rest.startswith('"'):
        end = _end_of_text(rest)
        return Markup('<span class="s">{}</span>').format(rest[:end]) + escape(rest[end:])
    value = rest.rstrip(",\n")
    if value and value[0] in "-0123456789tfnIN":
        return Markup('<span class="n">{}</span>').format(value) + escape(rest[len(value) :])
    return escape(rest)


def _end_of_text(line: str) -> int:
    """Find where a text that begins a line ends; at the line's end if it was cut."""
    at = 1
    while at < len(line) and line[at] != '"':
        at += 2 if line[at] == "\\" else 1
    return min(at + 1, len(line))
