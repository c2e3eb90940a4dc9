"""Request limits: atomic, per account or address, and open when Redis is away."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from customers.models import User
from customers.tokens import access_token
from dealport.addresses import client_address
from dealport.environment import Environment
from dealport.kit.rest import throttling
from tests.builders import a_user

pytestmark = pytest.mark.django_db(transaction=True)
ME = "/api/v1/auth/me"


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token(user)}"}


def test_strangers_are_limited_by_address_and_told_when_to_come_back(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 3
    answers = [Client().get(ME) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].json()["code"] == "RATE_LIMITED"
    assert 0 < int(answers[3]["Retry-After"]) <= 900
    assert Client().get(ME, REMOTE_ADDR="192.0.2.7").status_code == 401


def test_accounts_have_their_own_generous_limit(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 1
    settings.DEALPORT_ACCOUNT_REQUESTS = 3
    one, other = bearer(a_user()), bearer(a_user())
    assert [Client().get(ME, headers=one).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert Client().get(ME, headers=other).status_code == 200


def test_parallel_requests_cannot_pass_the_limit(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 5
    statuses: list[int] = []

    def ask() -> None:
        try:
            statuses.append(Client().get(ME).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 5 + [429] * 25


def test_a_forged_header_is_not_an_address(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 2
    statuses = [Client().get(ME, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert statuses == [401, 401, 429]


def test_a_trusted_proxy_names_the_client(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 1
    settings.TRUSTED_PROXIES = Environment({"P": "127.0.0.1,10.0.0.0/8"}).networks("P")
    for chain, status in (("192.0.2.1", 401), ("192.0.2.2, 10.1.2.3", 401), ("9.9.9.9, 192.0.2.1", 429)):
        assert Client().get(ME, headers={"X-Forwarded-For": chain}).status_code == status


def test_the_address_is_the_last_one_no_trusted_proxy_wrote() -> None:
    trusted = Environment({"P": "10.0.0.0/8,::1"}).networks("P")
    for peer, chain, expected in (
        ("192.0.2.1", ["1.1.1.1"], "192.0.2.1"),
        ("10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6", " 1.1.1.1", "10.0.0.2 "], "1.1.1.1"),
        ("::1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", ["10.0.0.9", "10.0.0.2"], "10.0.0.9"),
        ("10.0.0.1", ["1.1.1.1", "unknown"], "10.0.0.1"),
        ("10.0.0.1", ["<script>"], "10.0.0.1"),
    ):
        assert client_address(peer, list(chain), trusted) == expected


def test_without_redis_reads_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    user = a_user()

    def away() -> Any:
        raise RedisConnectionError("away")

    monkeypatch.setattr(throttling, "get_redis_connection", away)
    assert Client().get(ME, headers=bearer(user)).status_code == 200
