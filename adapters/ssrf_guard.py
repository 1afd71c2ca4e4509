"""SSRF guard: addresses that people write down are reached only where nobody inside can be hit by them."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from domain.errors import GiveUp, TryLater

IP = IPv4Address | IPv6Address
NAT64 = ip_network("64:ff9b::/96")
NOT_PUBLIC = tuple(ip_network(each) for each in ("fec0::/10", "3fff::/20", "192.88.99.0/24"))
"""Site-local, documentation and relay addresses, which this Python still calls global."""
PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2_000

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name. Raises OSError."""


async def by_name_service(host: str, port: int) -> Sequence[str]:
    """What this machine's name service says."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Guard:
    """Says whether a URL may be asked, and at which address exactly. Used when it is saved and at every send."""

    networks: Sequence[str] = ()
    """Networks that may be reached although they are not public."""
    allow_http: bool = False
    lookup: Lookup = by_name_service

    def check_form(self, url: str) -> SplitResult:
        """The parts of a URL that can be asked at all. Raises GiveUp."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise GiveUp("This is no URL; write one such as https://example.com/hook.") from None
        if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
            raise GiveUp("The URL is too long or has characters that no URL has; write it percent-encoded.")
        if parts.scheme not in PORTS or not parts.hostname or port == 0:
            raise GiveUp("The URL must begin with https:// and name a host.")
        if parts.scheme == "http" and not self.allow_http:
            raise GiveUp("The URL must begin with https://; plain http is allowed by allow_http = true in [out].")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise GiveUp("The URL must have no user, password or fragment in it; use the secret instead.")
        return parts

    async def address_of(self, url: str) -> str:
        """The one address to connect to: names are asked once, and every answer must be allowed.

        Raises GiveUp where one is not, TryLater when the name service does not answer.
        """
        parts = self.check_form(url)
        host = parts.hostname or ""
        port = parts.port or PORTS[parts.scheme]
        try:
            found = list(dict.fromkeys(await self.lookup(host, port)))
        except (OSError, UnicodeError) as trouble:
            raise TryLater(f"The name {host} cannot be resolved ({trouble}); check it.") from None
        if not found:
            raise TryLater(f"The name {host} has no address; check it.")
        for address in found:
            if not self.allows(address):
                raise GiveUp(
                    f"{host} is at {address}, which is not a public address; where that is meant, add its network to "
                    "networks in [out]."
                )
        return found[0]

    def allows(self, address: str) -> bool:
        """An address may be connected to."""
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        meant = embedded(ip)
        if any(meant in ip_network(network) or ip in ip_network(network) for network in self.networks):
            return True
        return all(is_public(one) for one in {ip, meant})


def is_public(ip: IP) -> bool:
    """Anybody may be reached there, and nobody inside."""
    is_global = ip.is_global and not ip.is_multicast and not ip.is_reserved
    return is_global and not any(ip in network for network in NOT_PUBLIC)


def embedded(ip: IP) -> IP:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64); any other as it is."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
