"""Ends that a source states otherwise later: cancellations, payments given up, authorizations that lapse or return."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from customers.models import Store, User
from dashboard.figures import sales_summary
from dashboard.figures.periods import Period
from orders.actions import cancel_order, expire_unpaid, refuse_payment
from orders.models import Order
from orders.sources.description import SourceFulfillment, SourceOrder
from orders.sources.single import Applied, Result, apply_source_order
from tests.builders import a_store, a_user
from tests.orders.source_states import MARCH, SENT, UNPAID, apply, later, parcels, pending, the_order, total_sales
from tests.orders.test_source_keepers import AT, STATED

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CANCELED = later(STATED, 1, canceled_at=AT + HOUR)
AUTHORIZED = replace(UNPAID, is_authorized=True)
INVOICE = replace(UNPAID, terms="invoice")


def standing(store: Store) -> dict[str, Any]:
    """Return what an order and its money have come to, but for how."""
    order = the_order(store)
    names = ("status", "payment_status", "captured_amount", "canceled_at", "expired_at", "completed_at", "shipped_at")
    refused = order.transactions.filter(status="refused").values_list("amount", "created_at")
    summaries = [sales_summary(store, Period(day, day), "booked") for day in MARCH.days()]
    return {
        **{name: getattr(order, name) for name in names},
        "refused": list(refused),
        "sales": total_sales(store, MARCH),
        "ended": [(one["total_completed_orders"], one["total_expired_orders"]) for one in summaries],
    }


CHAINS = {
    "canceled later": [CANCELED, later(CANCELED, canceled_at=AT + 2 * DAY)],
    "canceled earlier": [later(STATED, canceled_at=AT + 2 * DAY), later(CANCELED)],
    "canceled, then not": [CANCELED, later(STATED, 5)],
    "unpaid, shipped, canceled": [
        replace(SENT, payments=(), terms="invoice"),
        later(SENT, payments=(), terms="invoice", canceled_at=AT + DAY),
    ],
    "shipped, canceled": [SENT, later(SENT, canceled_at=AT + DAY)],
    "canceled, shipment stated late": [
        later(STATED, canceled_at=AT + DAY), later(SENT, canceled_at=AT + DAY),
    ],
    "shipped, canceled, not shipped": [
        SENT, later(SENT, 1, canceled_at=AT + DAY), later(SENT, 2, canceled_at=AT + DAY, fulfillment=None),
    ],
    "shipped, canceled before that": [SENT, later(SENT, canceled_at=AT + HOUR)],
    "shipped, canceled, not canceled": [SENT, later(SENT, canceled_at=AT + DAY), later(SENT, 2)],
    "authorized, lapsed": [AUTHORIZED, later(UNPAID, is_expired=True)],
    "authorized, lapsed on a day": [AUTHORIZED, later(UNPAID, is_expired=True, canceled_at=AT + 3 * DAY)],
    "lapsed on another day": [
        later(UNPAID, is_expired=True, canceled_at=AT + 3 * DAY),
        later(UNPAID, 2, is_expired=True, canceled_at=AT + 4 * DAY),
    ],
    "lapsed on a day, then on none": [
        later(UNPAID, is_expired=True, canceled_at=AT + 3 * DAY), later(UNPAID, 30, is_expired=True),
    ],
    "lapsed on a day, then simply unpaid": [
        later(UNPAID, is_expired=True, canceled_at=AT + 3 * DAY), later(UNPAID, 30),
    ],
    "authorized, simply no more": [AUTHORIZED, later(UNPAID)],
    "authorized invoice, no more": [replace(AUTHORIZED, terms="invoice"), later(INVOICE)],
    "lapsed, authorized again": [later(UNPAID, is_expired=True), later(AUTHORIZED, 2)],
    "authorized, shipped": [AUTHORIZED, later(SENT, payments=(), is_authorized=True)],
    "authorized, canceled": [AUTHORIZED, later(AUTHORIZED, canceled_at=AT + DAY)],
    "given up, then not": [later(INVOICE, void_at=AT + HOUR), later(INVOICE, 2)],
    "prepaid given up, then not": [later(UNPAID, void_at=AT + HOUR), later(UNPAID, 2)],
    "given up, then authorized": [later(UNPAID, void_at=AT + HOUR), later(AUTHORIZED, 2)],
    "given up, then paid": [later(UNPAID, void_at=AT + HOUR), later(STATED, 2)],
    "given up on another day": [later(UNPAID, void_at=AT + HOUR), later(UNPAID, 2, void_at=AT + 2 * DAY)],
    "invoice given up on another day": [
        later(INVOICE, void_at=AT + HOUR), later(INVOICE, 2, void_at=AT + 2 * DAY),
    ],
    "canceled, then given up": [
        later(UNPAID, canceled_at=AT + HOUR), later(UNPAID, 2, canceled_at=AT + HOUR, void_at=AT + HOUR),
    ],
    "paid, then given up": [STATED, later(STATED, 2, void_at=AT + HOUR)],
    "shipped unpaid, then given up": [
        replace(SENT, payments=(), terms="on_delivery"),
        later(SENT, payments=(), terms="on_delivery", void_at=AT + DAY),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_states_one_after_the_other_end_as_the_last_one_alone(name: str) -> None:
    chained, alone = a_store(), a_store()
    states = CHAINS[name]
    assert apply(chained, *states).result == Result.UPDATED
    apply(alone, states[-1])
    assert standing(chained) == standing(alone)
    assert apply(chained, states[-1]).result == Result.UNCHANGED
    assert apply(chained, states[0]).result == Result.OLDER
    assert standing(chained) == standing(alone)


def test_a_moved_cancellation_is_in_the_history_with_both_moments() -> None:
    store = a_store()
    apply(store, CANCELED)
    figures = total_sales(store, MARCH)
    moved = later(CANCELED, canceled_at=AT + 2 * DAY)
    apply(store, moved)
    event = the_order(store).events.latest("pk")
    assert (event.kind, event.at, event.actor_label, event.amount) == ("edited", moved.updated_at, "shopify", 0)
    assert event.note == "canceled at 2026-03-02 10:00 → 2026-03-04 09:00 UTC"
    assert total_sales(store, MARCH) == figures


def test_an_order_that_was_shipped_and_canceled_has_both_moments_and_its_parcel() -> None:
    store = a_store()
    apply(store, later(SENT, canceled_at=AT + DAY))
    order = the_order(store)
    assert (order.status, order.shipped_at, order.canceled_at) == ("CANCELED", AT + 2 * HOUR, AT + DAY)
    assert [parcel[0] for parcel in parcels(store)] == ["AB1"]


@pytest.mark.parametrize(
    ("changes", "status"), [({}, "SHIPPED"), ({"canceled_at": AT + DAY}, "CANCELED")], ids=["shipped", "canceled"]
)
def test_what_is_authorized_stays_so_when_it_is_shipped_or_canceled(changes: Any, status: str) -> None:
    chained, alone = a_store(), a_store()
    authorized = later(SENT, payments=(), is_authorized=True, **changes)
    apply(chained, AUTHORIZED, authorized)
    apply(alone, authorized)
    for store in (chained, alone):
        assert (the_order(store).status, the_order(store).payment_status) == (status, "AUTHORIZED")


def test_a_cancellation_that_its_source_does_not_date_keeps_the_first_moment() -> None:
    store = a_store()
    apply(store, replace(CANCELED, is_cancel_dated=False))
    undated = later(CANCELED, canceled_at=AT + 2 * DAY, is_cancel_dated=False)
    assert apply(store, undated).result == Result.UNCHANGED
    assert the_order(store).canceled_at == AT + HOUR


def test_a_parcel_without_a_date_of_its_own_says_nothing_of_a_canceled_order() -> None:
    store, alone = a_store(), a_store()
    undated = replace(SENT, fulfillment=SourceFulfillment(AT, is_dated=False))
    apply(store, undated, later(undated, canceled_at=AT + DAY))
    apply(alone, later(undated, canceled_at=AT + DAY))
    assert [the_order(one).shipped_at for one in (store, alone)] == [AT, None]


def test_an_authorization_that_lapsed_leaves_an_order_that_is_unpaid() -> None:
    store = a_store()
    apply(store, AUTHORIZED)
    assert the_order(store).payment_status == "AUTHORIZED"
    apply(store, later(UNPAID, 30, is_expired=True))
    order = the_order(store)
    assert (order.status, order.payment_status, order.expired_at) == ("EXPIRED", "PENDING", AT + DAY)
    assert order.events.filter(kind="edited").get().note == "payment no longer authorized at the source"


def test_an_order_that_expired_here_by_the_rule_keeps_that_moment() -> None:
    store = a_store()
    apply_source_order(store, UNPAID, now=AT)
    assert expire_unpaid(now=AT + 2 * DAY) == 1
    assert apply(store, later(UNPAID)).result == Result.UNCHANGED
    assert the_order(store).expired_at == AT + 2 * DAY


def test_a_revoked_void_takes_the_refusal_back_on_its_day() -> None:
    store = a_store()
    void = later(INVOICE, void_at=AT + HOUR)
    apply(store, void)
    assert (the_order(store).payment_status, pending(store)) == ("FAILED", [("refused", D("20.00"))])
    apply(store, later(INVOICE, 30))
    assert (the_order(store).payment_status, pending(store)) == ("PENDING", [("canceled", D("20.00"))])
    event = the_order(store).events.latest("pk")
    assert (event.kind, event.at) == ("reopened", AT + HOUR)


def by_a_person(store: Store, step: Any) -> Order:
    apply(store, INVOICE)
    return step(order=the_order(store), at=AT + HOUR, actor=a_user(User.Role.STAFF, store))


@pytest.mark.parametrize(
    ("step", "there", "what"),
    [
        (cancel_order, later(INVOICE, canceled_at=AT + DAY), "canceled"),
        (refuse_payment, later(INVOICE, void_at=AT + DAY), "refused"),
    ],
)
def test_a_moment_that_somebody_caused_here_stays_and_is_listed(step: Any, there: SourceOrder, what: str) -> None:
    store = a_store()
    by_a_person(store, step)
    here = standing(store)
    listed = f"#1: it was {what} here and keeps that moment: 2026-03-02 10:00 UTC, 2026-03-03 09:00 in the source"
    assert apply(store, there) == Applied(Result.CHANGED_HERE, reason=listed)
    assert standing(store) == here
    moments = {"canceled_at": there.canceled_at and AT + HOUR, "void_at": there.void_at and AT + HOUR}
    assert apply(store, later(there, **moments)).result == Result.UNCHANGED


def test_a_file_takes_neither_an_authorization_nor_a_refusal_back() -> None:
    store, other = a_store(), a_store()
    apply(store, replace(AUTHORIZED, updated_at=None, terms="invoice"), replace(INVOICE, updated_at=None))
    assert the_order(store).payment_status == "AUTHORIZED"
    apply(other, replace(INVOICE, updated_at=None, void_at=AT + HOUR), replace(INVOICE, updated_at=None))
    assert the_order(other).payment_status == "FAILED"
