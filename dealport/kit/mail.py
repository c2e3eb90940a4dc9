"""Mails by SMTP within a time limit."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTP
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from dealport.kit.deadline import Deadline

WHOLE_SECONDS = 60.0
"""For connecting and logging in, and for each mail: EMAIL_TIMEOUT begins anew with every byte of the server."""


class EmailBackend(smtp.EmailBackend):
    """Django's, whose server has WHOLE_SECONDS for each step. Raises TimeoutError when they are over."""

    _deadline: Deadline

    @property
    def connection_class(self) -> type[SMTP]:
        """Return the class of connections, watched from their first byte on."""
        deadline, base = self._deadline, super().connection_class  # type: ignore[misc]

        class Watched(base):  # type: ignore[misc,valid-type]
            def _get_socket(self, *address: Any) -> socket.socket:
                opened: socket.socket = super()._get_socket(*address)
                deadline.watch(opened)
                return opened

        return Watched

    def open(self) -> bool | None:
        """Connect and log in."""
        with self._limited():
            return super().open()

    def close(self) -> None:
        """Take leave of the server."""
        with self._limited():
            super().close()

    def _send(self, email_message: EmailMessage) -> bool:
        with self._limited():
            is_taken: bool = super()._send(email_message)  # type: ignore[misc]
            return is_taken

    @contextmanager
    def _limited(self) -> Iterator[None]:
        self._deadline = deadline = Deadline(WHOLE_SECONDS)
        if self.connection is not None and self.connection.sock is not None:
            deadline.watch(self.connection.sock)
        try:
            yield
        except OSError as error:  # smtplib's are, too
            if not deadline.has_passed:
                raise
            if self.connection is not None:
                self.connection.close()
                self.connection = None
            raise TimeoutError(f"The mail server took longer than {WHOLE_SECONDS:g} seconds.") from error
        finally:
            deadline.cancel()
