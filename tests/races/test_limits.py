"""Many connections that want the same thing at the same moment: as many get it as there is, the others are told why."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.actions import add_credits
from customers.models import CreditEntry, Customer, Store
from dashboard import figures
from orders.models import Coupon, Order, OrderEvent, OrderItem, Refund, Transaction
from tests.builders import a_customer, a_product, a_store, an_order
from tests.races import programs
from tests.races.checks import assert_exact
from tests.races.crew import Crew


def outcomes(crew: Crew, function: Any, *, members: int, threads: int, **arguments: Any) -> Counter[str]:
    """Let `members` processes of `threads` connections do the same at one moment; count how it ended for them."""
    team = crew.team(function, members=members, threads=threads, **arguments)
    crew.go(team)
    return Counter(outcome for result in team.results(90) for outcome in result)


def summary(store: Store) -> figures.Summary:
    return figures.sales_summary(store, programs.today_and_around())


def test_100_orders_for_the_last_10_pieces_make_10_orders(crew: Crew) -> None:
    store = a_store()
    product = a_product(store, "4.00", name="Last lamp", stock=10)
    found = outcomes(crew, programs.order, members=4, threads=25, store=store.pk, products=[product.pk])
    assert found == {"done": 10, f"Not enough stock of Last lamp (product {product.pk}): 0 left.": 90}
    product.refresh_from_db()
    assert product.stock == 0
    assert (Order.objects.count(), OrderItem.objects.count(), OrderEvent.objects.count()) == (10, 10, 10)
    assert summary(store).total_orders == 10
    assert_exact(store)


def test_100_redemptions_of_the_last_use_of_a_coupon_make_1_order(crew: Crew) -> None:
    store = a_store()
    product = a_product(store, stock=500)
    coupon = Coupon.objects.create(store=store, code="LAST", value=Decimal(10), usage_limit=3, uses_reserved=2)
    found = outcomes(crew, programs.order, members=4, threads=25, store=store.pk, products=[product.pk], coupon="last")
    assert found == {"done": 1, "This discount code has been used up.": 99}
    coupon.refresh_from_db()
    product.refresh_from_db()
    assert (coupon.uses_reserved, coupon.times_used, product.stock) == (3, 0, 499)
    assert summary(store).total_orders == Order.objects.count() == 1
    assert_exact(store)


def test_50_refunds_of_60_percent_make_1_refund(crew: Crew) -> None:
    store = a_store()
    order = an_order(store, "100.00", paid=True)
    found = outcomes(crew, programs.refund, members=5, threads=10, order=order.pk, amount="60.00")
    assert found == {"done": 1, "Refund refused: at most 40.00 is left to refund.": 49}
    order.refresh_from_db()
    assert (order.refunded_amount, order.payment_status) == (Decimal("60.00"), "PARTIALLY_REFUNDED")
    assert Refund.objects.get().amount == Decimal("60.00")
    assert summary(store).total_sales == Decimal("40.00")
    assert_exact(store)


def test_20_reports_of_one_payment_make_1_capture(crew: Crew) -> None:
    store = a_store()
    customer = a_customer(store)
    order = an_order(store, "30.00", customer=customer)
    found = outcomes(crew, programs.report_paid, members=4, threads=5, order=order.pk)
    assert found == {"done": 20}
    assert Transaction.objects.get().amount == Decimal("30.00")
    assert list(OrderEvent.objects.values_list("kind", flat=True)) == ["placed", "paid"]
    customer.refresh_from_db()
    assert (customer.total_spent, customer.completed_orders) == (Decimal("30.00"), 1)
    assert (summary(store).total_sales, summary(store).total_completed_orders) == (Decimal("30.00"), 1)
    assert_exact(store)


def test_50_spends_of_a_tenth_of_the_credits_make_10_and_leave_nothing(crew: Crew) -> None:
    customer = a_customer(a_store())
    add_credits(customer=customer, amount=Decimal("5.00"), reason="gift", actor=None)
    found = outcomes(crew, programs.spend, members=5, threads=10, customer=customer.pk, amount="0.50")
    assert found == {"done": 10, "The customer's credit balance does not cover this.": 40}
    assert Customer.objects.get().credit_balance == Decimal("0.00")
    entries = CreditEntry.objects.order_by("-balance_after").values_list("amount", "balance_after")
    assert list(entries) == [(Decimal("5.00"), Decimal("5.00"))] + [
        (Decimal("-0.50"), Decimal("5.00") - taken * Decimal("0.50")) for taken in range(1, 11)
    ]


def test_4_expiries_at_once_expire_each_overdue_order_once(crew: Crew) -> None:
    store = a_store()
    products = [a_product(store, "2.00", stock=100) for _ in range(3)]
    items = [programs.ItemRequest(product.pk, 1) for product in products]
    long_ago = timezone.now() - timedelta(hours=25)
    for number in range(40):
        an_order(store, items=items[:: 1 if number % 2 else -1], at=long_ago)
    young = an_order(store, items=items)
    team = crew.team(programs.expire, members=4)
    crew.go(team)
    assert sum(team.results(60)) == 40
    assert Counter(OrderEvent.objects.values_list("kind", flat=True)) == {"placed": 41, "expired": 40}
    for product in products:
        product.refresh_from_db()
    assert [product.stock for product in products] == [99, 99, 99]
    assert Order.objects.get(status=Order.Status.PENDING) == young
    assert summary(store).total_expired_orders == 40
    assert_exact(store)


def test_orders_that_name_the_same_products_in_opposite_orders_all_succeed(crew: Crew) -> None:
    store = a_store()
    products = [a_product(store, stock=100) for _ in range(4)]
    customer = a_customer(store)
    coupon = Coupon.objects.create(store=store, code="BAIT", value=Decimal(5))
    found = outcomes(
        crew,
        programs.order,
        members=4,
        threads=15,
        store=store.pk,
        coupon="BAIT",
        customer=customer.pk,
        products=[product.pk for product in products],
    )
    assert found == {"done": 60}
    for product in products:
        product.refresh_from_db()
    assert [product.stock for product in products] == [40] * 4
    coupon.refresh_from_db()
    customer.refresh_from_db()
    assert (coupon.uses_reserved, customer.total_orders) == (60, 60)
    assert Order.objects.values("number").distinct().count() == 60
    assert_exact(store)


def test_8_senders_of_every_report_of_10_orders_in_any_order_leave_all_in_one_state(crew: Crew) -> None:
    store = a_store()
    product = a_product(store, "8.00", stock=100)
    customer = a_customer(store)
    Coupon.objects.create(store=store, code="TEN", value=Decimal(10))
    placed = [
        an_order(store, items=[programs.ItemRequest(product.pk, 2)], customer=customer, coupon_code="TEN")
        for _ in range(10)
    ]
    found = outcomes(crew, programs.report_everything, members=4, threads=2, orders=[order.pk for order in placed])
    assert found == {"done": 8}
    ends = Order.objects.values_list("status", "payment_status", "captured_amount", "refunded_amount").distinct()
    assert list(ends) == [("REFUNDED", "REFUNDED", Decimal("14.40"), Decimal("14.40"))]
    assert Counter(Transaction.objects.values_list("kind", "status")) == {
        ("payment", "approved"): 10,
        ("payment", "refused"): 10,
        ("refund", "approved"): 10,
    }
    shown = summary(store)
    assert (shown.total_sales, shown.total_completed_orders) == (Decimal("0.00"), 0)
    assert (shown.total_refunded_orders, shown.total_expired_orders) == (10, 10)
    customer.refresh_from_db()
    coupon = Coupon.objects.get()
    assert (customer.total_spent, customer.completed_orders, customer.total_orders) == (Decimal("0.00"), 0, 10)
    assert (coupon.times_used, coupon.uses_reserved, coupon.total_sales_amount) == (0, 0, Decimal("0.00"))
    assert_exact(store)
