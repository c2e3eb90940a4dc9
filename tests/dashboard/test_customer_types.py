"""New, returning and guest customers: what a late import, a merge or a race changes moves through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.actions.merging import merge_customers, undo_merge
from customers.models import Customer, Store
from dashboard.figures.movements import STORE, sums
from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.recomputing import recompute_slices
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import MetricDelta
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.bulk import BulkItem, BulkOrder, BulkStep, OrderWriter
from orders.bulk.live import LiveWriter
from orders.lifecycle import Step
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, local

pytestmark = pytest.mark.django_db
FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}
Cells = dict[str, tuple[D, int]]


def types(store: Store, basis: str = "placed", month: int = 0) -> Cells:
    """Sales and orders by type of customer, of 2026 or a month of it."""
    first, last = (date(2026, month, 1), date(2026, month, 28)) if month else (date(2026, 1, 1), date(2026, 12, 31))
    sql = sums(STORE, ("sales", "orders"), basis=basis, dimension="customerType")
    found = rows(sql, store=store.pk, first=first, last=last)
    return {row["customer_type"]: (row["sales"], row["orders"]) for row in found}


def bought(store: Store, customer: Customer | None, price: str, at: datetime) -> Order:
    """An order paid an hour after it was placed."""
    if customer is not None:
        customer.refresh_from_db()
    product = a_product(store, price)
    order = place_order(store=store, items=[ItemRequest(product.pk, 1)], customer=customer, at=at, actor=None)
    return mark_paid(order=order, at=at.replace(hour=at.hour + 1), actor=None)


def is_right(store: Store) -> None:
    """Every bucket is what the orders say, folded or not, and the mark is on the first orders alone."""
    assert recount.differences(store) == []
    fold_all()
    assert recount.differences(store) == []
    marked = set(Order.objects.filter(store=store, is_first=True).values_list("pk", flat=True))
    named = Order.objects.filter(store=store, customer__isnull=False)
    firsts = named.order_by("customer", "placed_at", "pk").distinct("customer")
    assert marked == set(firsts.values_list("pk", flat=True))


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
def test_the_first_order_of_a_customer_is_new_and_guests_stand_apart(fold: Callable[[], object]) -> None:
    store = a_store()
    ann, ben = a_customer(store), a_customer(store)
    bought(store, ann, "10.00", local(store, 2026, 3, 1, 12))
    bought(store, None, "7.00", local(store, 2026, 3, 1, 12))
    later = bought(store, ann, "20.00", local(store, 2026, 3, 9, 12))
    bought(store, ben, "5.00", local(store, 2026, 3, 9, 12))
    refund_order(order=later, amount=D("4.00"), at=local(store, 2026, 4, 2, 12), actor=None)
    fold()

    assert types(store) == {"new": (D("15.00"), 2), "returning": (D("16.00"), 1), "guest": (D("7.00"), 1)}
    assert types(store, "booked", 4) == {"returning": (D("-4.00"), 0)}
    is_right(store)


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
def test_an_older_order_that_is_placed_late_takes_the_former_first_one_s_place(fold: Callable[[], object]) -> None:
    store = a_store()
    ann = a_customer(store)
    first = bought(store, ann, "10.00", local(store, 2026, 3, 1, 12))
    refund_order(order=first, amount=D("1.00"), at=local(store, 2026, 4, 2, 12), actor=None)
    bought(store, ann, "20.00", local(store, 2026, 5, 1, 12))
    fold()
    bought(store, ann, "3.00", local(store, 2026, 2, 1, 12))

    assert types(store) == {"new": (D("3.00"), 1), "returning": (D("29.00"), 2)}
    assert types(store, "booked", 4) == {"returning": (D("-1.00"), 0)}
    # between the first and the last: returning as well
    bought(store, ann, "2.00", local(store, 2026, 4, 1, 12))
    mark_paid(
        order=place_order(
            store=store,
            items=[ItemRequest(a_product(store, "1.00").pk, 1)],
            customer=Customer.objects.get(pk=ann.pk),
            at=local(store, 2026, 5, 1, 12),
            actor=None,
        ),
        actor=None,
    )
    assert types(store)["new"] == (D("3.00"), 1)
    is_right(store)


@pytest.mark.parametrize("writer", [OrderWriter, LiveWriter])
@pytest.mark.parametrize("is_folded", [False, True])
def test_imported_orders_are_first_or_not_whatever_order_they_come_in(
    writer: type[OrderWriter], is_folded: bool
) -> None:
    store = a_store()
    ann, tea = a_customer(store), a_product(store)
    was_first = bought(store, ann, "10.00", local(store, 2026, 6, 1, 12))
    refund_order(order=was_first, amount=D("1.00"), at=local(store, 2026, 9, 1, 12), actor=None)
    if is_folded:
        fold_all()

    def an_order(customer_id: int | None, month: int, price: str) -> BulkOrder:
        at = local(store, 2026, month, 10, 12)
        return BulkOrder(at, [BulkItem(tea.pk, "Tea", D(price), 1)], [BulkStep(Step.PAY, at)], customer_id=customer_id)

    with transaction.atomic(), writer(store) as written:
        (ben,) = written.add_customers([Customer(store=store, name="Ben", created_at=local(store, 2026, 1, 1))])
        # newest first, as files often are
        for order in (
            an_order(ben.pk, 7, "70.00"),
            an_order(ann.pk, 8, "80.00"),
            an_order(ben.pk, 4, "40.00"),
            an_order(ann.pk, 3, "30.00"),
            an_order(None, 3, "5.00"),
            an_order(ben.pk, 5, "50.00"),
        ):
            written.add(order)

    assert types(store) == {"new": (D("70.00"), 2), "returning": (D("209.00"), 4), "guest": (D("5.00"), 1)}
    assert types(store, "booked", 9) == {"returning": (D("-1.00"), 0)}
    is_right(store)


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
def test_a_merge_makes_one_of_two_first_orders_a_returning_one_and_undoing_it_a_new_one(
    fold: Callable[[], object],
) -> None:
    store = a_store()
    ann, twin = a_customer(store), a_customer(store)
    bought(store, ann, "10.00", local(store, 2026, 3, 1, 12))
    bought(store, twin, "4.00", local(store, 2026, 2, 1, 12))
    bought(store, twin, "6.00", local(store, 2026, 4, 1, 12))
    before = types(store)
    fold()
    merge = merge_customers(customer=ann, merged=twin, actor=None)
    assert types(store) == {"new": (D("4.00"), 1), "returning": (D("16.00"), 2)}
    assert recount.differences(store) == []
    undo_merge(merge=merge, actor=None)
    assert types(store) == before == {"new": (D("14.00"), 2), "returning": (D("6.00"), 1)}
    is_right(store)


def test_of_two_orders_placed_at_once_one_is_first() -> None:
    """The second to lock the customer was prepared when the customer had none."""
    store = a_store()
    ann = a_customer(store)
    seen_before = Customer.objects.get(pk=ann.pk)
    bought(store, ann, "10.00", local(store, 2026, 3, 1, 12))
    item = ItemRequest(a_product(store, "2.00").pk, 1)
    place_order(store=store, items=[item], customer=seen_before, at=local(store, 2026, 3, 1, 12), actor=None)
    place_order(store=store, items=[item], customer=seen_before, at=local(store, 2026, 3, 1, 11), actor=None)
    assert types(store) == {"new": (D(0), 1), "returning": (D("10.00"), 2)}
    is_right(store)


def test_placing_asks_no_more_of_the_database_for_it() -> None:
    store = a_store()
    ann = a_customer(store)
    item = ItemRequest(a_product(store, "2.00").pk, 1)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for day in (1, 2):
            customer = Customer.objects.get(pk=ann.pk)
            place_order(store=store, items=[item], customer=customer, at=local(store, 2026, 3, day, 12), actor=None)
    marking = [query["sql"] for query in asked.captured_queries if "is_first" in query["sql"]]
    assert [sql.split()[0] for sql in marking] == ["INSERT", "INSERT"]


@pytest.mark.parametrize("is_folded", [False, True])
def test_an_upgrade_marks_the_first_orders_and_splits_what_is_there(is_folded: bool) -> None:
    store = a_store()
    ann = a_customer(store)
    first = bought(store, ann, "10.00", local(store, 2026, 3, 1, 12))
    bought(store, ann, "20.00", local(store, 2026, 3, 9, 12))
    bought(store, None, "7.00", local(store, 2026, 3, 1, 12))
    expected = types(store)
    if is_folded:
        fold_all()
    # as the code of before left it
    Order.objects.update(is_first=False)
    MetricDelta.objects.update(customer_type="")
    for rollup in ROLLUPS:
        if rollup.dimension == "customerType":
            rollup.model._default_manager.filter(dimension="customerType").delete()
    refund_order(order=first, amount=D("1.00"), at=local(store, 2026, 4, 2, 12), actor=None)
    migration: Any = __import__("dashboard.migrations.0016_customer_types", fromlist=["ASK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    recompute_slices()

    found = types(store)
    assert (found.pop("", (0, 0)), found) == ((0, 0), {**expected, "new": (D("9.00"), 1)})
    is_right(store)


def test_who_raced_a_later_order_begins_anew_and_locks_it_before_the_customer() -> None:
    store = a_store()
    customer, product = a_customer(store), a_product(store, "4.00")
    stale = Customer.objects.get(pk=customer.pk)
    later = bought(store, customer, "5.00", local(store, 2026, 3, 9, 9))
    with CaptureQueriesContext(connection) as captured:
        earlier = place_order(
            store=store, items=[ItemRequest(product.pk, 1)], customer=stale, at=local(store, 2026, 3, 2, 9), actor=None
        )
    later.refresh_from_db()
    assert (earlier.is_first, later.is_first) == (True, False)
    locking = [
        "orders" if "orders_order" in query["sql"] else "customer"
        for query in captured
        if ("FOR NO KEY UPDATE" in query["sql"] and "orders_order" in query["sql"])
        or query["sql"].lstrip().startswith("UPDATE customers_customer")
    ]
    assert locking == ["customer", "orders", "customer"]  # the first try went back
    is_right(store)
