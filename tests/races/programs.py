"""What the members of a race do: each function runs in a process of its own, forked by tests.races.nursery."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.actions import spend_credits
from customers.models import Customer, Store
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics import folding, recount
from dashboard.metrics.verification import verify_store
from dealport.kit.errors import Conflict
from orders import actions
from orders.actions import ItemRequest
from orders.importing import import_orders
from orders.models import Order

Acknowledged = dict[str, Any]


def together(threads: int, act: Callable[[int], Any]) -> list[str]:
    """Call `act` in threads with a connection each, at one moment; return "done" or the text of the Conflict."""
    barrier, outcomes = threading.Barrier(threads), [""] * threads

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            act(number)
            outcomes[number] = "done"
        except Conflict as conflict:
            outcomes[number] = str(conflict)
        except BaseException:
            outcomes[number] = traceback.format_exc()
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=[number]) for number in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return outcomes


def today_and_around() -> Period:
    """Return a period that contains whatever happens during a test, also across midnight."""
    today = timezone.now().date()
    return Period(today - timedelta(days=2), today + timedelta(days=2))


# --- Folding ------------------------------------------------------------------------------------------------


def fold_forever(*, index: int, batch: int) -> None:
    """Fold small batches without pause until killed."""
    while True:
        if folding.fold_once(batch).rows == 0:
            time.sleep(0.005)


def fold_and_hang(*, index: int) -> None:
    """Fold in a transaction that never ends."""
    with transaction.atomic():
        folding.fold_all()
        time.sleep(600)


def recount_for(*, index: int, store: int, seconds: float, at_least: int = 0) -> int:
    """Recount and repair a store over and over; return how often. A busy machine takes longer."""
    rounds, until = 0, time.monotonic() + seconds
    while rounds < at_least or time.monotonic() < until:
        recount.correct(Store.objects.get(pk=store))
        folding.fold_all()
        rounds += 1
    return rounds


# --- Trading ------------------------------------------------------------------------------------------------


def trade(
    *,
    index: int,
    threads: int,
    seconds: float,
    store: int,
    products: list[int],
    customers: list[int],
    coupon: str,
) -> list[Acknowledged]:
    """Place, pay, refuse, cancel and refund orders of one store at random; return every acknowledged commit."""
    acknowledged: list[Acknowledged] = []
    until = time.monotonic() + seconds

    def act(number: int) -> None:
        trader = Trader(random.Random(f"{index} {number}"), Store.objects.get(pk=store), products, customers, coupon)
        while time.monotonic() < until:
            try:
                acknowledged.append(trader.act())
            except Conflict:
                pass  # somebody else was faster: nothing was committed

    failed = {outcome for outcome in together(threads, act) if outcome != "done"}
    if failed:
        raise AssertionError("\n".join(failed))
    return acknowledged


class Trader:
    """One connection that does one random thing to its store at a time."""

    def __init__(
        self, dice: random.Random, store: Store, products: list[int], customers: list[int], coupon: str
    ) -> None:
        self.dice, self.store, self.coupon = dice, store, coupon
        self.products, self.customers = products, customers

    def act(self) -> Acknowledged:
        """Do one thing to a new or a recent order. Raises Conflict when another trader was faster."""
        order = self.recent_order() if self.dice.random() > 0.4 else None
        if order is None:
            return self.place()
        step = self.dice.choice((self.pay, self.pay, self.refuse, self.cancel, self.refund, self.refund))
        return {"order": order.pk, **step(order)}

    def recent_order(self) -> Order | None:
        """Return one of the newest orders, whoever placed it: many traders want the same."""
        newest = list(Order.objects.filter(store=self.store).order_by("-pk")[:40])
        return self.dice.choice(newest) if newest else None

    def place(self) -> Acknowledged:
        """Place an order of one to four products, in any order of theirs."""
        items = [
            ItemRequest(pk, self.dice.randint(1, 3)) for pk in self.dice.sample(self.products, self.dice.randint(1, 4))
        ]
        customer = self.dice.choice([*self.customers, None])
        coupon = self.dice.choice((self.coupon, "", ""))
        order = actions.place_order(
            store=self.store,
            items=items,
            customer=Customer.objects.get(pk=customer) if customer else None,
            coupon_code=coupon,
            shipping_fee=Decimal("4.90"),
            shipping_address={"country": self.dice.choice(("GB", "DE"))},
            actor=None,
        )
        return {
            "did": "place",
            "order": order.pk,
            "total": order.total_amount,
            "customer": customer,
            "coupon": coupon,
            "pieces": {item.product_id: item.quantity for item in items},
        }

    def pay(self, order: Order) -> Acknowledged:
        """Record the payment."""
        actions.mark_paid(order=order, actor=None)
        return {"did": "pay"}

    def refuse(self, order: Order) -> Acknowledged:
        """Record a refused payment."""
        actions.refuse_payment(order=order, actor=None)
        return {"did": "refuse"}

    def cancel(self, order: Order) -> Acknowledged:
        """Cancel the order."""
        actions.cancel_order(order=order, actor=None)
        return {"did": "cancel"}

    def refund(self, order: Order) -> Acknowledged:
        """Refund a part, or all that is left."""
        amount = self.dice.choice((None, Decimal("1.37"), round(order.total_amount / 2, 2)))
        refund = actions.refund_order(order=order, amount=amount, actor=None)
        if refund is None:
            raise AssertionError("a refund asked for by a person is made or refused")
        return {"did": "refund", "amount": refund.amount}


def sell(*, index: int, seconds: float, store: int, product: int, at_least: int = 0) -> int:
    """Place and pay orders of one piece, each in one transaction; return how many. A busy machine takes longer."""
    sold, until, store_row = 0, time.monotonic() + seconds, Store.objects.get(pk=store)
    while sold < at_least or time.monotonic() < until:
        with transaction.atomic():
            order = actions.place_order(
                store=store_row, items=[ItemRequest(product, 1)], shipping_address={"country": "GB"}, actor=None
            )
            actions.mark_paid(order=order, actor=None)
        sold += 1
    return sold


def place_timed(*, index: int, store: int, product: int, count: int) -> list[float]:
    """Place orders one after the other; return the seconds each took."""
    store_row, seconds = Store.objects.get(pk=store), []
    for _ in range(count):
        began = time.monotonic()
        actions.place_order(store=store_row, items=[ItemRequest(product, 1)], actor=None)
        seconds.append(time.monotonic() - began)
    return seconds


# --- Reading ------------------------------------------------------------------------------------------------


def read(*, index: int, seconds: float, store: int, price: str, at_least: int = 0) -> dict[str, Any]:
    """Read figures of a store that sells one piece of `price` an order; return how often, and what was wrong."""
    store_row, wrong, reads, last = Store.objects.get(pk=store), [], 0, 0
    until = time.monotonic() + seconds
    while reads < at_least or time.monotonic() < until:
        before = Order.objects.filter(store=store_row).count()
        shown = read_page(store_row) if reads % 2 else read_statements(store_row)
        after = Order.objects.filter(store=store_row).count()
        reads += 1
        for name, (orders, sales) in shown.items():
            if not max(before, last) <= orders <= after or sales != orders * Decimal(price):
                wrong.append(f"{name}: {orders} orders, {sales} with {before} to {after} committed, last {last}")
        if len({figure for figure, _ in shown.values()}) > 1 and reads % 2 == 0:
            wrong.append(f"one page, different figures: {shown}")
        last = max(last, min(orders for orders, _ in shown.values()))
    return {"reads": reads, "wrong": wrong[:5]}


Shown = dict[str, tuple[int, Decimal]]


def read_page(store_row: Store) -> Shown:
    """Return orders and sales as every part of one page shows them."""
    page = figures.store_dashboard(store_row, today_and_around())
    return {
        "tiles": (page.summary.total_orders, page.summary.total_sales),
        "completed": (page.summary.total_completed_orders, page.summary.total_sales),
        "trend": added_up(page.daily_trend),
        "products": added_up(page.sales_by_product),
        "countries": added_up(page.sales_by_country),
    }


def read_statements(store_row: Store) -> Shown:
    """Return orders and sales read by single statements, without a snapshot around them."""
    period = today_and_around()
    summary = figures.sales_summary(store_row, period, "booked")
    return {
        "tiles": (summary.total_orders, summary.total_sales),
        "products": added_up(figures.sales_by_product(store_row, period, "booked")),
        "countries": added_up(figures.sales_by_country(store_row, period, "booked")),
    }


def added_up(rows: list[Any]) -> tuple[int, Decimal]:
    """Return orders and sales of all rows."""
    return sum(row.total_orders for row in rows), sum((row.total_sales for row in rows), Decimal(0))


def verify(*, index: int, seconds: float, store: int, at_least: int = 0) -> dict[str, Any]:
    """Compare the figures with the orders over and over; return how often, and what differed."""
    rounds, wrong, until = 0, [], time.monotonic() + seconds
    while rounds < at_least or time.monotonic() < until:
        wrong += verify_store(Store.objects.get(pk=store)).details
        rounds += 1
    return {"reads": rounds, "wrong": wrong[:5]}


# --- Everybody wants the same ------------------------------------------------------------------------------


def order(
    *, index: int, threads: int, store: int, products: list[int], customer: int | None = None, coupon: str = ""
) -> list[str]:
    """Order one piece of each product; odd threads name the products the other way round."""
    store_row = Store.objects.get(pk=store)
    buyer = Customer.objects.get(pk=customer) if customer else None

    def act(number: int) -> None:
        named = products[::-1] if number % 2 else products
        items = [ItemRequest(pk, 1) for pk in named]
        actions.place_order(store=store_row, items=items, customer=buyer, coupon_code=coupon, actor=None)

    return together(threads, act)


def refund(*, index: int, threads: int, order: int, amount: str) -> list[str]:
    """Refund the same amount of one order in every thread."""
    wanted = Order.objects.get(pk=order)
    return together(threads, lambda _: actions.refund_order(order=wanted, amount=Decimal(amount), actor=None))


def report_paid(*, index: int, threads: int, order: int) -> list[str]:
    """Report the payment of one order in every thread, as a provider does that repeats itself."""
    wanted = Order.objects.get(pk=order)
    return together(threads, lambda _: actions.apply_provider_approval(order=wanted))


def spend(*, index: int, threads: int, customer: int, amount: str) -> list[str]:
    """Spend credits of one customer in every thread."""
    spender = Customer.objects.get(pk=customer)

    def act(number: int) -> None:
        spend_credits(customer=Customer.objects.get(pk=spender.pk), amount=Decimal(amount), reason="race", actor=None)

    return together(threads, act)


def expire(*, index: int) -> int:
    """Expire what is overdue; return how many orders."""
    return actions.expire_unpaid()


def place_and_hold(*, index: int, store: int, product: int, until: str) -> int:
    """Place an order and keep its transaction open until the file `until` exists; return the order's id."""
    with transaction.atomic():
        order = actions.place_order(store=Store.objects.get(pk=store), items=[ItemRequest(product, 1)], actor=None)
        Path(until).with_suffix(".placed").touch()
        while not Path(until).exists():
            time.sleep(0.01)
    return order.pk


def correct(*, index: int, store: int) -> int:
    """Recount and repair a store once; return how many buckets were wrong."""
    return recount.correct(Store.objects.get(pk=store))


def import_file(*, index: int, store: int, path: str) -> dict[str, int]:
    """Import a file of orders; return what the receipt says."""
    receipt = import_orders(Path(path), Store.objects.get(pk=store))
    return {"orders": receipt.orders, "repeated": receipt.repeated}


def report_everything(*, index: int, threads: int, orders: list[int]) -> list[str]:
    """Report approval, refusal and full refund of every order, orders and reports in an order of one's own."""

    def act(number: int) -> None:
        dice = random.Random(f"{index} {number}")
        reports = [(pk, report) for pk in orders for report in ("paid", "refused", "refunded")]
        dice.shuffle(reports)
        for pk, report in reports:
            named = Order.objects.get(pk=pk)
            if report == "paid":
                actions.apply_provider_approval(order=named)
            elif report == "refused":
                actions.apply_provider_refusal(order=named)
            else:
                actions.apply_provider_refund(order=named, amount=named.total_amount)

    return together(threads, act)
