"""Where somebody is logged in, and ending it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.actions import update_user
from customers.models import AuditEntry, BrowserSession, User
from customers.tasks import prune
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"password": "secret-pass-1"}


def browser(user: User, agent: str = "Firefox", address: str = "203.0.113.7") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert client.post("/login/", {**FORM, "username": user.email}).status_code == 302
    return client


def script(user: User) -> dict[str, Any]:
    content = {**FORM, "email": user.email, "transport": "body"}
    client = Client(HTTP_USER_AGENT="curl", REMOTE_ADDR="203.0.113.8")
    answer = client.post("/api/v1/auth/login", content, content_type="application/json")
    return dict(answer.json()["data"])


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['accessToken']}"}


def sessions(client: Client, **headers: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/auth/sessions", headers=headers)
    assert answer.status_code == 200
    return list(answer.json()["data"]["sessions"])


def shown(found: list[dict[str, Any]]) -> list[tuple[str, str, str, bool]]:
    return sorted((row["kind"], row["userAgent"], row["address"], row["isCurrent"]) for row in found)


def test_browsers_and_logins_of_the_api_are_listed_with_where_they_come_from() -> None:
    user = a_user()
    here, other = browser(user), browser(a_user())
    tokens = script(user)

    assert shown(sessions(here)) == [
        ("api", "curl", "203.0.113.8", False),
        ("browser", "Firefox", "203.0.113.7", True),
    ]
    assert shown(sessions(Client(), **bearer(tokens))) == [
        ("api", "curl", "203.0.113.8", True),
        ("browser", "Firefox", "203.0.113.7", False),
    ]
    assert len(sessions(other)) == 1


def test_a_renewed_login_is_the_same_one_used_later() -> None:
    user = a_user()
    tokens = script(user)
    (before,) = sessions(Client(), **bearer(tokens))
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        content = {"refreshToken": tokens["refreshToken"]}
        renewed = Client().post("/api/v1/auth/refresh", content, content_type="application/json").json()["data"]
        (after,) = sessions(Client(), **bearer(renewed))
    assert (after["id"], after["createdAt"]) == (before["id"], before["createdAt"])
    assert after["lastUsedAt"] > before["lastUsedAt"]


def test_the_time_of_the_last_use_of_a_browser_is_known_to_five_minutes() -> None:
    here = browser(a_user(User.Role.STAFF, a_store(slug="mine")))
    (before,) = sessions(here)
    assert sessions(here) == [before]
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        here.get("/dashboard/mine/")
        (after,) = sessions(here)
    assert after["id"] == before["id"] and after["lastUsedAt"] > before["lastUsedAt"]


def test_ending_a_browsers_session_is_felt_on_its_next_request() -> None:
    user = a_user(User.Role.STAFF, a_store(slug="mine"))
    here, there = browser(user), browser(user, "Safari")
    for _ in range(2):  # the second answer takes the short way
        assert there.get("/api/v1/dashboard/metrics?tenant=mine").status_code == 200
    (far,) = [row for row in sessions(here) if not row["isCurrent"]]

    assert here.delete(f"/api/v1/auth/sessions/{far['id']}").status_code == 204

    assert there.get("/api/v1/dashboard/metrics?tenant=mine").status_code == 401
    assert there.get("/dashboard/mine/").status_code == 302
    assert here.get("/dashboard/mine/").status_code == 200
    assert len(sessions(here)) == 1
    entry = AuditEntry.objects.get(action="login ended")
    assert (entry.actor_id, entry.changes) == (user.pk, {"login": ["browser", ""]})


def test_ending_a_login_of_the_api_ends_its_tokens() -> None:
    user = a_user()
    here, tokens = browser(user), script(user)
    (far,) = [row for row in sessions(here) if row["kind"] == "api"]

    assert here.delete(f"/api/v1/auth/sessions/{far['id']}").status_code == 204

    assert Client().get("/api/v1/auth/me", headers=bearer(tokens)).status_code == 401
    content = {"refreshToken": tokens["refreshToken"]}
    assert Client().post("/api/v1/auth/refresh", content, content_type="application/json").status_code == 401
    assert here.delete(f"/api/v1/auth/sessions/{far['id']}").status_code == 404


def test_nobody_ends_the_session_of_another() -> None:
    one, other = browser(a_user()), a_user()
    there, tokens = browser(other), script(other)
    for row in sessions(there):
        assert one.delete(f"/api/v1/auth/sessions/{row['id']}").status_code == 404
    assert one.delete("/api/v1/auth/sessions/no-id").status_code == 404
    assert len(sessions(there)) == len(sessions(Client(), **bearer(tokens))) == 2


def test_another_password_ends_the_other_sessions_and_keeps_this_one() -> None:
    user = a_user()
    here, there, tokens = browser(user), browser(user), script(user)
    content = {"currentPassword": "secret-pass-1", "newPassword": "another-pass-2", "transport": "body"}
    answer = here.post("/api/v1/auth/password", content, content_type="application/json")
    assert answer.status_code == 200

    assert there.get("/account/").status_code == 302
    assert Client().get("/api/v1/auth/me", headers=bearer(tokens)).status_code == 401
    found = sessions(here)
    assert [(row["kind"], row["isCurrent"]) for row in found if row["kind"] == "browser"] == [("browser", True)]
    assert len(found) == 2  # and the tokens of the answer


@pytest.mark.parametrize("changes", [{"role": "super_admin"}, {"status": "SUSPENDED"}])
def test_another_status_and_the_role_of_super_admin_end_every_session(changes: dict[str, str]) -> None:
    user = a_user(User.Role.STAFF)
    here = browser(user)
    update_user(user=user, changes=changes, actor=None)
    update_user(user=user, changes={"status": "ACTIVE"}, actor=None)
    assert here.get("/account/").status_code == 302
    assert not BrowserSession.objects.exists()


def test_the_page_lists_them_and_ends_one() -> None:
    user = a_user()
    here, there = browser(user), browser(user, "<b>Safari</b>")
    text = here.get("/account/").content.decode()
    assert "This session" in text and "&lt;b&gt;Safari" in text and text.count("End session") == 1
    (far,) = [row for row in sessions(here) if not row["isCurrent"]]
    assert "That session has ended." in here.post("/account/", {"session": far["id"]}, follow=True).content.decode()
    assert there.get("/account/").status_code == 302
    assert here.post("/account/", {"session": "none"}).status_code == 302


def test_what_is_over_is_neither_listed_nor_kept() -> None:
    user = a_user()
    browser(user), browser(user).post("/logout/")
    here = browser(user)
    assert len(sessions(here)) == 2
    prune()
    assert BrowserSession.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        prune()
    assert BrowserSession.objects.count() == 0
