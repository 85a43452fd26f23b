"""Rule L4: what the doors counted and what became of it, hour by hour."""

import pytest

from adapter.rules.decision import Fate
from adapter.rules.ledger import accounts_of

KEY = (1, 1, 500)


@pytest.mark.parametrize(
    ("kept", "since", "missing", "balances"),
    [
        pytest.param({KEY: 2}, 500, 0, True, id="all bodies are there"),
        pytest.param({KEY: 1}, 500, 1, False, id="a body is gone too early"),
        pytest.param({}, 500, 2, False, id="all bodies are gone too early"),
        pytest.param({}, 501, 0, True, id="bodies of the hour have begun to expire"),
        pytest.param({KEY: 3}, 500, -1, False, id="a body that nobody counted"),
    ],
)
def test_l4_raw_bodies_bear_out_what_the_doors_counted(kept, since, missing, balances):
    fates = {(*KEY, Fate.STORED): 1, (*KEY, Fate.IGNORED): 1}

    (account,) = accounts_of({KEY: 2}, fates, kept, kept_since=since)

    assert (account.difference, account.missing, account.balances) == (0, missing, balances)


def test_l4_each_side_is_shown_where_the_other_is_missing():
    there = (1, 2, 501)

    accounts = accounts_of({KEY: 1}, {(*there, Fate.STORED): 4}, {}, kept_since=999)

    assert [(each.source_id, each.difference) for each in accounts] == [(1, 1), (2, -4)]
