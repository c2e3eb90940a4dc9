"""The figures, folded and not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.db import connection

from customers.actions import confirm_email
from customers.models import Store
from dashboard import figures
from dashboard.figures import CountrySales, DaySales, OrderStates, ProductSales, Summary
from dashboard.figures.periods import Period, month_period
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import MetricDelta
from orders.actions import ItemRequest, cancel_order, mark_paid, place_order, refund_order, refuse_payment
from orders.models import Coupon
from tests.builders import a_customer, a_product, a_store, an_order, local

pytestmark = pytest.mark.django_db


def fold_half() -> None:
    fold_once(batch=MetricDelta.objects.count() // 2)


@pytest.fixture(params=[lambda: None, fold_half, fold_all], ids=["unfolded", "half folded", "folded"])
def fold(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Leave the rows in the ledger, fold half of them, or all."""
    return request.param  # type: ignore[no-any-return]


def a_busy_march(store: Store) -> dict[str, int]:
    """March 2026 with an order of every fate, and one order on the last and first instant around it."""
    tea, cup = a_product(store, "60.00", name="Tea"), a_product(store, "20.00", name="Cup", image_url="/cup.svg")
    Coupon.objects.create(store=store, code="TEN", value=D("10"))
    items = [ItemRequest(tea.pk, 1), ItemRequest(cup.pk, 1)]
    at = local(store, 2026, 3, 10, 12, 0)
    paid = place_order(
        store=store,
        items=items,
        coupon_code="TEN",
        shipping_address={"country": "DE"},
        shipping_fee=D("8.00"),
        at=at,
        actor=None,
    )
    mark_paid(order=paid, at=at, actor=None)
    refund_order(order=paid, amount=D("20.00"), at=local(store, 2026, 4, 2, 9, 0), actor=None)
    refunded = place_order(store=store, items=items, shipping_address={"country": "FR"}, at=at, actor=None)
    mark_paid(order=refunded, at=at, actor=None)
    refund_order(order=refunded, at=local(store, 2026, 4, 1, 0, 0), actor=None)
    late = place_order(store=store, items=[ItemRequest(cup.pk, 1)], at=at, actor=None)
    refuse_payment(order=late, at=at, actor=None)
    mark_paid(order=late, at=local(store, 2026, 3, 31, 23, 59), actor=None)
    place_order(store=store, items=[ItemRequest(cup.pk, 1)], at=at, actor=None)
    cancel_order(order=an_order(store, "5.00", at=at), at=at, actor=None)
    an_order(store, "1.00", paid=True, at=local(store, 2026, 2, 28, 23, 59, 59, 999999))
    an_order(store, "1.00", paid=True, at=local(store, 2026, 4, 1, 0, 0))
    for day in ((2026, 2, 1), (2026, 3, 5), (2026, 4, 1)):
        customer = a_customer(store, at=local(store, *day))
    confirm_email(customer=customer, at=local(store, 2026, 4, 9), actor=None)
    return {"tea": tea.pk, "cup": cup.pk}


MARCH = month_period(2026, 3)


def test_a_month_on_the_placed_basis(fold: Callable[[], None]) -> None:
    store = a_store()
    a_busy_march(store)
    a_busy_march(a_store())
    fold()
    assert figures.sales_summary(store, MARCH) == Summary(
        total_sales=D("80.00"),  # 80 less a tenth plus shipping = 80, less 20; the late 20
        total_tax=D("0.00"),
        total_orders=5,
        total_completed_orders=2,
        total_expired_orders=1,
        total_refunded_orders=1,
        average_ticket=D("40.00"),
        total_customers=2,
        new_customers=0,
        orders_with_coupon=1,
        orders_without_coupon=1,
    )
    assert figures.order_states(store, MARCH) == OrderStates(pending_orders=1, canceled_orders=1)


def test_a_month_on_the_booked_basis(fold: Callable[[], None]) -> None:
    store = a_store()
    a_busy_march(store)
    fold()
    march = figures.sales_summary(store, MARCH, "booked")
    assert (march.total_sales, march.total_orders, march.total_completed_orders, march.total_refunded_orders) == (
        D("180.00"),
        5,
        3,
        0,
    )
    april = figures.sales_summary(store, month_period(2026, 4), "booked")
    assert (april.total_sales, april.total_completed_orders, april.total_refunded_orders) == (D("-99.00"), 0, 1)
    assert april.new_customers == figures.sales_summary(store, month_period(2026, 4)).new_customers == 1


def test_totals_over_all_time_are_the_same_on_both_bases(fold: Callable[[], None]) -> None:
    store = a_store()
    a_busy_march(store)
    fold()
    ever = Period(date(2025, 1, 1), date(2027, 1, 1))
    assert figures.sales_summary(store, ever) == figures.sales_summary(store, ever, "booked")
    assert figures.sales_by_country(store, ever) == figures.sales_by_country(store, ever, "booked")
    assert figures.sales_by_product(store, ever) == figures.sales_by_product(store, ever, "booked")


def test_products_share_discounts_and_refunds(fold: Callable[[], None]) -> None:
    store = a_store()
    products = a_busy_march(store)
    fold()
    found = figures.sales_by_product(store, MARCH)
    # 60 and 20 less a tenth, of which the refund of 20 takes 13.50 and 4.50 (shipping 2.00)
    assert found[:2] == [
        ProductSales(products["tea"], "Tea", "", D("40.50"), 2, D("54.73")),
        ProductSales(products["cup"], "Cup", "/cup.svg", D("33.50"), 4, D("45.27")),
    ]
    assert [(row.total_sales, row.total_orders) for row in found[2:]] == [(D("0.00"), 1)]
    assert len(figures.sales_by_product(store, MARCH, limit=1)) == 1


@pytest.mark.parametrize(
    ("first", "last", "orders"),
    [
        (date(2026, 1, 15), date(2026, 5, 15), 7),
        (date(2026, 2, 28), date(2026, 4, 1), 7),
        (date(2026, 3, 1), date(2026, 3, 31), 5),
        (date(2026, 3, 1), date(2026, 4, 1), 6),
        (date(2026, 2, 28), date(2026, 3, 31), 6),
        (date(2026, 3, 10), date(2026, 3, 10), 5),
        (date(2026, 3, 11), date(2026, 3, 31), 0),
    ],
)
def test_months_and_single_days_put_together_any_range(
    fold: Callable[[], None], first: date, last: date, orders: int
) -> None:
    store = a_store()
    a_busy_march(store)
    fold()
    period = Period(first, last)
    assert figures.sales_summary(store, period).total_orders == orders
    total = sum((row.total_sales for row in figures.sales_by_product(store, period)), D("0.00"))
    shipping = D("6.00") if first <= date(2026, 3, 10) <= last else D("0.00")
    assert total == figures.sales_summary(store, period).total_sales - shipping


def test_countries_add_up_to_the_total(fold: Callable[[], None]) -> None:
    store = a_store()
    a_busy_march(store)
    fold()
    assert figures.sales_by_country(store, MARCH) == [
        CountrySales("DE", D("60.00"), 1, D("75.00")),
        CountrySales("", D("20.00"), 3, D("25.00")),
        CountrySales("FR", D("0.00"), 1, D("0.00")),
    ]


def test_the_trend_has_seven_days_zero_filled(fold: Callable[[], None]) -> None:
    store = a_store()
    a_busy_march(store)
    fold()
    running = figures.daily_trend(store, MARCH, date(2026, 3, 12))
    assert running == [
        DaySales(date(2026, 3, day), D("80.00") if day == 10 else D("0.00"), 5 if day == 10 else 0)
        for day in range(6, 13)
    ]
    over = figures.daily_trend(store, MARCH, date(2026, 6, 1))
    assert [row.date for row in over] == [date(2026, 3, day) for day in range(25, 32)]


def test_the_first_and_last_month_with_orders(fold: Callable[[], None]) -> None:
    store = a_store()
    assert figures.first_month_with_orders(store) is None
    assert figures.last_month_with_orders(store) is None
    a_busy_march(store)
    fold()
    assert figures.first_month_with_orders(store) == date(2026, 2, 1)
    assert figures.last_month_with_orders(store) == date(2026, 4, 1)


@pytest.mark.parametrize("products", [1, 40])
def test_a_dashboard_costs_the_same_number_of_statements_whatever_it_shows(
    products: int, django_assert_num_queries: Callable[..., object]
) -> None:
    store = a_store()
    an_order(store, *["1.00"] * products, paid=True)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        shown = figures.store_dashboard(store, month_period(2026, 3))
    assert shown.store == store


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("orders", [0, 1, 30])
def test_a_dashboard_takes_one_round_trip_whatever_it_shows(orders: int, tmp_path: Path) -> None:
    store = a_store()
    for _ in range(orders):
        an_order(store, "2.00", "1.00", paid=True, at=local(store, 2026, 3, 10))
    connection.ensure_connection()

    with round_trips(tmp_path / "protocol") as counted:
        shown = figures.store_dashboard(store, MARCH)

    assert shown.summary.total_orders == orders
    assert counted() == 1


@contextmanager
def round_trips(log: Path) -> Iterator[Callable[[], int]]:
    """Count how often the server said that it is ready for the next question, from libpq's own log."""
    server = connection.connection.pgconn
    with log.open("w") as file:
        server.trace(file.fileno())
        yield lambda: log.read_text().count("ReadyForQuery")
        server.untrace()


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_move_while_it_is_read() -> None:
    import threading

    store = a_store()
    an_order(store, paid=True, at=local(store, 2026, 3, 10))

    def write() -> None:
        an_order(store, paid=True, at=local(store, 2026, 3, 10))
        fold_all()
        connection.close()

    with figures.consistent_read():
        before = figures.sales_summary(store, MARCH)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        assert figures.sales_summary(store, MARCH) == before
    assert figures.sales_summary(store, MARCH).total_orders == 2
