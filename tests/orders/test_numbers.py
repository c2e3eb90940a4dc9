"""What columns of amounts take: no NaN, which every sum it enters would be for good, and three decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from dealport.kit.fields import MoneyField, SumField
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, an_order

pytestmark = pytest.mark.django_db


def numeric_columns() -> list[tuple[str, str]]:
    """Return table and column of every number with a fraction that our models have, as the database knows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND table_name ~ '^(customers|orders|dashboard|reports)_'"
            " AND data_type IN ('numeric', 'real', 'double precision') ORDER BY 1, 2"
        )
        return cursor.fetchall()


def constraints() -> dict[str, list[str]]:
    """Return what the validated constraints of each table say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, array_agg(pg_get_constraintdef(oid)) FROM pg_constraint"
            " WHERE contype = 'c' AND convalidated GROUP BY 1"
        )
        return dict(cursor.fetchall())


def test_every_column_of_every_model_refuses_it_and_every_row_was_looked_at() -> None:
    found, columns = constraints(), numeric_columns()
    assert len(columns) > 90
    assert [
        f"{table}.{column}"
        for table, column in columns
        if not any(text in said for said in found.get(table, []) for text in refusals(column))
    ] == []


def refusals(column: str) -> tuple[str, str]:
    """Return what refuses NaN, which is above all numbers: a limit, or its name."""
    return f"(scale({column}) <= 3)", f"({column} = 'NaN'::"


def test_every_amount_has_a_limit_and_three_decimals() -> None:
    found, models = constraints(), apps.get_models()
    fields = [
        (model._meta.db_table, field)
        for model in models
        for field in model._meta.concrete_fields
        if isinstance(field, MoneyField) and model._meta.db_table != "daily_metrics"
    ]
    assert len(fields) > 90
    assert [
        f"{table}.{field.column}"
        for table, field in fields
        if not all(
            any(condition in text for text in found[table])
            for condition in (f"({field.column} < {limit(field)}", f"(scale({field.column}) <= 3)")
        )
    ] == []


def limit(field: MoneyField) -> str:
    is_sum = isinstance(field, SumField)
    return "'10000000000000000000000'::numeric" if is_sum else "('1000000000000'::bigint)::numeric"


def test_no_column_of_amounts_has_limits_that_another_currency_would_have_to_change() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
            "WHERE relnamespace = 'public'::regnamespace AND atttypid = 'numeric'::regtype AND atttypmod <> -1 "
            "AND NOT attisdropped AND relkind = 'r' AND relname NOT LIKE 'django%'"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e12", "-1e12", "0.0001"])
def test_an_amount_is_finite_in_range_and_has_three_decimals(value: str) -> None:
    product = a_product(a_store(), "10.00")
    refused("UPDATE orders_product SET compare_at_price = %s WHERE id = %s", value, product.pk)
    product.compare_at_price = Decimal("1.005")
    product.save(update_fields=["compare_at_price"])
    product.refresh_from_db()
    assert product.compare_at_price == Decimal("1.005")


def test_an_amount_is_written_with_its_cents() -> None:
    product = a_product(a_store(), "10")
    product.compare_at_price = Decimal("1.5000")
    product.save(update_fields=["compare_at_price"])
    assert str(type(product).objects.get(pk=product.pk).compare_at_price) == "1.50"


@pytest.mark.parametrize("column", ["total_amount", "captured_amount", "tip", "captured_tax"])
def test_an_update_of_an_order_to_it_is_refused(column: str) -> None:
    order = an_order(a_store(), "10.00", paid=True)
    before = Order.objects.values().get(pk=order.pk)
    refused(f"UPDATE orders_order SET {column} = 'NaN' WHERE id = %s", order.pk)
    assert Order.objects.values().get(pk=order.pk) == before


def test_a_customer_cannot_have_it_as_credit() -> None:
    refused("UPDATE customers_customer SET credit_balance = 'NaN' WHERE id = %s", a_customer(a_store()).pk)


def refused(statement: str, *values: Any) -> None:
    with pytest.raises(IntegrityError, match="are_numbers"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
