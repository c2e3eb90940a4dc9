"""The first account, made by a script."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from customers.models import User

pytestmark = pytest.mark.django_db


def created_with(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    call_command("createsuperuser", interactive=False, email="ada.lovelace@example.com", verbosity=0)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("abc", "too short"),
        ("password123", "too common"),
        ("ada.lovelace", "too similar to the email"),
    ],
)
def test_a_password_against_the_rules_makes_no_account(
    password: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=reason):
        created_with(password, monkeypatch)
    assert not User.objects.exists()


def test_a_good_password_makes_the_first_super_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    created_with("correct horse battery", monkeypatch)
    user = User.objects.get()
    assert (user.email, user.role, user.check_password("correct horse battery")) == (
        "ada.lovelace@example.com",
        User.Role.SUPER_ADMIN,
        True,
    )
