"""An admin's browser on the pages of exports, and a folder of its own for the files of a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from customers.models import User


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Path) -> None:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path)


@pytest.fixture
def admin(db: None) -> User:
    """Provide an admin."""
    from tests.builders import a_user  # models can be imported once Django is set up

    return a_user("admin", email="ada@example.com")


@pytest.fixture
def client(admin: User) -> Client:
    """Provide the admin's browser."""
    client = Client()
    client.force_login(admin)
    return client
