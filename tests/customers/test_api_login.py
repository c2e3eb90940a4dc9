from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.models import User
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/auth/login"


def spelled(moment: datetime | None) -> str:
    assert moment is not None
    return moment.isoformat().replace("+00:00", "Z")


def log_in(content: Any, **headers: str) -> Any:
    return Client().post(ADDRESS, content, content_type="application/json", headers=headers)


def test_it_answers_with_a_token_that_opens_the_store_dashboard_for_fifteen_minutes() -> None:
    store = a_store()
    user = a_user(User.Role.STAFF, store, email="jo@example.com", name="Jo")

    response = log_in({"email": "jo@example.com", "password": "secret-pass-1"})

    body = response.json()
    token = body["data"].pop("accessToken")
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert body == {
        "status": "success",
        "data": {
            "expiresIn": 900,
            "user": {
                "id": user.pk,
                "email": "jo@example.com",
                "name": "Jo",
                "role": "staff",
                "phone": "",
                "avatar": "",
                "language": None,
                "status": "ACTIVE",
                "createdAt": spelled(user.created_at),
                "updatedAt": spelled(user.updated_at),
                "lastLoginAt": spelled(User.objects.get(pk=user.pk).last_login),
                "stores": [
                    {
                        "id": store.pk,
                        "slug": store.slug,
                        "name": store.name,
                        "currency": "GBP",
                        "timezone": "Europe/London",
                    }
                ],
            },
        },
    }
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/store/dashboard", headers=headers).json()["store"] == store.slug
    with time_machine.travel(timezone.now() + timedelta(seconds=901)):
        assert Client().get("/store/dashboard", headers=headers).status_code == 401


def test_the_address_may_be_written_in_any_case() -> None:
    a_user(email="jo@example.com")

    assert log_in({"email": "Jo@Example.COM", "password": "secret-pass-1"}).status_code == 200


def test_an_expired_token_in_the_header_keeps_nobody_out() -> None:
    a_user(email="jo@example.com")

    response = log_in({"email": "jo@example.com", "password": "secret-pass-1"}, Authorization="Bearer stale")

    assert response.status_code == 200


def test_wrong_password_unknown_address_and_disabled_account_get_the_same_401() -> None:
    a_user(email="jo@example.com")
    a_user(email="gone@example.com", status="SUSPENDED")

    bodies = []
    for email, password in [
        ("jo@example.com", "secret-pass-2"),
        ("jo@example.com", " secret-pass-1"),
        ("nobody@example.com", "secret-pass-1"),
        ("gone@example.com", "secret-pass-1"),
    ]:
        response = log_in({"email": email, "password": password})
        assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        bodies.append({name: value for name, value in response.json().items() if name != "requestId"})

    expected = {
        "status": "error",
        "message": "No active account has this email address and password.",
        "code": "AUTHENTICATION_FAILED",
    }
    assert bodies == [expected] * 4


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({}, ["email", "password"]),
        ({"email": "jo@example.com"}, ["password"]),
        ({"email": "", "password": ""}, ["email", "password"]),
        ({"email": "jo\0@example.com", "password": "secret-pass-1"}, ["email"]),
        ({"email": ["jo@example.com"], "password": {"a": 1}}, ["email", "password"]),
        ({"email": "j" * 255, "password": "p" * 1025}, ["email", "password"]),
        ([], ["nonFieldErrors"]),
    ],
)
def test_a_bad_value_is_400_and_named(content: Any, names: list[str]) -> None:
    response = log_in(content)

    assert (response.status_code, sorted(response.json()["errors"])) == (400, names)


def test_what_is_not_json_is_400_and_a_form_is_415() -> None:
    assert log_in("{not json").status_code == 400
    assert Client().post(ADDRESS, {"email": "jo@example.com"}).status_code == 415
