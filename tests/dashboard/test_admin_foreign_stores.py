"""Staff see and touch the rows of their own stores alone: lists, pages, choices, filters, actions."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.contrib import admin
from django.core import serializers
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customers.access import visible
from customers.models import Address, Customer, Membership, Store, Subscription, User
from orders.models import Category, Coupon, Order, Product
from tests.admin_pages import logged_in, page, trade
from tests.builders import a_customer, a_store, a_user
from tests.dashboard.test_admin_every_model import MODELS

pytestmark = pytest.mark.django_db

CACHES = {"DashboardCache", "StaleScope", "ScopeVersion", "DailyActivity", "MinuteActivity", "ActivityBatch"}
TECHNICAL = {"IdempotencyRecord", "RefreshToken", "StaleAccount", "FoldTotals", "VerificationRun"} | CACHES
TECHNICAL |= {"BrowserSession", "PasswordLink", "SecondFactor", "RecoveryCode"}
TAKEN_AWAY = {"ExportJob", "ScheduledExport", "ScheduleMail", "SavedQuery", "SavedView", "QueryRun"}
TAKEN_AWAY |= {"NotificationChoice", "Trouble"}
TAKEN_AWAY |= {"Recalculation", "MetricsComparison"}
ADMINS_ONLY = {"User", "Store", "Membership"} | TECHNICAL | TAKEN_AWAY
OWNED = [model for model in MODELS if model.__name__ not in ADMINS_ONLY]
WRITTEN = [Customer, Address, Subscription, Category, Product, Coupon, Order]


class Two:
    """Two stores that have traded, and staff of the first."""

    def __init__(self) -> None:
        self.own, self.foreign = a_store(name="Ours"), a_store(name="Theirs")
        trade(self.own, 2)
        trade(self.foreign, 2)
        a_customer(self.own)  # waits in the ledger
        self.staff = a_user(User.Role.STAFF, self.own)
        self.client = Client()


@pytest.fixture(scope="module")
def built(module_rows: None) -> Two:
    return Two()


@pytest.fixture
def two(built: Two) -> Two:
    found = deepcopy(built)
    found.client = logged_in(found.staff)
    return found


def path_of(model: type[Model]) -> str:
    return admin.site.get_model_admin(model).store_path


def rows_of(model: type[Model], store: Store) -> set[Any]:
    return set(model._default_manager.filter(**{path_of(model): store.pk}).values_list("pk", flat=True))


def kept_of(model: type[Model], store: Store) -> set[Any]:
    """Return the rows that were not deleted: a merged customer is, and leaves the lists."""
    if not hasattr(model, "deleted_at"):
        return rows_of(model, store)
    rows = model._default_manager.filter(**{path_of(model): store.pk, "deleted_at": None})
    return set(rows.values_list("pk", flat=True))


def shown(client: Client, address: str) -> set[Any]:
    return {row.pk for row in client.get(address).context["cl"].queryset}


def everything() -> str:
    """Return the content of every table of the houses."""
    return serializers.serialize("json", [row for model in MODELS for row in model._default_manager.order_by("pk")])


def test_lists_show_own_rows_alone_also_when_asked_for_others(two: Two) -> None:
    for model in OWNED:
        own, foreign = rows_of(model, two.own), rows_of(model, two.foreign)
        assert own, model
        assert foreign, model
        assert shown(two.client, page(model)) == kept_of(model, two.own)
        if hasattr(model, "deleted_at"):
            assert shown(two.client, f"{page(model)}?deleted=all") == own
        assert shown(two.client, f"{page(model)}?in_store={two.foreign.pk}") == set()
        one = next(iter(foreign))
        assert shown(two.client, f"{page(model)}?{model._meta.pk.name}__exact={one}") == set()


def test_searches_find_own_rows_alone(two: Two) -> None:
    for model, term in [
        (Order, "ORD-"),
        (Order, "Theirs"),
        (Customer, "Theirs"),
        (Product, "Product"),
        (Coupon, "TEN"),
    ]:
        found = shown(two.client, f"{page(model)}?q={term}")
        assert found <= rows_of(model, two.own)
        assert bool(found) == (term != "Theirs")


def test_pages_of_foreign_rows_do_not_exist_and_posting_to_them_changes_nothing(two: Two) -> None:
    before = everything()
    for model in OWNED:
        for pk in rows_of(model, two.foreign):
            for kind in ("change", "delete", "history"):
                address = page(model, kind, pk)
                for answer in (two.client.get(address), two.client.post(address, {"post": "yes", "name": "Mine"})):
                    assert answer.status_code in (302, 403, 404)
                    assert answer.headers.get("Location", reverse("admin:index")) == reverse("admin:index")
    assert everything() == before


def test_steps_refunds_and_actions_on_foreign_rows_change_nothing(two: Two) -> None:
    before = everything()
    for pk in rows_of(Order, two.foreign):
        for step in ("pay", "ship", "cancel", "refund"):
            assert two.client.post(reverse("admin:orders_order_step", args=[pk, step])).status_code == 404
        for answer in (
            two.client.get(reverse("admin:orders_order_refund", args=[pk])),
            two.client.post(reverse("admin:orders_order_refund", args=[pk]), {"what": "everything", "version": "2"}),
        ):
            assert answer.status_code == 404
    for model, names in {
        Order: ["mark_paid", "ship", "deliver", "cancel", "refund"],
        Customer: ["confirm_emails", "grant_credits", "delete_selected"],
        Product: ["delete_selected"],
        Category: ["delete_selected"],
        Coupon: ["delete_selected"],
        Address: ["delete_selected"],
    }.items():
        for name in names:
            ticked = {
                "_selected_action": list(rows_of(model, two.foreign)),
                "post": "yes",
                "amount": "5",
                "reason": "x",
            }
            assert two.client.post(page(model), {"action": name, **ticked}).status_code == 302
    assert everything() == before


def test_filters_and_choices_offer_own_stores_and_rows_alone(two: Two) -> None:
    third = a_store(name="Ours too")
    Membership.objects.create(user=two.staff, store=third)
    for model in OWNED:
        answer = two.client.get(page(model))
        offered = {
            choice["display"]
            for spec in answer.context["cl"].filter_specs
            if getattr(spec, "parameter_name", "") == "in_store"
            for choice in spec.choices(answer.context["cl"])
        }
        assert offered == {"All", "Ours", "Ours too"}
        assert "Theirs" not in answer.content.decode()
    for model in WRITTEN:
        if model is Order:
            continue
        form = two.client.get(page(model, "add")).context["adminform"].form
        for name, field in form.fields.items():
            if hasattr(field, "queryset"):
                related = field.queryset.model
                path = "pk" if related is Store else "store"
                assert not visible(field.queryset, two.staff, path=path).query.is_empty()
                assert two.foreign.pk not in field.queryset.values_list(path, flat=True), (model, name)


@pytest.mark.parametrize(("model", "field"), [(Product, "category"), (Subscription, "customer"), (Address, "customer")])
def test_autocomplete_offers_own_rows_alone(two: Two, model: type[Model], field: str) -> None:
    related = model._meta.get_field(field).related_model
    query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    for term in ("", "Shelf", "c", "Theirs"):
        answer = two.client.get(reverse("admin:autocomplete"), {**query, "term": term})
        assert answer.status_code == 200
        assert {int(row["id"]) for row in answer.json()["results"]} <= rows_of(related, two.own)
    everyone = two.client.get(reverse("admin:autocomplete"), {**query, "term": ""}).json()["results"]
    assert len(everyone) == len(kept_of(related, two.own))


def test_autocomplete_of_accounts_is_for_admins(two: Two) -> None:
    query = {"app_label": "customers", "model_name": "membership", "field_name": "user", "term": ""}
    assert two.client.get(reverse("admin:autocomplete"), query).status_code == 403


def test_rows_for_a_foreign_store_are_refused(two: Two) -> None:
    before = everything()
    theirs = Customer.objects.filter(store=two.foreign, deleted_at=None).latest("pk")
    period = {"current_period_end_0": "2030-01-01", "current_period_end_1": "00:00:00"}
    subscription = {"plan": "X", "status": "active", "monthly_amount": "1", **period}
    product = {"name": "X", "price": "1", "status": "ACTIVE", "low_stock_threshold": "5"}
    coupon = {"code": "X", "kind": "fixed", "value": "1", "minimum_subtotal": "0"}
    forms: list[tuple[type[Model], str, dict[str, Any]]] = [
        (Customer, "store", {"store": two.foreign.pk, "name": "X", "email": "x@example.com"}),
        (Category, "store", {"store": two.foreign.pk, "name": "X", "slug": "x", "sort_order": "0"}),
        (Product, "store", {"store": two.foreign.pk, **product}),
        (Coupon, "store", {"store": two.foreign.pk, **coupon}),
        (Address, "customer", {"customer": theirs.pk, "kind": "billing", "street": "X", "city": "X", "country": "GB"}),
        (Subscription, "customer", {"customer": theirs.pk, **subscription}),
    ]
    for model, field, data in forms:
        answer = two.client.post(page(model, "add"), data)
        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == [field]
    assert everything() == before


def test_what_is_for_admins_is_closed_to_staff(two: Two) -> None:
    index = two.client.get(reverse("admin:index")).content.decode()
    for model in MODELS:
        if model.__name__ in ADMINS_ONLY:
            assert two.client.get(page(model)).status_code == 403
            assert page(model) not in index
    assert two.client.get("/admin/django_celery_beat/periodictask/").status_code == 403


def test_admins_see_all_stores_but_nothing_technical(two: Two) -> None:
    client = logged_in(a_user(User.Role.ADMIN))
    assert shown(client, page(Order)) == rows_of(Order, two.own) | rows_of(Order, two.foreign)
    closed = {model.__name__ for model in MODELS if client.get(page(model)).status_code == 403}
    assert closed == TECHNICAL | TAKEN_AWAY
    assert client.get("/admin/django_celery_beat/periodictask/").status_code == 403


def test_staff_without_a_store_and_people_without_a_role_see_nothing(two: Two) -> None:
    idle = logged_in(a_user(User.Role.STAFF))
    for model in OWNED:
        assert shown(idle, page(model)) == set()
    for user in (a_user(User.Role.USER, two.own), a_user(User.Role.STAFF, two.own, status="SUSPENDED")):
        assert logged_in(user).get(page(Order)).status_code == 302
