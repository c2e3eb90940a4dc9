"""A customer without an email address is found by phone, from an index: stores have two hundred thousand of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from orders.models import Order
from orders.sources.description import SourceLine, SourceOrder
from orders.sources.single import apply_source_order
from tests.builders import a_customer, a_store

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def stated(name: str, phone: str) -> SourceOrder:
    return SourceOrder(
        source="erp",
        external_id=name,
        name=name,
        placed_at=AT,
        currency="GBP",
        updated_at=AT,
        phone=phone,
        lines=(SourceLine("Mug", D(10), 1, "MUG"),),
    )


def test_the_spelling_of_a_phone_number_does_not_matter_and_the_first_customer_of_it_is_taken() -> None:
    store = a_store()
    first, second, other = (
        a_customer(store, email="", phone=phone) for phone in ("+44 (20) 7946-0001", "+442079460001", "02079460001")
    )
    apply_source_order(store, stated("1", "+44 20 7946 0001"), now=AT)
    apply_source_order(store, stated("2", "020 7946 0001"), now=AT)
    apply_source_order(store, stated("3", "020 7946 0002"), now=AT)
    buyers = dict(Order.objects.values_list("number", "customer"))
    assert (buyers["1"], buyers["2"]) == (first.pk, other.pk)
    assert Customer.objects.exclude(pk__in=[first.pk, second.pk, other.pk]).get().phone == "020 7946 0002"


def test_the_plan_uses_the_index() -> None:
    store = a_store()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (store_id, email, name, phone, total_orders, completed_orders, total_spent,"
            " average_order_value, tier, credit_balance, created_at, accepts_marketing)"
            " SELECT %s, '', 'Ada', '+44 ' || number, 0, 0, 0, 0, 'BRONZE', 0, now(), false"
            " FROM generate_series(1, 3000) AS number",
            [store.pk],
        )
        cursor.execute("ANALYZE customers_customer")
        with CaptureQueriesContext(connection) as queries:
            apply_source_order(store, stated("1", "+44 (1500)"), now=AT)
        (looked_up,) = [query["sql"] for query in queries if "regexp_replace" in query["sql"]]
        cursor.execute(f"EXPLAIN {looked_up}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "customers_by_phone" in plan, plan
    assert Order.objects.get().customer.phone == "+44 1500"
