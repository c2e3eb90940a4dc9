"""Promises about accounts, logins and their settings."""

from __future__ import annotations

import re
import runpy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.actions import update_user
from customers.models import User
from dealport.environment import Environment
from dealport.settings import process
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def post(path: str, content: Any, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().post(f"/api/v1/auth/{path}", content, content_type="application/json", headers=headers)


def log_in(user: User) -> str:
    answer = post("login", {"email": user.email, "password": "secret-pass-1"})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["data"]["accessToken"])


def change_me(token: str, **content: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().patch("/api/v1/auth/me", content, content_type="application/json", headers=headers)


@pytest.mark.parametrize("address", ["https://pictures.example.com/a.png?size=2", "/media/accounts/a.svg", ""])
def test_g110_an_account_has_an_avatar(address: str) -> None:
    assert change_me(log_in(a_user()), avatar=address).json()["data"]["avatar"] == address


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://a.example/b", "/logout/", 'https://a/"x', "https://a/ b"]
)
def test_g110_an_avatar_is_the_address_of_a_picture(address: str) -> None:
    answer = change_me(log_in(a_user()), avatar=address)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["avatar"])


def test_g111_an_account_has_a_phone() -> None:
    user = a_user()
    assert change_me(log_in(user), phone="+34 600 000 000").json()["data"]["phone"] == "+34 600 000 000"
    assert User.objects.get(pk=user.pk).phone == "+34 600 000 000"


def test_g113_an_account_says_when_it_last_changed() -> None:
    user = a_user()
    token = log_in(user)
    before = User.objects.get(pk=user.pk).updated_at
    change_me(token, name="Another")
    after = User.objects.get(pk=user.pk).updated_at
    assert after > before
    shown = Client().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}).json()["data"]["updatedAt"]
    assert shown == after.isoformat().replace("+00:00", "Z")


def test_g115_a_login_by_the_api_is_the_last_login() -> None:
    user = a_user()
    assert post("login", {"email": user.email, "password": "wrong"}).status_code == 401
    assert User.objects.get(pk=user.pk).last_login is None
    log_in(user)
    assert User.objects.get(pk=user.pk).last_login is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
def test_g109_an_account_that_is_not_active_is_refused_on_the_next_request(status: str) -> None:
    user, browser = a_user(User.Role.STAFF, a_store(slug="mine")), Client()
    token = log_in(user)
    browser.force_login(user)
    assert change_me(token, name="A").status_code == browser.get("/dashboard/mine/").status_code == 200

    update_user(user=user, changes={"status": status}, actor=a_user(User.Role.ADMIN))

    assert change_me(token, name="B").status_code == 401
    assert browser.get("/dashboard/mine/").status_code == 302
    assert post("login", {"email": user.email, "password": "secret-pass-1"}).status_code == 401
    update_user(user=user, changes={"status": "ACTIVE"}, actor=None)
    assert change_me(log_in(user), name="C").status_code == 200


@pytest.fixture
def token_settings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with what the settings make of other lifetimes in the environment."""
    variables = {"DEALPORT_ACCESS_TOKEN_MINUTES": "3", "DEALPORT_REFRESH_TOKEN_DAYS": "2"}
    monkeypatch.setattr(process, "env", Environment(variables))
    read = runpy.run_path(str(ROOT / "dealport/settings/api.py"))
    for name in ("DEALPORT_ACCESS_TOKEN_LIFETIME", "DEALPORT_REFRESH_TOKEN_LIFETIME"):
        setattr(settings, name, read[name])


@pytest.mark.usefixtures("token_settings")
def test_g281_g356_an_access_token_lives_as_long_as_the_environment_says() -> None:
    answer = post("login", {"email": a_user().email, "password": "secret-pass-1"}).json()["data"]
    assert answer["expiresIn"] == 180
    with time_machine.travel(timezone.now() + timedelta(seconds=181)):
        assert change_me(answer["accessToken"], name="A").status_code == 401


@pytest.mark.usefixtures("token_settings")
def test_g282_a_refresh_token_lives_as_long_as_the_environment_says() -> None:
    content = {"email": a_user().email, "password": "secret-pass-1", "transport": "body"}
    token = {"refreshToken": post("login", content).json()["data"]["refreshToken"]}
    with time_machine.travel(timezone.now() + timedelta(days=2, seconds=1)):
        assert post("refresh", token).status_code == 401
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=23)):
        assert post("refresh", token).status_code == 200


def test_g287_the_example_lists_every_variable_the_settings_read() -> None:
    modules = (ROOT / "dealport/settings").glob("*.py")
    read = {name for module in modules for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', module.read_text())}
    listed = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)
    assert sorted(listed) == sorted(read)


def test_g073_the_page_register_creates_an_account_where_registration_is_open(settings: Any) -> None:
    client, form = (
        Client(),
        {"email": "New@example.com", "name": "New", "password": "long-enough-1x", "again": "long-enough-1x"},
    )
    assert client.get("/register/").status_code == client.post("/register/", form).status_code == 404
    assert "/register/" not in client.get("/login/").content.decode()

    settings.DEALPORT_OPEN_REGISTRATION = True
    assert "/register/" in client.get("/login/").content.decode()
    assert client.get("/register/").status_code == 200
    assert "password" in client.post("/register/", {**form, "password": "short", "again": "short"}).content.decode()
    answer = client.post("/register/", form)

    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    user = User.objects.get()
    assert (user.email, user.name, user.role) == ("new@example.com", "New", User.Role.USER)
    assert client.post("/login/", {"username": user.email, "password": "long-enough-1x"}).status_code == 302
    assert "There is an account with this email address already." in client.post("/register/", form).content.decode()


def test_g073_the_page_register_is_throttled_like_the_api(settings: Any) -> None:
    settings.DEALPORT_OPEN_REGISTRATION, settings.DEALPORT_ANONYMOUS_REQUESTS = True, 2
    form = {"email": "", "password": "long-enough-1x", "again": "long-enough-1x"}
    assert [Client().post("/register/", form).status_code for _ in range(3)] == [200, 200, 429]
