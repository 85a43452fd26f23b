"""Builders: a test names only what it is about."""

from collections.abc import Sequence

from adapter.clock import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from adapter.ids import new_id
from adapter.model.deliveries import LIFETIME, Delivery
from adapter.model.messages import (
    AddDevice,
    AnonymousEvent,
    DeleteDevice,
    DeleteObject,
    DeletePerson,
    EventKind,
    IdentifiedEvent,
    Identify,
    IdentifyObject,
    InviteEvent,
    MergePeople,
    Message,
    Relate,
    SuppressPerson,
    Unapplicable,
    Unrelate,
    UnsuppressPerson,
)
from adapter.model.objects import ObjectRef, Relation
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received, ReceivedAt, Source, Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store, Transaction
from adapter.rules.decide import decide
from adapter.rules.decision import Decision, Outcome
from adapter.rules.identifiers import read_identifier
from adapter.rules.needs import needs_of
from adapter.rules.policy import policy_of

T0 = parse_instant("2026-03-01T10:00:00Z")


def at(
    *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0, us: int = 0
) -> Instant:
    """An instant relative to T0."""
    parts = days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND
    return Instant(T0 + round(parts) + us)


def anonymous_event(
    anonymous_id: str = "anon-1",
    *,
    received_at: Instant = T0,
    occurred_at: Instant | None = None,
    message_id: str | None = None,
    request: str | None = None,
    name: str = "Viewed Pricing",
    data: str = "{}",
    workspace_id: int = 1,
    notes: tuple[Reason, ...] = (),
) -> AnonymousEvent:
    return AnonymousEvent(
        **_common(workspace_id, received_at, occurred_at, message_id, request),
        notes=notes,
        kind=EventKind.EVENT,
        name=name,
        data=data,
        anonymous_id=anonymous_id,
    )


def identified_event(
    person: str = "person@example.com",
    *,
    received_at: Instant = T0,
    occurred_at: Instant | None = None,
    message_id: str | None = None,
    anonymous_id: str | None = None,
    name: str = "Ordered",
    workspace_id: int = 1,
) -> IdentifiedEvent:
    return IdentifiedEvent(
        **_common(workspace_id, received_at, occurred_at, message_id, None),
        kind=EventKind.EVENT,
        name=name,
        data="{}",
        person=read_identifier(person),
        anonymous_id=anonymous_id,
    )


def invite_event(recipient: str = "friend@example.com", **place: object) -> InviteEvent:
    return InviteEvent(
        **_placed(**place),
        kind=EventKind.EVENT,
        name="Invited",
        data="{}",
        recipient=recipient,
    )


def identify(
    person: str = "person@example.com",
    *,
    anonymous_id: str | None = None,
    received_at: Instant = T0,
    occurred_at: Instant | None = None,
    message_id: str | None = None,
    request: str | None = None,
    workspace_id: int = 1,
    update_only: bool = False,
    relations: tuple[Relation, ...] = (),
    unrelated: tuple[Relation, ...] = (),
    **attributes: object,
) -> Identify:
    return Identify(
        **_common(workspace_id, received_at, occurred_at, message_id, request),
        person=read_identifier(person),
        attributes=attributes,
        anonymous_id=anonymous_id,
        update_only=update_only,
        relations=relations,
        unrelated=unrelated,
    )


def merge_people(primary: str, secondary: str, *, received_at: Instant = T0) -> MergePeople:
    return MergePeople(
        **_common(1, received_at, None, None, None),
        primary=read_identifier(primary),
        secondary=read_identifier(secondary),
    )


def add_device(
    person: str = "u-1",
    token: str = "token-1",
    *,
    platform: str = "ios",
    received_at: Instant = T0,
    last_used: Instant | None = None,
    workspace_id: int = 1,
    **attributes: object,
) -> AddDevice:
    """An ``add_device``; its own time is that of the device's last use."""
    return AddDevice(
        **_common(workspace_id, received_at, last_used, None, None),
        person=read_identifier(person),
        token=token,
        platform=platform,
        last_used=received_at if last_used is None else last_used,
        attributes=attributes,
    )


def delete_device(
    person: str = "u-1",
    token: str = "token-1",
    *,
    received_at: Instant = T0,
    workspace_id: int = 1,
) -> DeleteDevice:
    return DeleteDevice(
        **_common(workspace_id, received_at, None, None, None),
        person=read_identifier(person),
        token=token,
    )


def delete_person(person: str = "person@example.com", **place: object) -> DeletePerson:
    return DeletePerson(**_placed(**place), person=read_identifier(person))


def suppress_person(person: str = "person@example.com", **place: object) -> SuppressPerson:
    return SuppressPerson(**_placed(**place), person=read_identifier(person))


def unsuppress_person(person: str = "person@example.com", **place: object) -> UnsuppressPerson:
    return UnsuppressPerson(**_placed(**place), person=read_identifier(person))


def relation(
    who: str = "u-1", object_id: str = "o-1", *, stranger: bool = False, **attributes: object
) -> Relation:
    """A relation of a person, or of a stranger by their anonymous id."""
    return Relation(
        object=ObjectRef.named("1", object_id),
        person=None if stranger else read_identifier(who),
        anonymous_id=who if stranger else None,
        attributes=attributes,
    )


def relate(
    *relations: Relation, received_at: Instant = T0, occurred_at: Instant | None = None
) -> Relate:
    return Relate(**_common(1, received_at, occurred_at, None, None), relations=relations)


def unrelate(*relations: Relation, received_at: Instant = T0) -> Unrelate:
    return Unrelate(**_common(1, received_at, None, None, None), relations=relations)


def identify_object(
    object_id: str = "o-1",
    *relations: Relation,
    received_at: Instant = T0,
    occurred_at: Instant | None = None,
    **attributes: object,
) -> IdentifyObject:
    return IdentifyObject(
        **_common(1, received_at, occurred_at, None, None),
        object=ObjectRef.named("1", object_id),
        relations=relations,
        attributes=attributes,
    )


def delete_object(object_id: str = "o-1", *, received_at: Instant = T0) -> DeleteObject:
    return DeleteObject(
        **_common(1, received_at, None, None, None), object=ObjectRef.named("1", object_id)
    )


def unapplicable(*, raw: str = "{}", refused: bool = False, **place: object) -> Unapplicable:
    return Unapplicable(
        **_placed(**place),
        reason=Reason.UNMAPPABLE,
        pointer="",
        text="a field is missing",
        raw=raw,
        refused=refused,
    )


def workspace(name: str = "demo", **settings: object) -> Workspace:
    return Workspace(
        id=0,
        name=name,
        site_id=f"site-{name}",
        api_key_hash=f"api-{name}",
        app_key_hash=f"app-{name}",
        created_at=T0,
        settings=settings,
        tombstone_secret=f"secret-{name}",
    )


def source(slug: str = "default", **changes: object) -> Source:
    fields: dict[str, object] = {
        "id": 0,
        "workspace_id": 0,
        "slug": slug,
        "write_key": f"write-{slug}",
        "shared_secrets": ("abc123",),
        "require_header": None,
        "batch_signature": None,
        "mapping": "segment",
        "received_at": ReceivedAt.ARRIVAL,
        "created_at": T0,
    }
    return Source(**{**fields, **changes})  # type: ignore[arg-type]


def with_workspace(store: Store, name: str = "demo", **settings: object) -> Workspace:
    """Give a store a workspace; the first one of a store has the id 1."""
    made, _ = store.create_workspace(workspace(name, **settings), source(name))
    return made


def apply(store: Store, *messages: Message, received: Sequence[Received] = ()) -> list[Outcome]:
    """Decide and commit messages as one batch."""

    def work(transaction: Transaction) -> Decision:
        decision = decide(messages, transaction.facts(needs_of(messages)))
        transaction.commit(decision, received)
        return decision

    return list(store.write(work).outcomes)


def log(
    store: Store, *, now: Instant | None = None, workspace_id: int = 1, **filters: object
) -> list[ActivityRow]:
    """Read the whole log, oldest first."""
    settings = next(w.settings for w in store.workspaces() if w.id == workspace_id)
    query = ActivityQuery(
        workspace_id=workspace_id,
        alive_after=policy_of(settings).alive_after(T0 if now is None else now),
        limit=100_000,
        **filters,  # type: ignore[arg-type]
    )
    return store.activities(query)[::-1]


def _placed(
    *, received_at: Instant = T0, message_id: str | None = None, workspace_id: int = 1
) -> dict[str, object]:
    return _common(workspace_id, received_at, None, message_id, None)


def _common(
    workspace_id: int,
    received_at: Instant,
    occurred_at: Instant | None,
    message_id: str | None,
    request: str | None,
) -> dict[str, object]:
    own_id = new_id(received_at)
    return {
        "id": own_id,
        "workspace_id": workspace_id,
        "source_id": 1,
        "received_id": request or own_id,
        "message_id": message_id,
        "index": 0,
        "received_at": received_at,
        "occurred_at": received_at if occurred_at is None else occurred_at,
    }


def delivery(
    nth: int = 1,
    *,
    endpoint: str = "campaigns/onboarding",
    workspace_id: int = 1,
    due_at: Instant = T0,
    **fields: object,
) -> Delivery:
    """A delivery that is due; ``nth`` orders them by id."""
    record = f"00000000-0000-7000-8000-{nth:012x}"
    given: dict[str, object] = {
        "event_id": f"m-{nth}",
        "person_id": None,
        "recipient": None,
        "name": "Signed Up",
        "path": "",
        "body": f'{{"nth":{nth}}}',
        "created_at": T0,
        "expires_at": Instant(T0 + LIFETIME),
        **fields,
    }
    return Delivery(
        id=f"{record}-0000abcd",
        workspace_id=workspace_id,
        endpoint=endpoint,
        record=record,
        due_at=due_at,
        **given,  # type: ignore[arg-type]
    )
