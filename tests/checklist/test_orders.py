"""Promises about orders (checklist 5.3) and their money (checklist 5.5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import Store, User
from dashboard import figures
from dashboard.figures.periods import Period
from orders.actions import expire_unpaid
from orders.models import Order, Transaction
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Answer, Caller, order_content

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(timezone="UTC")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def placed(call: Caller, store: Store, **content: Any) -> Answer:
    return call("POST", "/orders", order_content(a_product(store), a_customer(store), **content))


def sales(store: Store) -> D:
    return figures.sales_summary(store, Period(date(2000, 1, 1), date(2100, 1, 1))).total_sales


def test_g190_updated_at_follows_every_change(store: Store, call: Caller) -> None:
    order = placed(call, store).data
    assert order["updatedAt"] == order["placedAt"]
    changed = call("PATCH", f"/orders/{order['id']}", {"tags": [" gift ", "gift"], "internalNotes": "Wrap it."}).data
    assert changed["updatedAt"] > order["updatedAt"]
    assert (changed["tags"], changed["internalNotes"], changed["notes"]) == (["gift"], "Wrap it.", "")
    assert [row["id"] for row in call("GET", f"/orders?store={store.slug}&tag=gift").data] == [order["id"]]
    assert call("GET", f"/orders?store={store.slug}&tag=other").data == []


def test_g178_a_payment_method_is_a_code_of_the_store_s_list(store: Store, call: Caller) -> None:
    codes = [row["code"] for row in call("GET", f"/payment-methods?store={store.slug}").data]
    assert codes == [
        "CREDIT_CARD",
        "DEBIT_CARD",
        "PAYPAL",
        "BANK_TRANSFER",
        "CASH_ON_DELIVERY",
        "INVOICE",
        "GIFT_CARD",
        "OTHER",
    ]
    answer = placed(call, store, paymentMethod="WHATEVER")
    assert answer.status == 400
    assert answer.errors == {"paymentMethod": [f"Choose one of: {', '.join(sorted(codes))}."]}
    assert not Order.objects.exists()
    method = {"store": store.slug, "code": "NET_14", "label": "Invoice, 14 days", "terms": "invoice", "dueDays": 14}
    made = call("POST", "/payment-methods", method)
    assert made.status == 201
    assert call("POST", "/payment-methods", method).status == 409
    order = placed(call, store, paymentMethod="NET_14").data
    due = (timezone.now() + timedelta(days=14)).date().isoformat()
    assert (order["paymentMethodCode"], order["paymentTerms"], order["dueOn"]) == ("NET_14", "invoice", due)
    call("PATCH", f"/payment-methods/{made.data['id']}", {"isActive": False})
    assert placed(call, store, paymentMethod="NET_14").status == 400
    assert call("GET", f"/orders/{order['id']}").data["paymentTerms"] == "invoice"
    assert [row["id"] for row in call("GET", f"/orders?store={store.slug}&paymentMethod=NET_14").data] == [order["id"]]


def test_g179_cash_on_delivery_is_shipped_unpaid_and_paid_later(store: Store, call: Caller) -> None:
    order = placed(call, store, paymentMethod="CASH_ON_DELIVERY").data
    path = f"/orders/{order['id']}"
    assert expire_unpaid(now=timezone.now() + timedelta(days=30)) == 0
    for status in ("PROCESSING", "SHIPPED", "DELIVERED"):
        answer = call("PATCH", f"{path}/status", {"status": status})
        assert (answer.status, answer.data["status"], answer.data["paymentStatus"]) == (200, status, "PENDING")
        assert answer.data["capturedAmount"] == 0
        assert sales(store) == 0
    assert answer.data["outstanding"] == D("10.00")
    part = call("POST", f"{path}/payments", {"amount": D("4.00"), "gatewayTransactionId": "cash-1"})
    assert (part.status, part.data["paymentStatus"], part.data["outstanding"]) == (201, "PARTIALLY_PAID", D("6.00"))
    assert sales(store) == D("4.00")
    paid = call("PATCH", f"{path}/status", {"paymentStatus": "PAID"})
    assert (paid.data["status"], paid.data["paymentStatus"], paid.data["outstanding"]) == ("DELIVERED", "PAID", 0)
    assert sales(store) == D("10.00")


def test_g179_a_status_change_of_an_unpaid_prepaid_order_books_nothing(store: Store, call: Caller) -> None:
    order = placed(call, store).data
    answer = call("PATCH", f"/orders/{order['id']}/status", {"status": "PROCESSING"})
    assert (answer.status, sales(store)) == (409, 0)


def test_g183_ip_address_user_agent_and_channel_are_kept(store: Store, call: Caller) -> None:
    known = {"ipAddress": "2001:db8::7", "userAgent": "Mozilla/5.0", "channel": "pos"}
    order = call("GET", f"/orders/{placed(call, store, **known).data['id']}").data
    assert {name: order[name] for name in known} == known
    assert placed(call, store).data["channel"] == "api"
    assert placed(call, store, ipAddress="not an address").refusal == (400, ["ipAddress"])
    assert placed(call, store, channel="pigeon").refusal == (400, ["channel"])
    assert len(call("GET", f"/orders?store={store.slug}&channel=pos").data) == 1


def test_g186_g187_an_order_knows_when_it_was_shipped_and_delivered(store: Store, call: Caller) -> None:
    order = placed(call, store, paymentMethod="INVOICE").data
    path = f"/orders/{order['id']}"
    assert (order["paidAt"], order["shippedAt"], order["deliveredAt"]) == (None, None, None)
    for status in ("PROCESSING", "SHIPPED", "DELIVERED"):
        order = call("PATCH", f"{path}/status", {"status": status}).data
    events = {event["kind"]: event["at"] for event in order["events"]}
    assert (order["shippedAt"], order["deliveredAt"]) == (events["shipped"], events["delivered"])


def test_g185_g188_an_order_knows_when_it_was_paid_and_canceled(store: Store, call: Caller) -> None:
    paid, canceled = (placed(call, store).data["id"] for _ in range(2))
    call("POST", f"/orders/{paid}/payments", {})
    call("DELETE", f"/orders/{canceled}")
    for pk, name, kind in ((paid, "paidAt", "paid"), (canceled, "canceledAt", "canceled")):
        order = call("GET", f"/orders/{pk}").data
        assert order[name] == {event["kind"]: event["at"] for event in order["events"]}[kind]
        assert order["updatedAt"] > order["placedAt"]


def test_an_order_with_a_total_of_zero_is_complete_when_placed(store: Store, call: Caller) -> None:
    free = a_product(store, "0.00")
    order = call("POST", "/orders", order_content(free, a_customer(store))).data
    assert (order["status"], order["paymentStatus"], order["paidAt"]) == ("PROCESSING", "PAID", order["placedAt"])


def test_a_tip_is_in_sales_and_in_no_product(store: Store, call: Caller) -> None:
    order = placed(call, store, tip=D("2.50")).data
    assert (order["tip"], order["totalAmount"]) == (D("2.50"), D("12.50"))
    call("POST", f"/orders/{order['id']}/payments", {})
    assert sales(store) == D("12.50")
    shares = figures.sales_by_product(store, Period(date(2000, 1, 1), date(2100, 1, 1)))
    assert [share.total_sales for share in shares] == [D("10.00")]


def test_g181_shipping_takes_tracking_number_carrier_and_address(store: Store, call: Caller) -> None:
    order = placed(call, store, paymentMethod="INVOICE").data
    path = f"/orders/{order['id']}"
    tracking = {"trackingNumber": "1Z999", "carrier": "UPS", "trackingUrl": "https://ups.example/1Z999"}
    assert call("PATCH", f"{path}/status", {"status": "PROCESSING", **tracking}).refusal == (400, sorted(tracking))
    call("PATCH", f"{path}/status", {"status": "PROCESSING"})
    bad = {"status": "SHIPPED", "trackingUrl": "javascript:alert(1)"}
    assert call("PATCH", f"{path}/status", bad).refusal == (400, ["trackingUrl"])
    shipped = call("PATCH", f"{path}/status", {"status": "SHIPPED", **tracking})
    assert (shipped.status, shipped.data["status"], shipped.data["paymentStatus"]) == (200, "SHIPPED", "PENDING")
    (parcel,) = shipped.data["fulfillments"]
    assert {name: parcel[name] for name in tracking} == tracking
    assert parcel["lines"] == [{"itemId": order["items"][0]["id"], "quantity": 1}]
    assert (parcel["shippedAt"], parcel["deliveredAt"]) == (shipped.data["shippedAt"], None)
    assert shipped.data["events"][-1]["note"] == "UPS 1Z999"
    delivered = call("PATCH", f"{path}/status", {"status": "DELIVERED"}).data
    assert delivered["fulfillments"][0]["deliveredAt"] == delivered["deliveredAt"]


def test_parcels_leave_line_by_line_and_the_last_makes_the_order_shipped(store: Store, call: Caller) -> None:
    tea, cup = a_product(store, "4.00"), a_product(store, "6.00")
    items = [{"productId": tea.pk, "quantity": 3}, {"productId": cup.pk, "quantity": 1}]
    order = call("POST", "/orders", order_content(tea, a_customer(store), items=items)).data
    path, (first, second) = f"/orders/{order['id']}", [item["id"] for item in order["items"]]
    part = {"lines": [{"itemId": first, "quantity": 2}], "trackingNumber": "T-1"}
    assert call("POST", f"{path}/fulfillments", part).status == 409
    call("POST", f"{path}/payments", {})
    sent = call("POST", f"{path}/fulfillments", part)
    assert (sent.status, sent.data["status"], sent.data["shippedAt"]) == (201, "PROCESSING", None)
    assert sent.data["events"][-1]["kind"] == "partly_shipped"
    more = call("POST", f"{path}/fulfillments", part)
    assert (more.status, more.data["message"]) == (409, f"Only 1 of {tea.name} (item {first}) can still be shipped.")
    unknown = {"lines": [{"itemId": second + 1, "quantity": 1}]}
    assert call("POST", f"{path}/fulfillments", unknown).refusal == (400, ["lines"])
    call("POST", f"{path}/refunds", {"lines": [{"itemId": second, "quantity": 1}]})
    last = call("POST", f"{path}/fulfillments", {}).data
    assert (last["status"], [parcel["lines"] for parcel in last["fulfillments"]]) == (
        "SHIPPED",
        [[{"itemId": first, "quantity": 2}], [{"itemId": first, "quantity": 1}]],
    )
    assert sales(store) == D("12.00")


def test_g090_g210_placing_an_order_writes_a_pending_transaction(store: Store, call: Caller) -> None:
    order = placed(call, store).data
    (pending,) = order["transactions"]
    assert (pending["kind"], pending["status"], pending["amount"]) == ("payment", "pending", D("10.00"))
    assert (pending["createdAt"], pending["settledAt"], sales(store)) == (order["placedAt"], None, 0)
    (approved,) = call("PATCH", f"/orders/{order['id']}/status", {"paymentStatus": "PAID"}).data["transactions"]
    assert (approved["id"], approved["status"], approved["createdAt"]) == (
        pending["id"],
        "approved",
        pending["createdAt"],
    )
    assert approved["settledAt"] > approved["createdAt"]
    canceled = placed(call, store).data
    call("DELETE", f"/orders/{canceled['id']}")
    failed = placed(call, store).data
    call("PATCH", f"/orders/{failed['id']}/status", {"paymentStatus": "FAILED"})
    ends = {pk: call("GET", f"/orders/{pk}").data["transactions"] for pk in (canceled["id"], failed["id"])}
    assert [[row["status"] for row in rows] for rows in ends.values()] == [["canceled"], ["refused"]]
    assert placed(call, store, paymentMethod="CASH_ON_DELIVERY").data["transactions"] == []


def test_g210_a_part_payment_leaves_the_rest_pending(store: Store, call: Caller) -> None:
    order = placed(call, store).data
    part = call("POST", f"/orders/{order['id']}/payments", {"amount": D("4.00")}).data
    assert [(row["status"], row["amount"]) for row in part["transactions"]] == [
        ("canceled", D("10.00")),
        ("approved", D("4.00")),
        ("pending", D("6.00")),
    ]
    assert sales(store) == D("4.00")
    rest = call("POST", f"/orders/{order['id']}/payments", {}).data
    assert [row["status"] for row in rest["transactions"]] == ["canceled", "approved", "approved"]


def test_g206_g208_g216_transactions_have_number_and_customer_and_are_found(store: Store, call: Caller) -> None:
    paid, other = placed(call, store).data, placed(call, store, paymentMethod="PAYPAL", tip=D("5.00")).data
    call("POST", f"/orders/{paid['id']}/payments", {"gatewayTransactionId": "pi_3Nxq"})
    rows = call("GET", f"/transactions?store={store.slug}").data
    assert len({row["transactionNumber"] for row in rows}) == 2
    one = next(row for row in rows if row["orderId"] == paid["id"])
    assert one["customerId"] == paid["customerId"]
    for query in (
        f"customerId={paid['customerId']}",
        "method=CREDIT_CARD",
        "status=approved",
        "maxAmount=10.00",
        f"search={one['transactionNumber']}",
        "search=pi_3Nxq",
        f"search={paid['orderNumber']}",
    ):
        assert [row["id"] for row in call("GET", f"/transactions?store={store.slug}&{query}").data] == [one["id"]], (
            query
        )
    assert [row["orderId"] for row in call("GET", "/transactions?minAmount=15&status=pending").data] == [other["id"]]


def test_g213_the_provider_s_answer_is_kept_without_its_secrets(store: Store, call: Caller) -> None:
    order = placed(call, store).data
    answer = {
        "outcome": "ok",
        "card": {"number": "4242424242424242", "brand": "visa"},
        "client_secret": "s3cret",
        "text": "charged 4242 4242 4242 4242",
        "attempts": [{"token": "t", "code": 7}],
    }
    path = f"/orders/{order['id']}/payments"
    assert call("POST", path, {"gatewayResponse": {"x": "y" * 9_000}}).refusal == (400, ["gatewayResponse"])
    assert call("POST", path, {"gatewayResponse": ["no", "object"]}).refusal == (400, ["gatewayResponse"])
    (kept,) = call("POST", path, {"gatewayResponse": answer}).data["transactions"]
    assert kept["gatewayResponse"] == {
        "outcome": "ok",
        "card": {"number": "***", "brand": "visa"},
        "client_secret": "***",
        "text": "charged ***4242",
        "attempts": [{"token": "***", "code": 7}],
    }


@pytest.mark.parametrize(
    "change", ["amount = amount + 1", "method = 'x'", "kind = 'refund'", "status = 'refused'", "created_at = now()"]
)
def test_what_a_transaction_says_never_changes(store: Store, call: Caller, change: str) -> None:
    order = placed(call, store).data
    call("POST", f"/orders/{order['id']}/payments", {})
    with pytest.raises(IntegrityError, match="kept as it was: UPDATE"), transaction.atomic():
        connection.cursor().execute(f"UPDATE orders_transaction SET {change}")
    with pytest.raises(IntegrityError, match="kept as it was: DELETE"), transaction.atomic():
        Transaction.objects.all().delete()
