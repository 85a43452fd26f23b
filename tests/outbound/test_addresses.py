"""Requests reach no private address, whatever a name leads to, unless a setting opens it."""

from ipaddress import ip_address, ip_network

import pytest

from adapter.outbound.addresses import Addresses, AddressNotAllowed

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_refused(text):
    assert not Addresses().permits(ip_address(text))


@pytest.mark.parametrize(
    "text", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:1"]
)
def test_public_addresses_are_permitted(text):
    assert Addresses().permits(ip_address(text))


@pytest.mark.parametrize(
    ("network", "text", "permitted"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "10.0.0.1", False),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("10.0.0.0/8", "64:ff9b::a00:1", True),
        ("::1/128", "::1", True),
        ("::1/128", "127.0.0.1", False),
    ],
)
def test_a_setting_opens_a_network_and_no_other(network, text, permitted):
    addresses = Addresses((ip_network(network),))

    assert addresses.permits(ip_address(text)) is permitted


def leads_to(monkeypatch, *texts):
    def getaddrinfo(_host, port, **_):
        return [(2, 1, 6, "", (text, port)) for text in texts]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)


def test_a_name_that_leads_to_both_is_reached_at_the_public_address_alone(monkeypatch):
    leads_to(monkeypatch, "127.0.0.1", "1.1.1.1")

    assert Addresses().resolve("both.example", 443) == ["1.1.1.1"]


def test_a_name_that_leads_home_is_refused(monkeypatch):
    leads_to(monkeypatch, "10.0.0.1", "127.0.0.1")

    with pytest.raises(AddressNotAllowed, match=r"10\.0\.0\.1, 127\.0\.0\.1"):
        Addresses().resolve("home.example", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "localhost"])
def test_other_spellings_of_home_are_refused(host):
    with pytest.raises((AddressNotAllowed, OSError)):
        Addresses().resolve(host.strip("[]"), 80)
