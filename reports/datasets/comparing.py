"""What the dashboard says of the scope of a file, under the names of the file's control totals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db.models import Max, Min

from customers.models import CreditEntry
from dashboard import figures
from dashboard.figures import Document, shown_in
from dealport.kit.day_range import DayRange
from reports.datasets.model import Compared, Scope

Compare = Callable[[Scope], Compared | None]


def with_store_totals(*names: str, basis: str | None = None) -> Compare:
    """Compare control totals with the figures of the period that daily metrics have under the same names.

    `customers` are those who registered, a measure and no figure. `basis` is the one that the rows count on; None is
    the scope's own.
    """
    figures_of = {name: shown_in(Document.DAILY).get(name) for name in names}

    def compare(scope: Scope) -> Compared | None:
        if scope.values:
            return None
        found = figures.period_totals(scope.stores, scope.days, basis or scope.basis)
        named = {
            code: {name: Decimal(figure.value(of) if figure else of[name]) for name, figure in figures_of.items()}
            for code, of in found.items()
        }
        return Compared(frozenset(names), named)

    return compare


def with_product_sales(name: str) -> Compare:
    """Compare one control total with the sales of all products together."""

    def compare(scope: Scope) -> Compared | None:
        if scope.values:
            return None
        found = figures.product_sales_total(scope.stores, scope.days, scope.basis)
        return Compared(frozenset({name}), {code: {name: sales} for code, sales in found.items()})

    return compare


def with_subscriptions(active: str, revenue: str) -> Compare:
    """Compare two control totals with the active subscriptions and the monthly recurring revenue of now."""

    def compare(scope: Scope) -> Compared | None:
        if scope.values:
            return None
        today = scope.asked_at.date()
        found = {
            line.currency: {
                active: line.value("active_subscriptions"),
                revenue: line.value("monthly_recurring_revenue"),
            }
            for line in _snapshot(scope, DayRange.of_day(today)).currencies
        }
        return Compared(frozenset({active, revenue}), found)

    return compare


def with_credits(granted: str, spent: str, balance: str) -> Compare:
    """Compare control totals with the credits of the period's days; over all time, also with those outstanding now."""

    def compare(scope: Scope) -> Compared | None:
        if scope.values:
            return None
        is_everything = scope.first is None and scope.last is None
        found = {}
        for line in _snapshot(scope, _days_of_credits(scope)).currencies:
            found[line.currency] = {
                granted: sum((day.credits_granted for day in line.days.values()), Decimal(0)),
                spent: sum((day.credits_spent for day in line.days.values()), Decimal(0)),
                balance: line.value("credits_outstanding"),
            }
        return Compared(frozenset({granted, spent, balance} if is_everything else {granted, spent}), found)

    return compare


def _days_of_credits(scope: Scope) -> DayRange:
    """Return the scope's days without those before and after all entries: the snapshot names each of its days."""
    of_one = {"store": scope.stores.store} if scope.stores.store else {}
    entries = CreditEntry.objects.filter(**of_one)
    moments = entries.aggregate(first=Min("created_at"), last=Max("created_at"))
    earliest, latest = (moments[name] or scope.asked_at for name in ("first", "last"))
    first = max(scope.days.first, earliest.date() - timedelta(days=1))
    return DayRange(first, max(first, min(scope.days.last, latest.date() + timedelta(days=1))))


def _snapshot(scope: Scope, days: DayRange) -> figures.Snapshot:
    return figures.scope_snapshot(scope.stores, days, scope.stores.zones())


def with_nothing(scope: Scope) -> Compared | None:
    """Compare with nothing: the dashboard has no such figure."""
    return None
