"""A shape: which fields of an object matter, and of what kind.

The schema is marshmallow's. It runs only for objects that are not plain already, because for
those validation changes nothing and costs more than everything else at the door.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from marshmallow import EXCLUDE, Schema, ValidationError

from adapter.errors import Problem
from adapter.jsonvalue import JSONObject


class PlainField(Protocol):
    """A marshmallow field that knows when a value may stay as it is."""

    def is_plain(self, value: Any) -> bool:
        """Tell whether a value, None for a missing one, is sure to be taken as it is."""


class Shape:
    """What an object must look like.

    Args:
        fields: by name; marshmallow fields that are ``PlainField`` too. Others are left alone.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields: dict[str, Any] = dict(fields)
        self.schema = Schema.from_dict(self.fields)(unknown=EXCLUDE)
        self._checks = tuple((name, field.is_plain) for name, field in self.fields.items())

    def fit(self, payload: JSONObject) -> tuple[JSONObject, tuple[Problem, ...]]:
        """Make an object fit.

        Args:
            payload: not changed.

        Returns:
            The object with numbers made texts where texts belong and blank fields gone (itself,
            if that changes nothing), and all that is wrong with it.
        """
        return (payload, ()) if self.is_plain(payload) else self._load(payload)

    def is_plain(self, payload: JSONObject) -> bool:
        """Tell whether an object is sure to fit as it is."""
        # A loop, not all(): on the hot path a generator costs as much as the fields.
        for name, is_plain in self._checks:  # noqa: SIM110 - see above
            if not is_plain(payload.get(name)):
                return False
        return True

    def _load(self, payload: JSONObject) -> tuple[JSONObject, tuple[Problem, ...]]:
        problems: tuple[Problem, ...] = ()
        try:
            loaded = self.schema.load(payload)
        except ValidationError as error:
            loaded = error.valid_data
            problems = tuple(_problems_in(error.messages))
        fitted = {name: value for name, value in payload.items() if name not in self.fields}
        fitted.update((name, value) for name, value in loaded.items() if value is not None)
        return fitted, problems


def _problems_in(messages: Any) -> Iterator[Problem]:
    """Give marshmallow's own complaints the place that ours name already."""
    for name, complaints in messages.items():
        for complaint in complaints:
            if isinstance(complaint, Problem):
                yield complaint
            else:
                yield Problem("invalid_field", f"{name} {complaint}", f"/{name}")
