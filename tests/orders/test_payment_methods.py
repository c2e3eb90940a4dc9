"""Payment methods of a store: edited in its settings, and what older orders wrote is mapped to them."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from customers.models import Store, User
from orders.models import Order, PaymentMethod
from orders.payment_methods import code_of
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.orders.calls import Caller, order_content

pytestmark = pytest.mark.django_db
WRITTEN = {
    "Visa ending 42": "CREDIT_CARD",
    "stripe": "CREDIT_CARD",
    "Debit card": "DEBIT_CARD",
    "paypal_express": "PAYPAL",
    "SEPA": "BANK_TRANSFER",
    "Cash on Delivery (COD)": "CASH_ON_DELIVERY",
    "net-30": "INVOICE",
    "gift card": "GIFT_CARD",
    "barter": "OTHER",
    "INVOICE": "INVOICE",
    "": "",
}


@pytest.fixture
def store() -> Store:
    return a_store()


def test_staff_edit_label_and_terms_of_a_method_and_placed_orders_keep_theirs(store: Store) -> None:
    staff, product, customer = a_user(User.Role.STAFF, store), a_product(store), a_customer(store)
    method, call = PaymentMethod.objects.get(store=store, code="BANK_TRANSFER"), Caller(staff)
    content = order_content(product, customer, paymentMethod="BANK_TRANSFER")
    before = call("POST", "/orders", content).data
    form = {"label": "Pay by bank", "terms": "invoice", "due_days": 10, "is_active": "on"}
    address = page(PaymentMethod, "change", method.pk)
    assert logged_in(a_user(User.Role.STAFF, a_store())).post(address, form).status_code in (302, 404)
    assert logged_in(staff).post(address, {**form, "terms": "prepaid"}).status_code == 200  # only invoices have days
    method.refresh_from_db()
    assert (method.label, method.terms) == ("Bank transfer", "prepaid")
    assert logged_in(staff).post(address, form).status_code == 302
    after = call("POST", "/orders", content).data
    due = (timezone.now() + timedelta(days=10)).date().isoformat()
    assert [(order["paymentTerms"], order["dueOn"]) for order in (before, after)] == [
        ("prepaid", None),
        ("invoice", due),
    ]
    assert call("GET", f"/orders/{before['id']}").data["paymentTerms"] == "prepaid"


def test_what_older_orders_wrote_is_mapped_to_a_code_and_kept_as_it_was_written(store: Store) -> None:
    assert {written: code_of(written) for written in WRITTEN} == WRITTEN
    for written in WRITTEN:
        Order.objects.filter(pk=an_order(store).pk).update(payment_method=written, payment_code="")
    with connection.schema_editor() as editor:
        import_module("orders.migrations.0015_payment_methods").fill(apps, editor)
    assert dict(Order.objects.values_list("payment_method", "payment_code")) == WRITTEN
