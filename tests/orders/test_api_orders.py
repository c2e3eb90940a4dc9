"""Placing, reading, leading on, refunding and cancelling orders over HTTP."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from customers.models import IdempotencyRecord, Store, User
from orders.actions import ItemRequest, cancel_order, place_order
from orders.models import Coupon, Order
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.orders.calls import ADDRESS, Caller, everything, order_content

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def clerk(store: Store) -> User:
    return a_user(User.Role.STAFF, store, email="clerk@example.com")


@pytest.fixture
def call(clerk: User) -> Caller:
    return Caller(clerk)


def test_an_order_is_placed_with_exactly_the_fields_of_the_contract(store: Store, call: Caller) -> None:
    tea = a_product(store, "10.50", name="Tea", sku="T1", image_url="/t.png", stock=5, cost_price=D("4.20"))
    cup = a_product(store, "4.00", name="Cup", sku="C1")
    customer = a_customer(store, email="ada@example.com", name="Ada")
    Coupon.objects.create(store=store, code="TEN", value=D("10"))

    placed = call(
        "POST",
        "/orders",
        order_content(
            tea,
            customer,
            items=[{"productId": tea.pk, "quantity": 2}, {"productId": cup.pk, "quantity": 1}],
            couponCode="ten",
            billingAddress={**ADDRESS, "country": "FR"},
            taxAmount=D("2.50"),
            shippingFee=3,
            notes="Ring twice",
        ),
    )

    order = Order.objects.get()
    first, second = order.items.order_by("pk")
    pending = order.transactions.get()
    at = order.placed_at.isoformat().replace("+00:00", "Z")
    line = {"refundedAmount": D("0.00"), "refundedQuantity": 0}
    assert placed.status == 201
    assert placed.data == {
        "id": order.pk,
        "store": "tea",
        "orderNumber": order.number,
        "customerId": customer.pk,
        "customer": {"id": customer.pk, "name": "Ada", "email": "ada@example.com"},
        "status": "PENDING",
        "paymentStatus": "PENDING",
        "currency": "GBP",
        "subtotal": D("25.00"),
        "discount": D("2.50"),
        "taxAmount": D("2.50"),
        "shippingFee": D("3.00"),
        "totalAmount": D("28.00"),
        "capturedAmount": D("0.00"),
        "refundedAmount": D("0.00"),
        "couponCode": "TEN",
        "country": "GB",
        "placedAt": at,
        "completedAt": None,
        "expiredAt": None,
        "canceledAt": None,
        "refundedAt": None,
        "editedAt": None,
        "version": 1,
        "source": None,
        "shippingAddress": {"name": "", **ADDRESS},
        "billingAddress": {"name": "", **ADDRESS, "country": "FR"},
        "paymentMethod": "CREDIT_CARD",
        "paymentMethodCode": "CREDIT_CARD",
        "paymentTerms": "prepaid",
        "dueOn": None,
        "outstanding": D("28.00"),
        "overpaid": D("0.00"),
        "tip": D("0.00"),
        "channel": "api",
        "tags": [],
        "ipAddress": None,
        "userAgent": "",
        "notes": "Ring twice",
        "internalNotes": "",
        "updatedAt": at,
        "paidAt": None,
        "shippedAt": None,
        "deliveredAt": None,
        "items": [
            {
                "id": first.pk, "productId": tea.pk, "name": "Tea", "sku": "T1", "imageUrl": "/t.png",
                "unitPrice": D("10.50"), "unitCost": D("4.20"), "quantity": 2, "lineTotal": D("21.00"),
                "discount": D("2.10"), "taxAmount": D("2.10"), **line,
            },
            {
                "id": second.pk, "productId": cup.pk, "name": "Cup", "sku": "C1", "imageUrl": "",
                "unitPrice": D("4.00"), "unitCost": None, "quantity": 1, "lineTotal": D("4.00"), "discount": D("0.40"),
                "taxAmount": D("0.40"), **line,
            },
        ],
        "fulfillments": [],
        "refunds": [],
        "transactions": [
            {
                "id": pending.pk, "transactionNumber": f"TXN-{pending.pk:010d}", "kind": "payment", "status": "pending",
                "amount": D("28.00"), "currency": "GBP", "method": "CREDIT_CARD", "gatewayTransactionId": "",
                "gatewayResponse": None, "createdAt": at, "settledAt": None,
            }
        ],
        "events": [
            {
                "kind": "placed", "at": at, "actor": "clerk@example.com", "fromStatus": "", "toStatus": "PENDING",
                "fromPaymentStatus": "", "toPaymentStatus": "PENDING", "amount": D("0.00"), "note": "",
            }
        ],
    }  # fmt: skip
    assert call("GET", f"/orders/{order.pk}").data == placed.data
    tea.refresh_from_db()
    assert tea.stock == 3


def test_an_order_lives_from_payment_over_refunds_to_its_end(store: Store, call: Caller) -> None:
    order = an_order(store, "60.00", "40.00")
    path = f"/orders/{order.pk}"
    paid = call("PATCH", f"{path}/status", {"paymentStatus": "PAID"})
    assert (paid.status, paid.data["status"], paid.data["paymentStatus"]) == (200, "PROCESSING", "PAID")
    assert call("PATCH", f"{path}/status", {"status": "SHIPPED", "version": 2}).data["status"] == "SHIPPED"
    first = order.items.order_by("pk")[0]

    refund = call(
        "POST",
        f"{path}/refunds",
        {"lines": [{"itemId": first.pk, "quantity": 1}], "reason": "broken", "restock": False},
    )

    assert refund.status == 201
    row = refund.data.pop("order")
    assert (row["paymentStatus"], row["refundedAmount"], row["version"]) == ("PARTIALLY_REFUNDED", D("60.00"), 4)
    assert refund.data == {
        "id": order.refunds.get().pk,
        "amount": D("60.00"),
        "currency": "GBP",
        "reason": "broken",
        "restock": False,
        "gatewayTransactionId": "",
        "createdAt": refund.data["createdAt"],
        "settledAt": refund.data["createdAt"],
        "lines": [{"itemId": first.pk, "quantity": 1, "amount": D("60.00")}],
    }
    rest = call("POST", f"{path}/refunds", {})
    assert (rest.data["amount"], rest.data["order"]["status"]) == (D("40.00"), "REFUNDED")
    end = call("GET", path).data
    assert [event["kind"] for event in end["events"]] == ["placed", "paid", "shipped", "refunded", "refunded"]
    assert [(money["kind"], money["amount"]) for money in end["transactions"]] == [
        ("payment", D("100.00")),
        ("refund", D("60.00")),
        ("refund", D("40.00")),
    ]
    assert [refund["amount"] for refund in end["refunds"]] == [D("60.00"), D("40.00")]


def test_every_way_to_a_status_is_the_one_of_the_lifecycle(store: Store, call: Caller) -> None:
    ways = [
        ({"paymentStatus": "AUTHORIZED"}, "PENDING", "AUTHORIZED"),
        ({"status": "CANCELED"}, "CANCELED", "PENDING"),
        ({"status": "EXPIRED"}, "EXPIRED", "PENDING"),
        ({"paymentStatus": "PAID"}, "PROCESSING", "PAID"),
        ({"paymentStatus": "FAILED"}, "EXPIRED", "FAILED"),
    ]
    for asked, status, payment in ways:
        answer = call("PATCH", f"/orders/{an_order(store).pk}/status", asked)
        assert (answer.status, answer.data["status"], answer.data["paymentStatus"]) == (200, status, payment)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"status": "PENDING"}, "An order that is PENDING cannot become PENDING."),
        ({"status": "PROCESSING"}, "An order that is PENDING cannot become PROCESSING before it is paid."),
        ({"status": "SHIPPED"}, "An order that is PENDING cannot become SHIPPED."),
        ({"status": "DELIVERED"}, "An order that is PENDING cannot become DELIVERED."),
        (
            {"status": "REFUNDED"},
            "An order that is PENDING cannot become REFUNDED by being told so: it follows a refund.",
        ),
        (
            {"paymentStatus": "PARTIALLY_REFUNDED"},
            "An order that is PENDING cannot become PARTIALLY_REFUNDED by being told so: it follows a refund.",
        ),
        (
            {"status": "PROCESSING", "version": 2},
            "This order has changed since you opened it: it is at version 1, not 2. Reload it and try again.",
        ),
    ],
)
def test_an_illegal_step_is_409_and_changes_nothing(
    store: Store, call: Caller, asked: dict[str, Any], reason: str
) -> None:
    order = an_order(store)
    before = everything()
    answer = call("PATCH", f"/orders/{order.pk}/status", asked)
    assert (answer.status, answer.data["code"], answer.data["message"]) == (409, "CONFLICT", reason)
    assert everything() == before


def test_deleting_an_order_cancels_it_and_gives_the_money_back(store: Store, call: Caller) -> None:
    product = a_product(store, stock=1)
    order = place_order(store=store, items=[ItemRequest(product.pk, 1)], actor=None)
    call("PATCH", f"/orders/{order.pk}/status", {"paymentStatus": "PAID"})

    canceled = call("DELETE", f"/orders/{order.pk}")

    assert (canceled.status, canceled.data["status"], canceled.data["paymentStatus"]) == (200, "CANCELED", "REFUNDED")
    product.refresh_from_db()
    assert product.stock == 1
    before = everything()
    assert call("DELETE", f"/orders/{order.pk}").status == 409
    assert everything() == before


def test_more_than_is_left_is_409_and_changes_nothing(store: Store, call: Caller) -> None:
    order = an_order(store, "10.00", paid=True)
    call("POST", f"/orders/{order.pk}/refunds", {"amount": D("6.00")})
    before = everything()
    answer = call("POST", f"/orders/{order.pk}/refunds", {"amount": D("4.01")})
    assert (answer.status, answer.data["message"]) == (409, "Refund refused: at most 4.00 is left to refund.")
    item = order.items.get()
    too_many = call("POST", f"/orders/{order.pk}/refunds", {"lines": [{"itemId": item.pk, "quantity": 2}]})
    assert too_many.status == 409
    assert everything() == before


def test_gone_stock_and_a_used_up_coupon_are_409_and_change_nothing(store: Store, call: Caller) -> None:
    product, customer = a_product(store, name="Vase", stock=0), a_customer(store)
    plenty = a_product(store)
    Coupon.objects.create(store=store, code="ONE", value=D("1"), usage_limit=0)
    before = everything()
    short = call("POST", "/orders", order_content(product, customer))
    assert short.status == 409
    assert f"Vase (product {product.pk})" in short.data["message"]
    used = call("POST", "/orders", order_content(plenty, customer, couponCode="ONE"))
    assert (used.status, used.data["message"]) == (409, "This discount code has been used up.")
    assert everything() == before


def test_the_same_key_and_body_get_the_first_answer_again(store: Store, call: Caller) -> None:
    product, customer = a_product(store, "10.00"), a_customer(store)
    content = order_content(product, customer, taxAmount=D("1.10"))

    first = call("POST", "/orders", content, Idempotency_Key="order-1")
    again = call("POST", "/orders", content, Idempotency_Key="order-1")
    other = call("POST", "/orders", {**content, "taxAmount": D("1.11")}, Idempotency_Key="order-1")

    assert (first.status, again.status, again.data) == (201, 201, first.data)
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert (other.status, other.data["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert Order.objects.count() == 1
    pk = first.data["id"]
    call("PATCH", f"/orders/{pk}/status", {"paymentStatus": "PAID"})
    refunds = [call("POST", f"/orders/{pk}/refunds", {"amount": 5}, Idempotency_Key="order-1") for _ in range(2)]
    assert [refund.status for refund in refunds] == [201, 201]
    assert refunds[0].data == refunds[1].data
    assert Order.objects.get().refunded_amount == D("5.00")


def test_a_refused_request_does_not_use_up_its_key(store: Store, call: Caller) -> None:
    product, customer = a_product(store, stock=0), a_customer(store)
    assert call("POST", "/orders", order_content(product, customer), Idempotency_Key="k").status == 409
    assert not IdempotencyRecord.objects.exists()
    type(product).objects.update(stock=1)
    assert call("POST", "/orders", order_content(product, customer), Idempotency_Key="k").status == 201


def test_whoever_has_one_store_need_not_name_it(store: Store, call: Caller) -> None:
    product, customer = a_product(store), a_customer(store)
    assert call("POST", "/orders", order_content(product, customer, store=None)).data["store"] == "tea"
    assert call("POST", "/orders", order_content(product, customer, store=store.pk)).status == 201
    a_store()
    admin = Caller(a_user(User.Role.ADMIN))
    assert admin("POST", "/orders", order_content(product, customer, store=None)).refusal == (400, ["store"])


def test_a_customer_s_orders_are_a_list_of_their_own(store: Store, call: Caller) -> None:
    customer, other = a_customer(store), a_customer(store)
    mine = [an_order(store, customer=customer) for _ in range(2)]
    cancel_order(order=mine[0], actor=None)
    an_order(store, customer=other)
    found = call("GET", f"/customers/{customer.pk}/orders")
    assert [row["id"] for row in found.data] == [mine[1].pk, mine[0].pk]
    assert call("GET", f"/customers/{customer.pk}/orders?status=CANCELED").meta["total"] == 1  # type: ignore[index]
    stranger = a_customer(a_store())
    assert call("GET", f"/customers/{stranger.pk}/orders").status == 404
