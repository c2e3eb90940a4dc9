"""The dashboard of one store and period as a JSON document, from the cache."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from customers.models import Store
from customers.scopes import StoreScope
from dashboard.answers.payloads import comparison_document, countries_data, store_dashboard_data
from dashboard.caching import cache
from dashboard.figures import StoreDashboard, cents, change, store_dashboard
from dashboard.figures.along import HOURLY, Previous, Step, known_along, steps
from dashboard.figures.comparisons import NONE, counterparts
from dashboard.figures.figure import Quantities
from dashboard.figures.periods import Period
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import day_start
from dealport.kit.values import Json


def cached_dashboard(
    store: Store, period: Period, basis: str, comparison: str = NONE, *, is_page: bool = False
) -> cache.Answer:
    """Return the dashboard of a store, from the cache where it is current; `is_page`: all that the page shows.

    Its trend ends with the local day; a period that runs is compared with the minute's own part of the other.
    """
    now = timezone.now()
    today = now.astimezone(store.zone).date()

    def compute() -> cache.Entry:
        figures = store_dashboard(store, period, basis, comparison, now)
        data = store_dashboard_data(figures)
        return cache.entry_of(
            data | _page_data(figures) if is_page else data,
            as_of=figures.as_of.astimezone(store.zone),
            computed_at=now,
            expires_at=_expiry(store, period, comparison, now, is_page),
            shown=("asOf",),
        )

    kind = "page" if is_page else "dashboard"
    name = f"store:{store.pk}:{kind}:{basis}:{period.kind}:{period.first}:{period.last}:{comparison}:{today}"
    return cache.read(name, StoreScope(store), compute)


def _expiry(store: Store, period: Period, comparison: str, now: datetime, is_page: bool) -> datetime:
    today = now.astimezone(store.zone).date()
    ends = [day_start(today + timedelta(days=1), store.zone)]
    if period.first <= today <= period.last and comparison != NONE:
        ends.append(now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    if is_page and period.first == today == period.last:
        ends.append(now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
    return cache.expiry(now, cache.TTL, *ends)


def _page_data(figures: StoreDashboard) -> Json:
    """Return what the page shows besides: countries, the period step by step, the other basis, the last check."""
    shown = steps(figures.period, figures.granularity, figures.now)
    data: Json = {
        "salesByCountry": countries_data(figures.sales_by_country),
        "granularity": figures.granularity,
        "steps": _steps(figures, shown),
        "sparks": _sparks(figures, shown),
        "otherSales": figures.other_sales,
        "check": None,
    }
    if figures.verification:
        data["check"] = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(figures.verification).items()
        }
    if figures.previous:
        before = _countries_before(figures, figures.previous)
        data["comparison"] = comparison_document(figures, figures.previous).to_json() | {"salesByCountry": before}
    return data


def _countries_before(figures: StoreDashboard, previous: Previous) -> list[Json]:
    """Return what the countries of the period made before, in their order."""
    then = [cents(previous.countries.get(one.country, 0)) for one in figures.sales_by_country]
    return [
        {"totalSales": before, "change": change(one.total_sales, before)}
        for one, before in zip(figures.sales_by_country, then, strict=True)
    ]


def _steps(figures: StoreDashboard, shown: list[Step]) -> list[Json]:
    """Return every bucket with its sales and orders, beside what it is compared with."""
    others = _others(figures, figures.previous, len(shown)) if figures.previous else [None] * len(shown)
    return [
        {
            **_days(step.days, step.hour),
            "isUnfinished": step.is_unfinished,
            **_sales([figures.along.get(step.key, {})]),
            "previous": previous,
        }
        for step, previous in zip(shown, others, strict=True)
    ]


def _others(figures: StoreDashboard, previous: Previous, count: int) -> list[Json | None]:
    """Return what the first buckets are compared with, None where there is nothing."""
    days, along = previous.compared.days, previous.along
    if figures.granularity == HOURLY:
        hours = [{**_days(one.days, one.hour), **_sales([along.get(one.key, {})])} for one in steps(days, HOURLY)]
        return [*hours, *[None] * count][:count]
    parts = [step.days for step in steps(figures.period, figures.granularity)]
    by_months = figures.granularity == "monthly"
    return [
        {**_days(other, None), **_sales([along.get(day.isoformat(), {}) for day in other.days()])} if other else None
        for other in counterparts(parts, days, figures.comparison, by_months=by_months)[:count]
    ]


def _days(days: DayRange, hour: int | None) -> Json:
    return {"startDate": days.first.isoformat(), "endDate": days.last.isoformat(), "hour": hour}


def _sales(parts: list[Quantities]) -> Json:
    return {
        "totalSales": cents(sum((part.get("sales", 0) for part in parts), Decimal(0))),
        "totalOrders": int(sum(part.get("orders", 0) for part in parts)),
    }


def _sparks(figures: StoreDashboard, shown: list[Step]) -> Json:
    """Return each tile's values along the period; customers in all are counted back from the period's end."""
    registered = figures.summary["total_customers"]
    quantities: list[Quantities] = []
    for step in reversed(shown):
        found = figures.along.get(step.key, {})
        quantities.append(_Known(found, registered=registered))
        registered -= found.get("customers", 0)
    return {
        name: [figure.value(known, figures.store.currency) for known in reversed(quantities)]
        for name, figure in known_along(figures.granularity).items()
    }


class _Known(dict[str, Decimal | int]):
    """Quantities of which those that did not move are 0."""

    def __missing__(self, name: str) -> int:
        return 0
