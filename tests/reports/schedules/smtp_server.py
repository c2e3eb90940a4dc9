"""A mail server for tests: RFC 5321 as far as a client without extensions goes, on a port of loopback."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(frozen=True)
class Delivery:
    """A mail as it arrived: the envelope and the raw message."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed by the standard library alone."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)  # type: ignore[return-value]

    def text(self, kind: str = "plain") -> str:
        """Return the plain text, or the HTML."""
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Behaviour:
    """How the server answers: to RCPT by address; to the data, what and when, or by hanging up."""

    recipients: dict[str, str] = field(default_factory=dict)
    data: str = "250 taken"
    hangs_up_after_data: bool = False
    answers_data: threading.Event = field(default_factory=_set)


class MailServer:
    """Keeps what it was given in `deliveries`; can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.behaviour = Behaviour()
        self.port = 0
        self._server: socketserver.ThreadingTCPServer | None = None

    def start(self) -> None:
        """Listen."""
        kept = self

        class Handler(_Conversation):
            server_kept = kept

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def addressees(self) -> list[str]:
        """Return who got mails, in alphabetical order."""
        return sorted(address for delivery in self.deliveries for address in delivery.recipients)


class _Conversation(socketserver.StreamRequestHandler):
    server_kept: MailServer

    def handle(self) -> None:
        self._say("220 tests ready")
        sender, recipients = "", []
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words[:4].upper()
            if verb in ("EHLO", "HELO"):
                self._say("250 tests")
            elif verb == "MAIL":
                sender, recipients = _address(words), []
                self._say("250 ok")
            elif verb == "RCPT":
                answer = self.server_kept.behaviour.recipients.get(_address(words), "250 ok")
                recipients += [_address(words)] if answer.startswith("250") else []
                self._say(answer)
            elif verb == "DATA":
                if not self._take(sender, recipients):
                    return
            elif verb == "RSET":
                self._say("250 ok")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("502 no such command")

    def _take(self, sender: str, recipients: list[str]) -> bool:
        """Read a message up to the lonely dot; answer whether the conversation goes on."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        behaviour = self.server_kept.behaviour
        if behaviour.data.startswith("250"):
            self.server_kept.deliveries.append(Delivery(sender, tuple(recipients), b"".join(lines)))
        if behaviour.hangs_up_after_data or not behaviour.answers_data.wait(20):
            return False
        self._say(behaviour.data)
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]
