from __future__ import annotations

import pytest
from django.test import Client

from customers.models import User
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db

PAGE = "/login/"
CREDENTIALS = {"username": "jo@example.com", "password": "secret-pass-1"}


def test_logging_in_leads_back_to_the_page_that_was_asked_for() -> None:
    a_user(User.Role.STAFF, a_store(slug="mine"), email="jo@example.com")
    client = Client()

    response = client.post(PAGE, {**CREDENTIALS, "next": "/dashboard/mine/?period=today"})

    assert (response.status_code, response["Location"]) == (302, "/dashboard/mine/?period=today")
    assert client.get("/dashboard/mine/").status_code == 200


def test_logging_in_never_leads_to_another_site() -> None:
    a_user(email="jo@example.com")

    response = Client().post(PAGE, {**CREDENTIALS, "next": "https://evil.example/"})

    assert (response.status_code, response["Location"]) == (302, "/home/")


def test_the_address_may_be_written_in_any_case() -> None:
    a_user(email="jo@example.com")

    assert Client().post(PAGE, {**CREDENTIALS, "username": "JO@example.com"}).status_code == 302


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("jo@example.com", "wrong"),
        ("nobody@example.com", "secret-pass-1"),
        ("gone@example.com", "secret-pass-1"),
    ],
)
def test_wrong_password_unknown_address_and_disabled_account_read_the_same(username: str, password: str) -> None:
    a_user(email="jo@example.com")
    a_user(email="gone@example.com", status="SUSPENDED")
    client = Client()

    response = client.post(PAGE, {"username": username, "password": password})

    assert response.status_code == 200
    assert "No active account has this email address and password." in response.content.decode()
    assert client.get("/dashboard/").status_code == 302


def test_who_is_logged_in_is_sent_on() -> None:
    client = Client()
    client.force_login(a_user())

    assert client.get(PAGE)["Location"] == "/home/"


def test_logging_out_takes_a_post_and_ends_the_session() -> None:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, a_store(slug="mine")))

    assert client.get("/logout/").status_code == 405
    assert client.get("/dashboard/mine/").status_code == 200
    assert client.post("/logout/")["Location"] == PAGE
    assert client.get("/dashboard/mine/").status_code == 302


def test_a_forged_form_is_refused() -> None:
    a_user(email="jo@example.com")
    client = Client(enforce_csrf_checks=True)

    assert client.post(PAGE, CREDENTIALS).status_code == 403
