"""Payment methods and countries stand on pages by their names; their codes are for programs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from customers.actions import save_address
from customers.models import Address, Store, User
from dealport.kit.formats import country_names
from orders.actions import ItemRequest, create_draft, update_payment_method
from orders.models import DraftOrder, Order, PaymentMethod, Transaction
from reports.pages.export_words import value_words
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

LONDON = {"name": "Ada", "street": "1 Road", "city": "London", "country": "GB"}


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def client(store: Store) -> Client:
    return logged_in(a_user(User.Role.STAFF, store))


def renamed(store: Store, code: str, label: str) -> None:
    """Let the store call a payment method otherwise."""
    method = PaymentMethod.objects.get(store=store, code=code)
    update_payment_method(method=method, changes={"label": label}, actor=None)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("CREDIT_CARD", "Card at the counter"),
        ("", "–"),
        ("OTHER", "Other"),
    ],
)
def test_the_page_of_an_order_says_how_it_is_paid_in_the_stores_words(
    client: Client, store: Store, written: str, shown: str
) -> None:
    renamed(store, "CREDIT_CARD", "Card at the counter")
    order = an_order(store, payment_method=written)
    body = client.get(page(Order, "change", order.pk)).content.decode()
    assert f"<dt>Method</dt><dd>{shown}</dd>" in body
    assert "CREDIT_CARD" not in body


def test_what_a_source_wrote_stands_beside_the_method_it_means(client: Client, store: Store) -> None:
    order = an_order(store)
    Order.objects.filter(pk=order.pk).update(payment_method="Visa ending 4242", payment_code="CREDIT_CARD")
    body = client.get(page(Order, "change", order.pk)).content.decode()
    assert "<dd>Credit card (Visa ending 4242)</dd>" in body
    Order.objects.filter(pk=order.pk).update(payment_method="Klarna", payment_code="OTHER")
    assert "<dt>Method</dt><dd>Klarna</dd>" in client.get(page(Order, "change", order.pk)).content.decode()


def test_each_transaction_has_the_label_of_its_own_store(store: Store) -> None:
    renamed(store, "CREDIT_CARD", "Card at the counter")
    other = a_store()
    for where in (store, other):
        an_order(where, paid=True, payment_method="CREDIT_CARD")
    body = logged_in(a_user(User.Role.ADMIN)).get(page(Transaction, "changelist")).content.decode()
    assert re.findall(r'class="field-method_shown">([^<]*)<', body) == ["Credit card", "Card at the counter"]


def test_addresses_end_with_the_name_of_the_country(client: Client, store: Store) -> None:
    order = an_order(store, shipping_address=LONDON)
    for path in (page(Order, "change", order.pk), f"/admin/orders/order/{order.pk}/packing-slip/"):
        assert "London<br>United Kingdom<br>" in client.get(path).content.decode()


def test_orders_are_narrowed_by_names_and_a_code_of_before_stays(client: Client, store: Store) -> None:
    renamed(store, "INVOICE", "On account")
    order = an_order(store, shipping_address=LONDON, payment_method="INVOICE")
    an_order(store)
    answer = client.get(page(Order, "changelist"), {"country": "GB", "paymentMethod": "INVOICE"})
    body = answer.content.decode()
    assert '<option value="GB" selected>United Kingdom</option>' in body
    assert '<option value="INVOICE" selected>On account</option>' in body
    assert [row.pk for row in answer.context["cl"].result_list] == [order.pk]
    body = client.get(page(Order, "changelist"), {"country": "XX", "paymentMethod": "Klarna"}).content.decode()
    assert '<option value="XX" selected>XX</option>' in body
    assert '<option value="Klarna" selected>Klarna</option>' in body


def test_a_draft_takes_both_by_name(client: Client, store: Store) -> None:
    PaymentMethod.objects.filter(store=store, code="PAYPAL").update(is_active=False)
    product = a_product(store)
    body = client.get(page(DraftOrder, "add")).content.decode()
    assert '<option value="BANK_TRANSFER">Bank transfer</option>' in body
    assert '<option value="NZ">New Zealand</option>' in body
    assert 'value="PAYPAL"' not in body
    form = {"store": store.pk, "lines": f"{product.sku} 1", "payment_method": "BANK_TRANSFER", "country": "NZ"}
    amounts = {"shipping_fee": "3,50", "tax_amount": "0", "tip": "0"}
    assert client.post(page(DraftOrder, "add"), form | amounts).status_code == 302
    draft = DraftOrder.objects.get()
    assert (draft.payment_method, draft.shipping_address["country"]) == ("BANK_TRANSFER", "NZ")
    assert str(draft.shipping_fee) == "3.50"


def test_a_draft_keeps_a_method_that_is_offered_no_more(client: Client, store: Store) -> None:
    items = [ItemRequest(a_product(store).pk, 1)]
    draft = create_draft(store=store, values={"items": items, "payment_method": "PAYPAL"}, actor=None)
    PaymentMethod.objects.filter(store=store, code="PAYPAL").update(is_active=False)
    body = client.get(page(DraftOrder, "change", draft.pk)).content.decode()
    assert '<option value="PAYPAL" selected>PAYPAL</option>' in body


def test_the_address_book_has_countries_by_name(client: Client, store: Store) -> None:
    values = {"kind": "shipping", "street": "1 Road", "city": "London", "country": "GB"}
    address = save_address(customer=a_customer(store), address=None, values=values, actor=None)
    for path in (page(type(address.customer), "change", address.customer_id), page(Address, "change", address.pk)):
        assert '<option value="GB" selected>United Kingdom</option>' in client.get(path).content.decode()
    body = client.get(page(Address, "changelist")).content.decode()
    assert ("1 Road, London" in body, ">United Kingdom<" in body, ">GB<" in body) == (True, True, False)


def test_both_are_in_the_language_of_the_person(store: Store) -> None:
    order = an_order(store, paid=True, shipping_address=LONDON, payment_method="CREDIT_CARD")
    client = logged_in(a_user(User.Role.STAFF, store, language="pt-BR"))
    body = client.get(page(Order, "change", order.pk)).content.decode()
    assert ("Cartão de crédito" in body, "Reino Unido" in body) == (True, True)
    body = client.get(page(Order, "changelist")).content.decode()
    assert re.search(r'<option value="DE">Alemanha</option>.*<option value="CREDIT_CARD">Cartão de', body, re.DOTALL)
    body = client.get(f"/analytics/explore/?store={store.slug}&figures=orders&by=paymentMethod").content.decode()
    assert "Cartão de crédito" in body
    assert "Credit card" not in body


def test_countries_are_sorted_by_name_without_regard_to_accents() -> None:
    names = [name for _, name in country_names()]
    assert (len(names) > 240, names[-1]) == (True, "Zimbabwe")
    assert names[:3] == ["Afghanistan", "Åland Islands", "Albania"]


def test_filters_of_exports_and_schedules_are_told_in_words() -> None:
    values = {"country": "DE", "paymentStatus": "PARTIALLY_REFUNDED", "basis": "booked", "limit": 5}
    assert {name: value_words(name, value) for name, value in values.items()} == {
        "country": "Germany",
        "paymentStatus": "Partially refunded",
        "basis": "Transaction date",
        "limit": "5",
    }
