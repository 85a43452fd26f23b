"""FQL's grammar, and how it is read in fact.

What operators are told::

    subscription = condition , { ( "and" | "or" ) , condition } ;
    condition    = comparison | call | "!" , call | "(" , subscription , ")" ;
    comparison   = field , operator , value ;
    call         = ( "contains" | "match" ) , "(" , field , "," , value , ")" ;
    field        = ( "type" | "event" | "name" | "userId"
                   | ( "properties" | "traits" | "context" ) , { "." , name } ) ;
    operator     = "=" | "!=" | "<" | "<=" | ">" | ">=" ;
    value        = string | number | "true" | "false" | "null" ;

What is done: tokens are taken from the left. A field takes the next two tokens as operator and
value, a call the next five; whatever else there is passes unnoticed, but for the last ``and`` or
``or``, which joins everything.
"""

from collections import deque

from adapter.mapping.fql.ast import (
    FIELDS,
    Condition,
    Group,
    Literal,
    Node,
    Subject,
    has_empty_group,
)
from adapter.mapping.fql.lexer import FqlError, Kind, Token, lex
from adapter.mapping.javascript.text import number_of, string_of

FUNCTIONS = ("contains", "match")

_PREFIXES = {
    "properties": Subject.PROPERTY,
    "traits": Subject.TRAIT,
    "context": Subject.CONTEXT,
}
_CALLABLE = (Subject.EVENT, Subject.NAME, Subject.USER_ID)

# Quirk: these are found in every JavaScript object, so they pass for fields and take two tokens,
# of which nothing comes.
_INHERITED = frozenset({
    "constructor", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__",
    "__lookupSetter__", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
    "toLocaleString", "toString", "valueOf",
})  # fmt: skip


def parse(text: str) -> Group:
    """Read a subscription.

    Raises:
        FqlError: if Segment could not read it either (it would then never match, silently).
    """
    node = _parsed(deque(joined(lex(text))))
    if node is None:
        raise FqlError("no condition is left of this subscription", 0)
    return node if isinstance(node, Group) else Group("and", (node,))


def parse_whole(text: str) -> Group:
    """Read a subscription that is to be used: nothing in it may fail when it is reached.

    Raises:
        FqlError: also for parentheses that hold no condition.
    """
    tree = parse(text)
    if has_empty_group(tree):
        raise FqlError("nothing that can be read stands in these parentheses", text.find("("))
    return tree


def joined(tokens: list[Token]) -> list[Token]:
    """Join names and dots to paths: ``properties . plan`` becomes one token."""
    paths: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else token
        last = paths[-1] if paths else token
        if last.kind is following.kind is Kind.IDENT and token.kind is Kind.DOT:
            paths[-1] = Token(Kind.IDENT, f"{last.value}.{following.value}", last.offset)
            index += 2
        else:
            paths.append(token)
            index += 1
    return paths


def literal(token: Token) -> Literal:
    """Give the value a token stands for.

    Quirk: only double quotes are removed; 'single' ones stay part of the text. Any token may stand
    as a value, the end (``eos``) included.
    """
    if token.kind is Kind.STRING:
        return token.value.removeprefix('"').removesuffix('"')
    if token.kind is Kind.NUMBER:
        return number_of(token.value)
    if token.kind is Kind.IDENT and token.value in {"true", "false"}:
        return token.value == "true"
    return token.value


def _parsed(tokens: deque[Token]) -> Node | None:
    nodes: list[Node | None] = []
    operator = "and"
    while tokens:
        token = tokens.popleft()
        if token.kind is Kind.END:
            break
        if token.kind is Kind.IDENT:
            nodes += _comparison(token, tokens)
            if token.value in FUNCTIONS:
                nodes += _call(token, tokens, negated=False)
        elif token.kind is Kind.OPERATOR and token.value == "!":
            nodes += _negation(token, tokens)
        elif token.kind is Kind.PAREN_LEFT:
            nodes.append(_parsed(_group(token, tokens)))
        elif token.kind is Kind.CONDITIONAL:
            # Quirk: the last one joins everything, whatever came before.
            operator = token.value
    return Group(operator, tuple(nodes)) if len(nodes) > 1 else (nodes or [None])[0]


def _taken(tokens: deque[Token], owner: Token) -> Token:
    if not tokens:
        raise FqlError(f"{owner.value!r} is not complete", owner.offset)
    return tokens.popleft()


def _comparison(field: Token, tokens: deque[Token]) -> list[Node]:
    first = field.value.split(".", 1)[0]
    subject = FIELDS.get(first)
    if subject is None and first not in _INHERITED:
        return []
    operator = _taken(tokens, field)
    value = _taken(tokens, field)
    if subject is None:
        return []
    name = field.value.removeprefix(f"{first}.") if first in _PREFIXES else ""
    return [_condition(subject, name, operator, value, field.offset)]


def _condition(
    subject: Subject, name: str, operator: Token, value: Token, offset: int
) -> Condition:
    kind = _special_operator(subject, operator.value, value)
    meant: Literal | None = None
    if kind is None or kind.startswith("number"):
        meant = literal(value)
        if subject not in _PREFIXES.values():
            meant = string_of(meant)
    return Condition(
        subject=subject, name=name, operator=kind or operator.value, value=meant, offset=offset
    )


def _special_operator(subject: Subject, operator: str, value: Token) -> str | None:
    """Name the operator that a comparison with null, a boolean or a number stands for.

    Quirks: ``type`` and ``event`` have none of these, ``name`` only the first two; ``!= true`` has
    none, so it compares with the text "true".
    """
    if operator not in {"=", "!="} or subject in {Subject.TYPE, Subject.EVENT}:
        return None
    equal = operator == "="
    if value.value == "null":
        return "not_exists" if equal else "exists"
    if subject is Subject.NAME:
        return None
    if equal and value.value in {"true", "false"}:
        return f"is_{value.value}"
    if value.kind is Kind.NUMBER and subject is not Subject.USER_ID:
        return "number_equals" if equal else "number_not_equals"
    return None


def _negation(bang: Token, tokens: deque[Token]) -> list[Node]:
    """Quirk: only a call can be negated; before anything else the ``!`` is dropped."""
    if not tokens:
        raise FqlError("nothing follows the '!'", bang.offset)
    if tokens[0].kind is Kind.IDENT and tokens[0].value in FUNCTIONS:
        return _call(tokens.popleft(), tokens, negated=True)
    return []


def _call(function: Token, tokens: deque[Token], *, negated: bool) -> list[Node]:
    _, field = _next(tokens), _taken(tokens, function)
    _, value = _next(tokens), _taken(tokens, function)
    _next(tokens)
    subject, name = _called(field.value)
    if subject is None:
        return []
    prefix = "not_" if negated else ""
    text = string_of(literal(value))
    if function.value == "contains":
        operator = f"{prefix}contains"
    elif value.value.endswith('*"'):
        operator, text = f"{prefix}starts_with", text[:-1]
    else:
        # Quirk: without a star the first character is taken for one and lost.
        operator, text = f"{prefix}ends_with", text[1:]
    return [
        Condition(subject=subject, name=name, operator=operator, value=text, offset=field.offset)
    ]


def _next(tokens: deque[Token]) -> Token | None:
    return tokens.popleft() if tokens else None


def _called(field: str) -> tuple[Subject | None, str]:
    """Quirk: other fields, ``type`` among them, make the call vanish."""
    for subject in _CALLABLE:
        if field == subject.value:
            return subject, ""
    for prefix, subject in _PREFIXES.items():
        if field.startswith(prefix):
            return subject, field.removeprefix(f"{prefix}.")
    return None, ""


def _group(opening: Token, tokens: deque[Token]) -> deque[Token]:
    """Quirk: the first closing parenthesis ends the group, be it that of a call."""
    inner: deque[Token] = deque()
    while tokens:
        token = tokens.popleft()
        if token.kind is Kind.PAREN_RIGHT:
            inner.append(Token(Kind.END, "eos", token.offset))
            return inner
        inner.append(token)
    raise FqlError("this parenthesis is not closed (groups cannot be nested)", opening.offset)
