"""``campaigns.yaml``: which events start what; read, checked with places and codes, and tried.

A file holds ``campaigns``, each with a ``name``, a ``trigger``, what must hold besides (``where``,
in FQL: the event's data as ``properties``, the person's attributes as ``traits``), how often a
person starts it, where it is delivered, and what (``body``, in mapping-kit directives or Liquid).
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from adapter.errors import InvalidJson
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.mapping.check.directives import traps_of
from adapter.mapping.check.subscriptions import fql_traps
from adapter.mapping.compile import compile_mapping
from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.endpoints import api_endpoint, webhook_endpoint
from adapter.mapping.expected import check_enabled, check_keys, duration, one_of
from adapter.mapping.files import suggestion
from adapter.mapping.findings import MappingFileInvalid, Severity
from adapter.mapping.fql.evaluate import predicate
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.fql.parser import parse_whole
from adapter.mapping.javascript.values import UNDEFINED
from adapter.mapping.liquid import render as render_liquid
from adapter.mapping.positions import Document, ValuePath, read_document
from adapter.mapping.segments import segments_beside
from adapter.mapping.validate import faults_of
from adapter.model.campaigns import NEVER_AGAIN, Audience, Campaign, TurnKind
from adapter.model.deliveries import Endpoint, EndpointKind
from adapter.model.messages import EventKind

CAMPAIGNS = "campaigns"

_KEYS = ("campaigns", "examples")
CAMPAIGN_KEYS = (
    "name", "description", "enabled", "workspace", "audience", "trigger", "where", "in_segments",
    "not_in_segments", "frequency", "deliver", "body", "liquid",
)  # fmt: skip
TRIGGERS: dict[str, EventKind | TurnKind] = {
    kind.value: kind for kinds in (EventKind, TurnKind) for kind in kinds
}
Named = tuple[EventKind | TurnKind, str]
_ASKED = ("in_segments", "not_in_segments")
FREQUENCIES = {"every_time": 0, "once": NEVER_AGAIN}
_PERIOD = "once_per"
_API_KEYS = ("region", "base_url", "site_id", "api_key", "path")
_PATHS = {Audience.PEOPLE: "/api/v2/entity", Audience.INVITES: "/api/v1/events"}


def load_campaigns(path: Path) -> tuple[Campaign, ...]:
    """Read and compile a file; those switched off are checked and left out.

    Raises:
        MappingFileInvalid: with everything that is wrong with it.
    """
    document = read_document(path)
    compiled = compile_campaigns(document, segments_beside(path))
    errors = [item for item in document.findings if item.severity is Severity.ERROR]
    if errors:
        raise MappingFileInvalid(errors)
    return tuple(campaign for enabled, campaign in compiled if enabled)


def compile_campaigns(document: Document, segments: Collection[str]) -> list[tuple[bool, Campaign]]:
    """Compile what can be compiled; what is wrong is added to the document's findings.

    Args:
        document: the file.
        segments: ids of the segments that there are.
    """
    content = document.value if isinstance(document.value, dict) else {}
    check_keys(document, (), content, _KEYS)
    entries = content.get("campaigns")
    if not isinstance(entries, list):
        document.report((), "M500", "a campaigns file needs a list of campaigns, which may be []")
        return []
    compiled: list[tuple[bool, Campaign]] = []
    names: set[str] = set()
    for index, entry in enumerate(entries):
        path: ValuePath = ("campaigns", index)
        if not isinstance(entry, dict):
            document.report(path, "M501", "a campaign must be an object")
            continue
        campaign = _campaign(document, path, entry, segments)
        name = str(entry.get("name"))
        if name in names:
            document.report((*path, "name"), "M502", f"there is another campaign named {name}")
        names.add(name)
        if campaign is not None:
            compiled.append((entry.get("enabled", True) is True, campaign))
    return compiled


def _campaign(
    document: Document, path: ValuePath, entry: JSONObject, segments: Collection[str]
) -> Campaign | None:
    known = len(document.findings)
    check_keys(document, path, entry, CAMPAIGN_KEYS)
    name = entry.get("name")
    if not (isinstance(name, str) and name.strip() and len(name) <= 100):  # noqa: PLR2004
        document.report((*path, "name"), "M503", "a campaign needs a name of 1 to 100 characters")
    check_enabled(document, path, entry, "M504")
    audience = one_of(document, (*path, "audience"), entry.get("audience", "people"), Audience)
    again_after = _frequency(document, (*path, "frequency"), entry.get("frequency", "every_time"))
    trigger = _trigger(document, path, entry, segments)
    asked = [_asked_segments(document, (*path, key), entry, segments) for key in _ASKED]
    if audience == Audience.INVITES and (any(asked) or _is_turn(trigger)):
        message = "an invite is nobody's, and nobody is in a segment"
        document.report((*path, "audience"), "M513", message, cure="audience: people")
    where = _where(document, path, entry)
    render = _body(document, path, entry)
    delivered = _deliver(document, path, entry, str(name))
    broken = [item for item in document.findings[known:] if item.severity is Severity.ERROR]
    if broken or trigger is None or delivered is None:
        return None
    endpoint, api_path = delivered
    is_api = endpoint.kind is EndpointKind.CUSTOMERIO
    return Campaign(
        campaign=str(name),
        workspace=entry.get("workspace"),
        audience=Audience(audience),
        kind=trigger[0],
        name=trigger[1],
        in_segments=asked[0],
        not_in_segments=asked[1],
        where=where,
        again_after=again_after,
        endpoint=endpoint,
        path=(api_path or _PATHS[Audience(audience)]) if is_api else "",
        render=render or (_operation if is_api else _standard),
    )


def _frequency(document: Document, path: ValuePath, given: Any) -> int:
    """Read after how long a person may start it again: a word, or ``{once_per: 7d}``."""
    if isinstance(given, dict) and list(given) == [_PERIOD]:
        return duration(document, (*path, _PERIOD), given[_PERIOD], "M512")
    return FREQUENCIES[one_of(document, path, given, FREQUENCIES)]


def _trigger(
    document: Document, path: ValuePath, entry: JSONObject, segments: Collection[str]
) -> Named | None:
    where, given = (*path, "trigger"), entry.get("trigger")
    kinds = list(TRIGGERS)
    if not (isinstance(given, dict) and len(given) == 1):
        cure = "trigger: {event: Signed Up}"
        document.report(
            where, "M505", f"a trigger is one of {', '.join(kinds)} and a name", cure=cure
        )
        return None
    ((kind, name),) = given.items()
    if kind not in kinds:
        cure = suggestion(kind, kinds)
        document.report((*where, kind), "M505", f"{kind} starts nothing", cure=cure, at_key=True)
        return None
    if not isinstance(name, str) or not name:
        document.report((*where, kind), "M505", "the name must be a text")
        return None
    read: Named = (TRIGGERS[kind], name)
    if _is_turn(read):
        _check_segment(document, (*where, kind), name, segments)
    return read


def _is_turn(trigger: Named | None) -> bool:
    return trigger is not None and isinstance(trigger[0], TurnKind)


def _asked_segments(
    document: Document, path: ValuePath, entry: JSONObject, segments: Collection[str]
) -> frozenset[str]:
    """Read the segments that a person must be in, or must not."""
    given = entry.get(str(path[-1]), [])
    if not (isinstance(given, list) and all(isinstance(name, str) for name in given)):
        message = "this needs a list of ids of segments"
        document.report(path, "M513", message, cure="[keen-on-pricing]")
        return frozenset()
    for index, name in enumerate(given):
        _check_segment(document, (*path, index), name, segments)
    return frozenset(given)


def _check_segment(
    document: Document, path: ValuePath, name: str, segments: Collection[str]
) -> None:
    if name not in segments:
        message = f"there is no segment {name} in segments.yaml"
        document.report(path, "M513", message, cure=suggestion(name, sorted(segments)))


def _where(document: Document, path: ValuePath, entry: JSONObject) -> Callable[[JSONObject], bool]:
    where, text = (*path, "where"), entry.get("where")
    if text is None:
        return lambda _: True
    try:
        tree = parse_whole(text if isinstance(text, str) else "")
    except FqlError as error:
        cure = 'write for example: properties.plan = "pro" and traits.country != "US"'
        document.report(where, "M506", str(error), cure=cure, offset=error.offset)
        return lambda _: False
    for offset, code, message, cure in fql_traps(str(text)):
        warning = Severity.WARNING
        document.report(where, code, message, cure=cure, severity=warning, offset=offset)
    return predicate(tree)


def _body(
    document: Document, path: ValuePath, entry: JSONObject
) -> Callable[[JSONObject], str] | None:
    body, liquid = entry.get("body"), entry.get("liquid")
    if body is not None and liquid is not None:
        document.report((*path, "liquid"), "M507", "give body or liquid, not both", at_key=True)
    if liquid is not None:
        return lambda context: _rendered(liquid, context)
    if body is None:
        return None
    where = (*path, "body")
    for fault in faults_of(body):
        document.report((*where, *fault.path), "M021", fault.message)
    for inner, code, message, cure in traps_of(body):
        place = (*where, *inner)
        document.report(place, code, message, cure=cure, severity=Severity.WARNING)
    try:
        run = compile_mapping(body)
    except DirectiveFailed as error:
        document.report(where, "M507", error.message)
        return None
    return lambda context: _filled(run, context)


def _filled(run: Callable[[Any], Any], context: JSONObject) -> str:
    try:
        value = run(context)
    except DirectiveFailed as error:
        raise ValueError(error.message) from error
    if value is UNDEFINED:
        raise ValueError("the body is empty")
    return dumps(value)


def _rendered(template: Any, context: JSONObject) -> str:
    try:
        text = render_liquid(template, context)
        return dumps(loads(text))
    except (DirectiveFailed, InvalidJson) as error:
        raise ValueError(error.message) from error


def _standard(context: JSONObject) -> str:
    """Give what a webhook gets without a template."""
    return dumps(
        {
            "type": "campaign.triggered",
            "timestamp": context["event"]["received_at"],
            "data": context,
        }
    )


def _operation(context: JSONObject) -> str:
    """Give what a Customer.io-compatible API gets without a template: the event itself."""
    event, person = context["event"], context["person"]
    if person is None:
        data = {**event["data"], "recipient": context["recipient"]}
        return dumps({"name": event["name"], "id": event["event_id"] or event["id"], "data": data})
    kinds = ("id", "email", "cio_id")
    kind = next(kind for kind in kinds if person[kind] is not None)
    is_turn = event["kind"] in set(TurnKind)
    return dumps(
        {
            "type": "person",
            "action": EventKind.EVENT if is_turn else event["kind"],
            "name": event["kind"] if is_turn else event["name"],
            "id": event["event_id"] or event["id"],
            "attributes": event["data"],
            "identifiers": {kind: person[kind]},
        }
    )


def _deliver(
    document: Document, path: ValuePath, entry: JSONObject, name: str
) -> tuple[Endpoint, str] | None:
    where, given = (*path, "deliver"), entry.get("deliver")
    kinds = ("webhook", "customerio")
    if not (isinstance(given, dict) and len(given) == 1 and next(iter(given)) in kinds):
        message = "deliver needs either webhook or customerio"
        document.report(
            where, "M508", message, cure="deliver: {webhook: {url: ..., secrets: [...]}}"
        )
        return None
    ((kind, options),) = given.items()
    if not isinstance(options, dict):
        document.report((*where, kind), "M508", f"{kind} must be an object")
        return None
    if kind == "webhook":
        return webhook_endpoint(document, (*where, kind), options, f"{CAMPAIGNS}/{name}"), ""
    endpoint = api_endpoint(document, (*where, kind), options, f"{CAMPAIGNS}/{name}", _API_KEYS)
    return endpoint, str(options.get("path", ""))
