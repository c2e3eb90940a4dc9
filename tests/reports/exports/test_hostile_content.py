"""What people type arrives in the file as it is, or the file is refused with a reason: nothing is cut or run."""

from __future__ import annotations

import datetime
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from customers.actions import add_credits, spend_credits
from customers.models import Customer, User
from reports.datasets import DATASETS, Column
from reports.files.xlsx_file import DoesNotFit, write_xlsx
from reports.models import ExportJob
from tests.builders import a_customer, a_product, a_store, a_user
from tests.exports import content, exported, lines_of, sheets_of

pytestmark = pytest.mark.django_db(transaction=True)

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", "\u00a0=1+1", "\ufeff=cmd|'/C calc'!A0",
    "＝1+1", "＋1", "－1", "＠SUM(1)", '=HYPERLINK("http://evil.example","x")', "\u200b=1", "\t plain",
]  # fmt: skip
HARMLESS = [
    "", "007", "1234567890123456789", "it's", 'say "hi", ok', "a\nb\r\nc", "Zoë 茶 👩‍👩‍👧", "\x01\x08\x0b\x1f\x7f",
    "_x0041_",     "NULL", "\\N", "\\.", "1e5", "0x10", "2026-03-01", " padded ", "a;b",
    "%s %(x)s {x}", "'quoted'", "</v></c>", "#N/A",
]  # fmt: skip


def a_super_admin() -> User:
    return a_user(User.Role.SUPER_ADMIN)


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_csv_and_stays_text_in_xlsx() -> None:
    store, owner = a_store(), a_super_admin()
    for text in FORMULAS:
        a_product(store, name=text)
    assert [row["name"] for row in lines_of(exported(owner, "products"))] == [f"'{text}" for text in FORMULAS]
    job = exported(owner, "products", format="xlsx")
    assert [unescape(row["name"]) for row in sheets_of(job)["Data"]] == FORMULAS
    assert types(job, "D") == {"s"}


def types(job: ExportJob, column: str) -> set[str]:
    """Return the kinds of cells of a column below the header, with formulas told from text."""
    sheet = openpyxl.load_workbook(io.BytesIO(content(job)))["Data"]
    return {cell.data_type for cell in sheet[column][1:]}


def test_other_text_arrives_as_it_is_in_both_formats() -> None:
    store, owner = a_store(), a_super_admin()
    for text in HARMLESS:
        a_product(store, name=text)
    assert [row["name"] for row in lines_of(exported(owner, "products"))] == HARMLESS
    sheet = sheets_of(exported(owner, "products", format="xlsx"))["Data"]
    assert [unescape(row["name"] or "") for row in sheet] == HARMLESS


def test_negative_amounts_are_numbers_in_both_formats() -> None:
    store, owner = a_store(), a_super_admin()
    customer = a_customer(store)
    add_credits(customer=customer, amount=Decimal("50.10"), reason="-5 for you", actor=None)
    spend_credits(customer=customer, amount=Decimal("20.35"), reason="=spent", actor=None)
    rows = lines_of(exported(owner, "credits"))
    assert [(row["amount"], row["reason"]) for row in rows] == [("50.10", "'-5 for you"), ("-20.35", "'=spent")]
    sheet = sheets_of(exported(owner, "credits", format="xlsx"))["Data"]
    assert [(row["amount"], row["reason"]) for row in sheet] == [(50.1, "-5 for you"), (-20.35, "=spent")]


def test_days_and_moments_are_dates_and_ids_are_text_in_xlsx() -> None:
    store, owner = a_store(timezone="Pacific/Auckland"), a_super_admin()
    at = datetime.datetime(2026, 3, 1, 11, 30, 15, 123000, tzinfo=datetime.UTC)
    customer = a_customer(store)
    Customer.objects.filter(pk=customer.pk).update(created_at=at, id=2**53 + 1)
    (line,) = lines_of(exported(owner, "customers"))
    assert (line["createdAt"], line["registeredDay"]) == ("2026-03-01T11:30:15.123000Z", "2026-03-02")
    assert line["customerId"] == "9007199254740993"
    (cells,) = sheets_of(exported(owner, "customers", format="xlsx"))["Data"]
    assert cells["createdAt"] == at.replace(tzinfo=None)
    assert cells["registeredDay"].isoformat() == "2026-03-02T00:00:00"
    assert cells["customerId"] == "9007199254740993"


def test_a_text_of_forty_thousand_characters_arrives_in_csv_and_is_refused_in_xlsx() -> None:
    store, owner = a_store(), a_super_admin()
    a_product(store, description="x" * 40_000)
    assert lines_of(exported(owner, "products"))[0]["description"] == "x" * 40_000
    job = exported(owner, "products", format="xlsx")
    assert (job.status, job.file_key) == ("failed", "")
    assert job.error == "A text has more than 32,767 characters, which is all that a cell of XLSX holds: ask for CSV."


def test_an_amount_of_more_digits_than_a_cell_keeps_is_refused_in_xlsx_alone() -> None:
    store, owner = a_store(), a_super_admin()
    a_customer(store)
    Customer.objects.update(total_spent=Decimal("12345678901234.56"))
    assert lines_of(exported(owner, "customers"))[0]["totalSpent"] == "12345678901234.56"
    job = exported(owner, "customers", format="xlsx")
    assert (job.status, job.error) == (
        "failed",
        "An amount has more than the 15 digits that a cell of XLSX keeps: ask for CSV.",
    )


def counted(count: int) -> Any:
    return ({"n": str(number)} for number in range(count))


@pytest.mark.parametrize(("count", "sheets"), [(0, [0]), (1, [1]), (10, [10]), (11, [10, 1]), (30, [10, 10, 10])])
def test_what_does_not_fit_a_sheet_goes_on_in_the_next_one(count: int, sheets: list[int], tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    write_xlsx(path, counted(count), [Column("n", "n")], count=count, receipt=[("rowCount", str(count))], sheet_rows=10)
    workbook = openpyxl.load_workbook(path)
    found = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in workbook.worksheets[:-1]]
    assert [rows[0] for rows in found] == ["n"] * len(sheets)
    assert [row for rows in found for row in rows[1:] if row is not None] == [str(number) for number in range(count)]
    assert [len([row for row in rows[1:] if row is not None]) for rows in found] == sheets
    assert list(workbook["Receipt"].iter_rows(values_only=True))[1] == ("rowCount", str(count))


def test_a_million_and_two_rows_are_split_at_excels_own_limit(tmp_path: Path) -> None:
    count = 1_048_577
    path = tmp_path / "huge.xlsx"
    column = Column("n", "n")
    write_xlsx(path, counted(count), [column], count=count, receipt=[])
    workbook = openpyxl.load_workbook(path, read_only=True)
    assert [(sheet.title, sheet.max_row) for sheet in workbook.worksheets[:2]] == [("Data 1", 1_048_576), ("Data 2", 3)]
    assert [row[0] for row in workbook["Data 2"].iter_rows(values_only=True)] == ["n", "1048575", "1048576"]


def test_a_writer_that_cannot_go_on_leaves_no_workbook(tmp_path: Path) -> None:
    column = Column("n", "n")

    def rows() -> Any:
        yield {"n": "fine"}
        yield {"n": "x" * 40_000}

    with pytest.raises(DoesNotFit):
        write_xlsx(tmp_path / "no.xlsx", rows(), [column], count=2, receipt=[])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("role", [User.Role.SUPER_ADMIN, User.Role.ADMIN])
def test_personal_data_is_masked_for_everybody_but_super_admins(role: str) -> None:
    store = a_store()
    a_customer(store, name="=Zoë", email="zoe@example.com", phone="+44 1")
    a_customer(store, name="", email="", phone="")
    owner = a_user(role)
    clear = [("'=Zoë", "zoe@example.com", "'+44 1"), ("", "", "")]
    masked = [("***", "***", "***"), ("", "", "")]
    expected = clear if role == User.Role.SUPER_ADMIN else masked
    job = exported(owner, "customers")
    assert [(row["name"], row["email"], row["phone"]) for row in lines_of(job)] == expected
    assert job.is_masked == (role == User.Role.ADMIN) == job.receipt["isMasked"]
    sheet = sheets_of(exported(owner, "customers", format="xlsx"))["Data"]
    unguarded = [tuple(text.removeprefix("'") or None for text in row) for row in expected]
    assert [(row["name"], row["email"], row["phone"]) for row in sheet] == unguarded


def test_a_super_admins_file_without_a_personal_column_is_for_every_admin() -> None:
    a_customer(a_store(), name="Zoë")
    owner = a_super_admin()
    assert exported(owner, "customers", columns=["customerId", "tier", "currency"]).is_masked
    assert exported(owner, "products").is_masked
    assert not exported(owner, "customers", columns=["customerId", "email"]).is_masked


SUSPICIOUS = re.compile("name|mail|phone|street|city|postal|notes|reason|address|agent|avatar", re.IGNORECASE)
PERSONAL = {
    "orders": {
        "customerName", "customerEmail", "customerPhone", "shippingName", "shippingStreet", "shippingCity",
        "shippingState", "shippingPostalCode", "notes", "internalNotes", "ipAddress", "userAgent",
    },
    "customers": {"name", "firstName", "lastName", "email", "phone", "avatar", "notes"},
    "refunds": {"reason", "createdBy"},
    "subscriptions": {"customerName", "customerEmail"},
    "credits": {"customerName", "customerEmail", "reason", "createdBy"},
}  # fmt: skip


def test_the_personal_columns_are_these_and_a_new_one_must_be_decided_on() -> None:
    for name, dataset in DATASETS.items():
        personal = {column.name for column in dataset.columns if column.is_personal}
        assert personal == PERSONAL.get(name, set())
        open_ones = {c.name for c in dataset.columns if SUSPICIOUS.search(c.name) and not c.is_personal}
        assert open_ones <= {"productName", "name", "emailConfirmedAt"}, name
