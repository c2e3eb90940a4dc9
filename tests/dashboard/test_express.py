"""The short way to a cached answer gives what the long way gives, and ends with the rights it was given for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.actions import grant_store, revoke_store, set_password, update_store, update_user
from customers.models import Membership, Store, User
from customers.tokens import log_in
from dashboard.caching import cache, fast_path
from dealport.kit.recent import Recent
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)

METRICS = "/api/v1/dashboard/metrics"
OWN = f"{METRICS}?tenant=own"
ADDRESSES = [
    METRICS,
    OWN,
    "/api/v1/dashboard/weekly-report?store=own",
    "/api/v1/dashboard/top-products?store=own",
    "/api/v1/dashboard/sales-by-country?store=own",
    "/api/v1/store/dashboard?store=own",
    "/store/dashboard?store=own",
]


@pytest.fixture(autouse=True)
def no_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_path, "GRANTED", Recent(fast_path.GRANTS))


@pytest.fixture
def store() -> Store:
    return a_store(slug="own")


@pytest.fixture
def user(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


def by_token(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {log_in(user).access}"})


def by_session(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


WAYS = pytest.mark.parametrize("log_in_by", [by_token, by_session])


def ask(client: Client, address: str) -> tuple[int, int]:
    """Return the status and the number of statements that answering took."""
    with CaptureQueriesContext(connection) as captured:
        status = client.get(address).status_code
    return status, len(captured)


@WAYS
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_was_answered_once_is_answered_again_without_a_statement(
    store: Store, user: User, log_in_by: Any, address: str
) -> None:
    client = log_in_by(user)
    client.get(address)
    long = client.get(address)
    with CaptureQueriesContext(connection) as captured:
        short = client.get(address)

    assert (short.status_code, short.content, len(captured)) == (200, long.content.replace(b"MISS", b"HIT"), 0)
    assert [short[name] for name in ("ETag", "X-Cache", "Cache-Control", "Content-Type")] == [
        long["ETag"],
        "HIT",
        "private, no-cache",
        "application/json",
    ]
    assert client.get(address, headers={"If-None-Match": short["ETag"]}).status_code == 304


@WAYS
@pytest.mark.parametrize("change", ["disabled", "role", "store lost", "password"])
def test_rights_that_are_taken_away_are_gone_with_the_next_request(
    store: Store, user: User, log_in_by: Any, change: str
) -> None:
    client = log_in_by(user)
    assert [ask(client, OWN)[0] for _ in range(3)] == [200] * 3

    {
        "disabled": lambda: update_user(user=user, changes={"status": "SUSPENDED"}, actor=None),
        "role": lambda: update_user(user=user, changes={"role": User.Role.USER}, actor=None),
        "store lost": lambda: revoke_store(membership=Membership.objects.get(user=user), actor=None),
        "password": lambda: set_password(user=user, password="another-pass-9", actor=None),
    }[change]()

    expected = 401
    if log_in_by is by_session and change in ("role", "store lost"):
        expected = {"role": 403, "store lost": 404}[change]
    assert [ask(client, OWN)[0] for _ in range(2)] == [expected] * 2


def test_a_session_that_was_logged_out_reads_nothing_more(store: Store, user: User) -> None:
    client = by_session(user)
    session = client.cookies["sessionid"].value
    assert [ask(client, OWN)[0] for _ in range(3)] == [200] * 3
    client.post("/logout/")

    thief = Client()
    thief.cookies["sessionid"] = session
    assert ask(thief, OWN)[0] == 401


@WAYS
def test_another_account_gets_nothing_of_a_grant(store: Store, user: User, log_in_by: Any) -> None:
    for _ in range(2):
        ask(log_in_by(user), OWN)

    assert ask(log_in_by(a_user(User.Role.STAFF, a_store())), OWN)[0] == 404
    assert ask(Client(), OWN)[0] == 401
    assert ask(Client(headers={"Authorization": "Bearer x"}), OWN)[0] == 401


@WAYS
def test_a_store_that_is_renamed_is_no_longer_there_under_its_old_name(
    store: Store, user: User, log_in_by: Any
) -> None:
    client = log_in_by(user)
    ask(client, OWN), ask(client, OWN)
    update_store(store=store, changes={"slug": "renamed"}, actor=None)

    assert [ask(client, OWN)[0] for _ in range(2)] == [404, 404]


@WAYS
def test_a_second_store_makes_the_request_without_one_ambiguous(store: Store, user: User, log_in_by: Any) -> None:
    client = log_in_by(user)
    assert [ask(client, METRICS)[0] for _ in range(2)] == [200, 200]
    grant_store(user=user, store=a_store(), actor=None)

    assert ask(client if log_in_by is by_session else log_in_by(User.objects.get(pk=user.pk)), METRICS)[0] == 400


@WAYS
def test_an_order_is_seen_by_the_next_request(store: Store, user: User, log_in_by: Any) -> None:
    client = log_in_by(user)
    ask(client, OWN), ask(client, OWN)
    an_order(store)

    assert json.loads(client.get(OWN).content)["data"]["totalOrders"] == 1


@WAYS
def test_refreshing_always_takes_the_long_way(store: Store, log_in_by: Any) -> None:
    client = log_in_by(a_user(User.Role.ADMIN))

    assert [client.get(f"{OWN}&refresh=true")["X-Cache"] for _ in range(3)] == ["MISS"] * 3


def test_requests_the_short_way_count_against_the_accounts_limit(store: Store, user: User, settings: Any) -> None:
    settings.DEALPORT_ACCOUNT_REQUESTS = 4
    client = by_token(user)

    assert [ask(client, OWN)[0] for _ in range(6)] == [200, 200, 200, 200, 429, 429]


@pytest.fixture
def still() -> Iterator[None]:
    """Let no minute end."""
    with time_machine.travel(timezone.now().replace(second=30), tick=False):
        yield


@WAYS
@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_the_figures_is_told_so_without_their_being_read(
    store: Store, user: User, address: str, log_in_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in_by(user)
    first = client.get(address)
    client.get(address)
    monkeypatch.setattr(cache, "_unpacked", lambda value: pytest.fail("the value was read"))
    with CaptureQueriesContext(connection) as captured:
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    monkeypatch.undo()
    an_order(store, paid=True)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["X-Cache"], len(captured)) == (304, b"", "HIT", 0)
    assert (again["ETag"], again["X-As-Of"]) == (first["ETag"], first["X-As-Of"])
    is_weekly = "weekly" in address  # what was placed in the minute that runs is not in it yet
    assert (changed.status_code, changed["X-Cache"]) == (304 if is_weekly else 200, "MISS")


def test_what_has_expired_is_read_anew_also_by_who_has_it(store: Store, user: User) -> None:
    client = by_token(user)
    first = client.get(OWN)
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        soon = client.get(OWN, headers={"If-None-Match": first["ETag"]})
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        late = client.get(OWN, headers={"If-None-Match": first["ETag"]})

    assert (soon.status_code, soon["X-Cache"]) == (304, "HIT")
    assert late["X-Cache"] == "MISS" and late["X-As-Of"] > first["X-As-Of"]
