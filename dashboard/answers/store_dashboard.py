"""The dashboard of one store and period as a JSON document, from the cache."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from customers.models import Store
from customers.scopes import StoreScope
from dashboard.answers.payloads import countries_data, store_dashboard_data
from dashboard.caching import cache
from dashboard.figures import store_dashboard
from dashboard.figures.periods import Period
from dealport.kit.local_days import day_start


def cached_dashboard(store: Store, period: Period, basis: str, *, with_countries: bool = False) -> cache.Answer:
    """Return the dashboard of a store, from the cache where it is current; its trend ends with the local day.

    With countries it is what the page shows.
    """
    now = timezone.now()
    today = now.astimezone(store.zone).date()

    def compute() -> cache.Entry:
        figures = store_dashboard(store, period, basis)
        data = store_dashboard_data(figures)
        del data["asOf"]
        if with_countries:
            data["salesByCountry"] = countries_data(figures.sales_by_country)
        return cache.entry_of(
            data,
            as_of=figures.as_of.astimezone(store.zone),
            computed_at=now,
            expires_at=cache.expiry(now, cache.TTL, day_start(today + timedelta(days=1), store.zone)),
            shown=("asOf",),
        )

    kind = "page" if with_countries else "dashboard"
    name = f"store:{store.pk}:{kind}:{basis}:{period.kind}:{period.first}:{period.last}:{today}"
    return cache.read(name, StoreScope(store), compute)
