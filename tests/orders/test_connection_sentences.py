"""What connections say of a source is stored in English and translated where a page shows it."""

from __future__ import annotations

import ast
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from customers.models import User
from dealport.servers.use import ROOT
from orders.actions import refund_order
from orders.connections.sentences import SENTENCES, translated
from orders.importing import import_orders
from orders.models import Connection, Order, SourceEvent
from tests.builders import a_store, a_user
from tests.dealport.test_error_texts import _literal
from tests.orders.importing_files import order as row
from tests.orders.importing_files import write

pytestmark = pytest.mark.django_db
SAYING = ("SourceAway", "AccessRefused", "Hopeless", "StoreClosed", "NotApplied")
RETURNED = ("receiving.py", "events.py", "catalog.py")


def said() -> list[str]:
    """Return every sentence of connections with `7` for what is filled in."""
    texts = []
    for file in sorted((ROOT / "orders/connections").glob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
        for node in nodes:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING and node.args:
                texts += [text for _, text in _literal(node.args[0])]
            elif isinstance(node, ast.Constant | ast.JoinedStr) and file.name in RETURNED and node not in docstrings:
                texts += [text for _, text in _literal(node)]
    sentences = [text.replace("{}", "7") for text in texts if text[:1].isupper() and text.endswith(".") and " " in text]
    return [text for text in sentences if "\n" not in text]


NEVER_STORED = "The signature is missing or wrong."
ODD = {"This is not 7.": "This is not an order as its API states it: one of its fields is missing or of another kind."}


@pytest.mark.parametrize("text", sorted({ODD.get(text, text) for text in said()} - {NEVER_STORED}))
def test_every_sentence_of_a_connection_is_translated_with_what_is_filled_in(text: str) -> None:
    with translation.override("pt-BR"):
        shown = translated(text)
    assert shown != text
    assert shown.count("7") == text.count("7")
    assert translated(text) == text


def test_a_cause_is_translated_with_its_sentence_and_what_nobody_knows_stays() -> None:
    with translation.override("pt-BR"):
        assert translated("Shopify did not answer. It cannot be reached: timed out.") == (
            "A Shopify não respondeu. Não foi possível alcançá-lo: timed out."
        )
        assert translated("Shopify's own words.") == "Shopify's own words."
        assert translated("") == ""
    assert len(SENTENCES) == len(set(SENTENCES))


def test_the_receipt_of_an_upload_says_in_its_language_what_was_changed_here(tmp_path: Path) -> None:
    store = a_store()
    path = write(tmp_path / "export.csv", row("#1"))
    import_orders(path, store)
    refund_order(order=Order.objects.get(), amount=D("7.00"), actor=a_user())
    with translation.override("pt-BR"):
        receipt = import_orders(path, store)
    said = "#1: foi alterado aqui e fica como está: as suas vendas são 13.00, +7.00 no arquivo"
    assert receipt.outcomes.reasons == [said]


def test_pages_show_reasons_in_their_language_and_the_api_in_english() -> None:
    store = a_store(slug="fresh")
    user = a_user(User.Role.STAFF, store)
    User.objects.filter(pk=user.pk).update(language="pt-BR")
    problem = "WooCommerce refused access. Enter a consumer key and secret that may read orders."
    made = Connection.objects.create(
        store=store, kind="woocommerce", address="https://a.example", state="blocked", problem=problem
    )
    reason = "The order is in CAD; the store sells in USD."
    event = SourceEvent.objects.create(
        connection=made, delivery_id="1", topic="order.updated", subject="order:7", state="parked", reason=reason
    )
    client = Client()
    client.force_login(user)
    refused = "O WooCommerce recusou o acesso."
    admin = "/admin/orders"
    of_one = f"{admin}/connection/{made.pk}/change/"
    for path in (f"/connections/{made.pk}/", "/connections/", f"{admin}/connection/", of_one):
        page = client.get(path).content.decode()
        assert refused in page and problem not in page, path
    of_one = f"{admin}/sourceevent/{event.pk}/change/"
    for path in (f"/connections/{made.pk}/", f"{admin}/sourceevent/", of_one):
        page = client.get(path).content.decode()
        assert "O pedido está em CAD; a loja vende em USD." in page and reason not in page, path
    assert client.get(f"/api/v1/connections/{made.pk}").json()["data"]["problem"] == problem
    events = client.get(f"/api/v1/connection-events?connectionId={made.pk}").json()["data"]
    assert [event["reason"] for event in events] == [reason]
