"""Many writers on one store while folding runs and folding processes are killed."""

from __future__ import annotations

from decimal import Decimal

from customers.models import Customer, Store
from dashboard import figures
from dashboard.figures import order_states
from dashboard.metrics import folding
from dashboard.models import MetricDelta
from orders.models import Coupon, Product
from tests.builders import a_customer, a_product, a_store, an_order
from tests.races import programs, tally
from tests.races.checks import assert_exact, wait_for_fold_lock
from tests.races.crew import Crew

STOCK = 1_000_000


def test_64_writers_and_killed_folds_lose_and_double_nothing(crew: Crew) -> None:
    store = a_store(timezone="UTC")
    products = [a_product(store, price, stock=STOCK) for price in ("3.33", "7.01", "19.99", "120.00", "0.07")]
    customers = [a_customer(store) for _ in range(5)]
    coupon = Coupon.objects.create(store=store, code="RACE", value=Decimal(15))
    writers = crew.team(
        programs.trade,
        members=8,
        threads=8,
        seconds=8,
        store=store.pk,
        coupon=coupon.code,
        products=[product.pk for product in products],
        customers=[customer.pk for customer in customers],
    )
    folders = crew.team(programs.fold_forever, members=3, batch=40, killed_every=0.1)
    crew.go(folders, writers)
    acknowledged = [entry for result in writers.results(90) for entry in result]
    assert folders.murdered() >= 10

    books = tally.books(acknowledged)
    assert len(books) > 40  # a busy machine writes fewer in eight seconds
    assert_exact(store)
    expected = tally.totals(books)
    for basis in ("placed", "booked"):
        assert shown(store, basis) == {**expected, "customers": 5}
    assert {product.pk: STOCK - product.stock for product in Product.objects.all()} == tally.pieces_held(books)
    coupon.refresh_from_db()
    assert (coupon.uses_reserved, coupon.times_used, coupon.total_sales_amount) == tally.coupon(books)
    assert {
        customer.pk: (customer.total_orders, customer.completed_orders, customer.total_spent)
        for customer in Customer.objects.all()
    } == tally.customers(books)


def shown(store: Store, basis: str) -> dict[str, object]:
    period = programs.today_and_around()
    summary, standings = figures.sales_summary(store, period, basis), order_states(store, period)
    return {
        "orders": summary.total_orders,
        "sales": summary.total_sales,
        "completed": summary.total_completed_orders,
        "refunded": summary.total_refunded_orders,
        "expired": summary.total_expired_orders,
        "with_coupon": summary.orders_with_coupon,
        "pending": standings.pending_orders,
        "canceled": standings.canceled_orders,
        "customers": summary.total_customers,
    }


def test_a_fold_killed_before_its_commit_leaves_every_row_to_the_next(crew: Crew) -> None:
    store = a_store()
    an_order(store, "10.00", "5.00", paid=True)
    waiting = MetricDelta.objects.count()
    dying = crew.team(programs.fold_and_hang, members=1)
    crew.go(dying)
    wait_for_fold_lock(held=True)
    assert folding.fold_once().rows == 0, "one fold at a time"
    dying.stop()
    wait_for_fold_lock(held=False)
    assert folding.fold_once().rows == waiting
    assert_exact(store)
    assert figures.sales_summary(store, programs.today_and_around()).total_sales == Decimal("15.00")
