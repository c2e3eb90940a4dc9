"""What the figures of a store in memory are, for a range of days and a basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from dashboard.figures import CountrySales, DaySales, OrderStates, ProductSales, Summary
from dashboard.figures.periods import Period
from tests.properties.model import (
    NIL,
    TIERS,
    Entry,
    Parts,
    PartsEntry,
    Purchase,
    Shopper,
    StoreModel,
    WareEntry,
    to_cents,
)

K = TypeVar("K")
Share = tuple[Decimal, int]


def entries(model: StoreModel, period: Period, basis: str) -> list[Entry]:
    """Return what counts in the period: the orders as they are now, or what was booked on its days."""
    all_entries = model.journal if basis == "booked" else _standing(model)
    return [entry for entry in all_entries if period.first <= entry.day <= period.last]


def _standing(model: StoreModel) -> list[Entry]:
    orders = [
        Entry(
            model.day(p.placed_at),
            p.country,
            sales=p.captured - p.refunded,
            tax=p.kept_tax,
            orders=1,
            completed=int(p.is_completed),
            refunded=int(p.refunded_at is not None),
            expired=int(p.expired_at is not None),
            with_coupon=int(p.is_completed and p.voucher is not None),
        )
        for p in model.purchases
    ]
    confirmed = [Entry(model.day(s.created_at), new_customers=1) for s in model.shoppers if s.confirmed_at]
    return orders + confirmed


def ware_entries(model: StoreModel, period: Period, basis: str) -> list[WareEntry]:
    """Return what counts by product."""
    all_entries = model.ware_journal
    if basis == "placed":
        all_entries = [
            WareEntry(model.day(p.placed_at), line.ware, line.sold, 1, line.kept_tax)
            for p in model.purchases
            for line in p.lines
        ]
    return [entry for entry in all_entries if period.first <= entry.day <= period.last]


def summary(model: StoreModel, period: Period, basis: str) -> Summary:
    """Return the tiles."""
    found = entries(model, period, basis)
    sales, completed = sum((e.sales for e in found), NIL), sum(e.completed for e in found)
    with_coupon = sum(e.with_coupon for e in found)
    return Summary(
        total_sales=sales,
        total_tax=sum((e.tax for e in found), NIL),
        total_orders=sum(e.orders for e in found),
        total_completed_orders=completed,
        total_expired_orders=sum(e.expired for e in found),
        total_refunded_orders=sum(e.refunded for e in found),
        average_ticket=to_cents(sales / completed) if completed > 0 else NIL,
        total_customers=sum(model.day(s.created_at) <= period.last for s in model.shoppers),
        new_customers=sum(e.new_customers for e in found),
        orders_with_coupon=with_coupon,
        orders_without_coupon=completed - with_coupon,
    )


def standings(model: StoreModel, period: Period) -> OrderStates:
    """Return how many orders of the period are pending and canceled now."""
    now = [p.status for p in model.purchases if period.first <= model.day(p.placed_at) <= period.last]
    return OrderStates(pending_orders=now.count("PENDING"), canceled_orders=now.count("CANCELED"))


def daily(model: StoreModel, first: date, last: date, basis: str) -> list[DaySales]:
    """Return every day of the range."""
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    found: dict[date, Share] = dict.fromkeys(days, (NIL, 0))
    for entry in entries(model, Period(first, last), basis):
        sales, orders = found[entry.day]
        found[entry.day] = sales + entry.sales, orders + entry.orders
    return [DaySales(day, *share) for day, share in found.items()]


def by_product(model: StoreModel, period: Period, basis: str) -> list[ProductSales]:
    """Return the products, best first."""
    found = _shares((e.ware, e.sales, e.orders) for e in ware_entries(model, period, basis))
    whole = sum((sales for sales, _ in found.values()), NIL)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1][0], -pair[1][1], pair[0].key))
    return [
        ProductSales(ware.key, ware.name, "", sales, orders, _percent(sales, whole)) for ware, (sales, orders) in ranked
    ]


def taxes_by_product(model: StoreModel, period: Period, basis: str) -> dict[int, Decimal]:
    """Return the tax of the products that have any."""
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for entry in ware_entries(model, period, basis):
        found[entry.ware.key] += entry.tax
    return {key: tax for key, tax in found.items() if tax}


def by_country(model: StoreModel, period: Period, basis: str) -> list[CountrySales]:
    """Return the countries, best first."""
    found = _shares((e.country, e.sales, e.orders) for e in entries(model, period, basis))
    whole = sum((sales for sales, _ in found.values()), NIL)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1][0], -pair[1][1], pair[0]))
    return [CountrySales(country, sales, orders, _percent(sales, whole)) for country, (sales, orders) in ranked]


def _shares(rows: Iterable[tuple[K, Decimal, int]]) -> dict[K, Share]:
    found: defaultdict[K, Share] = defaultdict(lambda: (NIL, 0))
    for key, sales, orders in rows:
        found[key] = found[key][0] + sales, found[key][1] + orders
    return {key: share for key, share in found.items() if share != (NIL, 0)}


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return to_cents(part * 100 / whole) if whole else NIL


def breakdown(
    model: StoreModel, period: Period, basis: str, key: Callable[[PartsEntry], object]
) -> dict[object, Parts]:
    """Return what of the money is what, by a key of the entries."""
    all_entries = model.parts_journal
    if basis == "placed":
        all_entries = [
            entry
            for p in model.purchases
            for entry in (
                *(PartsEntry(model.day(p.placed_at), p.country, line.ware, line.parts) for line in p.lines),
                PartsEntry(model.day(p.placed_at), p.country, None, p.kept_tip),
            )
        ]
    found: defaultdict[object, Parts] = defaultdict(Parts)
    for entry in all_entries:
        if period.first <= entry.day <= period.last:
            found[key(entry)] += entry.parts
    return dict(found)


def months(model: StoreModel) -> tuple[date | None, date | None]:
    """Return the first days of the oldest and the newest month with orders."""
    days = [model.day(p.placed_at).replace(day=1) for p in model.purchases]
    return min(days, default=None), max(days, default=None)


@dataclass(frozen=True)
class ShopperFigures:
    """What a customer row shows."""

    total_orders: int
    completed_orders: int
    total_spent: Decimal
    average_order_value: Decimal
    tier: str
    last_order_at: object


def shopper(model: StoreModel, one: Shopper) -> ShopperFigures:
    """Return the figures of a customer."""
    theirs: list[Purchase] = [p for p in model.purchases if p.shopper is one]
    completed = sum(p.is_completed for p in theirs)
    spent = sum((p.captured - p.refunded for p in theirs), NIL)
    return ShopperFigures(
        total_orders=len(theirs),
        completed_orders=completed,
        total_spent=spent,
        average_order_value=to_cents(spent / completed) if completed else NIL,
        tier=next(tier for threshold, tier in TIERS if spent >= threshold),
        last_order_at=max((p.placed_at for p in theirs), default=None),
    )
