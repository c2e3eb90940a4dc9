"""Many requests that want the same thing at the same moment: losers are told so, the figures stay exact."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.db import connection

from customers.models import IdempotencyRecord, Store, User
from customers.tokens import access_token
from dashboard import figures
from orders.models import Coupon, Order, OrderEvent, Refund, Transaction, WebhookEvent
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.orders.calls import Answer, Caller, dumped, order_content
from tests.orders.provider import deliver, told
from tests.races import programs
from tests.races.checks import assert_exact

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, act: Callable[[int], Answer]) -> list[Answer]:
    """Call `act` in threads with a connection each, all at one moment; return the answers."""
    barrier, answers = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            answers[number] = act(number)  # type: ignore[call-overload]
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert None not in answers, "a request ended without an answer"
    return answers  # type: ignore[return-value]


def outcomes(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """Count the answers by status and message."""
    return Counter((answer.status, answer.data.get("message", "")) for answer in answers)


def summary(store: Store) -> figures.Summary:
    return figures.sales_summary(store, programs.today_and_around())


def test_50_refunds_of_60_percent_make_1_refund() -> None:
    store = a_store()
    clerk = a_user(User.Role.STAFF, store)
    order = an_order(store, "100.00", paid=True)
    path = f"/orders/{order.pk}/refunds"

    answers = at_once(50, lambda _: Caller(clerk)("POST", path, {"amount": 60}))

    assert outcomes(answers) == {(201, ""): 1, (409, "Refund refused: at most 40.00 is left to refund."): 49}
    order.refresh_from_db()
    assert (order.refunded_amount, order.payment_status) == (Decimal("60.00"), "PARTIALLY_REFUNDED")
    assert Refund.objects.get().amount == Decimal("60.00")
    assert summary(store).total_sales == Decimal("40.00")
    assert_exact(store)


def test_100_redemptions_of_a_coupon_s_last_use_make_1_order() -> None:
    store = a_store()
    clerk, customer = a_user(User.Role.STAFF, store), a_customer(store)
    product = a_product(store, stock=500)
    coupon = Coupon.objects.create(store=store, code="LAST", value=Decimal(10), usage_limit=3, uses_reserved=2)
    content = order_content(product, customer, couponCode="last")

    answers = at_once(100, lambda _: Caller(clerk)("POST", "/orders", content))

    assert outcomes(answers) == {(201, ""): 1, (409, "This discount code has been used up."): 99}
    coupon.refresh_from_db()
    product.refresh_from_db()
    customer.refresh_from_db()
    assert (coupon.uses_reserved, product.stock, customer.total_orders) == (3, 499, 1)
    assert summary(store).total_orders == Order.objects.count() == 1
    assert_exact(store)


def test_100_orders_for_the_last_10_pieces_make_10_orders() -> None:
    store = a_store()
    clerk, customer = a_user(User.Role.STAFF, store), a_customer(store)
    product = a_product(store, "4.00", name="Last lamp", stock=10)
    content = order_content(product, customer)

    answers = at_once(100, lambda _: Caller(clerk)("POST", "/orders", content))

    short = f"Not enough stock of Last lamp (product {product.pk}): 0 left."
    assert outcomes(answers) == {(201, ""): 10, (409, short): 90}
    product.refresh_from_db()
    customer.refresh_from_db()
    assert (product.stock, customer.total_orders, OrderEvent.objects.count()) == (0, 10, 10)
    assert summary(store).total_orders == Order.objects.count() == 10
    assert_exact(store)


@pytest.mark.parametrize("kind", ["payment.approved", "payment.refunded"])
def test_20_deliveries_of_one_report_have_1_effect(kind: str) -> None:
    store = a_store()
    order = an_order(store, "30.00", paid=kind == "payment.refunded")
    content = told(order, kind, amount=Decimal("10.00") if kind == "payment.refunded" else None)

    answers = at_once(20, lambda _: deliver(store, content))

    assert Counter((answer.status, answer.data["result"]) for answer in answers) == {
        (200, "processed"): 1,
        (200, "duplicate"): 19,
    }
    assert WebhookEvent.objects.count() == 1
    refunded = kind == "payment.refunded"
    assert [row.amount for row in Transaction.objects.order_by("pk")] == (
        [Decimal("30.00"), Decimal("10.00")] if refunded else [Decimal("30.00")]
    )
    assert summary(store).total_sales == Decimal("20.00" if refunded else "30.00")
    assert_exact(store)


def test_20_orders_with_one_key_make_1_order() -> None:
    store = a_store()
    clerk = a_user(User.Role.STAFF, store)
    content = order_content(a_product(store, stock=50), a_customer(store))

    answers = at_once(20, lambda _: Caller(clerk)("POST", "/orders", content, Idempotency_Key="once"))

    made = [answer for answer in answers if answer.status == 201]
    fresh = [answer for answer in made if "Idempotent-Replayed" not in answer.headers]
    running = {
        (answer.status, answer.data["code"], answer.headers["Retry-After"])
        for answer in answers
        if answer.status != 201
    }
    assert len(fresh) == 1
    assert running <= {(409, "BUSY", "5")}
    assert all(answer.data == fresh[0].data for answer in made)
    assert Caller(clerk)("POST", "/orders", content, Idempotency_Key="once").data == fresh[0].data
    assert Order.objects.count() == IdempotencyRecord.objects.count() == 1
    assert_exact(store)


def test_20_changes_of_status_that_saw_one_version_make_1_change() -> None:
    store = a_store()
    clerk = a_user(User.Role.STAFF, store)
    order = an_order(store, "30.00")
    asked = [{"status": "CANCELED", "version": 1}, {"paymentStatus": "PAID", "version": 1}]

    answers = at_once(20, lambda number: Caller(clerk)("PATCH", f"/orders/{order.pk}/status", asked[number % 2]))

    assert outcomes(answers) == {
        (200, ""): 1,
        (409, "This order has changed since you opened it: it is at version 2, not 1. Reload it and try again."): 19,
    }
    assert OrderEvent.objects.count() == 2
    assert_exact(store)


def test_a_lost_answer_is_given_again(live_server: Any) -> None:
    """The connection dies after the commit, before the answer is read; asked again, it is the first answer."""
    store = a_store()
    clerk = a_user(User.Role.STAFF, store)
    body = dumped(order_content(a_product(store, stock=5), a_customer(store)))
    headers = {
        "Authorization": f"Bearer {access_token(clerk)}",
        "Content-Type": "application/json",
        "Idempotency-Key": "lost",
    }
    address = urlsplit(f"{live_server.url}/api/v1/orders")
    lines = [f"POST {address.path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]

    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        until = time.monotonic() + 30
        while not IdempotencyRecord.objects.exists():
            assert time.monotonic() < until, "the order was never placed"
            time.sleep(0.02)
        # committed; now close with a reset and read nothing
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    again = urlopen(Request(address.geturl(), body, headers))

    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert json.load(again)["data"]["orderNumber"] == Order.objects.get().number
    again.close()
    assert_exact(store)
