"""Products sold in several sizes and colors: each variant has SKU, price, cost and stock of its own."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from customers.models import Store, User
from dashboard.metrics import recount
from orders.actions import ItemRequest, cancel_order, create_category, create_variant, place_order
from orders.models import Order, OrderItem, Product
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Caller, order_content

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def a_scarf(store: Store) -> tuple[Product, Product, Product]:
    scarf = a_product(store, "40.00", name="Scarf", sku="SC", stock=9, cost_price=D("14.00"))
    medium = create_variant(product=scarf, options={"Size": "M"}, sku="SC-M", stock=3, actor=None)
    large = create_variant(
        product=scarf, options={"Size": "L"}, sku="SC-L", price=D("48.00"), cost_price=D("16.00"), stock=2, actor=None
    )
    scarf.refresh_from_db()
    return scarf, medium, large


def test_a_product_without_options_has_itself_as_its_one_variant(store: Store, call: Caller) -> None:
    mug = a_product(store, "9.00", sku="MUG", stock=4)
    own = {
        "id": mug.pk,
        "sku": "MUG",
        "options": {},
        "price": D("9.00"),
        "costPrice": None,
        "stock": 4,
        "status": "ACTIVE",
    }
    assert call("GET", f"/products/{mug.pk}").data["variants"] == [own]
    assert [row["id"] for row in call("GET", f"/products/{mug.pk}/variants").data] == [mug.pk]


def test_variants_are_added_under_their_product_and_inherit_what_is_left_out(store: Store, call: Caller) -> None:
    scarf = a_product(store, "40.00", name="Scarf", sku="SC", stock=9, cost_price=D("14.00"), tags=["silk"])
    made = call("POST", f"/products/{scarf.pk}/variants", {"options": {" Size ": "M"}, "sku": "SC-M", "stock": 3})
    assert made.status == 201, made.data
    names = ("name", "parentId", "options", "price", "costPrice", "stock", "tags")
    assert {name: made.data[name] for name in names} == {
        "name": "Scarf - M",
        "parentId": scarf.pk,
        "options": {"Size": "M"},
        "price": D("40.00"),
        "costPrice": D("14.00"),
        "stock": 3,
        "tags": ["silk"],
    }
    call("POST", f"/products/{scarf.pk}/variants", {"options": {"Size": "L"}, "price": 38, "stock": 2})
    whole = call("GET", f"/products/{scarf.pk}").data
    assert (whole["price"], whole["stock"], [v["options"] for v in whole["variants"]]) == (
        D("38.00"),
        5,
        [{"Size": "M"}, {"Size": "L"}],
    )
    assert [row["id"] for row in call("GET", "/products?isVariant=false").data] == [scarf.pk]
    assert len(call("GET", f"/products?parentId={scarf.pk}").data) == 2


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"options": {"Size": "M"}}, (409, [])),
        ({"options": {"Color": "Red"}}, (400, ["options"])),
        ({"options": {}}, (400, ["options"])),
        ({"options": {"Size": "XL"}, "sku": "SC-L"}, (409, [])),
        ({"options": {"Size": "XL"}, "price": -1}, (400, ["price"])),
        ({"sku": "X"}, (400, ["options"])),
    ],
)
def test_a_variant_that_does_not_fit_is_refused(
    store: Store, call: Caller, content: dict[str, Any], refusal: tuple[int, list[str]]
) -> None:
    scarf, medium, _ = a_scarf(store)
    assert call("POST", f"/products/{scarf.pk}/variants", content).refusal == refusal
    assert call("POST", f"/products/{medium.pk}/variants", {"options": {"Size": "S"}}).refusal == (400, ["options"])
    assert Product.objects.count() == 3


def test_orders_name_the_variant_and_take_its_stock(store: Store, call: Caller) -> None:
    scarf, medium, large = a_scarf(store)
    customer = a_customer(store)
    items = [{"variantId": large.pk, "quantity": 2}, {"productId": medium.pk, "quantity": 1}]
    placed = call("POST", "/orders", order_content(scarf, customer, items=items))
    assert placed.status == 201, placed.data
    lines = OrderItem.objects.order_by("pk")
    assert [(i.product_id, i.name, i.sku, i.unit_price, i.unit_cost, i.stock_taken) for i in lines] == [
        (large.pk, "Scarf - L", "SC-L", D("48.00"), D("16.00"), 2),
        (medium.pk, "Scarf - M", "SC-M", D("40.00"), D("14.00"), 1),
    ]
    assert stocks(scarf, medium, large) == [None, 2, 0]
    short = call("POST", "/orders", order_content(scarf, customer, items=[{"variantId": large.pk, "quantity": 1}]))
    assert short.status == 409
    cancel_order(order=Order.objects.get(), actor=None)
    assert stocks(scarf, medium, large) == [None, 3, 2]
    assert recount.differences(store) == []


def test_a_product_is_ordered_itself_only_where_it_has_one_variant(store: Store, call: Caller) -> None:
    scarf, medium, large = a_scarf(store)
    content = order_content(scarf, a_customer(store))
    assert call("POST", "/orders", content).refusal == (400, ["items"])
    for items in ([{"quantity": 1}], [{"quantity": 1, "productId": scarf.pk, "variantId": medium.pk}]):
        assert call("POST", "/orders", {**content, "items": items}).status == 400
    assert call("DELETE", f"/products/{large.pk}").status == 204
    assert call("POST", "/orders", content).status == 201
    assert OrderItem.objects.get().product_id == medium.pk


def test_a_product_that_is_not_active_sells_no_variant(store: Store) -> None:
    scarf, medium, _ = a_scarf(store)
    Product.objects.filter(pk=scarf.pk).update(status=Product.Status.DRAFT)
    with pytest.raises(Exception, match="no product"):
        place_order(store=store, items=[ItemRequest(medium.pk, 1)], actor=None)


def test_name_and_category_of_a_product_are_those_of_its_variants(store: Store, call: Caller) -> None:
    scarf, _, large = a_scarf(store)
    shawls = create_category(store=store, name="Shawls", actor=None)
    assert call("PATCH", f"/products/{scarf.pk}", {"name": "Shawl", "categoryId": shawls.pk}).status == 200
    found = Product.objects.filter(parent=scarf).order_by("pk").values_list("name", "category")
    assert list(found) == [("Shawl - M", shawls.pk), ("Shawl - L", shawls.pk)]
    for content, field in (({"price": 1}, "price"), ({"stock": 1}, "stock"), ({"options": {"A": "B"}}, "options")):
        assert call("PATCH", f"/products/{scarf.pk}", content).refusal == (400, [field])
    assert call("PATCH", f"/products/{large.pk}", {"categoryId": None}).refusal == (400, ["categoryId"])
    assert call("PATCH", f"/products/{large.pk}", {"options": {"Size": "M"}}).status == 409
    assert call("PATCH", f"/products/{large.pk}", {"options": {"Size": "XL"}, "stock": 7}).status == 200


def test_the_last_variant_gone_a_product_is_sold_itself_again(store: Store, call: Caller) -> None:
    scarf, medium, _ = a_scarf(store)
    assert call("DELETE", f"/products/{scarf.pk}").status == 204
    assert not Product.objects.filter(deleted_at__isnull=True).exists()
    assert call("POST", f"/products/{medium.pk}/restore").status in (404, 409)
    assert call("POST", f"/products/{scarf.pk}/restore").data["variants"][0]["id"] == scarf.pk
    assert call("POST", f"/products/{medium.pk}/restore").status == 200
    assert [v["id"] for v in call("GET", f"/products/{scarf.pk}").data["variants"]] == [medium.pk]


def test_the_admin_adds_and_changes_variants_on_the_page_of_their_product(store: Store) -> None:
    scarf, medium, large = a_scarf(store)
    form: dict[str, Any] = {
        "name": scarf.name,
        "sku": scarf.sku,
        "price": scarf.price,
        "cost_price": scarf.cost_price,
        "stock": "",
        "initial-stock": "",
        "low_stock_threshold": "10",
        "status": "ACTIVE",
        "variants-TOTAL_FORMS": 3,
        "variants-INITIAL_FORMS": 2,
    }
    rows = [(medium.pk, "M", "SC-M", "41.00", "14.00", "8"), (large.pk, "L", "SC-L", "48.00", "16.00", "2")]
    for place, (pk, size, sku, price, cost, stock) in enumerate([*rows, ("", "S", "SC-S", "39.00", "", "")]):
        values = {
            "id": pk,
            "parent": scarf.pk,
            "options": f'{{"Size": "{size}"}}',
            "sku": sku,
            "price": price,
            "cost_price": cost,
            "stock": stock,
            "status": "ACTIVE",
        }
        form |= {f"variants-{place}-{name}": value for name, value in values.items()}
    form |= {"initial-variants-0-stock": "3", "initial-variants-1-stock": "2"}
    client = logged_in(a_user(User.Role.STAFF, store))
    assert b"SC-L" in client.get(page(Product, "change", scarf.pk)).content
    answer = client.post(page(Product, "change", scarf.pk), form)
    assert answer.status_code == 302, answer.content
    found = Product.objects.filter(parent=scarf).order_by("pk").values_list("sku", "price", "stock")
    assert list(found) == [("SC-M", D("41.00"), 8), ("SC-L", D("48.00"), 2), ("SC-S", D("39.00"), None)]


def stocks(*products: Product) -> list[int | None]:
    return [Product.objects.get(pk=product.pk).stock for product in products]


def test_rows_by_sku_create_update_and_repeat_without_effect(store: Store, call: Caller) -> None:
    _, medium, _ = a_scarf(store)
    rows: list[dict[str, Any]] = [
        {"sku": "SC-M", "price": 42, "stock": 3},
        {"sku": "NEW", "name": "New", "price": 5, "stock": 1, "status": "DRAFT"},
        {"sku": "NAMELESS", "price": 5},
        {"sku": "SC", "price": 9},
        {"sku": "SC-L", "price": "x"},
        {"sku": "NEW", "price": 6},
        {"price": 6},
    ]
    first = call("POST", "/products/bulk", {"store": "tea", "products": rows}).data
    outcomes = [(row["sku"], row["outcome"], sorted(row["errors"])) for row in first["rows"]]
    assert outcomes == [
        ("SC-M", "updated", []),
        ("NEW", "created", []),
        ("NAMELESS", "refused", ["name"]),
        ("SC", "refused", ["price"]),
        ("SC-L", "refused", ["price"]),
        ("NEW", "refused", ["sku"]),
        ("", "refused", ["sku"]),
    ]
    assert (first["created"], first["updated"], first["unchanged"], first["refused"]) == (1, 1, 0, 5)
    assert Product.objects.get(sku="NEW").status == "DRAFT"
    again = call("POST", "/products/bulk", {"store": "tea", "products": rows}).data
    assert (again["created"], again["updated"], again["unchanged"], again["refused"]) == (0, 0, 2, 5)
    medium.refresh_from_db()
    assert (medium.price, Product.objects.count()) == (D("42.00"), 4)


def test_a_refused_row_says_what_is_wrong_inside_a_list(store: Store, call: Caller) -> None:
    content = {"store": "tea", "products": [{"sku": "NEW", "name": "New", "price": 5, "tags": ["new", 5]}]}
    [row] = call("POST", "/products/bulk", content).data["rows"]
    assert (row["outcome"], row["errors"]) == ("refused", {"tags.1": ["Not a valid string."]})


def test_rows_with_a_key_have_one_effect_and_foreign_stores_are_not_there(store: Store, call: Caller) -> None:
    content = {"store": "tea", "products": [{"sku": "NEW", "name": "New", "price": 5}]}
    answers = [call("POST", "/products/bulk", content, Idempotency_Key="k1") for _ in range(2)]
    assert [answer.data["created"] for answer in answers] == [1, 1]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert call("POST", "/products/bulk", {**content, "store": a_store().slug}).status == 404
    many = [{"sku": str(number), "name": "x", "price": 1} for number in range(501)]
    for rows in ([], many):
        assert call("POST", "/products/bulk", {"store": "tea", "products": rows}).refusal == (400, ["products"])
    assert Product.objects.count() == 1
