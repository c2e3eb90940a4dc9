"""Which address a request comes from, whatever its headers claim."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddressMiddleware:
    """Set REMOTE_ADDR to the client's address when a trusted proxy passes the request on.

    X-Forwarded-For is read from the right, and only as far as the proxies that wrote it are in TRUSTED_PROXIES: what
    stands left of the first address that is not was written by the client and may be anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if chain and settings.TRUSTED_PROXIES:
            request.META["REMOTE_ADDR"] = client_address(
                request.META.get("REMOTE_ADDR", ""), chain.split(","), settings.TRUSTED_PROXIES
            )
        return self.get_response(request)


def client_address(peer: str, chain: list[str], trusted: list[Network]) -> str:
    """Return the last address before the trusted proxies; the peer's own if that is not a trusted proxy."""
    address = peer
    while chain and _is_trusted(address, trusted):
        before = chain.pop().strip()
        if _parse(before) is None:
            break
        address = before
    return address


def _is_trusted(address: str, trusted: list[Network]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
