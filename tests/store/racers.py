"""Racers: two send events, two identify, all with the same anonymous ids at the same time."""

import os
import random
from collections.abc import Iterator

from adapter.model.messages import Message
from adapter.store.open import open_store
from tests.build import anonymous_event, apply, identify

RACERS = 4
ROUNDS = int(os.environ.get("ADAPTER_TEST_RACES", "40"))
PAIRS = 50
_TOGETHER = 5


def race(store, racer: int, barrier) -> None:
    """Run one racer's part; all start each round at once.

    Racer 0 and 1 send events, every other one of racer 1's being a repeat of racer 0's. Racer 2
    and 3 are two people, who both identify with every id. Each takes the ids in an order of its
    own, a few per transaction.
    """
    shuffle = random.Random(racer).shuffle
    for number in range(ROUNDS):
        messages = [_message(racer, number, pair) for pair in range(PAIRS)]
        shuffle(messages)
        barrier.wait()
        for start in range(0, PAIRS, _TOGETHER):
            apply(store, *messages[start : start + _TOGETHER])


def race_alone(database_url: str, racer: int, barrier) -> None:
    """Run one racer in a process of its own."""
    store = open_store(database_url)
    race(store, racer, barrier)
    store.close()


def anonymous_ids() -> Iterator[str]:
    return (_anonymous_id(number, pair) for number in range(ROUNDS) for pair in range(PAIRS))


def sent_message_ids() -> set[str]:
    """Name all events, each once."""
    numbers = range(ROUNDS)
    return {
        _message_id(racer, n, pair) for racer in (0, 1) for n in numbers for pair in range(PAIRS)
    }


def _message(racer: int, number: int, pair: int) -> Message:
    anonymous_id = _anonymous_id(number, pair)
    if racer < 2:
        return anonymous_event(anonymous_id, message_id=_message_id(racer, number, pair))
    return identify(f"person-{racer}@example.com", anonymous_id=anonymous_id)


def _anonymous_id(number: int, pair: int) -> str:
    return f"anon-{number}-{pair}"


def _message_id(racer: int, number: int, pair: int) -> str:
    return f"m-{racer if pair % 2 else 0}-{number}-{pair}"
