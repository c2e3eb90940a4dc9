"""No amount is ever NaN: numeric columns take it, and every sum it enters would be NaN for good."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from orders.models import Order
from tests.builders import a_customer, a_store, an_order

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
        if not any(f"({column} = 'NaN'::" in text for text in found.get(table, []))
    ] == []


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
