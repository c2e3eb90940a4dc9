"""One address, one account, one count of failures, whatever spelling it comes in."""

from __future__ import annotations

import sys
import unicodedata
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from rest_framework.exceptions import APIException

from customers.actions import create_store, create_user, register_customer, update_customer, update_store
from customers.migrations import __path__ as MIGRATIONS
from customers.models import Customer, Store, User
from customers.search import search_customers
from dealport.kit.emails import MOST_CHARACTERS, fold_email
from tests.builders import a_customer, a_store, a_user

pytestmark = pytest.mark.django_db
LOGIN = "/api/v1/auth/login"
SPELLINGS = [
    "KRISTIN.MOSS@example.com",
    " kristin.moss@EXAMPLE.com",
    "kristin.moſs@example.com",
    "\u212aristin.moss@example.com",
    "kristin.moss@ｅｘａｍｐｌｅ.com",
]


def log_in(email: str, password: str) -> int:
    content = {"email": email, "password": password}
    return Client().post(LOGIN, content, content_type="application/json").status_code


def test_every_spelling_counts_against_the_same_limit() -> None:
    a_user(email="kristin.moss@example.com")

    assert [log_in(spelling, "wrong") for spelling in SPELLINGS] == [401] * 5
    assert [log_in(spelling, "secret-pass-1") for spelling in SPELLINGS] == [429] * 5


def test_every_spelling_finds_the_account() -> None:
    a_user(email="kristin.moss@example.com")

    assert [log_in(spelling, "secret-pass-1") for spelling in SPELLINGS] == [200] * 5
    for spelling in SPELLINGS:
        page = Client().post("/login/", {"username": spelling, "password": "secret-pass-1"})
        assert page.status_code == 302, spelling


def test_another_letter_is_another_address() -> None:
    a_user(email="kristin.moss@example.com")

    assert log_in("krıstin.moss@example.com", "secret-pass-1") == 401  # a dotless ı


def test_folding_twice_is_folding_once() -> None:
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        if unicodedata.category(sign) != "Cs":
            assert fold_email(fold_email(f"a{sign}b")) == fold_email(f"a{sign}b"), hex(code)


def test_what_is_too_long_for_an_address_is_left_alone() -> None:
    assert fold_email("A" * (MOST_CHARACTERS + 1)) == "A" * (MOST_CHARACTERS + 1)


def test_a_second_account_or_customer_with_an_address_in_another_spelling_is_refused() -> None:
    create_user(email="Kristin.Moſs@Example.com", password="a-long-password-3", actor=None)
    store = a_store()
    register_customer(store=store, email="Kristin.Moſs@Example.com", actor=None)
    other = a_customer(store, email="other@example.com")

    assert [*User.objects.values_list("email", flat=True)] == ["kristin.moss@example.com"]
    for spelling in SPELLINGS:
        with pytest.raises((ValidationError, APIException)):
            create_user(email=spelling, password="a-long-password-3", actor=None)
        with pytest.raises((ValidationError, APIException)):
            register_customer(store=store, email=spelling, actor=None)
        with pytest.raises((ValidationError, APIException)):
            update_customer(customer=other, changes={"email": spelling}, actor=None)
    assert sorted(Customer.objects.values_list("email", flat=True)) == ["kristin.moss@example.com", "other@example.com"]


def test_rows_are_looked_up_and_stored_folded_also_past_the_actions() -> None:
    customer = Customer.objects.create(store=a_store(), email="ANN@Example.com")

    assert customer.email == "ann@example.com"
    assert Customer.objects.get(email="aNN@example.COM") == customer
    assert search_customers(Customer.objects.present(), "ANN@ex").get() == customer


def test_addresses_that_were_stored_before_are_folded() -> None:
    import importlib

    migration = importlib.import_module("customers.migrations.0008_folded_emails")
    user, store = a_user(email="x1@example.com"), a_store()
    first, later = a_customer(store, email="x2@example.com"), a_customer(store, email="x3@example.com")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_user SET email = 'moſs@example.com' WHERE id = %s", [user.pk])
        cursor.execute("UPDATE customers_customer SET email = 'moſs@example.com' WHERE id = %s", [first.pk])
        cursor.execute("UPDATE customers_customer SET email = 'ﬁn@example.com' WHERE id = %s", [later.pk])
    a_customer(store, email="fin@example.com")
    with connection.schema_editor() as editor:
        migration.fold_accounts(apps, editor)
        migration.fold_customers(apps, editor)
    for row in (user, first, later):
        row.refresh_from_db()

    assert MIGRATIONS
    assert (user.email, first.email, later.email) == ("moss@example.com", "moss@example.com", "ﬁn@example.com")


def test_two_accounts_that_become_one_stop_the_migration_with_both_named() -> None:
    import importlib

    migration = importlib.import_module("customers.migrations.0008_folded_emails")
    a_user(email="moss@example.com")
    twin = a_user(email="x4@example.com")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_user SET email = 'moſs@example.com' WHERE id = %s", [twin.pk])
    with connection.schema_editor() as editor, pytest.raises(RuntimeError, match=f"Account {twin.pk} has"):
        migration.fold_accounts(apps, editor)


@pytest.mark.parametrize("password", ["abc", "12345678901", "password", "root@example.com"])
def test_the_first_super_admin_gets_no_weak_password_without_questions_either(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    if password == "12345678901":
        password = "qwertyuiop"
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)

    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, email="root@example.com", stdout=StringIO())
    assert not User.objects.exists()


def test_a_good_password_makes_the_first_super_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "wide-river-stone-4")
    call_command("createsuperuser", interactive=False, email="Root@example.com", stdout=StringIO())

    assert User.objects.get().email == "root@example.com"
    assert log_in("root@example.com", "wide-river-stone-4") == 200


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "ABC", "eur", "EU", "", "EUR\n", "DEM"])
def test_a_store_has_a_currency_in_use(code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_store(slug="new", name="New", currency=code, timezone="UTC", actor=None)
    assert list(refused.value.message_dict) == ["currency"]


def test_a_store_whose_currency_was_withdrawn_can_still_be_changed() -> None:
    store = a_store()
    Store.objects.filter(pk=store.pk).update(currency="HRK")

    assert update_store(store=store, changes={"name": "Renamed"}, actor=None).name == "Renamed"
    with pytest.raises(ValidationError):
        update_store(store=store, changes={"currency": "XXX"}, actor=None)


def spray(count: int, ask: Any) -> list[int]:
    return [ask(f"person-{number}@example.com") for number in range(count)]


@pytest.mark.parametrize("way", ["api", "page"])
def test_one_password_for_many_accounts_ends_at_the_limit_of_the_address(way: str, settings: Any) -> None:
    settings.DEALPORT_ADDRESS_LOGIN_FAILURES = 7
    user = a_user(email="in@example.com")

    def ask(email: str, password: str = "Spring2026!", address: str = "198.51.100.7") -> int:
        if way == "api":
            content = {"email": email, "password": password}
            return Client(REMOTE_ADDR=address).post(LOGIN, content, content_type="application/json").status_code
        page = Client(REMOTE_ADDR=address).post("/login/", {"username": email, "password": password})
        return page.status_code

    assert spray(9, ask) == [401 if way == "api" else 200] * 7 + [429] * 2
    assert ask(user.email, "secret-pass-1") == 429
    assert ask(user.email, "secret-pass-1", "198.51.100.8") == (200 if way == "api" else 302)


def test_right_passwords_and_a_locked_account_leave_the_address_its_tries(settings: Any) -> None:
    settings.DEALPORT_ADDRESS_LOGIN_FAILURES = 7
    user = a_user(email="in@example.com")

    assert [log_in(user.email, "secret-pass-1") for _ in range(9)] == [200] * 9
    assert [log_in("other@example.com", "wrong") for _ in range(9)] == [401] * 5 + [429] * 4
    assert log_in(user.email, "secret-pass-1") == 200


def test_the_login_page_says_when_to_come_back(settings: Any) -> None:
    settings.DEALPORT_LOGIN_FAILURES = 1
    content = {"username": "in@example.com", "password": "wrong"}
    pages = [Client().post("/login/", content) for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 429]
    assert 0 < int(pages[1]["Retry-After"]) <= 900
    assert "Too many failed logins. Try again in 15 min." in pages[1].content.decode()


def test_requests_to_the_login_page_count_as_those_to_the_api(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 3
    a_user(email="in@example.com")
    content = {"username": "in@example.com", "password": "secret-pass-1"}
    pages = [Client().post("/login/", content) for _ in range(4)]

    assert [page.status_code for page in pages] == [302, 302, 302, 429]
    assert "Too many requests. Try again in 15 min." in pages[3].content.decode()
    assert log_in("in@example.com", "secret-pass-1") == 429


def test_the_old_password_is_not_guessed_in_the_admin_either(settings: Any) -> None:
    settings.DEALPORT_LOGIN_FAILURES = 3
    user = a_user("staff", a_store())
    client = Client()
    client.force_login(user)

    def change(old: str) -> str:
        new = {"new_password1": "wide-river-stone-4", "new_password2": "wide-river-stone-4"}
        return client.post("/admin/password_change/", {"old_password": old, **new}).content.decode()

    for guess in ("a", "b", "c"):
        assert "Your old password was entered incorrectly" in change(guess)
    assert "Too many failed logins." in change("secret-pass-1")
    user.refresh_from_db()
    assert user.check_password("secret-pass-1")
