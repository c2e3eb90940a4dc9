"""Tables that are no export of Shopify's: decimal commas, days without a time, clocks of twelve hours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.utils import timezone

from dashboard.metrics import recount
from orders.importing import ImportRefused, Receipt, import_orders
from orders.importing.columns import Reading
from orders.importing.formats import column_names
from orders.importing.loading import ImportOptions
from orders.models import Order
from tests.builders import a_store

pytestmark = pytest.mark.django_db

OWN = column_names(
    [
        *("name=No", "date=Placed", "total=Sum", "item=Article", "quantity=Pieces", "price=Each"),
        *("shipping=Postage", "tax=VAT", "email=Mail"),
    ]
)
HEADER = "No;Placed;Sum;Article;Pieces;Each;Postage;VAT;Mail\n"
WOOCOMMERCE = (
    "Order Number;Order ID;Order Status;Order Date;Item Name;SKU;Quantity;Item Cost;Order Subtotal Amount;"
    "Cart Discount Amount;Order Shipping Amount;Order Total Tax Amount;Order Total Amount;Order Refund Amount\n"
)


def imported(tmp_path: Path, text: str, *, zone: str = "UTC", **options: object) -> tuple[Receipt, list[Order]]:
    store = a_store(currency="EUR", timezone=zone)
    path = tmp_path / "orders.csv"
    path.write_text(text)
    reading = Reading(store.zone if options else None, options.get("day_first"))  # type: ignore[arg-type]
    names = {} if text.startswith("Order Number") else OWN
    receipt = import_orders(path, store, options=ImportOptions(names, reading))
    assert recount.differences(store) == []
    return receipt, list(Order.objects.filter(store=store).order_by("pk"))


def test_amounts_with_decimal_commas_are_taken_apart_in_a_table_of_ones_own(tmp_path: Path) -> None:
    rows = "1;2026-06-10 10:00 +0000;27,90;Tea;2;10,00;5,00;2,90;a@example.com\n"
    _, (order,) = imported(tmp_path, HEADER + rows)
    assert (order.total_amount, order.sales, order.shipping_fee, order.tax) == (D("27.90"), D("27.90"), D(5), D("2.90"))


def test_amounts_with_decimal_commas_are_taken_apart_in_an_export_of_woocommerce(tmp_path: Path) -> None:
    rows = "7;7;Completed;2026-06-10 10:00;Tea;TEA;2;10,00;20,00;2,50;5,00;1,50;24,00;4,00\n"
    _, (order,) = imported(tmp_path, WOOCOMMERCE + rows)
    amounts = (order.total_amount, order.discount, order.shipping_fee, order.sales)
    assert amounts == (D(24), D("2.50"), D(5), D(20))
    assert order.notes == ""  # the words and the amounts say the same


@pytest.mark.parametrize(
    ("written", "day_first", "placed_at"),
    [
        ("2026-06-10", None, datetime(2026, 6, 9, 12, tzinfo=UTC)),
        ("10/06/2026", True, datetime(2026, 6, 9, 12, tzinfo=UTC)),
        ("06/10/26", False, datetime(2026, 6, 9, 12, tzinfo=UTC)),
        ("6/10/2026 12:30 AM", False, datetime(2026, 6, 9, 12, 30, tzinfo=UTC)),
        ("6/10/2026 1:45:10 pm", False, datetime(2026, 6, 10, 1, 45, 10, tzinfo=UTC)),
    ],
)
def test_a_day_without_a_time_is_that_day_of_the_store_once_somebody_says_so(
    tmp_path: Path, written: str, day_first: bool | None, placed_at: datetime
) -> None:
    row = f"1;{written};20,00;Tea;2;10,00;0;0;\n"
    with pytest.raises(ImportRefused, match="--times store") as refused:
        imported(tmp_path, HEADER + row)
    assert written in str(refused.value)
    _, (order,) = imported(tmp_path, HEADER + row, zone="Pacific/Auckland", day_first=day_first)
    assert (order.placed_at, str(order.order_day)) == (placed_at, "2026-06-10")


@pytest.mark.parametrize("written", ["13/13/2026", "6/10/2026 13:45 PM", "6/10/2026 0:45 AM", "31.02.2026"])
def test_a_day_that_is_none_is_refused_whatever_somebody_says(tmp_path: Path, written: str) -> None:
    with pytest.raises(ImportRefused, match="a time with its UTC offset"):
        imported(tmp_path, f"{HEADER}1;{written};20,00;Tea;2;10,00;0;0;\n", day_first=False)
    assert Order.objects.count() == 0


def test_orders_left_out_are_counted_in_their_own_currencies(tmp_path: Path) -> None:
    header = HEADER.replace("Mail", "Currency")
    rows = "".join(
        f"{number};2026-06-10 10:00 +0000;{total};Tea;1;{each};0;0;{currency}\n"
        for number, total, each, currency in (
            (1, "20,00", "20,00", "EUR"),
            (2, "9,50", "9,50", "CAD"),
            (3, "1,25", "1,25", "CAD"),
            (4, "3,00", "2,00", "EUR"),
        )
    )
    path = tmp_path / "orders.csv"
    path.write_text(header + rows)
    with pytest.raises(ImportRefused) as refused:
        import_orders(path, a_store(currency="EUR"), options=ImportOptions({**OWN, "Email": "Currency"}))
    assert "3 orders would be left out, EUR 3.00 and CAD 10.75 in all." in str(refused.value)


def test_a_due_day_is_the_stores_own(tmp_path: Path) -> None:
    path, store = tmp_path / "orders.csv", a_store(currency="EUR", timezone="Pacific/Auckland")
    columns = "Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Next Payment Due At,"
    item = "Lineitem quantity,Lineitem name,Lineitem price\n"
    row = "#1,pending,EUR,20,0,0,20,2026-06-10 10:00:00 +1200,2026-07-10 00:00:00 +1200,1,Tea,20\n"
    path.write_text(columns + item + row)
    import_orders(path, store)
    order = Order.objects.get(store=store)
    assert (str(order.due_on), order.payment_terms) == ("2026-07-10", "invoice")
    path.write_text(columns + item + row.replace("#1", "#2").replace("2026-07-10 00:00:00 +1200", "10/07/2026"))
    with pytest.raises(ImportRefused, match="Next Payment Due At: '10/07/2026'"):
        import_orders(path, store)


def test_nothing_is_read_of_a_time_to_come(tmp_path: Path) -> None:
    year = timezone.now().year + 2
    with pytest.raises(ImportRefused, match="a time in the past"):
        imported(tmp_path, f"{HEADER}1;{year}-06-10;20,00;Tea;2;10,00;0;0;\n", day_first=None)


SUMMED = column_names(
    [
        *("name=Order ID", "date=Sale Date", "item=Item Name", "quantity=Quantity", "price=Price", "sku=SKU"),
        *("item discount=Discount Amount", "shipping=Order Shipping", "tax=Order Sales Tax", "currency=Currency"),
    ]
)
ETSY = (
    "Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Order Shipping,Order Sales Tax,Item Total,Currency,"
    "Transaction ID,Order ID,SKU\n"
)
ETSY_ROWS = (
    "06/10/26,Mug,ada,2,12.00,2.40,5.00,1.10,24.00,USD,1,7001,MUG-S\n"
    "06/10/26,Mug,ada,1,14.00,0,0,0,14.00,USD,2,7001,MUG-L\n"
    "06/11/26,Bowl,bob,1,9.00,0,4.00,0,9.00,USD,3,7002,BOWL\n"
)


def etsy(tmp_path: Path, rows: str, names: dict[str, str] = SUMMED) -> Receipt:
    path = tmp_path / "items.csv"
    path.write_text(ETSY + rows)
    store = a_store(currency="USD")
    return import_orders(path, store, options=ImportOptions(names, Reading(store.zone, day_first=False)))


def test_a_table_without_totals_is_added_up_order_by_order(tmp_path: Path) -> None:
    receipt = etsy(tmp_path, ETSY_ROWS)
    first, second = Order.objects.order_by("pk")
    assert (first.number, first.total_amount, first.discount) == ("7001", D("41.70"), D("2.40"))
    assert (first.shipping_fee, first.tax) == (D(5), D("1.10"))
    assert sorted(first.items.values_list("sku", "quantity", "discount_share")) == [
        ("MUG-L", 1, D("0.00")),
        ("MUG-S", 2, D("2.40")),
    ]
    assert (second.total_amount, receipt.sales) == (D(13), D("54.70"))
    assert "The file has no totals: they are the sums of the items, shipping and tax." in receipt.notes
    assert recount.differences(first.store) == []


def test_what_is_left_out_of_a_table_without_totals_counts_with_the_sum_of_its_lines(tmp_path: Path) -> None:
    path, store = tmp_path / "items.csv", a_store(currency="USD")
    path.write_text(ETSY + ETSY_ROWS.replace("MUG-L\n", f"{'L' * 300}\n"))
    options = ImportOptions(SUMMED, Reading(store.zone, day_first=False))
    receipt = import_orders(path, store, refused_path=tmp_path / "refused.csv", options=options)
    assert (receipt.refused, receipt.refused_amounts, receipt.sales) == (1, {"USD": D("41.70")}, D("13.00"))
    assert "refused    1, USD 41.70 left out" in str(receipt)


def test_no_order_of_a_table_without_totals_is_split(tmp_path: Path) -> None:
    rows = ETSY_ROWS + "06/10/26,Lid,ada,1,3.00,0,0,0,3.00,USD,4,7001,LID\n"
    with pytest.raises(ImportRefused, match="are the rows of 7001 apart, sort the file by Name"):
        etsy(tmp_path, rows)
    assert not Order.objects.exists()


def test_a_table_without_totals_has_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.importing.formats.MOST_SUMMED", 1)
    with pytest.raises(
        ImportRefused, match="line 4: Name: '7002', expected at most 1 orders in a table without totals"
    ):
        etsy(tmp_path, ETSY_ROWS)


def test_items_of_etsy_say_which_columns_to_name(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        etsy(tmp_path, ETSY_ROWS, {})
    said = str(refused.value)
    assert "this is Etsy's Order Items file" in said and "the same file, with --map: name=Order ID" in said
    pairs = said.partition("with --map: ")[2].split(", ")
    assert {**column_names(pairs), "Lineitem sku": "SKU"} == SUMMED


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"2;2026-06-10 10:00 +0000;9,00;T\xe9a;1;9,00;0;0;k\xc3\xa4the@example.com\n", "UTF-8 text"),
        (b"2;2026-06-10 10:00 +0000;9,00;Tea;1;9,00;0;0;a@b.co;more\n", "9 fields at most, as in the header"),
    ],
)
def test_a_damaged_row_of_a_table_of_ones_own_is_refused_not_skipped(tmp_path: Path, row: bytes, problem: str) -> None:
    store, path = a_store(currency="EUR"), tmp_path / "orders.csv"
    good = "1;2026-06-10 10:00 +0000;9,00;Tea;1;9,00;0;0\n"
    path.write_bytes(HEADER.encode() + good.encode() + row)
    with pytest.raises(ImportRefused, match=f"line 3: .*{problem}"):
        import_orders(path, store, options=ImportOptions(OWN))
    refused = tmp_path / "refused.csv"
    receipt = import_orders(path, store, refused_path=refused, options=ImportOptions(OWN))
    assert (receipt.outcomes.new.orders, receipt.refused) == (1, 1)
    assert refused.read_bytes().splitlines()[1].startswith(row.strip())
    # rows with trimmed cells keep the reason below its heading
    path.write_text(HEADER + good.replace("9,00;0;0", "x"))
    import_orders(path, store, refused_path=refused, options=ImportOptions(OWN))
    header, line = refused.read_text().splitlines()
    assert header.split(";").index("Refused because") == line.split(";").index(line.split(";")[-1])
