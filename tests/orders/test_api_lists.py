"""Lists of orders and transactions: what they can be narrowed to, their pages, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Store, User
from orders.actions import cancel_order, mark_paid, refund_order
from orders.models import Category, Coupon, Order, Transaction
from tests.builders import a_customer, a_store, a_user, an_order, local
from tests.orders.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def found(call: Caller, path: str) -> set[int]:
    answer = call("GET", path)
    assert answer.status == 200, answer.data
    return {row["id"] for row in answer.data}


def test_a_row_says_what_a_list_needs_and_no_more(store: Store, call: Caller) -> None:
    order = an_order(store, "10.00", customer=a_customer(store, email="ada@example.com", name="Ada"))
    guest = an_order(store)
    answer = call("GET", "/orders?ordering=placedAt")
    assert answer.meta == {"page": 1, "limit": 20, "total": 2, "totalPages": 1}
    assert answer.data[0] == {
        "id": order.pk,
        "store": "tea",
        "orderNumber": order.number,
        "customerId": order.customer_id,
        "customer": {"id": order.customer_id, "name": "Ada", "email": "ada@example.com"},
        "status": "PENDING",
        "paymentStatus": "PENDING",
        "currency": "GBP",
        "totalAmount": D("10.00"),
        "outstanding": D("10.00"),
        "overpaid": D("0.00"),
        "refundedAmount": D("0.00"),
        "couponCode": "",
        "country": "",
        "channel": "",
        "tags": [],
        "paymentMethod": "",
        "paymentMethodCode": "",
        "placedAt": order.placed_at.isoformat().replace("+00:00", "Z"),
        "updatedAt": order.placed_at.isoformat().replace("+00:00", "Z"),
        "version": 1,
    }
    assert (answer.data[1]["id"], answer.data[1]["customer"]) == (guest.pk, None)


def test_orders_are_found_by_what_they_are(store: Store, call: Caller) -> None:
    ada = a_customer(store, email="ada@example.com")
    Coupon.objects.create(store=store, code="TEN", value=D("10"))
    cheap = an_order(store, "5.00", customer=ada, shipping_address={"country": "DE"})
    dear = an_order(store, "50.00", coupon_code="ten", paid=True)
    gone = an_order(store, "20.00", customer=a_customer(store, email="adam@example.com"))
    cancel_order(order=gone, actor=None)
    Order.objects.filter(pk=dear.pk).update(number="1001")
    for question, expected in [
        ("", {cheap, dear, gone}),
        ("status=PENDING", {cheap}),
        ("paymentStatus=PAID", {dear}),
        ("status=PENDING&paymentStatus=PAID", set()),
        (f"customerId={ada.pk}", {cheap}),
        ("country=DE", {cheap}),
        ("couponCode=Ten", {dear}),
        ("minTotal=20&maxTotal=45.00", {gone, dear}),
        ("minTotal=45.01", set()),
        ("search=100", {dear}),
        ("search=ORD-", {cheap, gone}),
        ("search=ada@", {cheap}),
        ("search=ADAM@example.com", {gone}),
        ("search=%25", set()),
        ("search=", {cheap, dear, gone}),
    ]:
        assert found(call, f"/orders?{question}") == {order.pk for order in expected}, question


def test_days_are_those_of_each_order_s_own_store(store: Store) -> None:
    far = a_store(slug="far", timezone="Pacific/Auckland")
    orders = {
        (each.slug, name): an_order(each, at=at)
        for each in (store, far)
        for name, at in [
            ("before", local(each, 2026, 3, 4, 23, 59)),
            ("first", local(each, 2026, 3, 5)),
            ("last", local(each, 2026, 3, 6, 23, 59, 59)),
            ("after", local(each, 2026, 3, 7)),
        ]
    }
    days = "placedFrom=2026-03-05&placedTo=2026-03-06"
    inside = {key: order.pk for key, order in orders.items() if key[1] in ("first", "last")}
    admin = Caller(a_user(User.Role.ADMIN))
    assert found(admin, f"/orders?{days}") == set(inside.values())
    for each in (store, far):
        own = {pk for (slug, _), pk in inside.items() if slug == each.slug}
        assert found(admin, f"/orders?{days}&store={each.slug}") == own
        assert found(Caller(a_user(User.Role.STAFF, each)), f"/orders?{days}") == own
    assert found(Caller(a_user(User.Role.STAFF)), f"/orders?{days}") == set()


def test_transactions_are_found_by_what_they_are(store: Store, call: Caller) -> None:
    first, second = an_order(store, "10.00", at=local(store, 2026, 3, 5)), an_order(store, "20.00")
    mark_paid(order=first, gateway_transaction_id="gw-1", at=local(store, 2026, 3, 5, 12), actor=None)
    refund_order(order=first, amount=D("4.00"), at=local(store, 2026, 3, 6), actor=None)
    call("PATCH", f"/orders/{second.pk}/status", {"paymentStatus": "FAILED"})
    payment, refusal, refund = Transaction.objects.order_by("pk")
    one = call("GET", f"/transactions/{payment.pk}")
    assert (one.status, one.data) == (
        200,
        {
            "id": payment.pk, "transactionNumber": payment.number, "customerId": None, "store": "tea",
            "orderId": first.pk, "orderNumber": first.number, "kind": "payment",
            "status": "approved", "amount": D("10.00"), "currency": "GBP", "method": "",
            "gatewayTransactionId": "gw-1", "gatewayResponse": None, "createdAt": "2026-03-05T00:00:00Z",
            "settledAt": "2026-03-05T12:00:00Z",
        },
    )  # fmt: skip
    for question, expected in [
        ("", {payment, refund, refusal}),
        ("store=tea&kind=refund", {refund}),
        ("status=refused", {refusal}),
        (f"orderId={first.pk}", {payment, refund}),
        ("gatewayTransactionId=gw-1", {payment}),
        ("createdTo=2026-03-05", {payment}),
        ("createdFrom=2026-03-06&createdTo=2026-03-06", {refund}),
    ]:
        assert found(call, f"/transactions?{question}") == {row.pk for row in expected}, question
    assert [row["id"] for row in call("GET", "/transactions?ordering=createdAt").data] == [
        payment.pk,
        refund.pk,
        refusal.pk,
    ]


@pytest.mark.parametrize(("total", "limit"), [(0, 3), (1, 3), (2, 3), (3, 3), (7, 3), (8, 2), (9, 4)])
@pytest.mark.parametrize("ordering", ["placedAt", "-placedAt"])
def test_pages_neither_repeat_nor_skip_a_row_from_either_end(
    store: Store, call: Caller, total: int, limit: int, ordering: str
) -> None:
    # every two of them placed at one moment, so that the id has to decide
    start = datetime(2026, 3, 5, tzinfo=UTC)
    orders = [an_order(store, at=start + timedelta(hours=number // 2)) for number in range(total)]
    expected = [order.pk for order in (orders if ordering == "placedAt" else reversed(orders))]
    pages = max(-(-total // limit), 1)
    seen = []
    for page in range(1, pages + 1):
        answer = call("GET", f"/orders?ordering={ordering}&limit={limit}&page={page}")
        assert answer.meta == {"page": page, "limit": limit, "total": total, "totalPages": pages}
        seen += [row["id"] for row in answer.data]
    assert seen == expected
    assert call("GET", f"/orders?limit={limit}&page={pages + 1}").refusal == (400, ["page"])


@pytest.mark.parametrize("path", ["/orders", "/products", "/coupons", "/categories", "/transactions"])
def test_a_list_of_thirty_asks_no_more_than_a_list_of_three(store: Store, call: Caller, path: str) -> None:
    counts = []
    for total in (3, 30):
        for number in range(total - 3 * len(counts)):
            Category.objects.create(store=store, name="Shelf", slug=f"shelf-{total}-{number}")
            Coupon.objects.create(store=store, code=f"C-{total}-{number}", value=D("1"))
            order = an_order(store, customer=a_customer(store))
            mark_paid(order=order, actor=None)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = call("GET", f"{path}?limit=50")
        assert len(answer.data) == total
        counts.append(len(queries))
    # the stores, the count, the keys, the rows; the variants and pictures of products
    assert counts == [6, 6] if path == "/products" else [4, 4], path


def test_an_order_with_many_parts_asks_no_more_than_a_small_one(store: Store, call: Caller) -> None:
    def cost(order: Order) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = call("GET", f"/orders/{order.pk}")
        assert answer.status == 200
        return len(queries)

    small = an_order(store, customer=a_customer(store), paid=True)
    refund_order(order=small, amount=D("1.00"), actor=None)
    large = an_order(store, *["10.00"] * 12, customer=a_customer(store), paid=True)
    for _ in range(6):
        refund_order(order=large, amount=D("1.00"), actor=None)
    # the order, its items, fulfillments, refunds, their shares, transactions, events
    assert (cost(small), cost(large)) == (8, 8)


def test_what_lies_in_other_stores_is_not_there(store: Store) -> None:
    """Neither by id nor in lists, counts, filters, search and ordering; a foreign id answers like a missing one."""
    foreign = a_store(slug="far")
    order = an_order(foreign, "10.00", customer=a_customer(foreign, email="far@example.com"), paid=True)
    product = order.items.get().product
    coupon = Coupon.objects.create(store=foreign, code="FAR", value=D("1"))
    shelf = Category.objects.create(store=foreign, name="Far", slug="far")
    call = Caller(a_user(User.Role.STAFF, store))
    rows: dict[str, Any] = {
        "orders": order,
        "products": product,
        "coupons": coupon,
        "categories": shelf,
        "transactions": order.transactions.get(),
    }
    for name, row in rows.items():
        answers = [call("GET", f"/{name}/{pk}") for pk in (row.pk, row.pk + 10_000)]
        for answer in answers:
            answer.data.pop("requestId")
        assert answers[0].status == 404
        assert answers[0].data == answers[1].data
        assert call("GET", f"/{name}").meta == {"page": 1, "limit": 20, "total": 0, "totalPages": 1}
        assert call("GET", f"/{name}?store=far").status == call("GET", f"/{name}?store=nowhere").status == 404
    for question in [
        f"search={order.number}",
        "search=far@example.com",
        f"customerId={order.customer_id}",
        "ordering=-placedAt",
        "couponCode=FAR",
    ]:
        assert found(call, f"/orders?{question}") == set(), question
    assert found(call, f"/transactions?orderId={order.pk}") == set()


def test_orders_are_found_by_their_age(store: Store, call: Caller) -> None:
    now = timezone.now()
    old, young = (an_order(store, at=now - timedelta(days=days)).pk for days in (9, 2))
    for question, expected in (
        ("minAgeDays=3", {old}),
        ("maxAgeDays=3", {young}),
        ("minAgeDays=1&maxAgeDays=10", {old, young}),
        ("minAgeDays=999999999", set()),
        ("maxAgeDays=999999999", {old, young}),
    ):
        assert found(call, f"/orders?{question}") == expected, question
    assert call("GET", "/orders?minAgeDays=-1").refusal == (400, ["minAgeDays"])
