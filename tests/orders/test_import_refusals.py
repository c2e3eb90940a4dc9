"""What is wrong with a file is said with line, column, value and expectation, and nothing of the file is imported."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, Store
from dashboard.metrics import recount
from dashboard.models import MetricDelta, StoreDailySales
from orders.importing import ImportRefused, import_orders
from orders.importing.columns import moment
from orders.importing.problems import BadValue
from orders.models import Order, OrderEvent, OrderItem, Product, Refund, Transaction
from tests.builders import a_store
from tests.orders.importing_files import COLUMNS, Row, item, order, write

pytestmark = pytest.mark.django_db

TABLES = (Order, OrderItem, OrderEvent, Transaction, Refund, Product, Customer, MetricDelta, StoreDailySales)


def refused(path: Path, *arguments: str) -> list[str]:
    """Assert that the command refuses the file and leaves nothing behind; return what it lists."""
    store = a_store()
    with pytest.raises(CommandError) as error:
        call_command("import_orders", str(path), "--store", store.slug, *arguments, stdout=io.StringIO())
    assert [model.__name__ for model in TABLES if model.objects.exists()] == []
    first, *listed = str(error.value).splitlines()
    assert first == "Nothing was imported."
    listed = [line for line in listed if not line.startswith("With --skip-invalid ")]
    return [re.sub(r"^(line \d+): #\S+: ", r"\1: ", line.removeprefix(f"{path.name}: ")) for line in listed]


AMOUNT = "expected an amount such as 1234.50: digits, at most two decimals"
MOMENT = "expected a time with its UTC offset such as 2010-12-01 08:26:00 +0000"
PIECES = "expected a whole number up to 1000000"
STATUSES = "expected one of pending, authorized, partially_paid, paid, partially_refunded, refunded, voided, expired"
VALUES: dict[str, tuple[str, str, str]] = {
    "an exponent": ("Lineitem price", "1e5", AMOUNT),
    "not a number": ("Total", "NaN", AMOUNT),
    "infinity": ("Shipping", "Infinity", AMOUNT),
    "a thousands separator": ("Subtotal", "1,234.50", AMOUNT),
    "a decimal comma": ("Taxes", "1,50", AMOUNT),
    "a negative amount": ("Discount Amount", "-1.00", AMOUNT),
    "three decimals": ("Refunded Amount", "1.005", AMOUNT),
    "a currency sign": ("Total", "£20.00", AMOUNT),
    "digits of another script": ("Total", "٢٠", AMOUNT),
    "too many digits": ("Total", "1" * 13, AMOUNT),
    "no total": ("Total", "", AMOUNT),
    "no price": ("Lineitem price", "", AMOUNT),
    "pieces beyond counting": ("Lineitem quantity", "1000001", PIECES),
    "half a piece": ("Lineitem quantity", "1.5", PIECES),
    "pieces of another script": ("Lineitem quantity", "²", PIECES),
    "no time": ("Created at", "", MOMENT),
    "a time without offset": ("Created at", "2026-03-02 09:00:00", MOMENT),
    "a day that is none": ("Created at", "2026-02-30 09:00:00 +0000", MOMENT),
    "an hour that is none": ("Paid at", "2026-03-02 25:00:00 +0000", MOMENT),
    "an offset that is none": ("Cancelled at", "2026-03-02 09:00:00 +9900", MOMENT),
    "an American date": ("Fulfilled at", "3/2/2026", "expected a time as the export writes it: a spreadsheet has"),
    "a day alone": ("Created at", "2026-03-02", MOMENT),
    "a decimal comma between commas": (
        "Total",
        "20,00",
        f"{AMOUNT}, no sign. Save the file with decimal points, or with",
    ),
    "a time before all stores": ("Created at", "0001-01-01 00:00:00 +1400", MOMENT),
    "a time to come": ("Created at", "2126-03-02 09:00:00 +0000", "expected a time in the past"),
    "an unknown status": ("Financial Status", "payed", STATUSES),
    "no status": ("Financial Status", "", STATUSES),
    "an unknown fulfilment": ("Fulfillment Status", "sent", "expected one of unfulfilled, partial, fulfilled"),
    "another currency": ("Currency", "EUR", "expected GBP, the currency of the store"),
    "no currency": ("Currency", "", "expected GBP, the currency of the store"),
    "a name too long": ("Name", "#" + "1" * 40, "expected at most 40 characters, these are 41"),
    "a product name too long": ("Lineitem name", "x" * 514, "expected at most 513 characters, these are 514"),
    "a SKU too long": ("Lineitem sku", "x" * 256, "expected at most 255 characters, these are 256"),
    "a person's name too long": ("Billing Name", "x" * 201, "expected at most 200 characters, these are 201"),
    "more off a line than it costs": ("Lineitem discount", "20.01", "expected at most 20.00, the price of the line"),
    "more than the items": ("Subtotal", "20.01", "expected at most 20.00, the sum of the items"),
    "less than the items": ("Subtotal", "19.99", "expected 20.00 at least: items 20.00 less Discount Amount 0.00"),
    "a total that does not add up": (
        "Total",
        "20.01",
        "expected 20.00 (Subtotal + Shipping + Taxes) or 20.00 (taxes included in the prices)",
    ),
}


@pytest.mark.parametrize(("column", "value", "expected"), VALUES.values(), ids=VALUES.keys())
def test_a_bad_value_is_listed_with_its_line_and_column(tmp_path: Path, column: str, value: str, expected: str) -> None:
    bad: Row = {**order("#2"), column: value}
    listed = refused(write(tmp_path / "export.csv", order("#1"), bad, order("#3")))
    shown = value if len(value) <= 80 else value[:80] + "…"
    assert len(listed) == 1
    assert listed[0].startswith(f"line 3: {column}: {shown!r}, {expected}")


REFUNDS: dict[str, tuple[dict[str, str], str]] = {
    "a refund of nothing paid": (
        {"Financial_Status": "pending", "Refunded_Amount": "1.00"},
        "Refunded Amount: '1.00', expected 0, because the Financial Status is pending",
    ),
    "an item without name and SKU": (
        {"Lineitem_name": "", "Lineitem_sku": ""},
        "Lineitem name: '', expected the name of what was bought, or its Lineitem sku",
    ),
    "a discount that does not explain the subtotal": (
        {"Subtotal": "14.00", "Total": "14.00", "Discount_Amount": "5.00"},
        "Subtotal: '14.00', expected 15.00 at least: items 20.00 less Discount Amount 5.00 = 15.00",
    ),
}


@pytest.mark.parametrize(("fields", "message"), REFUNDS.values(), ids=REFUNDS.keys())
def test_values_that_contradict_each_other_are_listed(tmp_path: Path, fields: dict[str, str], message: str) -> None:
    assert refused(write(tmp_path / "export.csv", order(**fields))) == [f"line 2: {message}"]


def test_an_order_without_a_name_is_refused(tmp_path: Path) -> None:
    listed = refused(write(tmp_path / "export.csv", order("#1"), order("")))
    assert listed == ["line 3: Name: '', expected the name of the order such as #1001"]


@pytest.mark.parametrize(
    ("rows", "line"),
    [((item("#1"), order("#2")), 2), ((order("#1"), order("#2"), item("#1")), 4), ((order("#1"), item("#2")), 3)],
)
def test_an_item_that_belongs_to_no_order_before_it_is_refused(
    tmp_path: Path, rows: tuple[Row, ...], line: int
) -> None:
    listed = refused(write(tmp_path / "export.csv", *rows))
    name = rows[line - 2]["Name"]
    expected = "expected its first row, with Financial Status and Total, right before its further items"
    assert [problem.partition(".")[0] for problem in listed] == [f"line {line}: Name: {name!r}, {expected}"]
    assert f"are the rows of {name} apart, sort the file by Name" in listed[0]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    rows = order("#1", Notes="one\ntwo\r\nthree"), order("#2", Notes='four\n"five"', Total="x"), order("#3", Total="y")
    listed = refused(write(tmp_path / "export.csv", *rows))
    assert [line.split(":")[0] for line in listed] == ["line 5", "line 7"]


def test_all_problems_of_an_order_and_of_its_items_are_listed_together(tmp_path: Path) -> None:
    rows = (
        order("#1", Total="x", Created_at="now", Financial_Status="payed", Lineitem_quantity="half"),
        item("#1", Lineitem_price="x"),
    )
    listed = refused(write(tmp_path / "export.csv", *rows))
    assert sorted(line.split(":")[1].strip() for line in listed) == [
        "Created at",
        "Financial Status",
        "Lineitem price",
        "Lineitem quantity",
        "Total",
    ]


def test_the_first_fifty_problems_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    rows = [order(f"#{number}", Total="x") for number in range(53)]
    listed = refused(write(tmp_path / "export.csv", *rows))
    assert len(listed) == 51
    assert listed[49].startswith("line 51: Total: 'x'")
    assert listed[50] == "… and 3 more problems"


def test_nothing_stays_when_the_last_of_many_batches_is_wrong(tmp_path: Path) -> None:
    rows = [order(f"#{number}") for number in range(5_200)]
    assert len(refused(write(tmp_path / "export.csv", *rows, order("#last", Total="x")))) == 1


HEADER = ",".join(COLUMNS)


def raw(tmp_path: Path, content: bytes, name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def a_row(**fields: str) -> bytes:
    """Return the row of an order as bytes, its line end included."""
    out = io.StringIO()
    csv.DictWriter(out, COLUMNS, lineterminator="\n").writerow(order(**fields))
    return out.getvalue().encode()


FILES: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "line 1: 'an empty file', expected a Shopify orders export"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: '\\\\x89', expected UTF-8 text"),
    "a damaged workbook": (
        b"PK\x03\x04\x14\x00\x06\x00",
        "expected a complete zip file (this one is truncated or damaged)",
    ),
    "another table": (b"Name,Price\nMug,10\n", "line 1: 'no column Financial Status, Currency, Subtotal"),
    "pipes": (HEADER.replace(",", "|").encode() + b"\n", "separated by commas, semicolons or tabs"),
    "a required column missing": (
        HEADER.replace(",Total,", ",Sum,").encode() + b"\n",
        "line 1: 'no column Total', expected the columns",
    ),
    "a column twice": (
        HEADER.replace("Tags", "Total").encode() + b"\n",
        "line 1: 'twice Total', expected the columns",
    ),
    "a quote never closed": (
        f"{HEADER}\n".encode() + a_row() + b'#2,"ada\n' + a_row(name="#3"),
        "GBP,20.0…', expected a closing quote before the end of the file",
    ),
    "a quote in the middle": (
        f"{HEADER}\n".encode() + b'#2,"ada"x,\n',
        "line 2: '#2,\"ada\"x,\\n', expected quotes inside a quoted",
    ),
    "a field without end": (
        f"{HEADER}\n".encode() + a_row() + b'#2,"' + b"x\n" * 60_000,
        "expected fields of at most 100,000 characters (is a quote never closed?)",
    ),
    "a line without end": (b"x" * 1_100_000, "line 1: 'xxx"),
    "a row cut off": (
        f"{HEADER}\n".encode() + b"#1,ada@example.com\n",
        "line 2: Name: '#1', expected its first row, with Financial",
    ),
    "a field too many": (
        f"{HEADER}\n".encode() + a_row().rstrip(b"\n") + b",more\n",
        "line 2: '72 fields', expected 71 fields at most",
    ),
    "a NUL byte": (
        f"{HEADER}\n".encode() + a_row() + a_row(name="#2").replace(b"Mug", b"M\0g"),
        "expected UTF-8 text without NUL bytes",
    ),
    "damaged UTF-8": (
        f"{HEADER}\n".encode() + a_row() + a_row(name="#2").replace(b"Ada L", b"Ad\x81 L"),
        "Ad\\\\x81', expected UTF-8 text",
    ),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_export_is_refused_with_a_reason(tmp_path: Path, content: bytes, message: str) -> None:
    listed = refused(raw(tmp_path, content))
    assert len(listed) == 1
    assert message in listed[0]


@pytest.mark.parametrize("name", ["a NUL byte", "damaged UTF-8", "a quote never closed"])
def test_a_damaged_row_is_found_at_the_line_on_which_it_begins(tmp_path: Path, name: str) -> None:
    assert refused(raw(tmp_path, FILES[name][0]))[0].startswith("line 3: ")


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_archive_is_refused_also_when_invalid_orders_are_skipped(tmp_path: Path, damage: str) -> None:
    rows = b"".join(a_row(name=f"#{number}") for number in range(500))
    packed = gzip.compress(f"{HEADER}\n".encode() + rows)
    middle = len(packed) // 2
    content = packed[:middle] if damage == "cut" else packed[:middle] + b"\0" * 40 + packed[middle + 40 :]
    path = raw(tmp_path, content, "export.csv.gz")
    for arguments in ((), ("--skip-invalid",)):
        listed = refused(path, *arguments)
        assert "expected a complete gzip file (this one is truncated or damaged)" in listed[0]


def test_a_header_alone_imports_nothing_and_says_so(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("import_orders", str(write(tmp_path / "export.csv")), "--store", a_store().slug, stdout=out)
    assert "The file has no orders." in out.getvalue()
    assert not Order.objects.exists()


def test_a_store_that_was_to_be_made_is_not_there_after_a_refusal(tmp_path: Path) -> None:
    made = ("--create-store", "--timezone", "UTC", "--currency", "GBP")
    with pytest.raises(CommandError):
        call_command("import_orders", str(write(tmp_path / "x.csv", order(Total="x"))), "--store", "new", *made)
    assert not Store.objects.exists()


def test_the_api_raises_what_the_command_prints(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as error:
        import_orders(write(tmp_path / "export.csv", order(Total="x")), a_store())
    assert error.value.count == 1
    assert {(problem.line, problem.column, problem.value) for problem in error.value.problems} == {(2, "Total", "x")}


def test_with_skip_invalid_the_rest_is_imported_and_the_refused_rows_are_kept_unchanged(tmp_path: Path) -> None:
    store = a_store()
    rows = (
        a_row(name="#1")
        + a_row(name="#2", Total="x", Notes='say "hi"\nthere')
        + b"#2"
        + b"," * 71
        + b"x\n"
        + a_row(name="#3")
        + a_row(name="#4").replace(b"Ada L", b"Ad\x81 L").replace(b"\n", b"\r\n")
    )
    path = raw(tmp_path, f"{HEADER}\n".encode() + rows)
    out = io.StringIO()
    call_command("import_orders", str(path), "--store", store.slug, "--skip-invalid", stdout=out)
    assert list(Order.objects.order_by("number").values_list("number", flat=True)) == ["#1", "#3"]
    assert recount.differences(store) == []
    refused_file = tmp_path / "export.csv.refused.csv"
    assert f"refused    2, GBP 20.00 left out (in {refused_file})" in out.getvalue()
    header, *kept = refused_file.read_bytes().split(b"\n")
    assert header == f"{HEADER},Refused because".encode()
    assert b"\n".join(kept[:2]) == a_row(name="#2", Notes='say "hi"\nthere', Total="x").rstrip(b"\n") + b","
    assert kept[2] == b"#2" + b"," * 71 + b"x,\"line 5: '72 fields', expected 71 fields at most, as in the header\""
    assert kept[3].startswith(a_row(name="#4").replace(b"Ada L", b"Ad\x81 L").rstrip(b"\n") + b',"line 7: ')
    assert kept[3].endswith(b'expected UTF-8 text"')
    assert kept[4:] == [b""]


def test_the_file_of_refused_rows_can_be_corrected_and_imported(tmp_path: Path) -> None:
    store = a_store()
    path = write(tmp_path / "export.csv", order("#1"), order("#2", Total="21.00"), item("#2"), order("#3"))
    elsewhere = tmp_path / "elsewhere.csv"
    arguments = ("--store", store.slug, "--skip-invalid", "--refused", str(elsewhere))
    call_command("import_orders", str(path), *arguments, stdout=io.StringIO())
    text = elsewhere.read_text()
    assert [line.partition(",")[0] for line in text.splitlines()[1:]] == ["#2", "#2"]
    elsewhere.write_text(text.replace("20.00,0.00,0.00,21.00", "30.00,0.00,0.00,30.00"))
    call_command("import_orders", str(elsewhere), "--store", store.slug, stdout=io.StringIO())
    totals = dict(Order.objects.filter(store=store).values_list("number", "total_amount"))
    assert {name: str(total) for name, total in totals.items()} == {"#1": "20.00", "#2": "30.00", "#3": "20.00"}


def test_without_anything_refused_no_file_of_refused_rows_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", order())
    call_command("import_orders", str(path), "--store", a_store().slug, "--skip-invalid", stdout=io.StringIO())
    assert [file.name for file in tmp_path.iterdir()] == ["export.csv"]


def test_an_import_that_fails_in_the_end_leaves_no_file_of_refused_rows(tmp_path: Path) -> None:
    rows = b"".join(a_row(name=f"#{number}", Total="x" if number == 1 else "20.00") for number in range(500))
    packed = gzip.compress(f"{HEADER}\n".encode() + rows)
    path = raw(tmp_path, packed[:-9], "export.csv.gz")
    assert "truncated" in refused(path, "--skip-invalid")[0]
    assert [file.name for file in tmp_path.iterdir()] == ["export.csv.gz"]


def test_the_import_is_never_overwritten_by_its_refused_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", order(Total="x"))
    arguments = ("--store", a_store().slug, "--skip-invalid", "--refused", str(path))
    with pytest.raises(CommandError, match="--refused must be another file"):
        call_command("import_orders", str(path), *arguments)
    assert path.read_text().count("#1001") == 1


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", order("#1"), order("#2", Total="x"))
    arguments = ("--store", a_store().slug, "--skip-invalid", "--refused", str(tmp_path / "missing" / "x.csv"))
    with pytest.raises(CommandError, match=r"No such file or directory: .*missing"):
        call_command("import_orders", str(path), *arguments)
    assert not Order.objects.exists()


@pytest.mark.parametrize("text", ["9999-12-31 20:00:00 -0800", "9999-12-31 23:59:59 -2359"])
def test_a_moment_at_the_end_of_time_is_a_problem_of_its_column(text: str) -> None:
    with pytest.raises(BadValue, match="Created at"):
        moment("Created at", text, datetime(2030, 1, 1, tzinfo=UTC))
