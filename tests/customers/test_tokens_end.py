"""When access tokens end, which ones are believed, and what a rotated key changes: nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_redis import get_redis_connection

from customers import accounts, tokens
from customers.models import User
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)
ME = "/api/v1/auth/me"
DASHBOARD = "/api/v1/dashboard/metrics?tenant=own"
OLD, NEW = "an old key of the tests, known to everybody: 0123456789", "a new key of the tests, known to everybody: 9876"


def bearer(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def ask(token: str, path: str = ME) -> int:
    return bearer(token).get(path).status_code


def log_out(refresh: str) -> int:
    return Client().post("/api/v1/auth/logout", {"refreshToken": refresh}, content_type="application/json").status_code


@pytest.mark.parametrize("path", [ME, DASHBOARD])
def test_an_access_token_ends_with_its_login_and_no_other_does(path: str) -> None:
    user = a_user(User.Role.STAFF, a_store(slug="own"))
    here, there = tokens.log_in(user), tokens.log_in(user)
    renewed = tokens.refresh(here.refresh)
    assert renewed is not None
    mine = [here.access, renewed.access]
    assert [ask(token, path) for token in (*mine, *mine, there.access)] == [200] * 5

    assert log_out(renewed.refresh) == 204

    assert [ask(token, path) for token in mine] == [401, 401]
    assert ask(there.access, path) == 200
    get_redis_connection().flushdb()
    assert [ask(token, path) for token in (*mine, there.access)] == [401, 401, 200]


def test_that_a_login_has_ended_costs_no_statement_to_know() -> None:
    user = a_user()
    first, second = tokens.log_in(user), tokens.log_in(user)
    tokens.log_out(first.refresh)
    ask(second.access)
    with CaptureQueriesContext(connection) as captured:
        assert ask(first.access) == 401

    assert len(captured) == 0


def test_more_ended_logins_than_the_state_holds_are_all_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_ENDED", 3)
    user = a_user(User.Role.STAFF, a_store(slug="own"))
    ended = [tokens.log_in(user) for _ in range(5)]
    alive = tokens.log_in(user)
    assert ask(alive.access, DASHBOARD) == 200
    for login in ended:
        tokens.log_out(login.refresh)

    assert [ask(login.access, path) for login in ended for path in (ME, DASHBOARD)] == [401] * 10
    assert [ask(alive.access, DASHBOARD) for _ in range(3)] == [200] * 3


def test_a_state_that_was_read_before_a_logout_never_replaces_the_one_after() -> None:
    user = a_user()
    login = tokens.log_in(user)
    before = accounts.account(user.pk)
    tokens.log_out(login.refresh)
    assert before is not None
    accounts._remember(before)

    assert ask(login.access) == 401


def signed(user: User, **claims: Any) -> str:
    found = jwt.decode(tokens.access_token(user), options={"verify_signature": False})
    found = {name: value for name, value in {**found, **claims}.items() if value is not None}
    return jwt.encode(found, django_settings.SECRET_KEY, "HS256")


ODD: dict[str, list[Any]] = {
    "user_id": [
        None,
        True,
        1.0,
        1,
        [1],
        {"a": 1},
        "",
        "0x1",
        "1 ",
        " 1",
        "+1",
        "1.0",
        "١",
        "1\0",
        "9" * 30,
        "*",
        "1;x",
    ],
    "exp": [None, "1999999999", 1e308, 10**30, 2**62, -1, True, [], {}, "x", float("1e18")],
    "ver": [None, "0", 0.0, False, [0], -1],
    "family": [None, "", 5, ["a"], "x" * 35, "x" * 5000],
    "token_type": [None, "refresh", "ACCESS", 1],
    "iat": [None, "x", [], 10**12, 1e308],
    "nbf": ["x", 10**12, [], 1e308],
}


@pytest.mark.parametrize(("claim", "value"), [(claim, value) for claim, values in ODD.items() for value in values])
def test_a_token_with_an_odd_claim_is_401_whoever_signed_it(claim: str, value: Any) -> None:
    user = a_user()
    assert ask(signed(user)) == 200

    sent = {**jwt.decode(signed(user), options={"verify_signature": False}), claim: value}
    found = {name: value for name, value in sent.items() if value is not None}
    assert ask(jwt.encode(found, django_settings.SECRET_KEY, "HS256")) == 401


@pytest.mark.parametrize("content", ["[" * 900, "[" * 900 + "]" * 900, "null", "[]", "1e999", '{"exp": Infinity}', "{"])
def test_a_token_that_is_no_object_is_401(content: str) -> None:
    def part(text: str) -> str:
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}))
    for token in (f"{head}.{part(content)}.x", f"{part(content)}.{part('{}')}.x", "." * 50, part(content)):
        assert ask(token) == 401


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_a_token_of_another_algorithm_is_401(algorithm: str, settings: Any) -> None:
    settings.SECRET_KEY = OLD * 2
    claims = jwt.decode(tokens.access_token(a_user()), options={"verify_signature": False})
    assert ask(jwt.encode(claims, None if algorithm == "none" else django_settings.SECRET_KEY, algorithm)) == 401


def test_a_session_key_in_the_header_opens_nothing() -> None:
    user = a_user(User.Role.STAFF, a_store(slug="own"))
    browser = Client()
    browser.force_login(user)
    assert [browser.get(DASHBOARD).status_code for _ in range(3)] == [200] * 3
    key = browser.cookies["sessionid"].value

    for scheme in ("session", "Session", "token", "Bearer"):
        assert Client(headers={"Authorization": f"{scheme} {key}"}).get(DASHBOARD).status_code == 401


def test_with_half_of_the_processes_on_the_new_key_every_request_is_answered(settings: Any) -> None:
    user = a_user(User.Role.STAFF, a_store(slug="own"))
    password = {"email": user.email, "password": "secret-pass-1"}

    def process(number: int) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = [(OLD, [NEW]), (NEW, [OLD])][number % 2]

    process(0)
    browser, parallel = Client(), Client()
    browser.post("/login/", {"username": password["email"], "password": password["password"]})
    parallel.cookies["sessionid"] = browser.cookies["sessionid"].value
    statuses, issued = [], [tokens.log_in(user)]
    for number in range(12):
        process(number)
        statuses += [ask(login.access, path) for login in issued for path in (ME, DASHBOARD)]
        statuses += [client.get("/dashboard/own/").status_code for client in (browser, parallel)]
        statuses += [browser.get(DASHBOARD).status_code]
        answer = Client().post("/api/v1/auth/login", password, content_type="application/json")
        issued = [*issued[-3:], tokens.log_in(user)]
        statuses.append(answer.status_code)

    assert set(statuses) == {200}


def test_a_key_that_is_no_longer_a_fallback_is_not_believed(settings: Any) -> None:
    user = a_user()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    token = tokens.access_token(user)
    assert ask(token) == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, []

    assert ask(token) == 401


def test_a_session_that_began_before_the_hash_was_free_of_the_key_goes_on() -> None:
    user = a_user(User.Role.STAFF, a_store(slug="own"))
    client = Client()
    client.force_login(user)
    session = client.session
    session["_auth_user_hash"] = user._get_session_auth_hash(secret=django_settings.SECRET_KEY)  # type: ignore[attr-defined]
    session.save()

    assert [client.get("/dashboard/own/").status_code for _ in range(2)] == [200, 200]
