"""Which addresses requests may go to: none of our own house, unless a setting opens it.

A name is resolved once and the connection goes to the very address that was judged. Judging the
name, or resolving it again for the connection, would let its owner answer with another address the
second time.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses whose last 32 bits are the IPv4 address that is meant (RFC 6052)."""

_IPV4_BITS = 0xFFFF_FFFF


class AddressNotAllowed(Exception):
    """A host's name leads to addresses that requests may not go to, and to no other."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Judges addresses.

    Attributes:
        allowed: networks that requests may go to although they are private.
    """

    allowed: tuple[Network, ...] = ()

    def resolve(self, host: str, port: int) -> list[str]:
        """Resolve a host's name to addresses that requests may go to, in the system's order.

        Raises:
            AddressNotAllowed: it leads to none of them.
            OSError: it cannot be resolved.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        texts = dict.fromkeys(str(entry[4][0]) for entry in found)
        judged = [text for text in texts if self.permits(ip_address(text.partition("%")[0]))]
        if not judged:
            raise AddressNotAllowed(f"{host} leads to {', '.join(texts)}")
        return judged

    def permits(self, address: Address) -> bool:
        """Tell whether requests may go to an address.

        What an address stands for is judged as well: IPv4 inside IPv6 reaches the same machine.
        """
        return all(
            _is_public(each) or any(each in network for network in self.allowed)
            for each in _meant_by(address)
        )


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _meant_by(address: Address) -> Iterator[Address]:
    inner: Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & _IPV4_BITS)
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
    # A mapped address is the IPv4 address, and as IPv6 counts as private whatever it maps.
    if not (isinstance(address, IPv6Address) and address.ipv4_mapped):
        yield address
    if inner is not None:
        yield inner
