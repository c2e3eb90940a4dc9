"""No parameter of any page of the admin, whatever it holds, ends in a 5xx.

A parameter of a model's pages gets one of the values, the next model's the next one; THOROUGH=1 tries all with all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customers.models import User
from dealport.kit.admin.filters import FormFilter
from tests.admin_pages import logged_in, page, trade
from tests.builders import a_store, a_user
from tests.thorough import in_turn

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
COMMON = ("q", "p", "o", "all", "e", "_facets", "_to_field", "pk")
VALUES = ("abc", "99999", "9999-12-31 23:59:59-12:00")
WORST = ("a\0b", "9" * 40, "1" * 5_000)
LOOKUPS = ("exact", "isnull")
DATES = ("year", "month", "day", "gte", "lt")


@pytest.fixture
def client() -> Client:
    trade(a_store(), 2)
    browser = logged_in(a_user(User.Role.SUPER_ADMIN))
    browser.raise_request_exception = False
    return browser


def failures(client: Client, addresses: Iterator[str]) -> list[tuple[int, str]]:
    """Return the addresses that were answered with a 5xx, each asked in a transaction of its own."""
    found = []
    for address in addresses:
        with transaction.atomic():
            answer = client.get(address)
            if answer.status_code >= 500:
                found.append((answer.status_code, address[:200]))
            transaction.set_rollback(True)
    return found


def parameters(model: type[Model]) -> Iterator[str]:
    """Yield what a list takes: its filters' own parameters, every lookup on the fields they filter, the common ones."""
    for filters in admin.site._registry[model].list_filter:
        field: Any = filters[0] if isinstance(filters, tuple) else filters
        if isinstance(field, str):
            kinds = DATES if isinstance(filters, tuple) and "Date" in filters[1].__name__ else LOOKUPS
            yield from (f"{field}__{kind}" for kind in kinds)
        elif issubclass(field, FormFilter):
            yield from field.labels
        else:
            yield field.parameter_name
    yield from COMMON


def test_no_parameter_of_a_list_ends_in_a_5xx(client: Client) -> None:
    def addresses() -> Iterator[str]:
        for turn, model in enumerate(MODELS):
            for place, name in enumerate(parameters(model), turn):
                yield from (f"{page(model)}?{urlencode({name: value})}" for value in in_turn(VALUES, place))
            for place, name in enumerate(("q", "p", "after", "before"), turn):
                yield from (f"{page(model)}?{urlencode({name: value})}" for value in in_turn(WORST, place))

    assert failures(client, addresses()) == []


def test_no_combination_of_year_month_and_day_ends_in_a_5xx(client: Client) -> None:
    from orders.models import Order

    dates = [("0", "1", "1"), ("2026", "13", "1"), ("2026", "2", "30"), ("10000", "1", "1"), ("2026", "x", "-1")]
    names = ("placed_at__year", "placed_at__month", "placed_at__day")

    assert failures(client, (f"{page(Order)}?{urlencode(dict(zip(names, when, strict=True)))}" for when in dates)) == []


def test_no_address_of_a_row_and_no_initial_value_ends_in_a_5xx(client: Client) -> None:
    def addresses() -> Iterator[str]:
        for turn, model in enumerate(MODELS):
            for place, kind in enumerate(("change", "history", "delete"), turn):
                for value in in_turn(("a_00b", "9" * 40, "x" * 3_000), place):
                    yield f"{page(model, 'changelist')}{value}/{kind}/"
            fields = [field.name for field in model._meta.fields]
            for value in in_turn(("abc", "9" * 40), turn):
                yield f"{page(model, 'add')}?{urlencode(dict.fromkeys(fields, value))}"

    assert failures(client, addresses()) == []


def test_no_parameter_of_the_other_pages_ends_in_a_5xx(client: Client) -> None:
    def addresses() -> Iterator[str]:
        right = {"app_label": "orders", "model_name": "order", "field_name": "customer", "term": "x", "page": "1"}
        for name in right:
            for value in (*VALUES, *WORST):
                yield f"{reverse('admin:autocomplete')}?{urlencode({**right, name: value})}"
        for value in (*VALUES, *WORST):
            yield f"/admin/?{urlencode({'next': value})}"
            yield f"/admin/login/?{urlencode({'next': value})}"
            yield f"/admin/r/1/{value.replace(chr(0), '%00')}/"

    assert failures(client, addresses()) == []


def test_no_ticked_row_and_no_action_ends_in_a_5xx(client: Client) -> None:
    found = []
    worst = (("x", "1"), ("delete_selected", "abc"), ("\0", "\0"), ("0", "9" * 40), ("confirm_emails", "a"))
    for turn, model in enumerate(MODELS):
        for action, ticked in in_turn(worst, turn):
            with transaction.atomic():
                answer = client.post(page(model), {"action": action, "_selected_action": [ticked], "index": "x"})
                if answer.status_code >= 500:
                    found.append((model._meta.label, action, ticked))
                transaction.set_rollback(True)
    assert found == []
