"""Tries two mappings on the same requests."""

from collections.abc import Callable, Iterable

from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import RequestError
from adapter.ports import Store
from adapter.rules.policy import policy_of
from adapter.services.composing import CompiledMapping
from adapter.services.mapping_diff.compare import compare
from adapter.services.mapping_diff.rehearsal import Rehearsal
from adapter.services.mapping_diff.result import MOST_EXAMPLES, MappingDiff
from adapter.services.mapping_diff.worlds import World


def diff_mappings(
    worlds: Iterable[World],
    *,
    old: CompiledMapping,
    new: CompiledMapping,
    make_store: Callable[[], Store],
    most: int = MOST_EXAMPLES,
) -> MappingDiff:
    """Try both mappings on what was sent, and compare what comes of it.

    Args:
        worlds: each by itself; every source of theirs is given the mapping to try.
        old: the mapping to compare with.
        new: the mapping to compare.
        make_store: makes an empty store, to be thrown away.
        most: at most so many examples of each kind.
    """
    diff = MappingDiff(most=most)
    for world in worlds:
        before = Rehearsal(make_store(), old, world)
        after = Rehearsal(make_store(), new, world)
        _play(world, (before, after), diff)
        compare(before.played(), after.played(), diff)
    return diff


def _play(world: World, sides: Iterable[Rehearsal], diff: MappingDiff) -> None:
    retention = policy_of(world.workspace.settings).retention
    for sent in world.requests:
        diff.requests += 1
        try:
            batch = parse(sent.body, Stamp(sent.received_at, sent.clock, retention))
        except RequestError:
            continue  # it was refused whole, whatever the mapping
        diff.records += len(batch.items)
        for side in sides:
            side.take(diff.requests, sent, batch)
