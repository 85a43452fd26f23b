"""What a subscription says, once read."""

from dataclasses import dataclass
from enum import StrEnum

Literal = str | float | bool


class Subject(StrEnum):
    """What a condition looks at; the value is Segment's own name for it."""

    TYPE = "event-type"
    EVENT = "event"
    NAME = "name"
    USER_ID = "userId"
    CONTEXT = "event-context"
    PROPERTY = "event-property"
    TRAIT = "event-trait"


FIELDS: dict[str, Subject] = {
    "type": Subject.TYPE,
    "event": Subject.EVENT,
    "name": Subject.NAME,
    "userId": Subject.USER_ID,
    "context": Subject.CONTEXT,
    "properties": Subject.PROPERTY,
    "traits": Subject.TRAIT,
}
"""The names a condition may begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison.

    Attributes:
        name: the path below properties, traits or context; "" for the other subjects.
        operator: ``=``, ``!=``, ``<``, ``contains``, ``exists``, ``number_equals``... or any other
            token that stood there; an unknown one is never true.
        value: None for the operators that need none.
        offset: where it stands in the text.
    """

    subject: Subject
    name: str = ""
    operator: str
    value: Literal | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by one operator, ``and`` or ``or``.

    Attributes:
        children: None stands for empty parentheses, which fail when they are reached.
    """

    operator: str
    children: "tuple[Node | None, ...]"


Node = Condition | Group


def has_empty_group(node: Node | None) -> bool:
    """Tell whether parentheses hold nothing that was understood; they fail when reached."""
    if isinstance(node, Group):
        return any(map(has_empty_group, node.children))
    return node is None


def subjects(node: Node | None) -> frozenset[Subject]:
    """Tell all that a subscription looks at."""
    if isinstance(node, Group):
        return frozenset[Subject]().union(*map(subjects, node.children))
    return frozenset() if node is None else frozenset({node.subject})
