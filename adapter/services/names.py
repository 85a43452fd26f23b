"""What may be a name, a slug, or a key that an operator chooses."""

import re
from collections.abc import Iterator, Mapping, Sequence

from adapter.errors import OperatorError, Problem

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NOT_IN_SLUGS = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_SLUG = 64
_LONGEST_NAME = 100


def name_problems(name: str) -> Iterator[Problem]:
    """Tell what is wrong with a workspace's name: it is shown in tables and typed in commands."""
    if 1 <= len(name) <= _LONGEST_NAME and name.isprintable() and name.strip() and "/" not in name:
        return
    yield Problem(
        "invalid_name",
        f"workspace name {_shown(name)} has {len(name)} characters or unfit ones; give 1 to "
        f"{_LONGEST_NAME} printable characters without '/', not only blanks",
    )


def slug_problems(slug: str) -> Iterator[Problem]:
    """Tell what is wrong with a source's slug: it is part of a path."""
    if not _SLUG.fullmatch(slug):
        yield Problem(
            "invalid_slug",
            f"source slug {_shown(slug)} has {len(slug)} characters or unfit ones; give 1 to "
            f"{_LONGEST_SLUG} of A-Z a-z 0-9 . _ - that begin with a letter or digit",
        )


def blank_problems(given: Mapping[str, str | Sequence[str] | None]) -> Iterator[Problem]:
    """Tell which keys and secrets are blank: anybody could guess them.

    Args:
        given: by name, ``write_key`` say; None for what is not given.
    """
    for name, value in given.items():
        texts = [value] if isinstance(value, str) else value or []
        if not all(text.strip() for text in texts):
            option = "--" + name.removesuffix("s").replace("_", "-")
            yield Problem(
                "blank_credential",
                f"{option} is blank; give a value, or leave it out to keep or generate one",
            )


def slug_for(name: str) -> str:
    """Make a slug of a workspace's name; "" if it has no letter or digit that fits."""
    fitting = _NOT_IN_SLUGS.sub("-", name).lstrip("._-")
    return fitting[:_LONGEST_SLUG].rstrip("-")


def refuse(problems: Sequence[Problem]) -> None:
    """Refuse what has problems.

    Raises:
        OperatorError: with all of them.
    """
    if problems:
        raise OperatorError("; ".join(p.message for p in problems), problems=problems)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}...")
