"""What was sent: the raw payload behind a line of the log, and how its mapping read it."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from adapter.clock import Instant
from adapter.doors.items import Call, Erased, Item
from adapter.doors.rereading import UNKNOWN, reread
from adapter.errors import OperatorError, RequestError
from adapter.ids import instant_of_id, request_id_of
from adapter.jsonvalue import JSONValue, loads
from adapter.mapping.engine import Mapping as CompiledMapping
from adapter.mapping.files import mapping_of
from adapter.mapping.preview import Taken, preview
from adapter.model.workspaces import Received, Source, Workspace
from adapter.ports import ActivityRow, Store
from adapter.services.composing import CompiledMapping as Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What was sent.

    Attributes:
        received: the request.
        record: the record, or the whole body where it cannot be told apart; text if it is no JSON.
        whole: it is the whole body, of several records.
        taken: what each subscription made of it; empty where no mapping reads it.
        mapping: name of the mapping file; "" where no mapping reads it.
        as_now: that file still says what it said then.
    """

    received: Received
    record: JSONValue
    whole: bool = False
    taken: tuple[Taken, ...] = ()
    mapping: str = ""
    as_now: bool = True


class Payloads:
    """Finds payloads.

    Args:
        store: where raw bodies are kept, as long as retention.
        mappings: the mapping files in force, by name.
    """

    def __init__(self, store: Store, mappings: Mapping[str, Known]) -> None:
        self._store = store
        self._mappings = mappings

    def behind(self, workspace: Workspace, line: ActivityRow) -> Payload | None:
        """Find what was sent that a line of the log came of; None if it is no longer kept."""
        if not line.message:
            return None
        first = request_id_of(line.message)
        at = instant_of_id(first)
        # An id is larger than its own beginning, and nothing lies in between.
        bodies = self._store.received(
            workspace.id, after=Instant(at - 1), until=at, beyond=first[:-1], limit=1
        )
        if not bodies or bodies[0].id != first:
            return None
        return self._read(bodies[0], line)

    def _read(self, received: Received, line: ActivityRow) -> Payload:
        body = zlib.decompress(received.deflated)
        source = next((s for s in self._store.sources() if s.id == received.source_id), None)
        if source is None or received.read_as == UNKNOWN:
            return Payload(received=received, record=_value(body), whole=received.records > 1)
        try:
            again = reread(received.door, body, received.received_at, received.read_as)
        except RequestError:
            return Payload(received=received, record=_value(body))
        item = _item_of(again.batch.items, line)
        if item is None or again.refusal is not None:
            return Payload(received=received, record=_value(body), whole=received.records > 1)
        return self._mapped(received, source, item)

    def _mapped(self, received: Received, source: Source, item: Item) -> Payload:
        known = self._mappings.get(source.mapping)
        as_now = known is not None and known.digest == received.mapping
        text = known.text if known and as_now else self._store.find_mapping(received.mapping)
        taken: tuple[Taken, ...] = ()
        if isinstance(item, Call) and text is not None:
            mapping = _compiled(text)
            taken = () if mapping is None else tuple(preview(mapping, item.payload))
        return Payload(
            received=received,
            record=item.record,
            taken=taken,
            mapping=source.mapping,
            as_now=as_now,
        )


@lru_cache(maxsize=32)
def _compiled(text: str) -> CompiledMapping | None:
    """Compile a mapping as it was; None if this version no longer takes it."""
    try:
        return mapping_of(text, "mapping")
    except OperatorError:
        return None


def _item_of(items: list[Item], line: ActivityRow) -> Item | None:
    """Find the item of a batch that a line is about: the only one, or by the sender's id."""
    if len(items) == 1:
        return items[0]
    if line.event_id is None:
        return None
    told = (item for item in items if not isinstance(item, Erased))
    return next((item for item in told if item.message_id == line.event_id), None)


def _value(body: bytes) -> JSONValue:
    try:
        value: JSONValue = loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return value
