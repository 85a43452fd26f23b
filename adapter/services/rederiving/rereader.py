"""From kept bodies to messages again, through the mapping files that they went through (M11)."""

import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from adapter.doors.items import UNMAPPED_DOORS, Erased
from adapter.doors.rereading import UNKNOWN, reread
from adapter.errors import AdapterError
from adapter.mapping.files import mapping_of
from adapter.model.messages import Message
from adapter.model.workspaces import Received, Source
from adapter.services.composing import CompiledMapping, Composer, refusal

_MAPPINGS = 64
"""Compiled mapping files that are remembered."""


class Unreadable(AdapterError):
    """A kept body cannot be read again."""

    code = "unreadable"


class Recalled(NamedTuple):
    """A request read again.

    Attributes:
        erased: how many of its records are gone (P6).
        touched: something of it is gone, if only a name.
    """

    messages: Sequence[Message]
    erased: int = 0
    touched: bool = False


class Rereader:
    """Makes the messages of kept requests, with the ids they had.

    Args:
        find_mapping: gives the text of a mapping file by its digest.
    """

    def __init__(self, find_mapping: Callable[[str], str | None]) -> None:
        self.find_mapping = lru_cache(_MAPPINGS)(find_mapping)
        self.mapping = lru_cache(_MAPPINGS)(self._compiled)

    def read(self, kept: Received, source: Source) -> Recalled:
        """Make the messages of a request again.

        Args:
            kept: the request.
            source: who sent it; may be a twin in another store.

        Raises:
            Unreadable: it was kept without what reading it again takes.
        """
        if kept.read_as == UNKNOWN:
            raise Unreadable("it was accepted before it was kept how bodies are read")
        body = zlib.decompress(kept.deflated)
        try:
            again = reread(kept.door, body, kept.received_at, kept.read_as)
        except AdapterError as error:
            raise Unreadable(f"its body cannot be read as it was: {error.message}") from error
        if again.refusal is not None:
            return Recalled([refusal(kept, again.refusal, body)], touched=again.touched)
        composer = Composer(
            source, kept.id, self._mappings(kept, source), public=again.conditions.public
        )
        batch = again.conditions.applied(again.batch)
        erased = sum(isinstance(item, Erased) for item in batch.items)
        return Recalled(composer.messages(batch), erased, again.touched or erased > 0)

    def _mappings(self, kept: Received, source: Source) -> dict[str, CompiledMapping]:
        if not kept.mapping or kept.door in UNMAPPED_DOORS:
            return {}
        return {source.mapping: self.mapping(kept.mapping)}

    def _compiled(self, digest: str) -> CompiledMapping:
        text = self.find_mapping(digest)
        if text is None:
            raise Unreadable(f"the mapping file with the digest {digest} was not kept")
        return mapping_of(text, digest)
