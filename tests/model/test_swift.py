"""What is quick to make is used as if it were frozen: compared, hashed, copied."""

from dataclasses import dataclass, field, replace

from adapter.model.swift import swift


@swift(frozen=True, slots=True, kw_only=True)
class Quick:
    name: str
    place: int = 0
    aside: dict[str, int] = field(default_factory=dict, compare=False)


@swift(frozen=True, slots=True, kw_only=True)
class QuickChild(Quick):
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    name: str
    place: int = 0
    aside: dict[str, int] = field(default_factory=dict, compare=False)


def test_equal_ones_are_equal_and_hash_alike_as_frozen_ones_do():
    for kind in (Quick, Frozen):
        one, same = kind(name="a", place=1), kind(name="a", place=1, aside={"x": 1})
        assert one == same
        assert hash(one) == hash(same)
        assert one != kind(name="a", place=2)
        assert len({one, same, kind(name="b")}) == 2


def test_a_kind_is_not_equal_to_the_kind_it_is_made_from():
    assert Quick(name="a") != QuickChild(name="a")


def test_a_changed_copy_leaves_the_first_as_it_was():
    one = QuickChild(name="a", more="b")
    assert replace(one, more="c") == QuickChild(name="a", more="c")
    assert one.more == "b"
