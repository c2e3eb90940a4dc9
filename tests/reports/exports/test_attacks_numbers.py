"""What an accountant finds who compares every number: rows, decimals, and what the receipt says of them."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.utils import timezone

from customers.actions import add_credits
from customers.models import User
from dashboard import figures
from reports.datasets import DATASETS, Kind
from reports.exporting import receipts
from tests.builders import a_customer, a_product, a_store, a_user, an_order, local
from tests.exports import a_busy_store, content, exported, lines_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> User:
    return a_user(User.Role.SUPER_ADMIN)


def test_a_row_of_one_empty_cell_is_no_blank_line(owner: User) -> None:
    store = a_store()
    a_product(store)
    a_product(store, stock=3)
    job = exported(owner, "products", columns=["stock"])
    # readers pass over blank lines
    assert list(csv.DictReader(io.StringIO(content(job).decode()))) == [{"stock": ""}, {"stock": "3"}]
    assert job.receipt["rowCount"] == 2


@pytest.mark.parametrize("name", ["daily-metrics", "sales-by-product", "sales-by-country"])
def test_amounts_have_two_decimals_also_where_there_are_none(name: str, owner: User) -> None:
    a_busy_store(timezone="Pacific/Kiritimati")
    an_order(a_store(), shipping_address={"country": "BR"})
    amounts = [c.name for c in DATASETS[name].columns if c.kind in (Kind.MONEY, Kind.PERCENT)]
    rows = lines_of(exported(owner, name))
    written = {row[amount] for row in rows for amount in amounts}
    assert "0.00" in written
    assert {value for value in written if value and not re.fullmatch(r"-?\d+\.\d\d", value)} == set()


def test_a_midnight_that_passes_meanwhile_changes_neither_rows_nor_receipt(owner: User) -> None:
    store = a_store(timezone="Pacific/Kiritimati")
    an_order(store, at=local(store, 2026, 11, 10, 12), paid=True)
    totals = receipts.control_totals

    def slowly(*args: Any) -> Any:
        found = totals(*args)
        clock.shift(timedelta(hours=1))
        return found

    late = time_machine.travel(local(store, 2026, 11, 19, 23, 30).astimezone(UTC), tick=False)
    with late as clock, mock.patch("reports.exporting.running.control_totals", slowly):
        job = exported(owner, "daily-metrics", filters={"from": "2026-11-10"})
    rows = lines_of(job)
    assert (len(rows), rows[-1]["day"]) == (job.receipt["rowCount"], "2026-11-18")


def test_the_days_of_a_store_are_compared_once_they_are_over_there(owner: User) -> None:
    ahead = a_store(timezone="Pacific/Kiritimati")
    a_store(timezone="Pacific/Niue")
    an_order(ahead, "9.99", at=local(ahead, 2026, 11, 18, 0, 0), paid=True)
    an_order(ahead, "1.11", at=local(ahead, 2026, 11, 19, 0, 0), paid=True)
    day = {"from": "2026-11-18", "to": "2026-11-18"}
    # the 19th is an hour old there, and a day away in Niue
    with time_machine.travel(datetime(2026, 11, 18, 11, tzinfo=UTC), tick=False):
        ours = exported(owner, "daily-metrics", filters={**day, "store": ahead.slug}).receipt
        everybody = exported(owner, "daily-metrics", filters=day).receipt
    assert (ours["rowCount"], ours["agreesWithDashboard"]) == (1, True)
    assert [line["file"] for line in ours["controlTotals"] if line["name"] == "sales"] == ["9.99"]
    assert everybody["agreesWithDashboard"] is None


EVER = {"from": "1970-01-01", "to": "2198-12-31"}


@pytest.mark.parametrize("filters", [EVER, {"from": EVER["from"]}, {"to": EVER["to"]}, {}])
def test_credits_of_centuries_are_compared_by_the_days_there_are(filters: dict[str, str], owner: User) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        store = a_store(timezone=zone)
        for days in (0, 30):
            with time_machine.travel(timezone.now() - timedelta(days=days)):
                add_credits(customer=a_customer(store), amount=Decimal(10), reason="gift", actor=None)
    with mock.patch("dashboard.figures.scope_snapshot", wraps=figures.scope_snapshot) as read:
        job = exported(owner, "credits", filters=filters)
    assert job.receipt["agreesWithDashboard"] is True
    assert [line["dashboard"] for line in job.receipt["controlTotals"] if line["name"] == "creditsGranted"] == ["40.00"]
    (_, days, _), _ = read.call_args
    assert days.last - days.first < timedelta(days=40)
