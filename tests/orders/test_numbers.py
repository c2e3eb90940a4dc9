"""No amount is ever NaN: numeric columns take it, and every sum it enters would be NaN for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from dealport.kit.fields import MoneyField
from orders.models import Order
from tests.builders import a_customer, a_store, an_order

pytestmark = pytest.mark.django_db


def amounts() -> Iterator[tuple[type[models.Model], str]]:
    for app in ("customers", "orders"):
        for model in apps.get_app_config(app).get_models():
            yield from ((model, field.column) for field in model._meta.concrete_fields if isinstance(field, MoneyField))


def constraints() -> dict[str, list[str]]:
    """Return what the validated constraints of each table say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, array_agg(pg_get_constraintdef(oid)) FROM pg_constraint"
            " WHERE contype = 'c' AND convalidated GROUP BY 1"
        )
        return dict(cursor.fetchall())


def test_every_column_of_amounts_refuses_it_and_every_row_was_looked_at() -> None:
    found, columns = constraints(), list(amounts())
    assert len(columns) > 30
    assert [
        f"{model._meta.label}.{column}"
        for model, column in columns
        if not any(f"({column} = 'NaN'::numeric)" in text for text in found[model._meta.db_table])
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
