"""Tokens: what they open, how they are renewed, and when they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisConnectionError

from customers import accounts, tokens
from customers.actions import create_user, grant_store, revoke_store, set_password, update_user
from customers.models import Membership, RefreshToken, StaleAccount, User
from dealport.servers.use import ROOT
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "secret-pass-1"


def post(path: str, content: Any = None, client: Client | None = None, token: str = "", **extra: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return (client or Client()).post(
        f"/api/v1/auth/{path}", content or {}, content_type="application/json", headers=headers, **extra
    )


def log_in(user: User, **content: str) -> dict[str, Any]:
    answer = post("login", {"email": user.email, "password": PASSWORD, "transport": "body", **content})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]  # type: ignore[no-any-return]


def me(token: str) -> int:
    return Client().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_the_refresh_token_of_a_browser_travels_in_a_cookie_alone() -> None:
    user = a_user()
    browser = Client()
    answer = post("login", {"email": user.email, "password": PASSWORD}, client=browser)
    assert set(answer.json()["data"]) == {"accessToken", "expiresIn", "user"}
    cookie = answer.cookies["dealport_refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/v1/auth/")
    renewed = post("refresh", client=browser)
    assert renewed.status_code == 200
    assert "refreshToken" not in renewed.json()["data"]
    assert renewed.cookies["dealport_refresh"].value != cookie.value
    assert post("logout", client=browser).status_code == 204
    assert post("refresh", client=browser).status_code == 401


@pytest.mark.parametrize("seconds", [0, 11])
def test_a_refresh_token_works_once_and_its_theft_ends_the_whole_family(seconds: int) -> None:
    first = log_in(a_user())
    second = post("refresh", {"refreshToken": first["refreshToken"]}).json()["data"]
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True):
        assert post("refresh", {"refreshToken": first["refreshToken"]}).status_code == 401
        assert post("refresh", {"refreshToken": second["refreshToken"]}).status_code == 401
        assert me(second["accessToken"]) == 401
    assert not RefreshToken.objects.filter(revoked_at=None).exists()


def test_a_client_that_asks_twice_at_once_stays_logged_in() -> None:
    first = log_in(a_user())
    before = timezone.now()
    second = post("refresh", {"refreshToken": first["refreshToken"]}).json()["data"]
    assert tokens.refresh(first["refreshToken"], received_at=before) is None
    assert post("refresh", {"refreshToken": second["refreshToken"]}).status_code == 200


def test_a_request_that_comes_while_the_token_is_being_used_is_refused_and_ends_nothing() -> None:
    first = log_in(a_user())
    late: list[object] = []

    def ask() -> None:
        try:
            late.append(tokens.refresh(first["refreshToken"]))
        finally:
            connection.close()

    with transaction.atomic():
        second = tokens.refresh(first["refreshToken"])
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    assert late == [None] and second is not None
    assert me(second.access) == 200
    assert post("refresh", {"refreshToken": second.refresh}).status_code == 200


def test_of_fifty_parallel_refreshes_exactly_one_wins() -> None:
    token = log_in(a_user())["refreshToken"]
    statuses: list[int] = []
    barrier = threading.Barrier(50)

    def ask() -> None:
        barrier.wait()
        try:
            statuses.append(post("refresh", {"refreshToken": token}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 49
    assert RefreshToken.objects.count() == 2


def test_a_refresh_token_ends_after_a_week() -> None:
    token = log_in(a_user())["refreshToken"]
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert post("refresh", {"refreshToken": token}).status_code == 401


@pytest.mark.parametrize("content", [{}, {"refreshToken": "x"}, {"refreshToken": ""}, {"refreshToken": 7}, {"no": 1}])
def test_a_refresh_without_a_good_token_is_refused(content: dict[str, Any]) -> None:
    assert post("refresh", content).status_code in (400, 401)


CHANGES: dict[str, Callable[[User, User], object]] = {
    "disabled": lambda user, admin: update_user(user=user, changes={"status": "SUSPENDED"}, actor=admin),
    "role lowered": lambda user, admin: update_user(user=user, changes={"role": "user"}, actor=admin),
    "password changed": lambda user, admin: set_password(user=user, password="another-pass-2", actor=admin),
    "store lost": lambda user, admin: revoke_store(membership=Membership.objects.get(user=user), actor=admin),
    "store given": lambda user, admin: grant_store(user=user, store=a_store(), actor=admin),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_account_is_refused_on_the_next_request(change: str) -> None:
    user, admin = a_user("staff", a_store()), a_user("super_admin")
    issued = log_in(user)
    assert me(issued["accessToken"]) == 200
    CHANGES[change](user, admin)
    assert me(issued["accessToken"]) == 401
    assert post("refresh", {"refreshToken": issued["refreshToken"]}).status_code == 401
    assert not StaleAccount.objects.exists()


def test_a_request_asks_the_cache_who_it_is_from(django_assert_num_queries: Any) -> None:
    user = a_user()
    accounts.account(user.pk)
    with django_assert_num_queries(0):
        known = accounts.account(user.pk)
    assert known == user
    assert accounts.account(user.pk + 1) is None


def test_an_old_state_never_replaces_a_newer_one() -> None:
    user = a_user()
    old = accounts.account(user.pk)
    update_user(user=user, changes={"role": "user"}, actor=None)
    assert old is not None
    accounts._remember(old)
    now = accounts.account(user.pk)
    assert now is not None
    assert (now.role, now.auth_version) == ("user", 1)


def test_a_change_made_while_redis_was_away_is_written_once_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    user = a_user("staff", a_store())
    token = log_in(user)["accessToken"]
    assert me(token) == 200

    class Away:
        def __getattr__(self, name: str) -> Any:
            raise RedisConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(accounts, "get_redis_connection", Away)
        update_user(user=user, changes={"status": "SUSPENDED"}, actor=None)
        assert StaleAccount.objects.count() == 1
        assert me(token) == 401
    assert accounts.publish_changes() == 1
    assert me(token) == 401
    assert not StaleAccount.objects.exists()


def test_the_documented_sql_suspends_an_account_once_beat_has_published_it() -> None:
    user = a_user("staff", email="jo@example.com")
    token = log_in(user)["accessToken"]
    assert me(token) == 200
    section = (ROOT / "docs" / "operations.md").read_text().split("**Suspending an account in SQL**")[1]
    sql = section.split("```sql\nBEGIN;")[1].split("COMMIT;")[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    accounts.publish_changes()

    assert me(token) == 401


def test_five_failures_lock_an_account_for_its_address_at_every_door() -> None:
    user, other = a_user("staff", a_store()), a_user()
    wrong = {"email": user.email.upper(), "password": "nope"}
    assert [post("login", wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    locked = post("login", {"email": user.email, "password": PASSWORD})
    assert (locked.status_code, locked.json()["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(locked["Retry-After"]) <= 900
    page = Client().post("/login/", {"username": user.email, "password": PASSWORD})
    assert "Too many failed logins. Try again in 15 min." in page.content.decode()
    door = Client().post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert (door.status_code, door["Location"]) == (302, "/login/?next=/admin/")
    assert log_in(other)["accessToken"]
    elsewhere = post("login", {"email": user.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 200


def test_forty_parallel_guesses_get_five_tries() -> None:
    user = a_user()
    statuses: list[int] = []

    def guess() -> None:
        try:
            statuses.append(post("login", {"email": user.email, "password": "nope"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 5 + [429] * 35


def test_the_right_password_starts_the_count_anew() -> None:
    user = a_user()
    for _ in range(3):
        for _ in range(4):
            assert post("login", {"email": user.email, "password": "nope"}).status_code == 401
        log_in(user)


def test_without_redis_nobody_logs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from customers import lockout

    def away() -> Any:
        raise RedisConnectionError("away")

    user = a_user()
    monkeypatch.setattr(lockout, "get_redis_connection", away)
    answer = post("login", {"email": user.email, "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = Client().post("/login/", {"username": user.email, "password": PASSWORD})
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "Logging in is not possible right now." in page.content.decode()


def test_a_new_password_ends_other_logins_but_not_this_one() -> None:
    user = a_user()
    here, there = log_in(user), log_in(user)
    wrong = post("password", {"currentPassword": "x", "newPassword": "another-pass-2"}, token=here["accessToken"])
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["currentPassword"])
    weak = post("password", {"currentPassword": PASSWORD, "newPassword": "123"}, token=here["accessToken"])
    assert weak.status_code == 400
    content = {"currentPassword": PASSWORD, "newPassword": "another-pass-2", "transport": "body"}
    renewed = post("password", content, token=here["accessToken"]).json()["data"]
    assert [me(tokens["accessToken"]) for tokens in (here, there, renewed)] == [401, 401, 200]
    assert post("refresh", {"refreshToken": there["refreshToken"]}).status_code == 401
    assert post("refresh", {"refreshToken": renewed["refreshToken"]}).status_code == 200


def test_registration_is_for_admins_unless_it_is_open(settings: Any) -> None:
    content = {"email": "New@Example.com", "password": "a-long-password-3", "name": "New"}
    assert post("register", content).status_code == 401
    for role, status in (("user", 403), ("staff", 403), ("admin", 201)):
        token = log_in(a_user(role))["accessToken"]
        answer = post("register", content, token=token)
        assert answer.status_code == status
    new = User.objects.get(email="new@example.com")
    assert (
        answer.json()["data"].items()
        >= {
            "id": new.pk,
            "email": "new@example.com",
            "name": "New",
            "role": "user",
            "status": "ACTIVE",
            "lastLoginAt": None,
            "stores": [],
        }.items()
    )
    taken = post("register", content, token=token)
    assert (taken.status_code, list(taken.json()["errors"])) == (400, ["email"])
    promoted = post("register", {**content, "email": "x@example.com", "role": "admin"}, token=token)
    assert (promoted.status_code, list(promoted.json()["errors"])) == (400, ["role"])
    settings.DEALPORT_OPEN_REGISTRATION = True
    assert post("register", {**content, "email": "open@example.com"}).status_code == 201


def test_one_s_own_name_can_be_changed_and_nothing_else() -> None:
    user = a_user("staff", a_store(slug="mine"))
    token = log_in(user)["accessToken"]

    def patch(content: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return Client().patch("/api/v1/auth/me", content, content_type="application/json", headers=headers)

    answer = patch({"name": "Jo"}).json()["data"]
    assert (answer["name"], [store["slug"] for store in answer["stores"]]) == ("Jo", ["mine"])
    for field in ("role", "email", "id", "isActive", "auth_version"):
        refused = patch({"name": "Jo", field: "super_admin"})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    user.refresh_from_db()
    assert (user.role, user.auth_version) == ("staff", 0)


def test_nobody_forges_a_token() -> None:
    user = a_user("super_admin")
    token = log_in(user)["accessToken"]
    head, body, signature = token.split(".")
    for forged in (f"{head}.{body}.", f"{head}.{body}.{signature[:-2]}AA", "x", f"{head}.{body[:-1]}.{signature}"):
        assert me(forged) == 401
    cache.clear()
    get_redis_connection().flushdb()
    assert me(token) == 200


def test_a_created_account_can_log_in() -> None:
    create_user(email="Jo@Example.com", password="a-long-password-3", role="staff", actor=None)
    assert post("login", {"email": "JO@example.COM", "password": "a-long-password-3"}).status_code == 200


def test_the_admin_has_no_door_of_its_own() -> None:
    asked = Client().get("/admin/orders/order/", follow=True)
    assert asked.redirect_chain[-1][0] == "/login/?next=/admin/orders/order/"
    assert Client().get("/admin/login/?next=//evil.example")["Location"] == "/login/?next=/admin/"
    plain, staff = Client(), Client()
    plain.force_login(a_user("user"))
    staff.force_login(a_user("staff", a_store()))
    assert plain.get("/admin/", follow=True).status_code == 403
    assert staff.get("/admin/").status_code == 200
