"""Schedules on a folder of the test's own, with a mail server that speaks the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports.schedules.smtp_server import MailServer


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Path) -> Path:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path / "exports")
    settings.DEALPORT_URL = "https://office.example.com"
    return tmp_path / "exports"


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Run a mail server on loopback and let Django send there."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "dealport.kit.mail.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS = "", False
    yield server
    server.stop()
