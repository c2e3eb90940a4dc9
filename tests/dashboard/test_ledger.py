"""What a step appends to the ledger."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from customers.actions import confirm_email
from dashboard.models import MetricDelta
from orders.actions import (
    apply_provider_approval,
    apply_provider_refund,
    cancel_order,
    mark_paid,
    place_order,
    refund_order,
    refuse_payment,
    ship_order,
)
from orders.actions.placing import ItemRequest
from tests.builders import a_customer, a_product, a_store, an_order, local

pytestmark = pytest.mark.django_db
COLUMNS = [field.name for field in MetricDelta._meta.fields if field.name not in ("id", "created_at", "store_id")]


def appended(**same: Any) -> list[dict[str, Any]]:
    """Return the rows appended since the last call, without zeros and without what `same` says of all of them."""
    rows = list(MetricDelta.objects.order_by("id").values(*COLUMNS))
    MetricDelta.objects.all().delete()
    for row in rows:
        assert {name: row[name] for name in same} == same
    return [{name: value for name, value in row.items() if value and name not in same} for row in rows]


def test_each_step_appends_its_difference_on_the_order_s_day_and_its_own() -> None:
    store = a_store()
    tea, cup = a_product(store, "60.00", cost_price=D("24.50")), a_product(store, "20.00")
    placed, paid, refunded = date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1)
    guest = {"country": "DE", "customer_type": "guest"}

    order = place_order(
        store=store,
        items=[ItemRequest(tea.pk, 1), ItemRequest(cup.pk, 1)],
        shipping_address={"country": "DE"},
        tax_amount=D("12.00"),
        shipping_fee=D("8.00"),
        at=local(store, 2026, 3, 1, 23, 59),
        actor=None,
    )
    assert appended(order_day=placed, event_day=placed, order_hour=23, event_hour=23, **guest) == [
        {"orders": 1, "pending": 1},
        {"product_id": tea.pk, "orders": 1},
        {"product_id": cup.pk, "orders": 1},
    ]

    mark_paid(order=order, at=local(store, 2026, 3, 2, 0, 0), actor=None)
    assert appended(order_day=placed, event_day=paid, order_hour=23, event_hour=0, **guest) == [
        {
            "sales": D("100.00"), "tax": D("12.00"), "completed": 1, "pending": -1, "units_sold": 2, "net": D("80.00"),
            "cost": D("24.50"), "units_without_cost": 1,
        },
        {
            "product_id": tea.pk, "sales": D("60.00"), "tax": D("9.00"), "units_sold": 1, "net": D("60.00"),
            "cost": D("24.50"),
        },
        {
            "product_id": cup.pk, "sales": D("20.00"), "tax": D("3.00"), "units_sold": 1, "net": D("20.00"),
            "units_without_cost": 1,
        },
    ]  # fmt: skip

    refund_order(order=order, amount=D("50.00"), at=local(store, 2026, 4, 1, 0, 0), actor=None)
    assert appended(order_day=placed, event_day=refunded, order_hour=23, event_hour=0, **guest) == [
        {"sales": D("-50.00"), "tax": D("-6.00"), "net": D("-40.00"), "returns": D("40.00")},
        {"product_id": tea.pk, "sales": D("-30.00"), "tax": D("-4.50"), "net": D("-30.00"), "returns": D("30.00")},
        {"product_id": cup.pk, "sales": D("-10.00"), "tax": D("-1.50"), "net": D("-10.00"), "returns": D("10.00")},
    ]

    refund_order(order=order, at=local(store, 2026, 4, 1, 9, 0), actor=None)
    assert appended(order_day=placed, event_day=refunded, order_hour=23, event_hour=9, **guest) == [
        {
            "sales": D("-50.00"), "tax": D("-6.00"), "completed": -1, "refunded": 1, "units_returned": 2,
            "net": D("-40.00"), "returns": D("40.00"), "cost": D("-24.50"), "units_without_cost": -1,
        },
        {
            "product_id": tea.pk, "sales": D("-30.00"), "tax": D("-4.50"), "net": D("-30.00"), "returns": D("30.00"),
            "units_returned": 1, "cost": D("-24.50"),
        },
        {
            "product_id": cup.pk, "sales": D("-10.00"), "tax": D("-1.50"), "net": D("-10.00"), "returns": D("10.00"),
            "units_returned": 1, "units_without_cost": -1,
        },
    ]  # fmt: skip


def test_the_store_s_zone_decides_the_day() -> None:
    store = a_store(timezone="Pacific/Auckland")
    an_order(store, at=local(store, 2026, 1, 1, 0, 30))
    assert {row["order_day"] for row in appended()} == {date(2026, 1, 1)}


def test_shipping_appends_nothing() -> None:
    order = an_order(a_store(), paid=True)
    appended()
    ship_order(order=order, actor=None)
    assert appended() == []


def test_a_late_payment_completes_what_stays_expired() -> None:
    order = an_order(a_store())
    appended()
    refuse_payment(order=order, actor=None)
    assert next(row for row in appended() if "product_id" not in row).items() >= {"expired": 1, "pending": -1}.items()
    mark_paid(order=order, actor=None)
    store_row = appended()[0]
    assert (store_row["completed"], store_row["sales"], "expired" in store_row) == (1, D("10.00"), False)


def test_an_order_refunded_before_it_was_paid_counts_as_refunded_only() -> None:
    order = an_order(a_store())
    appended()
    apply_provider_refund(order=order)
    (row,) = appended(customer_type="guest")
    assert {name: row[name] for name in row if not name.endswith(("_day", "_hour"))} == {"refunded": 1, "pending": -1}
    apply_provider_approval(order=order)
    # what came in went straight back: goods sold and returned, nothing earned
    store_row, product_row = appended(customer_type="guest")
    assert {name: value for name, value in store_row.items() if not name.endswith(("_day", "_hour"))} == {
        "returns": D("10.00")
    }
    assert product_row["returns"] == D("10.00")


def test_a_canceled_order_stands_as_canceled_on_its_day() -> None:
    order = an_order(a_store(), paid=True)
    appended()
    cancel_order(order=order, actor=None)
    row, _product_row = appended(customer_type="guest")
    assert {name: row[name] for name in row if not name.endswith(("_day", "_hour"))} == {
        "sales": D("-10.00"),
        "completed": -1,
        "refunded": 1,
        "canceled": 1,
        "units_returned": 1,
        "net": D("-10.00"),
        "returns": D("10.00"),
        "units_without_cost": -1,
    }


def test_a_customer_counts_when_registered_and_as_new_once_confirmed() -> None:
    store = a_store()
    customer = a_customer(store, at=local(store, 2026, 3, 1, 12, 0))
    assert appended() == [{"order_day": date(2026, 3, 1), "event_day": date(2026, 3, 1), "customers": 1}]
    confirm_email(customer=customer, at=local(store, 2026, 3, 5, 12, 0), actor=None)
    assert appended() == [{"order_day": date(2026, 3, 1), "event_day": date(2026, 3, 5), "new_customers": 1}]
    confirm_email(customer=customer, at=local(store, 2026, 3, 6, 12, 0), actor=None)
    assert appended() == []


def test_a_failing_receiver_takes_the_order_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.metrics import ledger
    from orders.models import Order

    def fail(**_: Any) -> None:
        raise RuntimeError("the ledger is broken")

    monkeypatch.setattr(ledger, "append_order_change", fail)
    with pytest.raises(RuntimeError):
        an_order(a_store())
    assert not Order.objects.exists()
