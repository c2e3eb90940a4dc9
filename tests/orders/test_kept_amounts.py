"""Refunds, what payments and refunds moved, and providers' reports are kept as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import User
from dealport.kit import history
from orders.actions import mark_paid, refund_order, withdraw_money
from orders.models import AmountPart, CaptureShare, Order, Refund, RefundShare, WebhookEvent
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db
MODELS = (AmountPart, CaptureShare, Refund, RefundShare, WebhookEvent)
PURPOSES = ["", "erase", "merge", "clear demo", "withdraw money"]


def run(sql: str, purpose: str = "") -> None:
    """Run a statement in a transaction of its own, for a purpose that the triggers may know."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dealport.history', %s, true)", [purpose])
        cursor.execute(sql)
        cursor.execute("SELECT set_config('dealport.history', '', true)")


@pytest.fixture
def order() -> Order:
    """Return an order paid in two parts and refunded in part, with a report about it."""
    store = a_store()
    order = an_order(store, "50.00", tax_amount=Decimal(5), tip=Decimal(2))
    mark_paid(order=order, amount=Decimal(20), actor=None)
    order.refresh_from_db()
    mark_paid(order=order, actor=None)
    order.refresh_from_db()
    refund_order(order=order, amount=Decimal(10), reason="for Pat", actor=a_user(User.Role.SUPER_ADMIN))
    WebhookEvent.objects.create(
        store=store, event_id="1", type="approved", order=order, occurred_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    return order


def rows() -> list[list[dict[str, object]]]:
    found = [list(model._default_manager.order_by("pk").values()) for model in MODELS]
    assert all(found)
    return found


def statements() -> Iterator[str]:
    """Yield what changes or removes something of each table."""
    for table in ("orders_amountpart", "orders_captureshare", "orders_refundshare"):
        yield f"UPDATE {table} SET amount = amount + 1"
    yield "UPDATE orders_amountpart SET at = at + interval '1 day'"
    yield "UPDATE orders_refund SET amount = amount + 1"
    yield "UPDATE orders_refund SET reason = 'x', tax_amount = 1"
    yield "UPDATE orders_refund SET created_by_id = NULL, settled_at = now()"
    yield "UPDATE orders_refund SET settled_at = NULL"
    yield "UPDATE orders_webhookevent SET order_id = NULL"
    yield "UPDATE orders_webhookevent SET event_id = '2'"
    for table in ("orders_amountpart", "orders_captureshare", "orders_webhookevent"):
        yield f"DELETE FROM {table}"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_purpose_lets_amounts_and_days_change_or_rows_go(order: Order, purpose: str) -> None:
    before = rows()
    for sql in statements():
        with pytest.raises(IntegrityError, match="refused"):
            run(sql, purpose)
    assert rows() == before


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if purpose != "withdraw money"])
def test_a_refund_and_its_shares_go_for_one_purpose_alone(order: Order, purpose: str) -> None:
    before = rows()
    for table in ("orders_refundshare", "orders_refund"):
        with pytest.raises(IntegrityError, match="DELETE refused"):
            run(f"DELETE FROM {table}", purpose)
    assert rows() == before


def test_a_refund_that_its_source_states_no_more_goes_with_its_shares_and_nothing_else_does(order: Order) -> None:
    before = rows()
    withdraw_money(order=order, keeps_payments=True, actor=None)

    assert not Refund.objects.exists() and not RefundShare.objects.exists()
    for model, known in zip(MODELS, before, strict=True):
        kept = list(model._default_manager.filter(pk__in=[row["id"] for row in known]).order_by("pk").values())
        assert kept == ([] if model in (Refund, RefundShare) else known)


def test_a_refund_that_waits_takes_effect_once() -> None:
    order = an_order(a_store(), "50.00")
    refund = Refund.objects.create(
        store=order.store, order=order, amount=Decimal(5), currency="GBP", created_at=order.placed_at
    )
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run("UPDATE orders_refund SET settled_at = now(), currency = 'EUR'")
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run("UPDATE orders_refund SET amount = 4")
    mark_paid(order=order, actor=None)

    refund.refresh_from_db()
    assert refund.settled_at is not None
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run("UPDATE orders_refund SET settled_at = now()")


def test_erasing_may_replace_the_reason_and_a_deleted_account_leaves_its_refunds(order: Order) -> None:
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run("UPDATE orders_refund SET reason = '***'", "merge")
    run("UPDATE orders_refund SET reason = '***'", "erase")
    User.objects.all().delete()

    assert [(row.reason, row.created_by) for row in Refund.objects.all()] == [("***", None)]


def test_a_report_gets_its_order_once(order: Order) -> None:
    WebhookEvent.objects.create(store=order.store, event_id="2", type="approved", occurred_at=order.placed_at)
    run(f"UPDATE orders_webhookevent SET order_id = {order.pk} WHERE event_id = '2'")
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run(f"UPDATE orders_webhookevent SET order_id = {order.pk} WHERE event_id = '2'")


def test_a_purpose_ends_with_its_block_also_when_that_failed(order: Order) -> None:
    with pytest.raises(ZeroDivisionError), history.permitted("withdraw money"):
        _ = 1 / 0
    with history.permitted("erase"):
        Refund.objects.update(reason="***")
    for sql in ("DELETE FROM orders_refundshare", "UPDATE orders_refund SET reason = 'x'"):
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
