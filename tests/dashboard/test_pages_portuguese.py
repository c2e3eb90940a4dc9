"""What a person who reads Portuguese sees: no English on any page, amounts and days as Brazilians write them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from customers.actions import add_credits
from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from dealport import catalog
from dealport.kit.admin.refusals import text_of
from dealport.kit.errors import Busy, invalid
from orders.actions import ItemRequest, create_coupon, refund_order
from orders.models import Order
from reports.datasets import DATASETS
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

PAGES = (
    "/home/", "/dashboard/sp-loja/", "/dashboard/sp-loja/?period=last30",
    "/dashboard/sp-loja/snapshot/", "/dashboard/sp-loja/explain/?metric=totalSales&period=last30",
    "/dashboard/sp-loja/bridge/", "/dashboard/sp-loja/changed/", "/analytics/", "/analytics/explore/",
    "/analytics/explore/?figures=totalSales,orders&by=country", "/analytics/explore/?figures=orders&by=weekdayHour",
    "/analytics/explore/?figures=orders&by=channel", "/analytics/reports/return-rate/",
    "/analytics/reports/inventory/", "/analytics/reports/order-values/", "/analytics/reports/refund-reasons/",
    "/analytics/reports/unpaid-orders/", "/analytics/reports/bought-together/", "/reports/series/",
    "/reports/exports/", "/reports/exports/?type=orders", "/reports/exports/?type=customers", "/reports/schedules/",
    "/reports/schedules/new/?type=orders", "/connections/", "/connections/new/shopify/",
    "/connections/new/woocommerce/", "/uploads/", "/uploads/new/", "/search/?q=Maria", "/search/?q=nada",
    "/account/", "/account/second-factor/", "/nowhere/", "/admin/", "/admin/orders/order/", "/admin/orders/product/",
    "/admin/orders/coupon/", "/admin/orders/coupon/add/", "/admin/orders/draftorder/",
    "/admin/orders/draftorder/add/", "/admin/orders/orderitem/", "/admin/orders/fulfillment/",
    "/admin/orders/category/", "/admin/orders/transaction/", "/admin/orders/refund/", "/admin/orders/product/add/",
    "/admin/orders/paymentmethod/", "/admin/customers/customer/", "/admin/customers/customer/add/",
    "/admin/customers/creditentry/", "/admin/customers/subscription/", "/admin/customers/address/",
    "/admin/reports/dailymetrics/", "/admin/password_change/",
)  # fmt: skip
ENGLISH = re.compile(
    r"\b(?:the|of|and|with|without|from|not|are|was|were|this|that|these|which|your|you|what|when|where|who|how|all|"
    r"orders?|sales|store|stores|customers?|guests?|products?|refund|refunds|refunded|paid|shipped|pending|canceled|expired|"
    r"payment|search|save|cancel|delete|add|change|changed|new|last|first|days?|months?|weeks?|years?|name|amount|"
    r"price|quantity|choose|enter|show|hide|yes|none|nothing|yet|by)\b",
    re.IGNORECASE,
)
NO_TEXTS = {"Data", "Cash on delivery", "Invoice", "Other"} | {
    column.name for dataset in DATASETS.values() for column in dataset.columns
}
"""A word of both languages, payment methods as the store calls them, and columns of files."""
DATA = re.compile(
    r"SP Loja|Maria|Vestido\S*|ORD-\S+|SKU-\d+|\S+@\S+|Shopify|WooCommerce|Matrixify|DealPort|Dev Dashboard|"
    r"Client ID|Client secret|Admin API|Consumer (?:key|secret)|English|[a-z]+_[a-z_]+|[a-z]+[A-Z]\w+|country:DE|"
    r"\b[A-Z_]{4,}\b|(?:payment_status|status|sales|note): |sales é|"
    r"[a-z]+/[a-z/]+|country:\w+|PDF|GBP|name, date, total, item, quantity, price, sku, email, status|"
    r"name=\S+|Excel|America/Sao_Paulo|status|orders\.csv|Order No"
)
"""What stands on pages and is no text of ours: data, names of products and systems, codes, columns of files."""


class Shown(HTMLParser):
    """Collects what a page shows or reads out; not what is code."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "svg", "code", "kbd", "pre", "textarea"):
            self.hidden += 1
        self.texts += [
            value for name, value in attrs if name in ("title", "aria-label", "placeholder", "alt") and value
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "svg", "code", "kbd", "pre", "textarea"):
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture
def moda() -> tuple[Store, Order]:
    """Make a Brazilian store with a life: sales, a refund, a coupon, credits, an unpaid order, a guest."""
    store = a_store(slug="sp-loja", name="SP Loja", currency="BRL", timezone="America/Sao_Paulo")
    customer = a_customer(store, first_name="Maria", last_name="Maria")
    now = timezone.now()
    add_credits(customer=customer, amount=Decimal("15.50"), reason="Maria", actor=None)
    product = a_product(store, "1234.50", name="Vestido", stock=4, low_stock_threshold=5, cost_price=Decimal("400.00"))
    create_coupon(store=store, values={"code": "VESTIDO", "value": Decimal(10)}, actor=None)
    for hours in (30, 20, 3):
        order = an_order(
            store,
            items=[ItemRequest(product.pk, 1)],
            paid=hours != 20,
            at=now - timedelta(hours=hours),
            customer=None if hours == 30 else customer,
        )
    refund_order(order=order, amount=Decimal("34.50"), reason="Vestido", actor=None)
    fold_all()
    return store, order


def shown(client: Client, address: str) -> list[str]:
    page = client.get(address)
    assert page.status_code == (404 if address == "/nowhere/" else 200), f"{address}: {page.status_code}"
    assert page["Content-Language"] == "pt-br"
    parser = Shown()
    parser.feed(page.content.decode())
    return parser.texts


def test_no_page_of_staff_keeps_an_english_text(moda: tuple[Store, Order]) -> None:
    store, order = moda
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store, email="maria@example.com", language="pt-BR"))
    things = [
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:orders_product_change", args=[order.items.get().product_id]),
        reverse("admin:customers_customer_change", args=[order.customer_id]),
        reverse("admin:orders_order_history", args=[order.pk]),
    ]
    source = {str(message.id) for message in catalog.translated() if message.id and message.string != message.id}
    found = sorted(
        {
            f"{address}: {text}"
            for address in [*PAGES, *things]
            for text in set(shown(client, address)) - NO_TEXTS
            if text in source or ENGLISH.search(DATA.sub("", text))
        }
    )

    assert found == []


def test_amounts_days_and_countries_are_written_as_brazilians_do(moda: tuple[Store, Order]) -> None:
    store, order = moda
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store, language="pt-BR"))

    text = " ".join(shown(client, reverse("admin:orders_order_change", args=[order.pk]))).replace("\xa0", " ")
    assert "R$ 1.234,50" in text and "R$ 34,50" in text
    assert re.search(r"\d{1,2} de [a-z]{3}\. de 20\d\d", text)
    assert "BRL" not in text


def test_files_are_the_same_in_every_language(moda: tuple[Store, Order]) -> None:
    store, _ = moda
    files = []
    for language in ("en", "pt-BR"):
        client = Client()
        client.force_login(a_user(User.Role.STAFF, store, language=language))
        files.append(
            [client.get(f"/dashboard/sp-loja/csv/{name}/?period=last30").content for name in ("steps", "countries")]
            + [client.get("/analytics/reports/unpaid-orders/file.csv?store=sp-loja").content]
        )

    assert files[0] == files[1]
    assert b"All" in files[0][2]


def test_what_an_action_refuses_is_portuguese_on_pages_and_english_in_the_api(moda: tuple[Store, Order]) -> None:
    store, order = moda
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store, language="pt-BR"))

    page = client.post(reverse("admin:orders_order_step", args=[order.pk, "deliver"]), follow=True)
    answer = client.patch(f"/api/v1/orders/{order.pk}/status", {"status": "DELIVERED"}, content_type="application/json")

    assert "Um pedido com o status EM PROCESSAMENTO não pode passar a ENTREGUE." in page.content.decode()
    assert answer.json()["message"] == "An order that is PROCESSING cannot become DELIVERED."


def test_a_field_that_is_refused_is_named_in_portuguese(moda: tuple[Store, Order]) -> None:
    with translation.override("pt-br"):
        assert text_of(invalid("imageUrl", gettext("Enter an id."))) == "foto: Informe um id."
        assert str(Busy().detail) == "Outra pessoa está alterando isto no momento. Tente novamente em alguns segundos."
    assert str(Busy().detail) == "Somebody else is changing this at the moment. Try again in a few seconds."
