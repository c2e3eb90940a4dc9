"""Writes of the customers house."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError as ModelError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import ValidationError

from customers.actions import (
    add_credits,
    average,
    confirm_email,
    create_or_update_subscription,
    create_store,
    delete_customer,
    register_customer,
    spend_credits,
    tier_for,
    update_customer,
    update_store,
)
from customers.models import Address, CreditEntry, Customer, Store, Subscription
from dealport.kit.errors import Conflict
from tests.builders import a_customer, a_store, an_order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Base"),
        ("currency", "gbp"),
        ("currency", "POUND"),
        ("slug", "a b"),
        ("slug", "12"),
        ("name", ""),
    ],
)
def test_a_store_with_a_bad_value_is_refused_naming_the_field(field: str, value: str) -> None:
    good = {"slug": "store", "name": "Store", "currency": "GBP", "timezone": "UTC"}
    with pytest.raises(ModelError) as caught:
        create_store(**{**good, field: value}, actor=None)
    assert list(caught.value.message_dict) == [field]
    assert not Store.objects.exists()


def test_currency_and_time_zone_are_settled_by_the_first_order() -> None:
    store = a_store()
    update_store(store=store, changes={"timezone": "Pacific/Auckland", "name": "Kiwi"}, actor=None)
    an_order(store)
    for changes in ({"timezone": "UTC"}, {"currency": "EUR"}):
        with pytest.raises(Conflict, match="cannot change after the first order"):
            update_store(store=store, changes=changes, actor=None)
    store = update_store(store=store, changes={"name": "Renamed", "timezone": "Pacific/Auckland"}, actor=None)
    assert (store.name, store.timezone, store.currency) == ("Renamed", "Pacific/Auckland", "GBP")


def test_an_e_mail_address_is_taken_once_per_store_until_its_customer_is_deleted() -> None:
    store = a_store()
    first = register_customer(store=store, email="Ada@Example.com", actor=None)
    assert first.email == "ada@example.com"
    with pytest.raises(Conflict):
        register_customer(store=store, email="ADA@example.com", actor=None)
    register_customer(store=a_store(), email="ada@example.com", actor=None)
    delete_customer(customer=first, actor=None)
    again = register_customer(store=store, email="ada@example.com", actor=None)
    assert list(Customer.objects.present().filter(store=store)) == [again]


def test_registering_and_changing_ask_the_database_for_no_constraint() -> None:
    store = a_store()
    with CaptureQueriesContext(connection) as captured:
        customer = a_customer(
            store, addresses=[{"kind": "billing", "street": "1 Road", "city": "Hull", "country": "GB"}]
        )
        update_customer(customer=customer, changes={"name": "Ann"}, actor=None)
    assert [query["sql"] for query in captured if "_check" in query["sql"]] == []


def test_several_customers_may_have_no_e_mail_address() -> None:
    store = a_store()
    for _ in range(2):
        register_customer(store=store, actor=None)
    with pytest.raises(Conflict, match="no email address"):
        confirm_email(customer=Customer.objects.earliest("pk"), actor=None)


def test_credits_are_granted_and_spent_down_to_nothing() -> None:
    customer = a_customer(a_store())
    add_credits(customer=customer, amount=D("10.00"), reason="welcome", actor=None)
    spend_credits(customer=customer, amount=D("9.99"), reason="order", actor=None)
    with pytest.raises(Conflict):
        spend_credits(customer=customer, amount=D("0.02"), reason="order", actor=None)
    spend_credits(customer=customer, amount=D("0.01"), reason="order", actor=None)
    customer.refresh_from_db()
    assert customer.credit_balance == D("0.00")
    assert list(CreditEntry.objects.order_by("pk").values_list("amount", "balance_after")) == [
        (D("10.00"), D("10.00")),
        (D("-9.99"), D("0.01")),
        (D("-0.01"), D("0.00")),
    ]


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "NaN"])
def test_a_bad_amount_of_credits_is_refused(amount: str) -> None:
    customer = a_customer(a_store())
    for action in (add_credits, spend_credits):
        with pytest.raises(ValidationError) as caught:
            action(customer=customer, amount=D(amount), reason="x", actor=None)
        assert list(caught.value.detail) == ["amount"]
    assert not CreditEntry.objects.exists()


def test_a_customer_has_one_subscription_that_changes() -> None:
    customer = a_customer(a_store())
    for plan, status in (("Basic", "active"), ("Pro", "canceled")):
        create_or_update_subscription(
            customer=customer,
            plan=plan,
            status=status,
            current_period_end=datetime(2026, 12, 1, tzinfo=UTC),
            monthly_amount=D("9.00"),
            actor=None,
        )
    (subscription,) = Subscription.objects.all()
    assert (subscription.plan, subscription.status, subscription.store_id) == ("Pro", "canceled", customer.store_id)
    with pytest.raises(ModelError) as caught:
        create_or_update_subscription(
            customer=customer,
            plan="Pro",
            status="sleeping",
            current_period_end=datetime(2026, 12, 1, tzinfo=UTC),
            monthly_amount=D("-1.00"),
            actor=None,
        )
    assert "status" in caught.value.message_dict
    with pytest.raises(ValidationError) as refused:
        create_or_update_subscription(
            customer=customer,
            plan="Pro",
            status="active",
            current_period_end=datetime(2026, 12, 1, tzinfo=UTC),
            monthly_amount=D("9.001"),
            actor=None,
        )
    assert list(refused.value.detail) == ["monthlyAmount"]
    assert Subscription.objects.get().status == "canceled"


def test_a_customer_has_one_default_address_of_a_kind() -> None:
    customer = a_customer(a_store())
    place = {"customer": customer, "street": "1 High St", "city": "York", "country": "GB"}
    Address.objects.create(**place, is_default=True)
    Address.objects.create(**place, is_default=True, kind="billing")
    Address.objects.create(**place)
    with pytest.raises(IntegrityError, match="one_default_per_kind"), transaction.atomic():
        Address.objects.create(**place, is_default=True)


@pytest.mark.parametrize(
    ("spent", "tier"),
    [("0.00", "bronze"), ("499.99", "bronze"), ("500.00", "silver"), ("2000.00", "gold"), ("10000.00", "platinum")],
)
def test_the_tier_follows_lifetime_spend(spent: str, tier: str) -> None:
    assert tier_for(D(spent)) == tier


@pytest.mark.parametrize(
    ("total", "count", "unit", "expected"),
    [
        ("0.05", 2, "0.01", "0.03"),
        ("10.00", 3, "0.01", "3.33"),
        ("0.025", 2, "0.001", "0.013"),
        ("10.00", 3, "0.001", "3.333"),
        ("5.00", 2, "1", "3.00"),
        ("10.00", 3, "1", "3.00"),
        ("1.00", 0, "0.01", "0.00"),
        ("-10.00", -1, "0.01", "0.00"),
    ],
)
def test_an_average_is_rounded_half_up_to_the_unit_and_nothing_without_orders(
    total: str, count: int, unit: str, expected: str
) -> None:
    assert str(average(D(total), count, D(unit))) == expected
