"""Clients that may call the machine they run on."""

from ipaddress import ip_network

import pytest

from adapter.outbound.addresses import Addresses
from adapter.outbound.deadlines import Deadlines
from adapter.outbound.http import HttpClient

HOME = Addresses((ip_network("127.0.0.0/8"),))


@pytest.fixture
def client():
    return HttpClient(HOME, Deadlines(), connections=4, seconds=1.0)
