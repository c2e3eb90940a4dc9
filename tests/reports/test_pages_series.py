"""The time series as a page: the API's figures in words, one chart per currency, and errors named in the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Store, User
from dashboard.models import DailyActivity
from dealport.kit.day_range import DayRange
from reports.pages.series import bucket_title, change_text
from tests.builders import a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

PATH = "/reports/series/"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def admin() -> Client:
    return logged_in(User.Role.ADMIN)


def logged_in(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def page(client: Client, status: int = 200, **query: Any) -> str:
    answer = client.get(PATH, query)
    assert answer.status_code == status
    return answer.content.decode()


def tables(text: str) -> list[list[list[str]]]:
    """Return the cells of each table's rows as they are read."""
    found = re.findall(r"<table>(.*?)</table>", text, re.S)
    return [[_cells(row) for row in re.findall(r"<tr.*?>(.*?)</tr>", table, re.S)] for table in found]


def _cells(row: str) -> list[str]:
    cells = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)
    return [unescape(re.sub(r"<[^>]+>", "", cell)).replace("\N{NO-BREAK SPACE}", " ") for cell in cells]


def chart(text: str, name: str) -> dict[str, Any]:
    (found,) = re.findall(rf'<script id="data-{name}" type="application/json">(.*?)</script>', text)
    content: dict[str, Any] = json.loads(found)
    return content


def chosen(text: str) -> dict[str, str]:
    """Return what the form says."""
    selects = re.findall(r'<select id="(\w+)".*?>(.*?)</select>', text, re.S)
    values = {name: "".join(re.findall(r'value="(\w*)" selected', options)) for name, options in selects}
    dates = re.findall(r'<input type="date" id="(\w+)" name="\w+" value="(.*?)"', text)
    return {**values, **dict(dates)}


def two_stores() -> tuple[Store, Store]:
    """Trade on the 30th and 31st of March this year and last, and in another currency."""
    tea = a_store(slug="tea", name="Tea & Co")
    for price, day in (("10.00", (2026, 3, 30)), ("6.00", (2026, 3, 31)), ("2.00", (2026, 4, 1))):
        an_order(tea, price, paid=True, at=local(tea, *day, 8))
    for price, day in (("5.00", (2025, 3, 30)), ("8.00", (2025, 3, 31))):
        an_order(tea, price, paid=True, at=local(tea, *day, 8))
    an_order(tea, "9.00", at=local(tea, 2026, 3, 31, 8))
    koffie = a_store(slug="koffie", name="Koffie", currency="EUR", timezone="Europe/Amsterdam")
    an_order(koffie, "1.00", paid=True, at=local(koffie, 2026, 3, 30, 8))
    return tea, koffie


SPAN = {"from": "2026-03-30", "to": "2026-04-01"}


def test_a_store_is_shown_beside_the_year_before_with_changes_totals_and_the_bucket_that_is_not_over(
    admin: Client,
) -> None:
    tea, _ = two_stores()
    DailyActivity.objects.create(store=tea, user_id=7, day=date(2026, 3, 30), page_views=3)
    text = page(admin, store="tea", compare="previous_year", basis="placed", granularity="daily", **SPAN)
    assert tables(text) == [
        [
            ["Day", "Sales", "Previous period", "Change", "Orders", "Completed", "Average"],
            ["Mon, Mar 30, 2026", "£10.00", "£5.00", "+100.0%", "1", "1", "£10.00"],
            ["Tue, Mar 31, 2026", "£6.00", "£8.00", "−25.0%", "2", "1", "£6.00"],
            ["Wed, Apr 1, 2026 so far", "£2.00", "£0.00", "–", "1", "1", "£2.00"],
            ["Total", "£18.00", "£13.00", "+38.5%", "4", "3", "£6.00"],
        ],
        [
            ["Day", "Orders", "Page views", "Active users"],
            ["Mon, Mar 30, 2026", "1", "3", "1"],
            ["Tue, Mar 31, 2026", "2", "0", "0"],
            ["Wed, Apr 1, 2026 so far", "1", "0", "0"],
        ],
    ]
    assert chosen(text) == {
        "store": "tea",
        "granularity": "daily",
        "basis": "placed",
        "compare": "previous_year",
        **SPAN,
    }
    assert "Tea &amp; Co · GBP · days of Europe/London · Mar 30 – Apr 1, 2026" in text
    assert "so a refund lowers the day of the sale. Compared with: previous year." in text


def test_the_charts_hold_the_tables_figures_and_mark_what_is_not_over(admin: Client) -> None:
    two_stores()
    text = page(admin, store="tea", compare="previous_year", **SPAN)
    titles = ["Mon, Mar 30, 2026", "Tue, Mar 31, 2026", "Wed, Apr 1, 2026, so far"]
    assert chart(text, "sales-GBP") == {
        "currency": "GBP",
        "titles": titles,
        "unfinished": [False, False, True],
        "series": [
            {"label": "Sales", "values": ["10.00", "6.00", "2.00"], "texts": ["£10.00", "£6.00", "£2.00"]},
            {"label": "Previous period", "values": ["5.00", "8.00", "0.00"], "texts": ["£5.00", "£8.00", "£0.00"]},
        ],
    }
    use = chart(text, "use")
    assert (use["currency"], use["titles"], use["unfinished"]) == (None, titles, [False, False, True])
    assert [(line["label"], line["axis"], line["values"]) for line in use["series"]] == [
        ("Orders", "left", ["1", "2", "1"]),
        ("Page views", "right", ["0", "0", "0"]),
        ("Active users", "left", ["0", "0", "0"]),
    ]


def test_all_stores_have_one_chart_and_table_per_currency_never_a_sum(admin: Client) -> None:
    two_stores()
    text = page(admin, **SPAN)
    assert [table[-1] for table in tables(text)[:2]] == [
        ["Total", "€1.00", "1", "1", "€1.00"],
        ["Total", "£18.00", "4", "3", "£6.00"],
    ]
    assert [chart(text, f"sales-{currency}")["currency"] for currency in ("EUR", "GBP")] == ["EUR", "GBP"]
    assert "amounts of different currencies are never added" in text
    assert len(tables(text)) == 3


def test_without_anything_asked_it_shows_the_last_thirty_days_of_all_stores(admin: Client) -> None:
    two_stores()
    defaults = {"granularity": "daily", "basis": "placed", "compare": "", "store": ""}
    bare, empty = page(admin), page(admin, **{"from": "", "to": ""}, **defaults)
    for text in (bare, empty):
        assert chosen(text) == {**defaults, "from": "2026-03-03", "to": "2026-04-01"}
        assert [len(table) for table in tables(text)] == [32, 32, 31]


def test_the_page_shows_what_the_endpoint_answers(admin: Client) -> None:
    two_stores()
    query = {"granularity": "weekly", "basis": "booked", "compare": "previous_period", "from": "2026-03-02"}
    (answer,) = [
        series
        for series in admin.get("/api/v1/admin/analytics/revenue", query).json()["data"]["series"]
        if series["currency"] == "GBP"
    ]
    shown = tables(page(admin, **query))[1][1:-1]
    assert [(row[1], row[2]) for row in shown] == [
        (f"£{bucket['sales']:.2f}", f"£{bucket['previous']['sales']:.2f}") for bucket in answer["buckets"]
    ]


def test_a_store_without_orders_says_so_in_one_sentence(admin: Client) -> None:
    a_store(slug="empty")
    text = page(admin, store="empty", **SPAN)
    assert "Nothing was sold in this period." in text
    assert "No orders and no visits in this period." in text
    assert tables(text) == []


def test_without_any_store_it_says_so(admin: Client) -> None:
    text = page(admin)
    assert "No store yet" in text
    assert tables(text) == []


def test_one_day_is_enough_and_three_years_scroll_and_offer_weeks(admin: Client) -> None:
    two_stores()
    assert [len(table) for table in tables(page(admin, store="tea", **{"from": "2026-03-30", "to": "2026-03-30"}))] == [
        3,
        2,
    ]
    text = page(admin, store="tea", compare="previous_year", **{"from": "2023-04-02", "to": "2026-04-01"})
    assert [len(table) for table in tables(text)] == [1098, 1097]
    (weeks,) = re.findall(r'<a href="([^"]*)">Weeks are easier to read</a>', text)
    answer = admin.get(PATH + unescape(weeks))
    assert answer.status_code == 200
    assert chosen(answer.content.decode()) == {
        "store": "tea",
        "granularity": "weekly",
        "basis": "placed",
        "compare": "previous_year",
        "from": "2023-04-02",
        "to": "2026-04-01",
    }
    assert text.count('class="series-table long" role="region" tabindex="0"') == 2
    assert "Weeks are easier to read" not in page(admin, **{"from": "2026-01-30", "to": "2026-04-01"})


@pytest.mark.parametrize(
    ("query", "name", "text"),
    [
        ({"from": "2026-04-01", "to": "2026-03-31"}, "to", "Enter a day that is not before from."),
        ({"from": "2023-03-31", "to": "2026-04-01"}, "from", "Enter at most 1,096 days."),
        ({"from": "yesterday"}, "from", "Enter a date as YYYY-MM-DD, from 1970 to 2199."),
        ({"to": "2026-02-30"}, "to", "Enter a date as YYYY-MM-DD, from 1970 to 2199."),
        ({"granularity": "hourly"}, "granularity", "Enter one of daily, weekly, monthly."),
        ({"basis": "paid"}, "basis", "Enter one of placed, booked."),
        ({"compare": "luck"}, "compare", "Enter one of previous_period, same_weekdays, previous_year, none."),
        ({"page": "2"}, "page", "Unknown parameter."),
        ({"store": ["tea", "koffie"]}, "store", "Enter this parameter once."),
    ],
)
def test_what_is_wrong_is_named_in_the_page_and_the_form_keeps_what_was_filled_in(
    admin: Client, query: dict[str, Any], name: str, text: str
) -> None:
    two_stores()
    shown = page(admin, 400, **query)
    assert re.findall(r"<li><code>(.*?)</code> (.*?)</li>", shown) == [(name, text)]
    assert (tables(shown), 'role="alert"' in shown) == ([], True)
    kept = {key: value for key, value in query.items() if key in ("from", "to")}
    assert {key: chosen(shown)[key] for key in kept} == kept
    marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', shown)
    assert marked == ([] if name == "page" else [name])


@pytest.mark.parametrize("slug", ["nowhere", "../etc", "<script>", "9" * 40])
def test_a_store_that_is_not_there_is_named_in_the_page(admin: Client, slug: str) -> None:
    two_stores()
    shown = page(admin, 404, store=slug)
    assert re.findall(r"<li><code>(.*?)</code> (.*?)</li>", shown) == [("store", "There is no such store.")]
    assert "<script>" not in shown


@pytest.mark.parametrize(
    ("role", "status"), [("super_admin", 200), ("admin", 200), ("staff", 200), ("user", 404), ("nobody", 302)]
)
def test_the_page_is_for_staff(role: str, status: int) -> None:
    tea, _ = two_stores()
    client = Client() if role == "nobody" else logged_in(role, tea)
    answer = client.get(PATH, {"store": "tea"})
    assert answer.status_code == status
    if status == 200:
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_it_is_only_read(admin: Client) -> None:
    assert admin.post(PATH).status_code == 405


def test_its_shell_says_where_one_is(admin: Client) -> None:
    sections = page(admin).partition('<nav class="sections"')[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]*)" aria-current="page">', sections) == [PATH]


@pytest.mark.parametrize(
    ("first", "last", "granularity", "title"),
    [
        ("2026-03-30", "2026-03-30", "daily", "Mon, Mar 30, 2026"),
        ("2026-03-30", "2026-04-05", "weekly", "Mar 30 – Apr 5, 2026"),
        ("2026-12-28", "2027-01-03", "weekly", "Dec 28, 2026 – Jan 3, 2027"),
        ("2028-02-01", "2028-02-29", "monthly", "February 2028"),
        ("2028-02-01", "2028-02-28", "monthly", "Feb 1 – 28, 2028"),
        ("2026-03-02", "2026-03-31", "monthly", "Mar 2 – 31, 2026"),
        ("2026-04-01", "2026-04-01", "monthly", "Apr 1, 2026"),
        ("2199-12-01", "2199-12-31", "monthly", "December 2199"),
    ],
)
def test_buckets_are_told_in_words(first: str, last: str, granularity: str, title: str) -> None:
    assert bucket_title(DayRange(date.fromisoformat(first), date.fromisoformat(last)), granularity) == title


def test_changes_carry_their_sign() -> None:
    found = [change_text(None if text is None else Decimal(text)) for text in ("1234.56", "-0.26", "0.00", None)]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in found] == ["+1,234.6%", "−0.3%", "±0", "–"]
