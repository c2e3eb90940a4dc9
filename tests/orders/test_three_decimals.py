"""A store whose currency has three decimals: none is lost, on the way in, in the figures, on pages and in files."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from customers.models import Store, User
from dashboard.figures import sales_summary
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.models import Basis
from dealport.kit.errors import Conflict
from dealport.kit.formats import money_text
from dealport.kit.money import coded_text, places_sql, unit_of
from orders.actions import (
    EditRequest,
    ItemRequest,
    create_coupon,
    edit_order,
    mark_paid,
    place_order,
    refund_order,
)
from orders.importing import import_orders
from orders.importing.problems import ImportRefused
from orders.models import Order, OrderItem
from orders.parts import write_missing
from orders.uploads.products import _value
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.exports import content, exported, lines_of
from tests.orders.importing_files import order as row
from tests.orders.importing_files import write

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def store() -> Store:
    return a_store(currency="KWD", timezone="Asia/Kuwait")


def step(order: Order, random: Random, unit: D, at: datetime) -> None:
    """Pay, refund or edit an order by an amount drawn at random; what its rules refuse leaves it as it is."""
    items = list(order.items.order_by("pk"))
    some = unit * random.randrange(1, int(order.total_amount / unit) + 2)
    try:
        match random.randrange(6):
            case 0:
                mark_paid(order=order, amount=some, at=at, actor=None)
            case 1:
                mark_paid(order=order, at=at, actor=None)
            case 2:
                refund_order(order=order, amount=some, at=at, actor=None)
            case 3:
                refund_order(order=order, lines={random.choice(items).pk: 1}, at=at, actor=None)
            case 4:
                request = EditRequest(quantities={random.choice(items).pk: random.randrange(1, 5)})
                edit_order(order=order, request=request, at=at, actor=None)
            case _:
                edit_order(order=order, request=EditRequest(shipping_fee=some), at=at, actor=None)
    except (Conflict, ValidationError):
        pass


@pytest.mark.parametrize(("currency", "seed"), [("KWD", 1), ("KWD", 2), ("JPY", 3)])
def test_random_lives_add_up_to_the_smallest_unit_on_both_bases(currency: str, seed: int) -> None:
    store, random, unit = a_store(currency=currency), Random(seed), unit_of(currency)
    products = [a_product(store, str(unit * pieces), stock=900) for pieces in (1, 7, 1250, 12345)]
    create_coupon(store=store, values={"code": "SOME", "kind": "percent", "value": D("12.50")}, actor=None)
    for number in range(6):
        at = AT + timedelta(hours=number)
        order = place_order(
            store=store,
            items=[ItemRequest(product.pk, random.randrange(1, 5)) for product in products],
            coupon_code=random.choice(["", "SOME"]),
            tax_amount=unit * random.randrange(900),
            shipping_fee=unit * random.randrange(700),
            tip=unit * random.randrange(99),
            at=at,
            actor=None,
        )
        for days in range(5):
            step(Order.objects.get(pk=order.pk), random, unit, at + timedelta(days=days + 1))
    assert recount.differences(store) == []
    fold_all()
    assert recount.differences(store) == []
    known = Order.objects.filter(store=store).aggregate(
        captured=Sum("captured_amount"), refunded=Sum("refunded_amount")
    )
    sales = known["captured"] - known["refunded"]
    assert sales > 0
    for basis in Basis.values:
        summary = sales_summary(store, MARCH, basis)
        assert summary.total_sales == sales
        assert not summary.average_ticket % unit
    amounts = OrderItem.objects.filter(order__store=store).values_list(
        "discount_share", "tax_share", "captured_amount", "refunded_amount"
    )
    assert [row for row in amounts if any(amount is not None and amount % unit for amount in row)] == []
    assert write_missing(store, MARCH) == 0


def test_the_third_decimal_comes_in_and_a_fourth_is_refused_with_its_field(store: Store) -> None:
    client, mug = APIClient(), a_product(store, "1.250")
    client.force_authenticate(a_user(User.Role.ADMIN))
    euros = a_store(currency="EUR")

    def order(of: Store, product: int, tax: str) -> Any:
        body = {
            "store": of.slug,
            "items": [{"productId": product, "quantity": 3}],
            "taxAmount": tax,
            "customerId": a_customer(of).pk,
            "paymentMethod": "CREDIT_CARD",
            "shippingAddress": {"street": "1 High St", "city": "Kuwait", "country": "KW"},
        }
        return client.post("/api/v1/orders", body, format="json")

    placed = order(store, mug.pk, "0.005")
    assert placed.status_code == 201, placed.content
    assert json.loads(placed.content, parse_float=D)["data"]["totalAmount"] == D("3.755")
    for of, tax in ((store, "0.0005"), (euros, "1.005")):
        refused = order(of, mug.pk if of is store else a_product(euros).pk, tax)
        assert refused.status_code == 400
        assert "taxAmount" in refused.content.decode()
    assert Order.objects.count() == 1


def test_averages_are_rounded_to_the_currency(store: Store) -> None:
    for price in ("1.000", "1.000", "1.001"):
        an_order(store, price, paid=True, at=AT)
    assert sales_summary(store, MARCH).average_ticket == D("1.000")
    an_order(store, "1.000", paid=True, at=AT)
    an_order(store, "1.003", paid=True, at=AT)
    assert sales_summary(store, MARCH).average_ticket == D("1.001")  # 5.004 / 5


def test_amounts_are_written_as_people_of_the_currency_do(store: Store, client: Client) -> None:
    assert money_text(D("1.25"), "KWD") == "KWD\N{NO-BREAK SPACE}1.250"
    assert coded_text(D("1234.5"), "BHD") == "BHD 1,234.500"
    an_order(store, "1.25", paid=True, at=AT)
    client.force_login(a_user(User.Role.ADMIN))
    page = client.get(f"/dashboard/{store.slug}/", {"year": "2026", "month": "3"})
    assert page.status_code == 200
    shown = re.findall(r"KWD\s1\.2\d*", unescape(page.content.decode()))
    assert set(shown) == {"KWD\N{NO-BREAK SPACE}1.250"}


@pytest.mark.parametrize(
    ("currency", "price", "text", "number_format"),
    [("KWD", "1.250", "1.250", "#,##0.000"), ("EUR", "1.50", "1.50", "#,##0.00"), ("JPY", "1250", "1250", "#,##0")],
)
def test_files_have_the_decimals_of_the_currency(currency: str, price: str, text: str, number_format: str) -> None:
    store, admin = a_store(currency=currency), a_user(User.Role.ADMIN)
    an_order(store, price, paid=True, at=AT)
    filters = {"store": store.slug}
    (line,) = lines_of(exported(admin, "orders", filters=filters))
    assert line["totalAmount"] == line["sales"] == text
    assert float(line["refundedAmount"]) == 0
    workbook = openpyxl.load_workbook(io.BytesIO(content(exported(admin, "orders", filters=filters, format="xlsx"))))
    names = [cell.value for cell in workbook["Data"][1]]
    cell = workbook["Data"][2][names.index("totalAmount")]
    assert (cell.value, cell.number_format) == (float(price), number_format)


@pytest.mark.parametrize(
    ("currency", "shown", "more"), [("KWD", "2.500", "1.250"), ("JPY", "10", "5"), ("EUR", "2.50", "1.25")]
)
def test_files_of_pages_write_the_decimals_of_the_currency(currency: str, shown: str, more: str) -> None:
    store, admin = a_store(currency=currency), a_user(User.Role.ADMIN)
    for price in (shown, more):
        an_order(store, price, paid=True, at=AT)
    client = Client()
    client.force_login(admin)
    month = {"from": "2026-03-01", "to": "2026-03-31"}
    total = str(D(shown) + D(more))
    asked = {**month, "store": store.slug, "figures": "totalSales,orders", "by": "channel"}
    explored = client.get("/analytics/explore/file.csv", asked).content.decode().splitlines()
    assert [line.split(",")[-2] for line in explored[1:]] == [total] * (len(explored) - 1)
    values = {**month, "store": store.slug}
    path = "/analytics/reports/order-values/file"
    ranges = client.get(f"{path}.csv", values).content.decode().splitlines()
    assert ranges[-1].split(",")[-1] == total
    workbook = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}.xlsx", values).content))
    formats = {"KWD": "#,##0.000", "JPY": "#,##0", "EUR": "#,##0.00"}
    assert (
        workbook["Data"].cell(workbook["Data"].max_row, workbook["Data"].max_column).number_format == formats[currency]
    )
    days = client.get(f"/dashboard/{store.slug}/csv/steps/", {"year": 2026, "month": 3}).content.decode().splitlines()
    assert {line.split(",")[4] for line in days[1:]} == {total, str(D(total) * 0)}


def test_a_comma_that_may_group_thousands_is_refused_where_there_are_three_decimals(
    store: Store, tmp_path: Path
) -> None:
    def semicolons(text: bytes) -> bytes:
        return (
            text.replace(b",", b";").replace(b"20.00", b"1,250").replace(b"10.00", b"0,625").replace(b"0.00", b"0,00")
        )

    path = write(tmp_path / "comma.csv", row(Currency="KWD", Email=""))
    path.write_bytes(semicolons(path.read_bytes()))
    with pytest.raises(ImportRefused, match="the comma may group thousands as well"):
        import_orders(path, store)
    with pytest.raises(ValueError, match=r"Enter a point before the decimals, as in 1\.250"):
        _value("price", "1,250", ",", "KWD")
    assert _value("price", "0,250", ",", "KWD") == D("0.250")
    assert _value("price", "12,5", ",", "EUR") == D("12.50")


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_with_skip_invalid_the_orders_of_json_that_cannot_be_read_are_left_out(tmp_path: Path, suffix: str) -> None:
    store = a_store(currency="USD")
    files = Path(__file__).parents[1] / "data" / "imports"
    if suffix == "json":
        good = json.loads((files / "woocommerce-order.json").read_text())
        bad = {**good, "id": 1, "number": "1", "currency": "EUR", "total": "99.50"}
        path = tmp_path / "orders.json"
        path.write_text(json.dumps([good, bad]))
    else:
        path = tmp_path / "orders.jsonl"
        text = (files / "shopify-bulk.jsonl").read_text()
        path.write_text(text + json.dumps({"id": "gid://shopify/Order/1", "name": "#BAD"}) + "\n")
    with pytest.raises(ImportRefused) as error:
        import_orders(path, store)
    assert error.value.count == 1
    assert not Order.objects.exists()
    out = io.StringIO()
    call_command("import_orders", str(path), "--store", store.slug, "--skip-invalid", stdout=out)
    refused = tmp_path / f"orders.{suffix}.refused.{suffix}"
    left_out = "EUR 99.50" if suffix == "json" else "USD 0.00"
    assert f"refused    1, {left_out} left out (in {refused})" in out.getvalue()
    assert Order.objects.filter(store=store).exists()
    kept = json.loads(refused.read_text())
    kept = kept if isinstance(kept, list) else [kept]
    assert [bool(order.pop("Refused because")) for order in kept] == [True]
    assert [order["id"] for order in kept] == ([1] if suffix == "json" else ["gid://shopify/Order/1"])
    if suffix == "json":  # corrected where it stands, the reason still in it
        refused.write_text(refused.read_text().replace('"EUR"', '"USD"').replace("99.50", good["total"]))
        import_orders(refused, store)
        assert Order.objects.filter(store=store).count() == 2
    assert recount.differences(store) == []


def test_sql_knows_the_decimals_of_every_currency() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {places_sql('code')} FROM unnest(ARRAY['JPY', 'EUR', 'KWD', 'XXX']) AS code")
        assert [places for (places,) in cursor.fetchall()] == [0, 2, 3, 2]
