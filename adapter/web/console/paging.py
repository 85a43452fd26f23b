"""Paging by cursor: links that keep what a page was asked for."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request


class Paging(NamedTuple):
    """Links to other pages of a list; None where there is nothing.

    Attributes:
        newest: to the first page, on any other.
        older: to what follows.
    """

    newest: str | None
    older: str | None


def paging(following: str, cursor: str = "start") -> Paging:
    """Link from the page that is asked for.

    Args:
        following: the cursor of what follows; "" if nothing does.
        cursor: the parameter that takes it.
    """
    asked = request.args.to_dict()
    older = link({**asked, cursor: following}) if following else None
    newest = link({**asked, cursor: ""}) if asked.get(cursor) else None
    return Paging(newest, older)


def link(params: Mapping[str, str | None], path: str | None = None) -> str:
    """Write a link with those parameters that are not empty; to this page if no path is given."""
    given = {name: value for name, value in params.items() if value}
    where = request.path if path is None else path
    return f"{where}?{urlencode(given)}" if given else where
