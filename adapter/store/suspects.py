"""A coarse look for somebody's names, in the database: what it finds is then read (P6)."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_

from adapter.rules.mentions import Mentions


def holds(column: ColumnElement[Any], mentions: Mentions) -> ColumnElement[bool]:
    """Tell which texts could name somebody.

    Databases differ in how they lower what is not ASCII, so such names are looked for as they are.
    """
    return or_(
        *(
            func.lower(column).contains(form.lower(), autoescape=True)
            if form.isascii()
            else column.contains(form, autoescape=True)
            for form in mentions.forms
        )
    )
