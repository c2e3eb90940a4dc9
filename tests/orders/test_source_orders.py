"""Orders as a source states them: the same state twice, older after newer, and what our own rules must not refuse."""

from __future__ import annotations

import copy
import itertools
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from customers.models import Store
from dashboard.metrics import recount
from dealport.kit.emails import fold_email
from dealport.kit.errors import Conflict
from orders.models import Order, Refund, SourceRecord
from orders.sources import magento, woocommerce
from orders.sources.shopify import read_graphql, read_rest
from orders.sources.single import Applied, Result, apply_source_order
from tests.builders import a_product, a_store

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parents[1] / "data" / "imports"
FINAL: dict[str, Any] = json.loads((FILES / "shopify-orders-updated.json").read_text())
NOW = datetime(2026, 7, 2, tzinfo=UTC)


def life() -> list[dict[str, Any]]:
    """Return the order as its source stated it: placed, paid and shipped, and after each of its two refunds."""
    states = []
    for index, refunds in enumerate((None, 0, 1, 2)):
        state = copy.deepcopy(FINAL)
        state["updated_at"] = f"2026-06-{10 + index:02d}T06:00:00-04:00"
        state["refunds"] = state["refunds"][: refunds or 0]
        if refunds is None:
            state |= {"financial_status": "authorized", "total_outstanding": "122.10", "fulfillment_status": None}
        states.append(state)
    return states


def apply(store: Store, state: dict[str, Any]) -> Applied:
    return apply_source_order(store, read_rest(state), now=NOW, actor_label="shopify")


def standing(store: Store) -> tuple[Any, ...]:
    assert recount.differences(store) == []
    order = Order.objects.get(store=store)
    refunds = (
        Refund.objects.filter(store=store).order_by("settled_at").values_list("amount", "tax_amount", "settled_at")
    )
    items = order.items.order_by("pk").values_list("name", "refunded_amount", "refunded_quantity")
    return (order.status, order.payment_status, order.sales, order.tax, list(refunds), list(items))


def the_end() -> tuple[Any, ...]:
    store = a_store(currency="USD", timezone="America/New_York")
    apply(store, life()[-1])
    return standing(store)


def test_every_order_of_arrival_ends_in_the_same_state() -> None:
    end = the_end()
    for order_of_arrival in itertools.permutations(life()):
        store = a_store(currency="USD", timezone="America/New_York")
        for state in order_of_arrival:
            apply(store, state)
        assert standing(store) == end


def test_a_state_sent_twice_and_an_older_one_change_nothing() -> None:
    store = a_store(currency="USD", timezone="America/New_York")
    states = life()
    assert apply(store, states[-1]) == Applied(Result.NEW, D("70.95"))
    version, known = Order.objects.get(store=store).version, standing(store)
    assert apply(store, states[-1]) == Applied(Result.UNCHANGED)
    assert apply(store, states[1]) == Applied(Result.OLDER, D("51.15"))
    assert (Order.objects.get(store=store).version, standing(store)) == (version, known)
    assert SourceRecord.objects.get(store=store).updated_at == datetime(2026, 6, 13, 10, tzinfo=UTC)


def test_refunds_fall_on_the_lines_and_the_shipping_that_the_source_names() -> None:
    _, payment_status, sales, tax, refunds, items = the_end()
    assert (payment_status, sales, tax) == ("PARTIALLY_REFUNDED", D("70.95"), D("6.45"))
    assert [(amount, tax) for amount, tax, _ in refunds] == [(D("44.55"), D("4.05")), (D("6.60"), D("0.60"))]
    assert items == [("Lamp", D("40.50"), 1), ("Shade", D("0.00"), 0)]


def test_stock_refuses_no_order_of_a_source_and_is_not_moved() -> None:
    store = a_store(currency="USD")
    product = a_product(store, "45.00", sku="LAMP", stock=0)
    assert apply(store, life()[1]).result == "new"
    product.refresh_from_db()
    assert product.stock == 0


def edited(state: dict[str, Any], updated_at: str) -> dict[str, Any]:
    """Return the order with a dearer lamp, one shade fewer or more, and a cable on top."""
    state = copy.deepcopy(state)
    state["updated_at"] = updated_at
    line = copy.deepcopy(state["line_items"][0])
    state["line_items"].append(line | {"id": 77, "name": "Cable", "title": "Cable", "sku": "CABLE", "price": "9.50",
                                       "quantity": 2, "discount_allocations": []})  # fmt: skip
    state["total_price"] = str(D(state["total_price"]) + D("19.00"))
    return state


def test_an_edit_at_the_source_is_an_edit_here_and_ends_as_if_it_had_been_placed_so() -> None:
    store, at_once = (a_store(currency="USD", timezone="America/New_York") for _ in range(2))
    states = life()
    after = edited(states[2], "2026-06-20T06:00:00-04:00")
    apply(store, states[1])
    assert apply(store, after) == Applied(Result.UPDATED, D("-25.55"))
    assert apply(at_once, after).result == "new"
    assert standing(store) == standing(at_once)
    order = Order.objects.get(store=store)
    event = order.events.get(kind="edited")
    assert (event.at, event.actor_label) == (datetime(2026, 6, 20, 10, tzinfo=UTC), "shopify")
    assert "Cable 0 → 2" in event.note
    assert apply(store, after).result == "unchanged"
    assert apply(store, states[3] | {"updated_at": "2026-06-19T06:00:00-04:00"}).result == "older"


def test_an_edit_is_taken_back_by_a_later_state_and_never_moves_stock() -> None:
    store = a_store(currency="USD")
    cable = a_product(store, "9.50", sku="CABLE", stock=1)
    states = life()
    apply(store, states[0])
    assert apply(store, edited(states[0], "2026-06-20T06:00:00-04:00")).result == "updated"
    order = Order.objects.get(store=store)
    assert (order.total_amount, order.items.count()) == (D("141.10"), 3)
    assert apply(store, states[0] | {"updated_at": "2026-06-21T06:00:00-04:00"}) == Applied(Result.UPDATED, D("-19.00"))
    order.refresh_from_db()
    cable.refresh_from_db()
    assert (order.total_amount, order.sales, cable.stock) == (D("122.10"), D("0.00"), 1)
    assert recount.differences(store) == []


def test_a_gift_card_sold_is_no_sale_also_where_its_payment_is_among_the_captures() -> None:
    store, order = a_store(currency="USD"), copy.deepcopy(FINAL) | {"refunds": [], "total_price": "172.10"}
    card = order["line_items"][0] | {"id": 99, "name": "Gift card", "price": "50.00", "quantity": 1, "gift_card": True}
    order["line_items"] = [*order["line_items"], card | {"discount_allocations": []}]
    paid = {
        "id": 1,
        "order_id": order["id"],
        "kind": "sale",
        "status": "success",
        "amount": "172.10",
        "created_at": order["created_at"],
    }
    apply_source_order(store, read_rest(order, [paid]), now=NOW, actor_label="shopify")
    kept = Order.objects.get(store=store)
    assert (kept.total_amount, kept.sales, kept.payment_status) == (D("122.10"), D("122.10"), "PAID")


def test_another_tip_at_the_source_is_an_edit_here() -> None:
    store = a_store(currency="USD")
    states = life()
    apply(store, states[1])
    other = copy.deepcopy(states[2])
    other |= {"total_tip_received": "3.00", "total_price": "125.10"}
    assert apply(store, other).result == "updated"
    order = Order.objects.get(store=store)
    assert (order.tip, order.total_amount) == (D("3.00"), D("125.10"))
    assert "tip 0.00 → 3.00" in order.events.get(kind="edited").note
    assert recount.differences(store) == []


def test_a_closed_store_takes_no_order_of_a_source() -> None:
    store = a_store(currency="USD")
    Store.objects.filter(pk=store.pk).update(is_active=False)
    with pytest.raises(Conflict, match="This store is closed"):
        apply_source_order(store, read_rest(FINAL), now=NOW + timedelta(days=1), actor_label="shopify")
    assert not Order.objects.filter(store=store).exists()


@pytest.mark.parametrize("spelling", ["\uff30at@Example.com", "pa\ufb05@example.com", " \u017fam@EXAMPLE.com "])
def test_every_source_folds_an_address_as_accounts_and_customers_do(spelling: str) -> None:
    woo = json.loads((FILES / "woocommerce-order.json").read_text())
    order = json.loads((FILES / "magento-orders.json").read_text())["items"][0]
    node = json.loads((FILES / "shopify-bulk.jsonl").read_text().splitlines()[0])
    read = [
        read_graphql(node | {"email": spelling, "children": []}),
        read_rest(FINAL | {"email": spelling}),
        woocommerce.read_order(woo | {"billing": {"email": spelling}}),
        magento.read_order(order | {"customer_email": spelling}),
    ]
    assert {order.email for order in read} == {fold_email(spelling)}
