"""Callback URLs of tasks, with protection against server-side request forgery (SSRF).

Whoever may queue films names a URL that this service calls. It may lie in the local network, where receivers usually are; but never
at an address that only a machine's own services use: link-local ones (a cloud's metadata), multicast, unspecified and reserved ones.
The address is checked again at each call, after DNS, and that very address is connected to.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import NotPossible

if TYPE_CHECKING:
    import httpx

MAX_URL_CHARACTERS = 2_000
METADATA_ADDRESSES = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses in IPv6 ones (RFC 6052)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """A callback as it is called. `url` has the address in place of the name, `host` is for the Host header, `name` for TLS."""

    url: "httpx.URL"
    host: str
    name: str


def require_callback_url(text: str) -> str:
    """Require a URL that a task may call. ValueError, which does not repeat it: its query may hold a secret."""
    import httpx  # imported late: most requests name no callback

    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise ValueError("is no URL; give one such as http://host:9000/done") from None
    if (
        url.scheme not in {"http", "https"}
        or not url.host
        or (url.port is not None and not 0 < url.port < 2**16)
        or any(each.isspace() for each in text)
    ):
        raise ValueError("is no address of an HTTP server; give one such as http://host:9000/done")
    if url.userinfo:
        raise ValueError("has a user or a password; give it without them, with a token in its path or query")
    try:
        address = ipaddress.ip_address(url.host)
    except ValueError:  # a name, which is resolved when it is called
        return text
    if problem := describe_address_problem(address):
        raise ValueError(problem)
    return text


def resolve_callback(text: str) -> CallbackTarget:
    """Resolve a callback to the address that is connected to. NotPossible where its host has none, or one that is not allowed."""
    import httpx

    url = httpx.URL(require_callback_url(text))
    name, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPossible(f"the host {name} is not found ({error})") from error
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if problem := next(filter(None, map(describe_address_problem, addresses)), None):
        raise NotPossible(f"the host {name} {problem}")
    return CallbackTarget(url.copy_with(host=str(addresses[0])), url.netloc.decode("ascii"), name)


def describe_address_problem(address: Address) -> str | None:
    """Describe why no callback may go to an address; None where it may."""
    for each in (address, *_list_embedded(address)):
        is_special = each.is_link_local or each.is_multicast or each.is_unspecified or each in METADATA_ADDRESSES
        if is_special or (each.is_reserved and not each.is_loopback and not _list_embedded(each)):
            return "has an address that callbacks must not call (link-local, metadata, multicast or reserved); give another host"
    return None


def _list_embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 one stands for: mapped, 6to4, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    return [*found, ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)] if address in NAT64 else found
