"""Draft orders: nothing of them counts until they are confirmed."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from customers.actions import erase_customer
from customers.models import Store, User
from dashboard.metrics import recount
from dashboard.models import MetricDelta
from orders.models import DraftOrder, Order, Product
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import ADDRESS, Caller, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def content(product: Product, **changes: Any) -> dict[str, Any]:
    return {
        "store": product.store.slug,
        "items": [{"productId": product.pk, "quantity": 2}],
        "paymentMethod": "INVOICE",
        "shippingAddress": ADDRESS,
        "internalNotes": "by phone",
        **changes,
    }


def test_a_draft_counts_nowhere_until_it_is_confirmed(store: Store, call: Caller) -> None:
    product, customer = a_product(store, "10.00", stock=5), a_customer(store)
    kept = everything()
    draft = call("POST", "/orders/drafts", content(product, customerId=customer.pk))
    assert (draft.status, draft.data["quote"]["totalAmount"], draft.data["orderId"]) == (201, D("20.00"), None)
    address = f"/orders/drafts/{draft.data['id']}"
    changed = call("PATCH", address, {"shippingFee": 3, "version": 1})
    assert (changed.data["quote"]["totalAmount"], changed.data["version"]) == (D("23.00"), 2)
    assert everything() == kept
    placed = call("POST", f"{address}/confirm", {"version": 2})
    order = placed.data
    assert placed.status == 201
    assert (order["channel"], order["status"], order["paymentStatus"]) == ("draft", "PENDING", "PENDING")
    assert (order["totalAmount"], order["paymentTerms"], order["internalNotes"]) == (D("23.00"), "invoice", "by phone")
    product.refresh_from_db()
    assert product.stock == 3 and MetricDelta.objects.filter(orders=1, product_id=None).count() == 1
    assert recount.differences(store) == []
    known = call("GET", address).data
    assert (known["isConfirmed"], known["orderNumber"], known["internalNotes"]) == (True, order["orderNumber"], "")
    for method, path in (("POST", f"{address}/confirm"), ("PATCH", address), ("DELETE", address)):
        assert call(method, path, {}).status == 409
    actions = [entry["action"] for entry in call("GET", f"{address}/history").data]
    assert actions == ["confirmed", "updated", "created"]
    assert [row["id"] for row in call("GET", "/orders/drafts?isConfirmed=true").data] == [known["id"]]
    assert call("GET", "/orders/drafts?isConfirmed=false").data == []


def test_a_draft_is_confirmed_as_paid_or_deleted(store: Store, call: Caller) -> None:
    product = a_product(store, "10.00")
    first, second = (call("POST", "/orders/drafts", content(product)).data["id"] for _ in range(2))
    order = call("POST", f"/orders/drafts/{first}/confirm", {"paid": True}).data
    assert (order["status"], order["paymentStatus"], order["capturedAmount"]) == ("PROCESSING", "PAID", D("20.00"))
    assert order["orderNumber"].endswith("-0001")
    assert call("DELETE", f"/orders/drafts/{second}").status == 204
    assert call("GET", f"/orders/drafts/{second}").status == 404


def test_what_keeps_a_draft_from_being_confirmed_is_said_and_changes_nothing(store: Store, call: Caller) -> None:
    product = a_product(store, "10.00", stock=1)
    draft = call("POST", "/orders/drafts", content(product, couponCode="GONE")).data
    assert draft["quote"] is None and draft["problem"] == "There is no such discount code, or it is not valid now."
    call("PATCH", f"/orders/drafts/{draft['id']}", {"couponCode": ""})
    before = everything()
    refused = call("POST", f"/orders/drafts/{draft['id']}/confirm", {})
    assert refused.status == 409 and "1 left" in refused.data["message"]
    assert everything() == before and not DraftOrder.objects.get().is_confirmed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": [{"productId": 10**9, "quantity": 1}]}, "items"),
        ({"customerId": 10**9}, "customerId"),
        ({"paymentMethod": "BARTER"}, "paymentMethod"),
        ({"tip": -1}, "tip"),
    ],
)
def test_a_bad_draft_is_refused_by_field(store: Store, call: Caller, changes: dict[str, Any], field: str) -> None:
    answer = call("POST", "/orders/drafts", content(a_product(store), **changes))
    assert answer.refusal == (400, [field])
    assert not DraftOrder.objects.exists()


def test_erasing_a_customer_deletes_the_open_drafts(store: Store, call: Caller) -> None:
    customer, other = a_customer(store), a_customer(store)
    product = a_product(store)
    for who in (customer, other):
        call("POST", "/orders/drafts", content(product, customerId=who.pk))
    erase_customer(customer=customer, actor=None)
    assert list(DraftOrder.objects.values_list("customer", flat=True)) == [other.pk]


def test_staff_prepare_and_confirm_a_draft_on_pages(store: Store) -> None:
    client = logged_in(a_user(User.Role.STAFF, store))
    product, customer = a_product(store, "10.00", sku="MUG"), a_customer(store)
    page = reverse("admin:orders_draftorder_add")
    fields = {
        "store": store.pk, "customer": customer.pk, "lines": "MUG 2", "shipping_fee": "1.00", "tax_amount": "0",
        "tip": "0", "payment_method": "INVOICE", "street": "1 High St", "city": "York", "country": "GB",
        "postal_code": "YO1", "coupon_code": "", "notes": "", "internal_notes": "",
    }  # fmt: skip
    wrong = client.post(page, {**fields, "lines": "MUG two"})
    assert "one item a line" in wrong.content.decode()
    assert client.post(page, fields).status_code == 302
    draft = DraftOrder.objects.get()
    assert draft.items == [{"productId": product.pk, "quantity": 2}] and draft.shipping_address["street"] == "1 High St"
    change = reverse("admin:orders_draftorder_change", args=[draft.pk])
    assert "MUG 2" in client.get(change).content.decode()
    assert client.post(change, {**fields, "lines": "MUG 3"}).status_code == 302
    confirm = reverse("admin:orders_draftorder_confirm", args=[draft.pk])
    shown = client.get(confirm)
    assert "£31.00" in shown.content.decode()
    sent = {"version": shown.context["form"]["version"].value(), "paid": "on"}
    done = client.post(confirm, sent)
    order = Order.objects.get()
    assert done.url == reverse("admin:orders_order_change", args=[order.pk])
    assert (order.total_amount, order.payment_status, order.channel) == (D("31.00"), "PAID", "draft")
    assert client.post(confirm, sent).status_code == 302 and Order.objects.count() == 1
    stranger = logged_in(a_user(User.Role.STAFF, a_store()))
    assert stranger.get(confirm).status_code == 404
