"""A dangerous configuration is refused by system checks with stable ids."""

import pytest
import redis
from django.conf import settings as real_settings
from django.core.checks import CheckMessage
from django.db import connection
from pytest_django import Settings

from dealport import checks

STRONG = "Zk3qv9XwT1mB7cYh5LdRfN2sPgJ8uEaV4oQiKtC6xWyHnMbA0lSr-zFpUeDj"


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.PRODUCTION = True
    settings.DEALPORT_TESTING = settings.DEALPORT_DEMO = settings.DEBUG = False
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    return settings


@pytest.mark.parametrize(
    ("key", "expected"),
    [(STRONG, []), (STRONG[:49], ["dealport.E002"]), ("ab" * 40, ["dealport.E002"])],
)
def test_production_needs_a_long_varied_secret_key(production: Settings, key: str, expected: list[str]) -> None:
    production.SECRET_KEY = key

    assert ids(checks.check_secret_key()) == expected


def test_a_short_secret_key_is_fine_outside_production(settings: Settings) -> None:
    settings.PRODUCTION = False
    settings.SECRET_KEY = "short"

    assert checks.check_secret_key() == []


@pytest.mark.parametrize(
    ("hosts", "debug", "demo", "password", "expected"),
    [
        (["shop.example.com"], False, False, "admin123", []),
        (["shop.example.com"], True, False, "admin123", ["dealport.E004"]),
        (["shop.example.com"], False, True, "admin123", ["dealport.E005"]),
        (["shop.example.com"], False, True, "changed", []),
        (["*"], True, True, "admin123", ["dealport.E004", "dealport.E005"]),
        (["localhost", "127.0.0.1"], True, True, "admin123", []),
        ([], False, False, "admin123", ["dealport.E003"]),
    ],
)
def test_debug_and_demo_passwords_are_refused_under_a_public_name(
    production: Settings, hosts: list[str], debug: bool, demo: bool, password: str, expected: list[str]
) -> None:
    production.ALLOWED_HOSTS = hosts
    production.DEBUG, production.DEALPORT_DEMO = debug, demo
    production.DEALPORT_DEMO_PASSWORD = password

    assert ids(checks.check_public_host()) == expected


def test_a_task_must_end_before_the_queue_hands_it_out_again(settings: Settings) -> None:
    assert checks.check_task_times() == []

    settings.CELERY_TASK_TIME_LIMIT = 3600

    assert ids(checks.check_task_times()) == ["dealport.E007"]


@pytest.mark.django_db
def test_a_database_that_may_lose_data_is_refused_outside_tests(production: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    found = checks.check_database(databases=["default"])

    assert ids(found) == ["dealport.E008"]
    assert "synchronous_commit" in found[0].msg


@pytest.mark.django_db
def test_tests_may_run_on_a_database_without_durability() -> None:
    assert checks.check_database(databases=["default"]) == []


def test_checks_without_a_database_ask_none() -> None:
    assert checks.check_database(databases=None) == []
    assert checks.check_eviction(databases=None) == []


def test_a_queue_that_evicts_keys_is_refused() -> None:
    client = redis.Redis.from_url(real_settings.REDIS_URL)
    assert checks.check_eviction(databases=["default"]) == []
    try:
        client.config_set("maxmemory-policy", "allkeys-lru")

        assert ids(checks.check_eviction(databases=["default"])) == ["dealport.E009"]
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.close()


def test_a_queue_that_is_away_is_not_a_wrong_configuration(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert checks.check_eviction(databases=["default"]) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://office.example.com", []),
        ("http://127.0.0.1:8000", []),
        ("https://*", ["dealport.W003"]),
        ("https://.example.com", ["dealport.W003"]),
        ("https://", ["dealport.W003"]),
    ],
)
def test_links_in_mails_need_the_name_of_one_host(settings: Settings, address: str, expected: list[str]) -> None:
    settings.DEALPORT_URL = address

    assert ids(checks.check_address()) == expected
