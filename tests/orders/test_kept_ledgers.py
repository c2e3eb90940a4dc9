"""Credits and edits are added to, never changed or removed, also by the application's own user.

Which tables have triggers, and that the documentation lists them: tests/dealport/test_append_only_tables.py.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from customers.actions import add_credits
from customers.models import CreditEntry, User
from orders.models import OrderEdit, OrderEditLine, OrderEvent
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db
TABLES = {"customers_creditentry", "orders_orderedit", "orders_ordereditline"}


def run(sql: str, purpose: str = "") -> None:
    """Run a statement in a transaction of its own, for a purpose that the triggers may know."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dealport.history', %s, true)", [purpose])
        cursor.execute(sql)
        cursor.execute("SELECT set_config('dealport.history', '', true)")


@pytest.fixture
def actor() -> User:
    """Return who granted a credit, which stands there with an edit."""
    actor, store = a_user(User.Role.SUPER_ADMIN), a_store()
    order = an_order(store, "10.00", paid=True, customer=a_customer(store))
    assert order.customer
    add_credits(customer=order.customer, amount=Decimal(5), reason="for Pat", actor=actor)
    event = OrderEvent.objects.latest("pk")
    edit = OrderEdit.objects.create(store=store, order=order, event=event, at=event.at, reason="of Pat", changes={})
    OrderEditLine.objects.create(edit=edit, item=order.items.get(), quantity=1)
    return actor


def rows() -> list[list[dict[str, object]]]:
    models = (CreditEntry, OrderEdit, OrderEditLine)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("purpose", ["", "erase", "merge", "clear demo", "withdraw money"])
def test_no_purpose_lets_figures_and_days_change_or_rows_go(actor: User, purpose: str) -> None:
    before = rows()
    for sql in (
        "UPDATE customers_creditentry SET amount = amount + 1",
        "UPDATE customers_creditentry SET created_by_id = NULL, balance_after = 0",
        "UPDATE customers_creditentry SET reason = 'x', customer_id = customer_id + 1, created_at = now()",
        "UPDATE orders_orderedit SET tax_amount = 1, reason = 'x'",
        "UPDATE orders_orderedit SET at = now() - interval '1 day'",
        "UPDATE orders_ordereditline SET quantity = 2",
        *(f"DELETE FROM {table}" for table in sorted(TABLES, reverse=True)),
    ):
        with pytest.raises(IntegrityError, match="refused"):
            run(sql, purpose)
    assert rows() == before


def test_erasing_may_replace_reasons_and_nobody_else(actor: User) -> None:
    for table in ("customers_creditentry", "orders_orderedit"):
        with pytest.raises(IntegrityError, match="UPDATE refused"):
            run(f"UPDATE {table} SET reason = '***'", "merge")
        run(f"UPDATE {table} SET reason = '***'", "erase")
    assert (CreditEntry.objects.get().reason, OrderEdit.objects.get().reason) == ("***", "***")


def test_a_deleted_account_leaves_the_credits_it_granted(actor: User) -> None:
    actor.delete()

    assert CreditEntry.objects.get().created_by is None
