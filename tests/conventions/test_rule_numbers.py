"""Every rule of the product has a test that bears its number, on all stores where it has state."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LAST = {"K": 7, "T": 5, "M": 12, "A": 3, "R": 4, "C": 8, "P": 6, "L": 5}
RULES = [f"{letter}{number}" for letter, last in LAST.items() for number in range(1, last + 1)]

ELSEWHERE = {
    "L2": "power and kill -9 are the databases' affair: tests/crash",
    "M10": "what is rolled back or raced for: tests/store, on the databases",
}
"""Rules that the store in memory cannot show, and who shows them."""

_NAME = re.compile(r"test_((?:[a-z]\d{1,2}_(?:to_)?)+)")
_ON_ALL_STORES = {"store", "shared_store", "every_store"}


@cache
def named_tests(*, on_all_stores):
    """List the tests that bear each rule's number."""
    found = defaultdict(list)
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            arguments = {each.arg for each in node.args.args}
            if on_all_stores and not (arguments & _ON_ALL_STORES) - own:
                continue
            for rule in rules_in(node.name):
                found[rule].append(node.name)
    return found


def rules_in(name):
    """Give the rules that a test's name begins with; ``m1_to_m3`` names all three."""
    named = _NAME.match(name)
    if named is None:
        return []
    first_and_last = re.fullmatch(r"([a-z])(\d+)_to_[a-z](\d+)_", named[1])
    if first_and_last:
        letter, first, last = first_and_last.groups()
        return [f"{letter.upper()}{number}" for number in range(int(first), int(last) + 1)]
    return [rule.upper() for rule in re.findall(r"[a-z]\d{1,2}", named[1])]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_test_that_bears_its_number(rule):
    assert rule in named_tests(on_all_stores=False)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ELSEWHERE])
def test_a_rule_is_proved_in_memory_on_sqlite_and_on_postgresql(rule):
    assert rule in named_tests(on_all_stores=True)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("test_m3_m4_the_window", ["M3", "M4"]),
        ("test_m1_to_m3_owners", ["M1", "M2", "M3"]),
        ("test_a_name_without_a_rule", []),
    ],
)
def test_rules_are_read_off_names(name, rules):
    assert rules_in(name) == rules


def test_no_test_bears_the_number_of_a_rule_that_does_not_exist():
    ours = {rule for rule in named_tests(on_all_stores=False) if rule[0] in LAST}

    assert ours - set(RULES) == set()
