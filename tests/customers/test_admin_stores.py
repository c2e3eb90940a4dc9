"""Stores in the admin."""

from __future__ import annotations

import re
from typing import Any

import pytest

from customers.models import Store, User
from tests.admin_pages import logged_in, page
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def store_form(**fields: Any) -> dict[str, Any]:
    return {"slug": "store", "name": "Store", "currency": "GBP", "timezone": "UTC", "is_active": "on"} | fields


def test_an_admin_creates_and_changes_a_store() -> None:
    client = logged_in(a_user(User.Role.ADMIN))
    assert client.post(page(Store, "add"), store_form()).status_code == 302
    store = Store.objects.get()
    changed = store_form(name="Corner store", currency="EUR", timezone="Europe/Paris", is_active="")
    assert client.post(page(Store, "change", store.pk), changed).status_code == 302
    store.refresh_from_db()
    assert (store.name, store.currency, store.timezone, store.is_active) == (
        "Corner store",
        "EUR",
        "Europe/Paris",
        False,
    )
    # the action that created it made what belongs to a store
    reopened = store_form(name="Corner store", currency="EUR", timezone="Europe/Paris")
    assert client.post(page(Store, "change", store.pk), reopened).status_code == 302
    assert re.fullmatch(r"ORD-\d{8}-\d{4}", an_order(Store.objects.get()).number)


@pytest.mark.parametrize(("field", "value"), [("currency", "EUR"), ("timezone", "Europe/Paris")])
def test_currency_and_zone_stay_after_the_first_order(field: str, value: str) -> None:
    client = logged_in(a_user(User.Role.ADMIN))
    store = a_store()
    an_order(store)
    form = store_form(slug=store.slug, name="Renamed", currency="GBP", timezone="Europe/London") | {field: value}
    answer = client.post(page(Store, "change", store.pk), form)
    assert answer.status_code == 200
    assert f"Keep the {field}: it cannot change after the first order." in answer.content.decode()
    assert Store.objects.values("name", field).get() == {"name": store.name, field: getattr(store, field)}


@pytest.mark.parametrize(("field", "value"), [("timezone", "Mars/Base"), ("currency", "gbp"), ("slug", "a b")])
def test_a_bad_value_is_refused_on_its_field(field: str, value: str) -> None:
    answer = logged_in(a_user(User.Role.ADMIN)).post(page(Store, "add"), store_form(**{field: value}))
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Store.objects.exists()


def test_the_webhook_secret_is_shown_once_to_super_admins_when_it_is_made() -> None:
    store = a_store()
    for role in (User.Role.ADMIN, User.Role.SUPER_ADMIN):
        client, before = logged_in(a_user(role)), Store.objects.get(pk=store.pk).webhook_secret
        assert before not in client.get(page(Store, "change", store.pk)).content.decode()
        action = {"action": "rotate_secret", "_selected_action": [store.pk]}
        shown = client.post(page(Store), action, follow=True).content.decode()
        after = Store.objects.get(pk=store.pk).webhook_secret
        assert (after != before, after in shown) == ((True, True) if role == User.Role.SUPER_ADMIN else (False, False))
        assert after not in client.get(page(Store)).content.decode()


def test_stores_are_not_deleted() -> None:
    store = a_store()
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    assert client.post(page(Store, "delete", store.pk), {"post": "yes"}).status_code == 403
    assert Store.objects.filter(pk=store.pk).exists()


def test_the_page_of_a_store_says_where_payments_are_reported_and_when_it_was_made() -> None:
    store = a_store(slug="tea", timezone="America/Sao_Paulo")
    text = logged_in(a_user(User.Role.ADMIN)).get(page(Store, "change", store.pk)).content.decode()
    assert "/api/v1/payments/webhook/tea, signed with a secret." in text
    assert store.webhook_secret not in text
    assert re.search(r"\d{4}, \d\d:\d\d UTC-03<", text)
