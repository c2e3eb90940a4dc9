"""Logging in with a second factor, at the API and the pages."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers import second_factor, totp
from customers.actions import set_password
from customers.models import AuditEntry, RecoveryCode, SecondFactor, User
from tests.admin_pages import logged_in, page
from tests.builders import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "secret-pass-1"
PAGE = "/account/second-factor/"


class Phone:
    """An authenticator app with a clock: each code is that of the next time step."""

    def __init__(self, secret: str, clock: Any) -> None:
        self.secret, self.clock = base64.b32decode(secret), clock

    def code(self) -> str:
        self.clock.shift(timedelta(seconds=30))
        return totp.code_at(self.secret, int(timezone.now().timestamp()) // 30)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def with_factor(user: User, clock: Any) -> tuple[Phone, list[str]]:
    """Give an account a second factor; return its app and recovery codes."""
    phone = Phone(second_factor.begin_setup(user=user).secret, clock)
    return phone, second_factor.confirm_setup(user=user, code=phone.code())


def log_in(user: User, password: str = PASSWORD, **content: str) -> Any:
    sent = {"email": user.email, "password": password, "transport": "body", **content}
    return Client().post("/api/v1/auth/login", sent, content_type="application/json")


def outcome(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_a_login_takes_the_password_and_a_code(clock: Any) -> None:
    user = a_user()
    phone, _ = with_factor(user, clock)

    assert outcome(log_in(user)) == (401, "OTP_REQUIRED")
    assert outcome(log_in(user, "wrong-pass")) == (401, "AUTHENTICATION_FAILED")
    assert outcome(log_in(user, "wrong-pass", otp=phone.code())) == (401, "AUTHENTICATION_FAILED")
    assert outcome(log_in(user, otp="000000")) == (401, "OTP_INVALID")
    assert log_in(user, otp=phone.code()).status_code == 200


def test_a_code_works_once(clock: Any) -> None:
    user = a_user()
    phone, _ = with_factor(user, clock)
    code = phone.code()
    assert [outcome(log_in(user, otp=code)) for _ in range(2)] == [(200, ""), (401, "OTP_INVALID")]


def test_a_recovery_code_works_once_however_it_is_typed_and_only_its_hash_is_stored(clock: Any) -> None:
    user = a_user()
    _, codes = with_factor(user, clock)
    assert len(set(codes)) == 10
    stored = RecoveryCode.objects.filter(user=user).values_list("code_hash", flat=True)
    assert not {code.replace("-", "") for code in codes} & set(stored)
    typed = codes[3].upper().replace("-", " ")
    assert [outcome(log_in(user, otp=typed)) for _ in range(2)] == [(200, ""), (401, "OTP_INVALID")]
    assert second_factor.recovery_codes_left(user) == 9
    assert AuditEntry.objects.get(action="recovery code used").changes == {"codes_left": [None, 9]}


def test_the_code_of_one_account_does_not_open_another(clock: Any) -> None:
    one, other = a_user(), a_user()
    phone, codes = with_factor(one, clock)
    with_factor(other, clock)
    for code in (phone.code(), codes[0]):
        assert outcome(log_in(other, otp=code)) == (401, "OTP_INVALID")


def test_wrong_codes_lock_the_login_and_asking_for_the_code_does_not(clock: Any) -> None:
    user = a_user()
    phone, _ = with_factor(user, clock)
    assert {outcome(log_in(user)) for _ in range(8)} == {(401, "OTP_REQUIRED")}
    statuses = []
    for _ in range(6):
        statuses.append(log_in(user, otp="000000").status_code)
        log_in(user)  # must not forget the failures
    assert statuses == [401] * 5 + [429]
    assert log_in(user, otp=phone.code()).status_code == 429
    cache.clear()
    assert log_in(user, otp=phone.code()).status_code == 200


def test_wrong_codes_count_for_the_account_whatever_address_they_come_from(clock: Any) -> None:
    user = a_user()
    with_factor(user, clock)
    sent = {"email": user.email, "password": PASSWORD, "otp": "000000"}
    answers = [
        Client(REMOTE_ADDR=f"10.0.0.{number}").post("/api/v1/auth/login", sent, content_type="application/json")
        for number in range(6)
    ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_another_password_does_not_remove_it(clock: Any) -> None:
    user = a_user()
    with_factor(user, clock)
    set_password(user=user, password="another-pass-2", actor=user)
    assert outcome(log_in(user, "another-pass-2")) == (401, "OTP_REQUIRED")


@pytest.mark.django_db(transaction=True)
def test_of_uses_of_one_code_at_once_one_wins() -> None:
    user = a_user()
    secret = base64.b32decode(second_factor.begin_setup(user=user).secret)
    step = int(timezone.now().timestamp()) // 30
    second_factor.confirm_setup(user=user, code=totp.code_at(secret, step - 1))
    code, barrier = totp.code_at(secret, step), threading.Barrier(8)
    results: list[bool] = []

    def use() -> None:
        barrier.wait()
        try:
            results.append(second_factor.takes_code(user, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def test_the_secret_is_encrypted_and_follows_a_rotated_key(settings: Any, clock: Any) -> None:
    user = a_user()
    phone, codes = with_factor(user, clock)
    stored = SecondFactor.objects.get().secret
    assert totp.spelled(phone.secret) not in stored and phone.secret.hex() not in stored

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "k" * 60
    assert log_in(user, otp=phone.code()).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert log_in(user, otp=phone.code()).status_code == 200
    settings.SECRET_KEY = "lost" * 20
    assert outcome(log_in(user, otp=phone.code())) == (401, "OTP_INVALID")
    assert log_in(user, otp=codes[0]).status_code == 200


def test_the_api_sets_it_up_with_the_password_and_a_first_code(clock: Any) -> None:
    user, client = a_user(), Client()
    headers = {"Authorization": f"Bearer {log_in(user).json()['data']['accessToken']}"}

    def post(path: str, **content: str) -> Any:
        return client.post(f"/api/v1/auth/otp{path}", content, content_type="application/json", headers=headers)

    def state() -> Any:
        return client.get("/api/v1/auth/otp", headers=headers).json()["data"]

    assert post("/confirm", code="123456").status_code == 409
    assert post("", password="wrong").status_code == 400
    setup = post("", password=PASSWORD)
    assert (setup.status_code, setup["Cache-Control"]) == (201, "private, no-store")
    data = setup.json()["data"]
    assert data["uri"].startswith("otpauth://totp/DealPort%3A") and f"secret={data['secret']}" in data["uri"]
    assert state() == {"isEnabled": False, "isRequired": False, "recoveryCodesLeft": 0}
    assert log_in(user).status_code == 200  # counts for nothing yet
    phone = Phone(data["secret"], clock)
    assert post("/confirm", code="000000").status_code == 400
    assert len(post("/confirm", code=phone.code()).json()["data"]["recoveryCodes"]) == 10
    assert state() == {"isEnabled": True, "isRequired": False, "recoveryCodesLeft": 10}
    assert post("", password=PASSWORD).status_code == 409
    assert outcome(post("/remove", password=PASSWORD, otp="000000")) == (401, "OTP_INVALID")
    assert post("/remove", password="wrong", otp=phone.code()).status_code == 400
    assert post("/remove", password=PASSWORD, otp=phone.code()).status_code == 204
    assert log_in(user).status_code == 200
    actions = AuditEntry.objects.filter(object_id=user.pk).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["second factor set up", "second factor removed"]


def test_the_login_page_asks_for_the_code(clock: Any) -> None:
    user, client = a_user(), Client()
    phone, _ = with_factor(user, clock)
    form = {"username": user.email, "password": PASSWORD}
    assert "one-time-code" not in client.get("/login/").content.decode()

    asked = client.post("/login/", form).content.decode()

    assert "Enter the code of your authenticator app" in asked and "one-time-code" in asked
    assert "not right" in client.post("/login/", {**form, "otp": "000000"}).content.decode()
    assert client.get("/dashboard/").status_code == 302
    assert client.post("/login/", {**form, "otp": phone.code()}).status_code == 302
    assert client.get("/dashboard/").status_code == 200


def test_a_page_sets_it_up_with_a_qr_code_of_our_own_and_removes_it(clock: Any) -> None:
    client = logged_in(a_user())
    shown = client.get(PAGE)
    text = shown.content.decode()
    assert "<svg" in text and "no-store" in shown["Cache-Control"]
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert client.get(PAGE).context["secret"] == shown.context["secret"]
    phone = Phone(shown.context["secret"], clock)

    wrong = client.post(PAGE, {"password": "wrong", "code": phone.code()})
    assert "This is not your password." in wrong.content.decode()
    done = client.post(PAGE, {"password": PASSWORD, "code": phone.code()})

    assert len(done.context["recovery_codes"]) == 10
    assert "secret" not in client.get(PAGE).context
    assert client.post(PAGE, {"password": PASSWORD, "code": phone.code()})["Location"] == PAGE
    assert not SecondFactor.objects.exists()


def test_a_super_admin_without_one_sets_it_up_first_where_that_is_required(settings: Any, clock: Any) -> None:
    settings.DEALPORT_SUPER_ADMIN_OTP = True
    user, admin, client = a_user(User.Role.SUPER_ADMIN), a_user(User.Role.ADMIN), Client()
    assert log_in(admin).status_code == 200
    assert outcome(log_in(user)) == (401, "OTP_SETUP_REQUIRED")
    assert outcome(log_in(user, "wrong")) == (401, "AUTHENTICATION_FAILED")

    assert client.post("/login/", {"username": user.email, "password": PASSWORD})["Location"] == PAGE
    assert client.get("/admin/").status_code == client.get("/dashboard/").status_code == 302
    phone = Phone(client.get(PAGE).context["secret"], clock)
    assert client.post(PAGE, {"code": "000000"}).status_code == 200
    assert client.get("/dashboard/").status_code == 302
    client.post(PAGE, {"code": phone.code()})

    assert client.get("/admin/").status_code == 200
    assert log_in(user, otp=phone.code()).status_code == 200
    client.post(PAGE, {"password": PASSWORD, "code": phone.code()})
    assert second_factor.is_on(user)  # nobody removes what they must have


def test_the_page_is_not_for_strangers_and_the_way_in_ends_after_ten_minutes(settings: Any, clock: Any) -> None:
    settings.DEALPORT_SUPER_ADMIN_OTP = True
    user, client = a_user(User.Role.SUPER_ADMIN), Client()
    assert client.get(PAGE)["Location"].startswith("/login/")
    client.post("/login/", {"username": user.email, "password": PASSWORD})
    assert client.get(PAGE).status_code == 200
    clock.shift(timedelta(seconds=601))
    assert client.get(PAGE).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_an_admin_resets_anothers_second_factor_and_never_sees_it(clock: Any) -> None:
    user, admin = a_user(), a_user(User.Role.ADMIN)
    phone, _ = with_factor(user, clock)
    token = log_in(user, otp=phone.code()).json()["data"]["refreshToken"]
    client = logged_in(admin)
    assert totp.spelled(phone.secret) not in client.get(page(User, "change", user.pk)).content.decode()
    assert client.get("/admin/customers/secondfactor/").status_code == 403

    client.post(page(User), {"action": "reset_second_factors", "_selected_action": [user.pk]})

    assert log_in(user).status_code == 200
    refreshed = Client().post("/api/v1/auth/refresh", {"refreshToken": token}, content_type="application/json")
    assert refreshed.status_code == 401
    entry = AuditEntry.objects.get(action="second factor removed")
    assert (entry.actor_id, entry.object_id) == (admin.pk, user.pk)


def test_that_of_a_super_admin_is_reset_by_super_admins_alone(clock: Any) -> None:
    user = a_user(User.Role.SUPER_ADMIN)
    with_factor(user, clock)
    action = {"action": "reset_second_factors", "_selected_action": [user.pk]}
    logged_in(a_user(User.Role.ADMIN)).post(page(User), action)
    assert second_factor.is_on(user)
    logged_in(a_user(User.Role.SUPER_ADMIN)).post(page(User), action)
    assert not second_factor.is_on(user)


def test_the_password_is_changed_without_a_code_by_who_is_logged_in(clock: Any) -> None:
    user = a_user()
    phone, _ = with_factor(user, clock)
    token = log_in(user, otp=phone.code()).json()["data"]["accessToken"]
    answer = Client().post(
        "/api/v1/auth/password",
        {"currentPassword": PASSWORD, "newPassword": "another-pass-2"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200


def test_the_page_says_when_to_come_back_after_too_many_wrong_passwords(clock: Any) -> None:
    client = logged_in(a_user())
    client.get(PAGE)
    pages = [client.post(PAGE, {"password": "wrong", "code": "000000"}) for _ in range(6)]
    assert [page.status_code for page in pages] == [200] * 5 + [429]
    assert 0 < int(pages[-1]["Retry-After"]) <= 900
    assert "Too many failed logins. Try again in 15 min." in pages[-1].content.decode()
