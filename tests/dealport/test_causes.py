"""What is said of a bucket and a mail server that cannot be used: the cause, and nothing that is nobody's business."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.mail import get_connection

from dealport import heartbeats
from dealport.kit.causes import mail_problem, network_cause
from dealport.kit.storage import StorageAway, StorageRefused
from dealport.kit.storage.s3 import S3Store
from dealport.tasks import check_mail


def a_certificate(folder: Path, name: str = "127.0.0.1", *, days: int = 1) -> Path:
    """Write a key and a certificate that nobody vouches for, valid for so many days from now or until so many ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(end - timedelta(days=10))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "server.pem"
    file.write_bytes(text + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextlib.contextmanager
def a_tls_server(certificate: Path, greeting: bytes = b"") -> Iterator[int]:
    """Answer every connection on the port it yields with a handshake, after a conversation in SMTP if told to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                with link, contextlib.suppress(OSError):
                    if greeting:
                        link.sendall(b"220 mail\r\n")
                        link.recv(1000)
                        link.sendall(greeting)
                        link.recv(1000)
                        link.sendall(b"220 go ahead\r\n")
                    context.wrap_socket(link, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def a_store(endpoint: str) -> S3Store:
    return S3Store("bucket", endpoint_url=endpoint, region="r", key_id="key-id", secret="s3cret")


def test_a_bucket_with_a_certificate_that_nobody_vouches_for_is_refused_with_that_reason(tmp_path: Path) -> None:
    with a_tls_server(a_certificate(tmp_path)) as port:
        store = a_store(f"https://127.0.0.1:{port}")
        expected = "The storage cannot be reached: its certificate is not trusted (self-signed certificate)."
        assert store.check() == expected
        with pytest.raises(StorageRefused) as refused:
            store.delete("exports/a")
    assert str(refused.value) == expected


def test_a_bucket_behind_an_unknown_name_or_plain_http_says_so() -> None:
    assert a_store("https://no-such-host.invalid").check() == (
        "The storage cannot be reached: the name of its host is unknown."
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            with server.accept()[0] as link:
                link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        text = a_store(f"https://127.0.0.1:{port}").check()
        thread.join()
    assert text.startswith("The storage cannot be reached: TLS failed ("), text


def test_a_refused_connection_is_away_and_names_no_address() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        with pytest.raises(StorageAway) as away:
            a_store("http://127.0.0.1:1").delete("exports/a")
    assert str(away.value) == "The storage cannot be reached: the connection was refused."


@pytest.mark.django_db
def test_a_mail_server_with_a_wrong_certificate_is_named_where_operators_look(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", True
    settings.EMAIL_BACKEND = "dealport.kit.mail.EmailBackend"
    with a_tls_server(a_certificate(tmp_path, days=-1), b"250-mail\r\n250 STARTTLS\r\n") as port:
        settings.EMAIL_PORT = port
        assert get_connection().port == port
        check_mail()
    expected = "Not seen yet. The mail server cannot be reached: its certificate is not trusted ("
    assert heartbeats.read()["mail"].reason.startswith(expected)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            smtplib.SMTPAuthenticationError(535, b"5.7.8 user jo@example.com: wrong password hunter2"),
            "The mail server refused the user name or the password (535).",
        ),
        (
            smtplib.SMTPSenderRefused(553, b"not yours", "jo@example.com"),
            "The mail server refused the sender, DEFAULT_FROM_EMAIL (553).",
        ),
        (
            smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."),
            "The mail server does not offer what the settings ask for, such as STARTTLS or a login.",
        ),
        (
            smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
            "The mail server cannot be reached: it closed the connection.",
        ),
        (
            smtplib.SMTPHeloError(501, b"who is mx1.internal"),
            "The mail server does not take mails: SMTPHeloError (501).",
        ),
        (TimeoutError("timed out"), "The mail server cannot be reached: it did not answer in time."),
        (socket.gaierror(-2, "x"), "The mail server cannot be reached: the name of its host is unknown."),
    ],
)
def test_the_problem_of_a_mail_server_is_a_sentence_without_its_words(error: OSError, text: str) -> None:
    assert mail_problem(error) == text


def test_the_innermost_cause_counts_and_a_circle_ends() -> None:
    inner, outer = ConnectionResetError(104, "reset"), RuntimeError("wrapped")
    outer.__cause__, inner.__context__ = inner, outer
    assert network_cause(outer) == "it closed the connection"
    assert network_cause(RuntimeError("nothing of a network")) == ""
