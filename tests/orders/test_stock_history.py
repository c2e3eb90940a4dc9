"""Each change of a product's stock is written down once, from what to what, by which order or by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import User
from dealport.kit.errors import Conflict
from orders.actions import (
    ItemRequest,
    adjust_stock,
    cancel_order,
    create_product,
    create_variant,
    edit_order,
    expire_order,
    mark_paid,
    place_order,
    refund_order,
)
from orders.actions.edit_pricing import EditRequest
from orders.models import Order, OrderItem, Product, StockMovement
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def history(product: Product) -> list[tuple[str, int | None, int | None, int | None, str]]:
    """Return the movements of a product: reason, before, after, order and person, oldest first."""
    rows = StockMovement.objects.filter(product=product).with_person().order_by("id")
    return [(row.reason, row.before, row.after, row.order_id, row.person) for row in rows]


def placed(product: Product, pieces: int, actor: User | None = None, **fields: object) -> Order:
    items = [ItemRequest(product.pk, pieces)]
    return place_order(store=product.store, items=items, customer=None, at=AT, actor=actor, **fields)  # type: ignore[arg-type]


def test_each_step_of_an_order_that_moves_stock_is_in_the_history_with_who_made_it() -> None:
    store = a_store()
    product, staff = a_product(store, stock=10), a_user(User.Role.STAFF, store)
    sold = placed(product, 3, staff)
    mark_paid(order=sold, at=AT + timedelta(minutes=1), actor=staff)
    item = OrderItem.objects.get(order=sold)
    refund_order(order=sold, lines={item.pk: 1}, restock=True, at=AT + timedelta(minutes=2), actor=staff)
    refund_order(order=sold, at=AT + timedelta(minutes=3), actor=staff)  # without restock: nothing moves
    dropped = placed(product, 2)
    cancel_order(order=dropped, at=AT + timedelta(minutes=4), actor=staff)
    late = placed(product, 4)
    expire_order(order=late, at=AT + timedelta(hours=25), actor=None)
    mark_paid(order=late, at=AT + timedelta(hours=26), actor=None)

    assert history(product) == [
        ("placed", 10, 7, sold.pk, staff.email),
        ("refunded", 7, 8, sold.pk, staff.email),
        ("placed", 8, 6, dropped.pk, "System"),
        ("canceled", 6, 8, dropped.pk, staff.email),
        ("placed", 8, 4, late.pk, "System"),
        ("expired", 4, 8, late.pk, "System"),
        ("paid", 8, 4, late.pk, "System"),
    ]
    product.refresh_from_db()
    assert product.stock == 4


def test_an_edit_takes_and_returns_pieces() -> None:
    store = a_store()
    product, added = a_product(store, stock=10), a_product(store, stock=10)
    order = placed(product, 3)
    item = OrderItem.objects.get(order=order)
    request = EditRequest(quantities={item.pk: 1}, additions=(ItemRequest(added.pk, 2),))
    edit_order(order=order, request=request, at=AT + timedelta(minutes=1), actor=None)
    assert history(product)[1:] == [("edited", 7, 9, order.pk, "System")]
    assert history(added) == [("edited", 10, 8, order.pk, "System")]


def test_what_people_set_is_in_the_history_with_their_name() -> None:
    store = a_store()
    admin = a_user(User.Role.ADMIN)
    product = create_product(store=store, name="Scarf", price=Decimal(5), stock=12, actor=admin)
    product = adjust_stock(product=product, stock=20, seen=12, actor=None)
    product = adjust_stock(product=product, stock=20, seen=20, actor=admin)  # nothing changes
    variant = create_variant(product=product, options={"Size": "L"}, stock=5, actor=admin)
    assert history(product) == [
        ("set", None, 12, None, admin.email),
        ("set", 12, 20, None, "System"),
        ("set", 20, None, None, admin.email),
    ]
    assert history(variant) == [("set", None, 5, None, admin.email)]
    create_product(store=store, name="Voucher", price=Decimal(5), actor=admin)
    assert StockMovement.objects.count() == 4


def test_a_refused_order_and_an_uncounted_product_leave_nothing() -> None:
    store = a_store()
    counted, uncounted = a_product(store, stock=1), a_product(store)
    with pytest.raises(Conflict), transaction.atomic():
        place_order(
            store=store,
            items=[ItemRequest(uncounted.pk, 1), ItemRequest(counted.pk, 2)],
            customer=None,
            at=AT,
            actor=None,
        )
    placed(uncounted, 1)
    assert not StockMovement.objects.exists()


def test_two_lines_and_twenty_cost_the_same_statements() -> None:
    store = a_store()
    costs = []
    for count in (2, 20):
        items = [ItemRequest(a_product(store, stock=9).pk, 1) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            place_order(store=store, items=items, customer=None, at=AT, actor=None)
        costs.append(len([query for query in captured.captured_queries if "stock" in query["sql"]]))
        assert sum("orders_stockmovement" in query["sql"] for query in captured.captured_queries) == 1
    assert costs[0] == costs[1]
    assert StockMovement.objects.count() == 22


@pytest.mark.parametrize("sql", ["UPDATE orders_stockmovement SET after = 0", "DELETE FROM orders_stockmovement"])
def test_the_history_is_kept_as_it_was_written(sql: str) -> None:
    product = a_product(a_store(), stock=3)
    placed(product, 1)
    with pytest.raises(IntegrityError, match="kept as they were"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_page_of_a_product_shows_the_newest_and_leads_to_all_of_them() -> None:
    store = a_store()
    product, other = a_product(store, stock=100), a_product(store, stock=100)
    orders = [placed(product, 1) for _ in range(25)]
    placed(other, 7)
    client = logged_in(a_user(User.Role.STAFF, store))
    text = client.get(page(Product, "change", product.pk)).content.decode()
    assert text.count("Sold <a") == 20
    assert "76 → 75" in text
    assert orders[-1].number in text
    assert "96 → 95" not in text
    address = f"{page(StockMovement)}?product__id__exact={product.pk}"
    assert address in text
    listed = client.get(address).content.decode()
    assert "100 → 99" in listed
    assert "100 → 93" not in listed


def test_the_page_of_a_product_with_variants_shows_what_moved_the_stock_of_each() -> None:
    store = a_store()
    product, other = a_product(store, name="Shirt"), a_product(store, stock=70)
    sizes = [create_variant(product=product, options={"Size": size}, stock=30, actor=None) for size in "SM"]
    order = placed(sizes[1], 4)
    placed(other, 1)
    client = logged_in(a_user(User.Role.STAFF, store))
    text = client.get(page(Product, "change", product.pk)).content.decode()
    assert f"30 → 26</span> <span>{sizes[1].name}</span> <span>Sold <a" in text
    assert order.number in text
    assert "70 → 69" not in text
    address = f"{page(StockMovement)}?product__parent__id__exact={product.pk}"
    assert address in text
    listed = client.get(address).content.decode()
    assert "30 → 26" in listed
    assert "70 → 69" not in listed


def test_another_store_s_stock_is_not_shown() -> None:
    own, foreign = a_store(), a_store()
    placed(a_product(foreign, stock=55), 1)
    client = logged_in(a_user(User.Role.STAFF, own))
    assert "55 → 54" not in client.get(page(StockMovement)).content.decode()
