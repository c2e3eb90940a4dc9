"""A mail server that answers byte by byte holds a worker for a limited time."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.mail import EmailMessage

from dealport.kit import mail
from dealport.kit.causes import mail_problem

DIALOG = [f"{line}\r\n".encode() for line in ("220 tests", "250 tests", "250 ok", "250 ok", "354 go on", "250 taken")]


@contextmanager
def a_server_that_drips(step: int, drop: bytes) -> Iterator[int]:
    """Answer as a mail server does up to a step of DIALOG, from there on with a drop every 20 ms; yield the port."""
    is_over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for number, line in enumerate(DIALOG[:step]):
                self.wfile.write(line)
                end = b".\r\n" if number == 4 else None
                while (read := self.rfile.readline()) and end and read != end:
                    pass
            try:
                while not is_over.wait(0.02):
                    self.wfile.write(drop)
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        is_over.set()
        server.shutdown()


@pytest.mark.parametrize("drop", [b"2", b"250-more\r\n"])
@pytest.mark.parametrize("step", [0, 1, 2, 5], ids=["greeting", "EHLO", "sender", "after the text"])
def test_a_server_that_answers_byte_by_byte_has_a_limited_time(
    settings: Any, monkeypatch: pytest.MonkeyPatch, step: int, drop: bytes
) -> None:
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.4)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "dealport.kit.mail.EmailBackend", "127.0.0.1"
    with a_server_that_drips(step, drop) as port:
        settings.EMAIL_PORT = port
        began = time.monotonic()
        with pytest.raises(TimeoutError) as late:
            EmailMessage("Hello", "text", "a@example.com", ["b@example.com"]).send()
    assert time.monotonic() - began < 5
    assert mail_problem(late.value).startswith("The mail server cannot be reached: ")


def test_taking_leave_of_such_a_server_ends_too_and_the_mail_counts_as_taken(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.4)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "dealport.kit.mail.EmailBackend", "127.0.0.1"
    with a_server_that_drips(6, b"2") as port:
        settings.EMAIL_PORT = port
        began = time.monotonic()
        assert EmailMessage("Hello", "text", "a@example.com", ["b@example.com"]).send() == 1
    assert time.monotonic() - began < 5
