"""How identifiers are read (P1, P2), and which ids are junk (K6, K7)."""

import re

from adapter.model.people import IdentifierKind, PersonRef

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_CIO = "cio_"
_QUOTES = "\"'`"
_NON_VALUES = frozenset({"null", "none", "nil", "undefined", "nan", "[object object]"})
_LONGEST_JUNK = 64


def looks_like_email(text: str) -> bool:
    """Tell whether a text is an e-mail address: dot-atom, ASCII, a domain with a dot.

    Source: contracts 3.3.
    """
    return "@" in text and _EMAIL.fullmatch(text) is not None


def email_ref(address: str) -> PersonRef:
    """Refer to a person by e-mail address; case does not count (P1)."""
    return PersonRef(IdentifierKind.EMAIL, address.casefold())


def read_identifier(text: str) -> PersonRef:
    """Read a bare identifier: ``cio_...`` is a cio_id, an address an e-mail, else an id (P2)."""
    if text.startswith(_CIO):
        return PersonRef(IdentifierKind.CIO_ID, text[len(_CIO) :])
    if looks_like_email(text):
        return email_ref(text)
    return PersonRef(IdentifierKind.ID, text)


def is_junk_anonymous_id(anonymous_id: str, junk_ids: frozenset[str]) -> bool:
    """Tell whether strangers share this id, so that it must never join them (K6)."""
    if len(anonymous_id) > _LONGEST_JUNK:
        return not anonymous_id.strip("0-")
    bare = anonymous_id.strip().strip(_QUOTES).strip().casefold()
    return bare in junk_ids or not bare.strip("0-")


def is_junk_person_id(person_id: str) -> bool:
    """Tell whether an id is one of the non-values that broken clients send (K7)."""
    return person_id.strip().strip(_QUOTES).strip().casefold() in _NON_VALUES
