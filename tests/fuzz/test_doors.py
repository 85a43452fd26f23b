"""No request, however odd, makes a fault at any door, and the ledger balances afterwards (L4).

``ADAPTER_TEST_FUZZ_REQUESTS`` sends more of them to each door.
"""

import os

import pytest

from adapter.web.doors.table import DOORS
from tests.fuzz.doors import fuzz

REQUESTS = int(os.environ.get("ADAPTER_TEST_FUZZ_REQUESTS", "150"))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_l4_no_request_makes_a_fault_and_the_ledger_balances(door):
    statuses = fuzz(door, REQUESTS)

    assert sum(statuses.values()) > REQUESTS // 2
    assert any(status == 200 for _, status in statuses)
