"""What stands beside the snapshot, from the cache: the week against the one before, the best products and countries.

Of many stores as of one: what the API answers for a store is what the pages show of it, out of the same place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers.payloads import (
    together_data,
    use_lately_data,
    weekly_data,
    weekly_of_all_data,
    weeks_data,
)
from dashboard.answers.shares import sales_by_country_data, top_products_data
from dashboard.answers.snapshot import DAYS_BACK
from dashboard.caching import cache
from dashboard.caching.cache_many import read_many
from dashboard.figures.before import Comparison, comparison_of
from dashboard.figures.comparisons import NONE
from dashboard.figures.periods import Period
from dashboard.figures.weekly import week_of
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import day_start

PRODUCTS = 10
BEST = 5  # of all stores together, by currency


def recent(store: Store, now: datetime) -> Period:
    """Return the days of the snapshot: today and the DAYS_BACK before it."""
    today = now.astimezone(store.zone).date()
    return Period(today - timedelta(days=DAYS_BACK), today)


def weekly_name(store_id: int, monday: date) -> str:
    """Return the name of a store's report of a week."""
    return f"weekly:store:{store_id}:{monday}"


def products_name(store_id: int, limit: int, period: Period, order_by: str = "sales") -> str:
    """Return the name of a store's best products."""
    return f"products:store:{store_id}:limit={limit}:{order_by}:{period.first}:{period.last}"


def categories_name(store_id: int, period: Period) -> str:
    """Return the name of a store's categories."""
    return f"categories:store:{store_id}:{period.first}:{period.last}"


def countries_name(store_id: int, period: Period) -> str:
    """Return the name of a store's countries."""
    return f"countries:store:{store_id}:{period.first}:{period.last}"


def weekly(store: Store, monday: date) -> cache.Answer:
    """Return a store's report of the week that begins on `monday`."""
    return cache.read(weekly_name(store.pk, monday), StoreScope(store), lambda: _weekly({store: monday})[store.pk])


def running_weeks(stores: Sequence[Store]) -> dict[int, cache.Answer]:
    """Return the reports of the weeks that run, by store."""
    now = timezone.now()
    mondays = {store: week_of(now.astimezone(store.zone).date()).first for store in stores}

    def compute(store_ids: Collection[int]) -> Mapping[int, cache.Entry]:
        return _weekly({store: monday for store, monday in mondays.items() if store.pk in store_ids})

    return read_many({store.pk: weekly_name(store.pk, monday) for store, monday in mondays.items()}, compute)


def _weekly(mondays: Mapping[Store, date]) -> dict[int, cache.Entry]:
    """Compute reports; that of a running week is true for the minute that runs."""
    now = timezone.now()
    with figures.consistent_read() as as_of:
        found = figures.weekly_reports(mondays, now)
    return {
        report.store.pk: cache.entry_of(
            weekly_data(report),
            as_of=as_of,
            computed_at=now,
            expires_at=cache.expiry(
                now, cache.TTL, _next_minute(now) if report.compared_until else next_midnight(report.store, now)
            ),
        )
        for report in found
    }


def best_products(stores: Sequence[Store]) -> dict[int, cache.Answer]:
    """Return the best products since DAYS_BACK days ago, by store."""
    now = timezone.now()
    periods = {store.pk: recent(store, now) for store in stores}

    def compute(chosen: Sequence[Store]) -> Iterable[tuple[Store, dict[str, object]]]:
        found = figures.products_of_stores([_window(store, periods[store.pk]) for store in chosen], PRODUCTS)
        return ((store, top_products_data(store, periods[store.pk], found.get(store.pk, []))) for store in chosen)

    names = {store.pk: products_name(store.pk, PRODUCTS, periods[store.pk]) for store in stores}
    return _shares(names, stores, compute, now)


def best_countries(stores: Sequence[Store]) -> dict[int, cache.Answer]:
    """Return sales by country since DAYS_BACK days ago, by store."""
    now = timezone.now()
    periods = {store.pk: recent(store, now) for store in stores}

    def compute(chosen: Sequence[Store]) -> Iterable[tuple[Store, dict[str, object]]]:
        found = figures.countries_of_stores([_window(store, periods[store.pk]) for store in chosen])
        return ((store, sales_by_country_data(store, periods[store.pk], found.get(store.pk, []))) for store in chosen)

    return _shares({store.pk: countries_name(store.pk, periods[store.pk]) for store in stores}, stores, compute, now)


def _shares(names: Mapping[int, str], stores: Sequence[Store], read: Any, now: datetime) -> dict[int, cache.Answer]:
    def compute(store_ids: Collection[int]) -> Mapping[int, cache.Entry]:
        with figures.consistent_read() as as_of:
            found = list(read([store for store in stores if store.pk in store_ids]))
        return {store.pk: shares_entry(store, data, as_of, now) for store, data in found}

    return read_many(names, compute)


def shares_entry(
    store: Store, data: dict[str, object], as_of: datetime, now: datetime, comparison: Comparison | None = None
) -> cache.Entry:
    """Return computed shares; where the days are not named, the address means others tomorrow."""
    ends = comparison.ends(now) if comparison else []
    expires = cache.expiry(now, cache.TTL, next_midnight(store, now), *ends)
    return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=expires)


def weeks_together() -> cache.Answer:
    """Return the running weeks of all stores, by currency; true for the minute that runs."""

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            found = figures.weeks_together(list(Store.objects.order_by("pk")), now)
        expires = cache.expiry(now, cache.TTL, _next_minute(now))
        return cache.entry_of(weeks_data(found), as_of=as_of, computed_at=now, expires_at=expires)

    return cache.read("weekly:all", ALL_STORES, compute)


def best_together(*, refresh: bool = False) -> cache.Answer:
    """Return the best products and countries of all stores since DAYS_BACK days ago, by currency.

    They are read from every store's products of every day, so a page shows those computed last, with their moment; a
    beat job computes them again.
    """

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            stores = list(Store.objects.order_by("pk"))
            windows = [_window(store, recent(store, now)) for store in stores]
            products = figures.products_of_currencies(windows, BEST)
            countries = figures.countries_of_currencies(windows, BEST)
            stores_of = figures.stores_of_products(
                product for of_currency in products.values() for product in of_currency
            )
        midnights = {next_midnight(store, now) for store in stores}
        expires = cache.expiry(now, cache.TTL, *midnights)
        data = together_data(products, countries, stores_of)
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=expires)

    return cache.read("best:all", ALL_STORES, compute, refresh=refresh, old_will_do=True)


def shares_of_all(
    name: str,
    days_of: Callable[[Store, datetime], Period],
    read: Callable[[DayRange, list[figures.Window], Comparison | None], Any],
    own: Sequence[int] | None = None,
    compare: str = NONE,
) -> cache.Answer:
    """Return shares of all stores, by currency: `days_of` gives the days of each, its own calendar's.

    `own` are the ids of the stores of somebody who does not see all.
    """

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            stores = list(_stores(own))
            windows = [_window(store, days_of(store, now)) for store in stores]
            first = min((window.days.first for window in windows), default=now.date())
            last = max((window.days.last for window in windows), default=now.date())
            comparison = comparison_of(windows, compare, now)
            data = read(DayRange(first, last), windows, comparison)
        ends = comparison.ends(now) if comparison else []
        expires = cache.expiry(now, cache.TTL, *{next_midnight(store, now) for store in stores}, *ends)
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=expires)

    return cache.read(f"{name}:{compare}{_of(own)}", ALL_STORES, compute)


def weekly_of_all(week: date | None, own: Sequence[int] | None = None) -> cache.Answer:
    """Return a week (None: the one that runs) of all stores, by currency; true for the minute that runs.

    `own` are the ids of the stores of somebody who does not see all.
    """

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            stores = _stores(own)
            mondays = {store: week or week_of(now.astimezone(store.zone).date()).first for store in stores}
            reports = figures.weekly_reports(mondays, now)
        data = weekly_of_all_data(reports, week or now.date())
        ends = [_next_minute(now)] if data["isRunning"] else [next_midnight(store, now) for store in mondays]
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=cache.expiry(now, cache.TTL, *ends))

    return cache.read(f"weekly:currencies:{week or 'running'}{_of(own)}", ALL_STORES, compute)


def _stores(own: Sequence[int] | None) -> QuerySet[Store]:
    everything = Store.objects.order_by("pk")
    return everything if own is None else everything.filter(pk__in=own)


def _of(own: Sequence[int] | None) -> str:
    """Return what tells the answer about some stores, whoever asks, from that about all."""
    return "" if own is None else ":of:" + hashlib.sha256(",".join(map(str, own)).encode()).hexdigest()[:32]


def use_lately(scope: StoreScope) -> cache.Answer:
    """Return the use of a scope in the last minutes and hours; true for the minute that runs."""

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            found = figures.use_lately(scope, now)
        expires = cache.expiry(now, cache.TTL, _next_minute(now))
        return cache.entry_of(use_lately_data(found), as_of=as_of, computed_at=now, expires_at=expires)

    return cache.read(f"use:{scope.key}", scope, compute)


def _window(store: Store, period: Period) -> figures.Window:
    return figures.Window(store, period)


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_midnight(store: Store, now: datetime) -> datetime:
    """Return the first instant of the store's next local day."""
    return day_start(now.astimezone(store.zone).date() + timedelta(days=1), store.zone)
