"""What the page of a store's figures shows below its pickers, and its tables as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from urllib.parse import urlencode

from django.utils.translation import gettext

from customers.models import Store
from dashboard.caching.cache import Answer
from dashboard.figures.comparisons import Compared
from dashboard.figures.periods import Period, month_period
from dashboard.figures.state import Check
from dashboard.pages import period_picker
from dashboard.pages.cards import freshness
from dashboard.pages.tiles import against, change_text, span_of, span_query, tiles
from dashboard.templatetags.dashboard_formats import count, country, money
from dealport.kit import formats
from dealport.kit.day_range import DayRange
from dealport.kit.money import in_currency
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import Json

PRODUCTS_SHOWN = 10
REPEATED = {
    "today": "yesterday",
    "yesterday": "yesterday",
    "last7": "last_week",
    "last30": "last_30_days",
    "yearly": "this_year",
}
"""Period of the page → that of a schedule, which begins with last month; days by date do not come again."""
COUNTRIES_SHOWN = 10
# where none of these moved in a period, on its basis, there is nothing to show
HAPPENINGS = ("totalSales", "totalOrders", "totalCompletedOrders", "totalExpiredOrders", "totalRefundedOrders")
UNITS = {"hourly": _("hour"), "daily": _("day"), "weekly": _("week"), "monthly": _("month")}


@dataclass(frozen=True)
class Shown:
    """Whose figures of which period, on which basis, compared with what."""

    store: Store
    period: Period
    basis: str
    compare: str


def is_empty(data: Json) -> bool:
    """Answer whether nothing happened in a period."""
    return not any(data["summary"][name] for name in HAPPENINGS)


def content(shown: Shown, answer: Answer) -> Json:
    """Return what the body of a store's page shows."""
    data = answer.data()
    first, newest = _month(data["firstAvailablePeriod"]), _month(data["lastAvailablePeriod"])
    today = answer.entry.as_of.astimezone(shown.store.zone).date()
    period, others = shown.period, (shown.basis, shown.compare)
    before, after = period_picker.earlier(period, first.first if first else None), period_picker.later(period, today)
    steps, products, countries = _steps(shown, data), _products(data), _countries(data)
    return {
        "freshness": freshness([answer]),
        "check": _check(data["check"]),
        "tiles": tiles(data),
        "against": against(data["comparison"], shown.basis),
        "earlier": before and period_picker.query(before, *others),
        "later": after and period_picker.query(after, *others),
        "is_empty": is_empty(data),
        "newest": newest,
        "newest_query": newest and period_picker.query(newest, *others),
        "difference": data["otherSales"] - data["summary"]["totalSales"],
        "other_sales": data["otherSales"],
        "steps": steps,
        "unit": UNITS[data["granularity"]],
        "chart": _chart(shown.store, steps),
        "chart_is_drawn": any(step["sales"] or step["before"] for step in steps),
        "products": products[:PRODUCTS_SHOWN],
        "more_products": products[PRODUCTS_SHOWN:],
        "countries": countries[:COUNTRIES_SHOWN],
        "more_countries": countries[COUNTRIES_SHOWN:],
        "days_query": urlencode({"startDate": period.first, "endDate": period.last, "basis": str(shown.basis)}),
        "export_query": urlencode({"store": shown.store.slug, "from": period.first, "to": period.last}),
        "basis_query": urlencode({"basis": str(shown.basis)}),
        "repeated": f"&period={REPEATED[period.kind]}" if period.kind in REPEATED else "",
    }


def _month(found: Json | None) -> Period | None:
    return month_period(found["year"], found["month"]) if found else None


def _check(found: Json | None) -> Check | None:
    if found is None:
        return None
    days = {name: date.fromisoformat(found[name]) for name in ("first_day", "last_day")}
    return Check(**{**found, **days, "checked_at": datetime.fromisoformat(found["checked_at"])})


def _steps(shown: Shown, data: Json) -> list[Json]:
    """Return the rows of the table along the period; those of days, weeks and months lead to their own days."""
    rows, compared = [], span_of(data["comparison"]) if data["comparison"] else None
    for step in data["steps"]:
        days = _days(step)
        then, link = step["previous"], ""
        if step["hour"] is None and days != DayRange(shown.period.first, shown.period.last):
            link = period_picker.query(period_picker.period_of(days), shown.basis, shown.compare)
        rows.append(
            {
                "title": _title(step, data["granularity"]),
                "day": days.first,
                "hour": step["hour"],
                "query": link,
                "is_unfinished": step["isUnfinished"],
                "sales": step["totalSales"],
                "orders": step["totalOrders"],
                "before": then and then["totalSales"],
                "orders_before": then and then["totalOrders"],
                "before_query": then and compared and _query_before(then, compared, shown.basis),
                "before_title": then and _title(then, data["granularity"]),
            }
        )
    return rows


def _query_before(then: Json, compared: Compared, basis: str) -> str:
    """Return the query that opens the days or the hour of before, up to where they are cut off."""
    query = span_query(compared.of(_days(then)), basis)
    return query if then["hour"] is None else f"{query}&filter=hour:{then['hour']}"


def _days(step: Json) -> DayRange:
    return DayRange(*(date.fromisoformat(step[name]) for name in ("startDate", "endDate")))


def _title(step: Json, granularity: str) -> str:
    days = _days(step)
    if step["hour"] is not None:
        return f"{step['hour']:02}:00"
    if granularity == "daily":
        return formats.weekday_text(days.first, with_year=False)
    if granularity == "monthly" and period_picker.period_of(days).kind == "monthly":
        return formats.short_month_text(days.first)
    return formats.days_text(days.first, days.last, with_year=False)


def _products(data: Json) -> list[Json]:
    before = data["comparison"]["salesByProduct"] if data["comparison"] else []
    return [
        {**product, "before": then and then["totalSales"], "change": then and change_text(then["change"])}
        for product, then in zip_longest(data["salesByProduct"], before)
    ]


def _countries(data: Json) -> list[Json]:
    before = data["comparison"]["salesByCountry"] if data["comparison"] else []
    return [
        {**line, "before": then and then["totalSales"], "change": then and change_text(then["change"])}
        for line, then in zip_longest(data["salesByCountry"], before)
    ]


def _chart(store: Store, steps: list[Json]) -> Json:
    """Return the period for the chart: lengths as numbers in text, and the words as the page writes them."""
    return {
        "currency": store.currency,
        "labels": [step["title"] for step in steps],
        "sales": [str(step["sales"]) for step in steps],
        "texts": [
            [
                gettext("Sales {amount}").format(amount=money(step["sales"], store.currency)),
                gettext("Orders {number}").format(number=count(step["orders"])),
                *_before(step, store.currency),
            ]
            for step in steps
        ],
        "before": [None if step["before"] is None else str(step["before"]) for step in steps],
        "links": [step["query"] for step in steps],
    }


def _before(step: Json, currency: str) -> list[str]:
    return [] if step["before"] is None else [f"{step['before_title']}: {money(step['before'], currency)}"]


def table_rows(answer: Answer, name: str, currency: str) -> list[Sequence[object]]:
    """Return a table of the page with its header, all its rows; `name` is one of TABLES.

    Amounts have the decimals of the `currency`, which is the store's.
    """
    data = answer.data()
    header, rows = TABLES[name](data)
    header = (*header, "previousSales")
    wanted = header if data["comparison"] else header[:-1]
    return [wanted, *([_cell(*cell, currency) for cell in zip(wanted, row, strict=False)] for row in rows)]


def _cell(name: str, value: object, currency: str) -> object:
    return in_currency(value, currency) if name in AMOUNTS and isinstance(value, Decimal) else value


Table = tuple[Sequence[str], list[Sequence[object]]]
"""A header, and rows that have what the days before made at their end."""


def _step_rows(data: Json) -> Table:
    rows: list[Sequence[object]] = [
        (
            step["startDate"],
            step["endDate"],
            "" if step["hour"] is None else step["hour"],
            step["totalOrders"],
            step["totalSales"],
            step["previous"]["totalSales"] if step["previous"] else "",
        )
        for step in data["steps"]
    ]
    return ("startDate", "endDate", "hour", "orders", "sales"), rows


def _product_rows(data: Json) -> Table:
    names = ("productId", "productName", "totalOrders", "totalSales", "percentage", "before")
    return ("productId", "product", "orders", "sales", "percentage"), _values(_products(data), names)


def _country_rows(data: Json) -> Table:
    rows = [{**row, "country": row["country"] or ""} for row in _countries(data)]
    names = ("country", "name", "totalOrders", "totalSales", "percentage", "before")
    named = [{**row, "name": country(row["country"])} for row in rows]
    return ("country", "name", "orders", "sales", "percentage"), _values(named, names)


def _values(rows: list[Json], names: Sequence[str]) -> list[Sequence[object]]:
    return [[row[name] for name in names] for row in rows]


AMOUNTS = ("sales", "previousSales")
"""The columns of the tables that are amounts."""
TABLES = {"steps": _step_rows, "products": _product_rows, "countries": _country_rows}
"""The tables of the page, by their names in the addresses of their files."""
