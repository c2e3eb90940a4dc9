"""Addresses that users type: which are called, and what happens with what answers."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from dealport.kit import outbound

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"


class Handler(BaseHTTPRequestHandler):
    """Answers with a redirect, or with the host name it was asked for."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "http://169.254.169.254/latest")
        body = str(self.headers["Host"]).encode() * (50 if self.path == "/long" else 1)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Send a byte every 50 ms, without an end, in the part of the answer that the path names."""
        part = {
            "/status": b"",
            "/headers": b"HTTP/1.1 200 OK\r\nX: ",
            "/chunks": CHUNKED,
            "/body": SIZED,
            "/rest": OPEN,
        }
        try:
            self.wfile.write(part[self.path])
            while True:
                self.wfile.write(b"0")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1:8443/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://localhost/",
        "https://",
        "https://[bad/",
        "https://example.com:99999/",
    ],
)
def test_what_is_not_public_https_is_not_called(settings: Settings, url: str) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    with pytest.raises(outbound.AddressRefused):
        outbound.check_address(url)


def test_a_name_with_one_private_address_among_public_ones_is_not_called(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    both = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(outbound.AddressRefused, match="private address"):
        outbound.check_address("https://store.example.com/")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both[:1])
    outbound.check_address("https://store.example.com/")


def test_a_name_server_that_does_not_answer_holds_nobody_and_few_lookups_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(20) and [])
    monkeypatch.setattr(outbound, "LOOKUP_SECONDS", 0.05)
    began = time.monotonic()
    reasons = []
    for _ in range(20):
        with pytest.raises(outbound.Unreachable) as error:
            outbound.check_address("https://slow.example.com/")
        reasons.append(str(error.value))
    over.set()
    assert time.monotonic() - began < 10
    for thread in threading.enumerate():
        if thread.name == "host name":
            thread.join(10)
    assert [reason.startswith("The host name slow.example.com was not found") for reason in reasons] == [True] * 16 + [
        False
    ] * 4
    assert "Too many host names" in reasons[-1]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("8.8.8.8", 443))])
    outbound.check_address("https://store.example.com/")


def test_the_name_is_resolved_once_and_the_connection_goes_to_the_address_that_was_checked(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = int(server.rpartition(":")[2]), []
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "store.example.com" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = outbound.send("GET", f"http://store.example.com:{port}/")
    assert answer.body == f"store.example.com:{port}".encode()
    assert asked.count("store.example.com") == 1


def test_a_redirect_is_an_answer_and_is_not_followed(server: str) -> None:
    answer = outbound.send("GET", f"{server}/moved")
    assert (answer.status, answer.headers["location"]) == (302, "http://169.254.169.254/latest")


def test_an_answer_that_is_too_long_and_a_port_nobody_listens_on_are_named(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "ANSWER_BYTES", 100)
    with pytest.raises(outbound.Unreachable, match="more than 100 bytes"):
        outbound.send("GET", f"{server}/long")
    with pytest.raises(outbound.Unreachable, match="connection was refused"):
        outbound.send("GET", "http://127.0.0.1:1/")


@pytest.mark.parametrize("part", ["status", "headers", "chunks", "body", "rest"])
def test_an_answer_that_comes_byte_by_byte_ends_with_its_time(
    server: str, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.4)
    began = time.monotonic()
    with pytest.raises(outbound.Unreachable, match="took longer than 0 seconds"):
        outbound.send("POST", f"{server}/{part}", body=b"")
    assert time.monotonic() - began < 5
