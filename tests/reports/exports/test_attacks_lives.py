"""Orders that live in unusual ways, on the edges of local days: every file says what the dashboard says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from customers.models import Store, User
from orders.actions import (
    apply_provider_approval,
    apply_provider_refund,
    apply_provider_refusal,
    cancel_order,
    mark_paid,
    refund_order,
    refuse_payment,
)
from orders.models import Order
from reports.datasets import DATASETS
from tests.builders import a_store, a_user, an_order, local
from tests.exports import exported, lines_of

pytestmark = pytest.mark.django_db(transaction=True)
Life = Callable[[Order, datetime, datetime], object]


def paid_and_given_back_in_part(order: Order, at: datetime, later: datetime) -> None:
    mark_paid(order=order, at=at, actor=None)
    refund_order(order=order, amount=Decimal("3.33"), at=later, actor=None)


def paid_and_charged_back(order: Order, at: datetime, later: datetime) -> None:
    apply_provider_approval(order=order, at=at)
    apply_provider_refund(order=order, at=later)


def given_back_in_part_before_it_was_paid(order: Order, at: datetime, later: datetime) -> None:
    apply_provider_refund(order=order, amount=Decimal("5.00"), at=at)
    apply_provider_approval(order=order, at=later)


def given_back_before_it_was_paid(order: Order, at: datetime, later: datetime) -> None:
    apply_provider_refund(order=order, at=at)
    apply_provider_approval(order=order, at=later)


def expired_and_paid(order: Order, at: datetime, later: datetime) -> None:
    refuse_payment(order=order, at=at, actor=None)
    mark_paid(order=order, at=later, actor=None)


def canceled_and_paid(order: Order, at: datetime, later: datetime) -> None:
    cancel_order(order=order, at=at, actor=None)
    apply_provider_approval(order=order, at=later)


def refused_after_it_was_paid(order: Order, at: datetime, later: datetime) -> None:
    mark_paid(order=order, at=at, actor=None)
    apply_provider_refusal(order=order, at=later)


LIVES: list[Life] = [
    paid_and_given_back_in_part,
    paid_and_charged_back,
    given_back_in_part_before_it_was_paid,
    given_back_before_it_was_paid,
    expired_and_paid,
    canceled_and_paid,
    refused_after_it_was_paid,
]
# the clocks change on this day in Lord Howe (by half an hour), and not in the others; the date line is between them
DAY = (2026, 4, 5)
ZONES = {"Pacific/Kiritimati": "AUD", "Australia/Lord_Howe": "AUD", "Pacific/Niue": "NZD", "UTC": "NZD"}


@pytest.fixture
def stores() -> list[Store]:
    """Let an order live each life in each store, placed before, at and after the midnights of the day."""
    stores = [a_store(timezone=zone, currency=currency) for zone, currency in ZONES.items()]
    for store in stores:
        begins = local(store, *DAY)
        ends = local(store, *DAY[:2], DAY[2] + 1)
        edges = [
            begins - timedelta(seconds=1),
            begins,
            begins + timedelta(seconds=1),
            ends - timedelta(seconds=1),
            ends,
        ]
        for number, live in enumerate(LIVES):
            at = edges[number % len(edges)]
            order = an_order(store, "10.00", "7.77", at=at, shipping_address={"country": ["GB", "", "BR"][number % 3]})
            live(order, at + timedelta(hours=number * 5), at + timedelta(hours=number * 10))
    return stores


def test_every_file_of_the_day_says_what_the_dashboard_says(stores: list[Store]) -> None:
    owner, day = a_user(User.Role.ADMIN), "{}-{:02}-{:02}".format(*DAY)
    counted = ("orders", "order-items", "transactions", "daily-metrics", "sales-by-product", "sales-by-country")
    for name in counted:
        for basis in ("placed", "booked") if DATASETS[name].has_basis else (None,):
            filters = {"from": day, "to": day} | ({"basis": basis} if basis else {})
            whole = exported(owner, name, filters=filters)
            of_stores = [exported(owner, name, filters={**filters, "store": store.slug}) for store in stores]
            assert [job.receipt["agreesWithDashboard"] for job in (whole, *of_stores)] == [True] * 5, (name, basis)
            assert sum(len(lines_of(job)) for job in of_stores) == len(lines_of(whole)) == whole.receipt["rowCount"] > 0


def test_transactions_less_refunds_are_the_booked_sales_of_the_day(stores: list[Store]) -> None:
    owner, day = a_user(User.Role.ADMIN), "{}-{:02}-{:02}".format(*DAY)
    for store in stores:
        filters = {"from": day, "to": day, "store": store.slug}
        moved = lines_of(exported(owner, "transactions", filters=filters))
        refunds = lines_of(exported(owner, "refunds", filters=filters))
        (metrics,) = lines_of(exported(owner, "daily-metrics", filters=filters))
        approved = [row for row in moved if row["status"] == "approved"]
        captured = sum(Decimal(row["amount"]) for row in approved if row["kind"] == "payment")
        assert refunds
        assert captured - sum(Decimal(row["amount"]) for row in refunds) == Decimal(metrics["revenue"])
        assert sum(Decimal(row["sales"]) for row in moved) == Decimal(metrics["revenue"])
