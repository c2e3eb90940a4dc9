"""HTTP to addresses that users type: public hosts over HTTPS alone, no redirects, bounded in bytes and seconds.

A name is resolved once, every address it has must be public, and the connection goes to the very address that was
checked: a name that changes its mind between check and connection leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import urllib3
from django.conf import settings
from django.utils.translation import gettext
from urllib3.exceptions import HTTPError

from dealport.kit.causes import network_cause
from dealport.kit.deadline import Deadline

CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 30.0, 120.0
LOOKUP_SECONDS = 3.0
_LOOKUPS = threading.BoundedSemaphore(16)
"""Host names that a process looks up at once; one that gets no answer holds its place until the resolver gives up."""
ANSWER_BYTES = 64 * 1_048_576
CHUNK = 65_536
REDIRECTS = (301, 302, 303, 307, 308)
EMBEDDING = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]
"""Networks whose addresses stand for IPv4 ones, private ones too (NAT64, 6to4, Teredo)."""


class AddressRefused(Exception):
    """The address is not one the product calls; the text says why, as a sentence."""


class Unreachable(Exception):
    """The other side did not answer, or not to the end; the text says why, as a sentence."""


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the body as JSON; None if it is none. Fractions stay exact as text would: as Decimal-ready str."""
        try:
            return json.loads(self.body, parse_float=str)
        except (ValueError, RecursionError):
            return None


def check_address(url: str) -> None:
    """Raise AddressRefused for a URL that is not called: not HTTPS, with a user name, or at a private address."""
    _target(url)


def send(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Send a request and return the answer, whatever its status. Raises AddressRefused, Unreachable."""
    with _answer(method, url, headers or {}, body, WHOLE_SECONDS) as answer:
        chunks, size = [], 0
        for chunk in answer.stream(CHUNK):
            size += len(chunk)
            if size > ANSWER_BYTES:
                raise Unreachable(f"The answer has more than {ANSWER_BYTES:,} bytes.")
            chunks.append(chunk)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, b"".join(chunks))


def download(url: str, file: IO[bytes], *, seconds: float, most_bytes: int) -> None:
    """Write what a GET answers into a file. Raises AddressRefused, Unreachable (also for a status but 200)."""
    with _answer("GET", url, {}, None, seconds) as answer:
        _write(answer, file, most_bytes)


def fetch(url: str, file: IO[bytes], *, seconds: float, most_bytes: int, redirects: int = 3) -> None:
    """Write what a GET answers into a file, following up to `redirects`, each checked as the first address is.

    Raises AddressRefused, Unreachable.
    """
    until = time.monotonic() + seconds
    for _ in range(redirects + 1):
        with _answer("GET", url, {}, None, max(until - time.monotonic(), 0)) as answer:
            place = answer.headers.get("Location") if answer.status in REDIRECTS else None
            if place is None:
                _write(answer, file, most_bytes)
                return
        url = urljoin(url, place)
    raise Unreachable(f"The address leads on more than {redirects} times.")


def _write(answer: Any, file: IO[bytes], most_bytes: int) -> None:
    if answer.status != 200:
        raise Unreachable(f"The download was answered with status {answer.status}.")
    size = 0
    for chunk in answer.stream(CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise Unreachable(f"The download has more than {most_bytes:,} bytes.")
        file.write(chunk)


def _watched(connection: type[Any], deadline: Deadline) -> type[Any]:
    """Return a class of connections that end with the time."""

    def connect(opened: Any) -> None:
        connection.connect(opened)
        deadline.watch(opened.sock)

    return type(connection.__name__, (connection,), {"connect": connect})


@contextmanager
def _answer(method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float) -> Iterator[Any]:
    host, address, port, path, is_tls = _target(url)
    name = f"{host}:{port}" if port not in (80, 443) else host
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
    pool: urllib3.HTTPConnectionPool = (
        urllib3.HTTPSConnectionPool(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)
        if is_tls
        else urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    )
    deadline = Deadline(seconds)
    too_slow = Unreachable(f"The answer took longer than {seconds:.0f} seconds.")
    pool.ConnectionCls = _watched(pool.ConnectionCls, deadline)
    try:
        answer = pool.urlopen(
            method,
            path,
            body=body,
            headers={"Host": name, "User-Agent": "DealPort", **headers},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        yield answer
        if deadline.has_passed:
            raise too_slow  # the end of an answer without a length may be ours
    except (HTTPError, OSError) as error:
        if deadline.has_passed:
            raise too_slow from None
        raise Unreachable(f"It cannot be reached: {network_cause(error) or 'the connection broke'}.") from None
    finally:
        deadline.cancel()
        pool.close()


def _target(url: str) -> tuple[str, str, int, str, bool]:
    """Return host, address to connect to, port, path with query, and whether it is TLS."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(gettext("This is not a web address.")) from None
    is_tls = parts.scheme == "https"
    if not is_tls and not (parts.scheme == "http" and settings.DEALPORT_LOCAL_SOURCES):
        raise AddressRefused(gettext("The address must start with https://."))
    if not host or parts.username is not None or parts.password is not None:
        raise AddressRefused(gettext("The address must be a host name without a user name or password."))
    port = port or (443 if is_tls else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, _resolved(host, port), port, path, is_tls


def _resolved(host: str, port: int) -> str:
    found = _looked_up(host, port)
    if not settings.DEALPORT_LOCAL_SOURCES and not all(map(_is_public, found)):
        raise AddressRefused(
            gettext("{host} is at a private address. Enter the public address of the store.").format(host=host)
        )
    return sorted(found, key=lambda text: ":" in text)[0]


def _looked_up(host: str, port: int) -> set[str]:
    """Return the addresses of a host. Its name server may take its time, and `getaddrinfo` has no limit of its own."""
    if not _LOOKUPS.acquire(blocking=False):
        raise Unreachable("Too many host names are being looked up. Try again in a minute.")
    answers: SimpleQueue[set[str] | None] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put({str(info[4][0]) for info in found})
        except (OSError, UnicodeError):
            answers.put(None)
        finally:
            _LOOKUPS.release()

    threading.Thread(target=look_up, name="host name", daemon=True).start()
    try:
        addresses = answers.get(timeout=LOOKUP_SECONDS)
    except Empty:
        raise Unreachable(f"The host name {host} was not found within {LOOKUP_SECONDS:g} seconds.") from None
    if not addresses:
        raise Unreachable(f"The host name {host} is unknown.")
    return addresses


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(str(address.ipv4_mapped))
        if any(address in network for network in EMBEDDING):
            return False
    return address.is_global and not address.is_multicast
