"""A form that was open for too long."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
def test_an_expired_form_says_so_and_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "a@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "This page has expired. Reload and try again." in answer.content.decode()
