"""What products and categories sold: each test is named after the line of the checklist that it proves."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from customers.models import Membership, Store, User
from dashboard.metrics.folding import fold_all
from orders.actions import ItemRequest, create_category, refund_order, update_category
from orders.models import Order
from tests.builders import a_product, a_store, a_user, an_order, local
from tests.orders.calls import Caller

pytestmark = pytest.mark.django_db

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def admin() -> Caller:
    return Caller(a_user(User.Role.ADMIN))


def sold(store: Store, *items: tuple[Any, int], month: int = 3) -> Order:
    at = local(store, 2026, month, 10, 12)
    return an_order(store, items=[ItemRequest(product.pk, count) for product, count in items], paid=True, at=at)


def read(call: Caller, path: str) -> Any:
    answer = call("GET", path)
    assert answer.status == 200, answer.data
    return answer.data


@pytest.mark.parametrize("is_folded", [False, True])
def test_g023_g089_g164_g165_an_order_raises_units_and_revenue_of_its_products(
    store: Store, admin: Caller, is_folded: bool
) -> None:
    tea, cup = a_product(store, "10.00"), a_product(store, "5.00")
    march = sold(store, (tea, 3), (cup, 1))
    sold(store, (tea, 2), month=4)
    refund_order(order=march, lines={march.items.get(product=tea).pk: 1}, at=local(store, 2026, 4, 2), actor=None)
    if is_folded:
        fold_all()

    def figures(question: str = "") -> tuple[Any, ...]:
        found = read(admin, f"/products/{tea.pk}/sales?{question}")
        return found["unitsSold"], found["unitsReturned"], found["netSales"], found["totalOrders"]

    assert figures() == (5, 1, D("40.00"), 2)
    assert figures(MARCH) == (3, 1, D("20.00"), 1)
    assert figures(f"{MARCH}&basis=booked") == (3, 0, D("30.00"), 1)
    assert figures("from=2026-04-01&basis=booked") == (2, 1, D("10.00"), 1)
    assert figures("to=2026-02-28") == (0, 0, D("0.00"), 0)
    assert admin("GET", f"/products/{tea.pk}/sales?from=2026-03-02&to=2026-03-01").refusal == (400, ["to"])
    assert Caller(a_user(User.Role.STAFF, a_store()))("GET", f"/products/{tea.pk}/sales").status == 404


@pytest.mark.parametrize("is_folded", [False, True])
def test_g258_products_are_ordered_by_units_net_sales_and_stock_in_api_and_admin(
    store: Store, admin: Caller, is_folded: bool
) -> None:
    tea = a_product(store, "10.00", name="Tea", stock=50)
    cup = a_product(store, "1.00", name="Cup", stock=20)
    shirt = a_product(store, "3.00", name="Shirt", has_variants=True)
    small = a_product(store, "3.00", name="Small", parent=shirt, options={"Size": "S"}, stock=5)
    large = a_product(store, "3.00", name="Large", parent=shirt, options={"Size": "L"}, stock=4)
    a_product(store, "2.00", name="Jar", stock=9)
    sold(a_store(slug="other"), (a_product(Store.objects.get(slug="other"), "500.00", name="Foreign"), 9))
    order = sold(store, (tea, 2), (cup, 9), (small, 3), (large, 4))
    sold(store, (tea, 1), month=4)
    refund_order(order=order, lines={order.items.get(product=tea).pk: 2}, at=local(store, 2026, 4, 2), actor=None)
    if is_folded:
        fold_all()

    def names(ordering: str, more: str = "") -> list[str]:
        return [row["name"] for row in read(admin, f"/products?store=tea&ordering={ordering}{more}")]

    assert names("-unitsSold") == ["Cup", "Shirt", "Large", "Small", "Tea", "Jar"]  # 9, 7, 4, 3 and 3, 0
    assert names("netSales") == ["Jar", "Cup", "Small", "Tea", "Large", "Shirt"]  # 0, 9, 9, 10, 12, 21
    assert names("-unitsSold", "&limit=2&page=3") == ["Tea", "Jar"]
    assert names("-unitsSold", "&isVariant=true") == ["Large", "Small"]
    assert names("stock", "&maxPrice=2") == ["Jar", "Cup"]
    assert admin("GET", "/products?ordering=unitsSold").refusal == (400, ["store"])
    assert read(Caller(a_user(User.Role.STAFF, store)), "/products?ordering=-netSales")[0]["name"] == "Shirt"

    client = Client()
    client.force_login(a_user(User.Role.ADMIN))

    def listed(question: str) -> list[str]:
        page = client.get(f"/admin/orders/product/?{question}")
        assert page.status_code == 200
        return [product.name for product in page.context["cl"].result_list]

    columns = client.get(f"/admin/orders/product/?in_store={store.pk}").context["cl"].list_display
    by_units, by_sales, by_stock = (columns.index(name) for name in ("units_sold", "net_sales", "stock_badge"))
    assert listed(f"in_store={store.pk}&o=-{by_units}")[:2] == ["Cup", "Shirt"]
    assert listed(f"in_store={store.pk}&o={by_sales}")[-2:] == ["Large", "Shirt"]
    assert listed(f"in_store={store.pk}&o={by_stock}")[:2] == ["Large", "Small"]
    several = client.get("/admin/orders/product/").context["cl"].list_display
    assert not {"units_sold", "net_sales"} & {*several}
    assert len(listed(f"o=-{by_units}")) == 7
    text = client.get(f"/admin/orders/product/?in_store={store.pk}&q=Shirt").content.decode()
    assert ">7<" in text and "21.00" in text


def test_g258_g263_g264_top_products_by_units_with_sku_price_and_stock(store: Store, admin: Caller) -> None:
    tea = a_product(store, "10.00", name="Tea", sku="T-1")
    cup = a_product(store, "1.00", name="Cup", sku="C-1", stock=20)
    jar = a_product(store, "2.00", name="Jar", sku="J-1")
    sold(store, (tea, 2), (cup, 9))
    sold(store, (jar, 1))
    sold(store, (jar, 1))

    def names(order: str) -> list[str]:
        found = read(admin, f"/dashboard/top-products?store=tea&{MARCH}&orderBy={order}&limit=2")
        return [product["productName"] for product in found["products"]]

    assert (names("sales"), names("units"), names("orders")) == (["Tea", "Cup"], ["Cup", "Tea"], ["Jar", "Tea"])
    best = read(admin, f"/dashboard/top-products?store=tea&{MARCH}&orderBy=units")["products"][0]
    assert {name: best[name] for name in ("sku", "price", "stock", "unitsSold", "unitsReturned", "totalSales")} == {
        "sku": "C-1",
        "price": D("1.00"),
        "stock": 11,
        "unitsSold": 9,
        "unitsReturned": 0,
        "totalSales": D("9.00"),
    }
    assert admin("GET", "/dashboard/top-products?store=tea&orderBy=stock").refusal == (400, ["orderBy"])


def test_g319_g320_g321_without_a_store_one_is_answered_by_currency_of_ones_own_stores(
    store: Store, admin: Caller
) -> None:
    second, euros = a_store(slug="mugs"), a_store(slug="thee", currency="EUR", timezone="Europe/Berlin")
    for each, count in ((store, 1), (second, 3), (euros, 2)):
        sold(each, (a_product(each, "10.00", name=f"of {each.slug}"), count))
    fold_all()
    products = read(admin, f"/dashboard/top-products?{MARCH}")
    assert [products[name] for name in ("store", "currency", "timezone", "from", "to", "products")] == [
        None,
        None,
        None,
        "2026-03-01",
        "2026-03-31",
        None,
    ]
    assert [
        (line["currency"], [(row["store"], row["totalSales"], row["unitsSold"]) for row in line["products"]])
        for line in products["currencies"]
    ] == [("EUR", [("thee", D("20.00"), 2)]), ("GBP", [("mugs", D("30.00"), 3), ("tea", D("10.00"), 1)])]
    countries = read(admin, f"/dashboard/sales-by-country?{MARCH}")
    assert [
        (line["currency"], [(row["country"], row["totalSales"]) for row in line["countries"]])
        for line in countries["currencies"]
    ] == [("EUR", [(None, D("20.00"))]), ("GBP", [(None, D("40.00"))])]
    week = read(admin, "/dashboard/weekly-report?week=2026-W11")
    assert (week["store"], week["week"], week["isRunning"]) == (None, "2026-W11", False)
    assert [(line["currency"], line["current"]["totalSales"]) for line in week["currencies"]] == [
        ("EUR", D("20.00")),
        ("GBP", D("40.00")),
    ]
    assert read(admin, "/dashboard/weekly-report")["isRunning"] is True
    staff = a_user(User.Role.STAFF, euros)
    for each in (store, second):
        Membership.objects.create(store=each, user=staff)
    foreign = a_store(slug="foreign")
    sold(foreign, (a_product(foreign, "99.00"), 9))
    for path in (f"top-products?{MARCH}", f"sales-by-country?{MARCH}", "weekly-report?week=2026-W11"):
        own = read(Caller(staff), f"/dashboard/{path}")
        assert own != read(admin, f"/dashboard/{path}")
        expected = {"top-products": products, "sales-by-country": countries, "weekly-report": week}
        assert own["currencies"] == expected[path.split("?")[0]]["currencies"], path
    Membership.objects.filter(user=staff, store=second).delete()
    pounds = read(Caller(staff), f"/dashboard/sales-by-country?{MARCH}")["currencies"][1]
    assert pounds["countries"][0]["totalSales"] == D("10.00")
    for path in ("top-products", "sales-by-country", "weekly-report"):
        nobody = Caller(a_user(User.Role.STAFF))
        assert nobody("GET", f"/dashboard/{path}").refusal == (400, ["store"])
        assert read(Caller(a_user(User.Role.STAFF, store)), f"/dashboard/{path}")["store"] == "tea"


def test_a_branch_that_moves_takes_the_sales_of_its_history_along(store: Store, admin: Caller) -> None:
    drinks = create_category(store=store, name="Drinks", actor=None)
    teas = create_category(store=store, name="Teas", parent=drinks, actor=None)
    gifts = create_category(store=store, name="Gifts", actor=None)
    green = a_product(store, "10.00", category=teas)
    sold(store, (green, 3), (a_product(store, "20.00", category=drinks), 1), (a_product(store, "50.00"), 1))

    def lines() -> list[tuple[Any, ...]]:
        found = read(admin, f"/dashboard/sales-by-category?store=tea&{MARCH}")["categories"]
        names = ("name", "parentId", "ownSales", "totalSales", "unitsSold", "percentage")
        return [tuple(line[name] for name in names) for line in found]

    assert lines() == [
        ("", None, D("50.00"), D("50.00"), 1, D("50.00")),
        ("Drinks", None, D("20.00"), D("50.00"), 4, D("50.00")),
        ("Teas", drinks.pk, D("30.00"), D("30.00"), 3, D("30.00")),
    ]
    update_category(category=teas, changes={"parent": gifts}, actor=None)
    assert lines() == [
        ("", None, D("50.00"), D("50.00"), 1, D("50.00")),
        ("Gifts", None, D("0.00"), D("30.00"), 3, D("30.00")),
        ("Teas", gifts.pk, D("30.00"), D("30.00"), 3, D("30.00")),
        ("Drinks", None, D("20.00"), D("20.00"), 1, D("20.00")),
    ]


@pytest.mark.parametrize("is_folded", [False, True])
def test_a_product_with_variants_sold_what_its_variants_sold_and_margins_are_shown(
    store: Store, admin: Caller, is_folded: bool
) -> None:
    shirt = a_product(store, "0.00", has_variants=True)
    small = a_product(store, "10.00", parent=shirt, options={"Size": "S"}, cost_price=D("4.10"))
    large = a_product(store, "12.00", parent=shirt, options={"Size": "L"})
    sold(store, (small, 3), (large, 2), (a_product(store, "99.00"), 1))
    sold(store, (large, 1))
    if is_folded:
        fold_all()

    names = ("unitsSold", "netSales", "totalOrders", "cost", "margin", "unitsWithoutCost")
    found = {product.pk: read(admin, f"/products/{product.pk}/sales?{MARCH}") for product in (shirt, small, large)}
    assert {pk: [sales[name] for name in names] for pk, sales in found.items()} == {
        shirt.pk: [6, D("66.00"), None, D("12.30"), D("53.70"), 3],
        small.pk: [3, D("30.00"), 1, D("12.30"), D("17.70"), 0],
        large.pk: [3, D("36.00"), 2, D("0.00"), D("36.00"), 3],
    }
    best = read(admin, f"/dashboard/top-products?store=tea&{MARCH}")["products"]
    assert [(line["productId"], line["cost"], line["margin"], line["unitsWithoutCost"]) for line in best[1:]] == [
        (large.pk, D("0.00"), D("36.00"), 3),
        (small.pk, D("12.30"), D("17.70"), 0),
    ]
