"""Where somebody is named: in records, in what others say of them, in whatever text (P6, R4).

Most names tell of nobody else: an e-mail address, a cio_id, an id long enough to be no common
word. Those are found anywhere, as a word of their own. A name such as ``42`` means its bearer only
where JSON says who somebody is, or stands for the whole of a column that does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, unquote

from adapter.jsonvalue import JSONObject, JSONValue, dumps, number_text
from adapter.model.people import IdentifierKind, PersonRef

BLOT = "[erased]"
"""Stands in a text where somebody was named who is erased."""

_TELLING_LENGTH = 8
_NO_WORD_LENGTH = 16
_CIO = "cio_"

_BEFORE = r"(?:(?<![\w.+-])|(?<=%[0-9A-Fa-f]{2}))"
_AFTER = r"(?![\w-]|[.+@]\w)"
"""What a name may not be flanked by: there it is part of another's, ``u-1`` in ``u-12``."""

_NAMES_PERSON = ("userId", "user_id", "previousId", "previous_id")
_NAMES_STRANGER = ("anonymousId", "anonymous_id")
_NAMING = frozenset(
    {*_NAMES_PERSON, *_NAMES_STRANGER, "customerId", "customer_id", "person_id", "cio_id"}
)
"""Keys in JSON whose values are names of people or strangers."""

_PERSONS = frozenset({"identifiers", "primary", "secondary", "person", "traits"})
"""Keys of objects in which ``id`` is a person's."""

_KINDS = tuple(kind.value for kind in IdentifierKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who is to be erased, as an operator says it.

    Attributes:
        refs: identifiers of people, as they are compared.
        anonymous_ids: of strangers, or of people who have them.
    """

    refs: frozenset[PersonRef] = frozenset()
    anonymous_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What somebody who is to be erased is known by.

    Attributes:
        people: person_ids of those who are known.
        named: all their identifiers and anonymous ids, and those that were given.
        records: their events, as (request, place in the request).
    """

    workspace_id: int
    people: frozenset[str] = frozenset()
    named: Named = field(default_factory=Named)
    records: frozenset[tuple[str, int]] = frozenset()

    def grown(self, other: "Traces") -> "Traces":
        """Join with what was found later."""
        return Traces(
            workspace_id=self.workspace_id,
            people=self.people | other.people,
            named=Named(
                refs=self.named.refs | other.named.refs,
                anonymous_ids=self.named.anonymous_ids | other.named.anonymous_ids,
            ),
            records=self.records | other.records,
        )


class Mentions:
    """Finds the names of somebody.

    Args:
        traces: what they are known by.
    """

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        refs = traces.named.refs
        self._emails = {ref.value for ref in refs if ref.kind is IdentifierKind.EMAIL}
        others = {ref.value for ref in refs} - self._emails
        generated = {_CIO + ref.value for ref in refs if ref.kind is IdentifierKind.CIO_ID}
        self._exact = others | generated | traces.named.anonymous_ids

    @cached_property
    def forms(self) -> list[str]:
        """Give how their names can be written; a text that names them holds one, in any case."""
        return sorted({form for name in self._emails | self._exact for form in _forms(name)})

    @cached_property
    def _needles(self) -> tuple[bytes, ...]:
        return tuple(form.encode("utf-8", "surrogatepass").lower() for form in self.forms)

    @cached_property
    def _telling(self) -> re.Pattern[str] | None:
        """Find telling names as words; none, and there is no pattern."""
        exact = {form for name in self._exact if is_telling(name) for form in _forms(name)}
        emails = {form for name in self._emails for form in _forms(name)}
        parts = [_any_of(exact)] if exact else []
        if emails:
            parts.append(f"(?i:{_any_of(emails)})")
        return re.compile(f"{_BEFORE}(?:{'|'.join(parts)}){_AFTER}") if parts else None

    def may_be_in(self, raw: bytes) -> bool:
        """Tell, without reading it, whether JSON or a text could name them."""
        lowered = raw.lower()
        if any(needle in lowered for needle in self._needles):
            return True
        # Written with escapes, a name need not look like itself.
        return b"\\u" in lowered or b"\\/" in lowered

    def is_name(self, value: JSONValue) -> bool:
        """Tell whether a value is one of their names, and nothing else."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = number_text(value)
        return isinstance(value, str) and (value in self._exact or value.casefold() in self._emails)

    def in_text(self, text: str) -> bool:
        """Tell whether a text has a telling name of theirs in it."""
        return self._telling is not None and self._telling.search(text) is not None

    def in_value(self, value: JSONValue) -> bool:
        """Tell whether a JSON value names them."""
        return self.blotted(value) != value

    def blotted(self, value: JSONValue, key: str = "", within: str = "") -> JSONValue:
        """Give a JSON value without their names: a name that stands alone becomes null.

        Args:
            value: any.
            key: under which it stands.
            within: the key of the object that it stands in.
        """
        match value:
            case dict():
                return {
                    self._blotted_text(name): self.blotted(each, name, key)
                    for name, each in value.items()
                }
            case list():
                return [self.blotted(each, key, within) for each in value]
            case str() | int() | float() if self._names_them(value, key, within):
                return None
            case str():
                return self._blotted_text(value)
            case _:
                return value

    def are_subject(self, record: JSONObject) -> bool:
        """Tell whether a record is theirs: whom it is about, by its own word.

        A record that says it is about somebody else, or about an object, only mentions them; one
        that says of nobody whom it is about is theirs if it mentions them.
        """
        persons = [*_given(record, _NAMES_PERSON)]
        for key in ("identifiers", "primary", "secondary"):
            persons += _given(record.get(key), _KINDS)
        if any(map(self.is_name, persons)) or self._is_path(record.get("request")):
            return True
        if persons or record.get("type") == "object":
            return False
        strangers = [
            *_given(record, _NAMES_STRANGER),
            *_given(record.get("identifiers"), _NAMES_STRANGER),
        ]
        if strangers:
            return any(map(self.is_name, strangers))
        return self.in_value(record)

    def _names_them(self, value: str | float, key: str, within: str) -> bool:
        if not self.is_name(value):
            return False
        naming = key in _NAMING or (key == "id" and within in _PERSONS)
        return naming or (isinstance(value, str) and is_telling(value))

    def _blotted_text(self, text: str) -> str:
        return text if self._telling is None else self._telling.sub(BLOT, text)

    def _is_path(self, request: JSONValue) -> bool:
        """Tell whether a call of Track API v1 that was refused names them in its path."""
        if not isinstance(request, str):
            return False
        return any(self.is_name(unquote(part)) for part in re.split(r"[/? ]", request))


def is_telling(name: str) -> bool:
    """Tell whether a name can be found in any text: nobody writes it and means something else."""
    if "@" in name or len(name) >= _NO_WORD_LENGTH:
        return True
    return len(name) >= _TELLING_LENGTH and any(map(str.isdigit, name))


def _forms(name: str) -> set[str]:
    """Give a name as it is, as JSON writes it, and as addresses do."""
    escaped = dumps(name)[1:-1]
    return {
        name,
        escaped,
        quote(name, safe="", errors="replace"),
        quote(name, "@", errors="replace"),
    }


def _any_of(names: Iterable[str]) -> str:
    # The longest first, or a part of it would be found instead.
    return "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))


def _given(fields: JSONValue, names: Iterable[str]) -> list[JSONValue]:
    """List what stands under these names and is not blank."""
    if not isinstance(fields, dict):
        return []
    return [fields[name] for name in names if not _is_blank(fields.get(name))]


def _is_blank(value: JSONValue) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
