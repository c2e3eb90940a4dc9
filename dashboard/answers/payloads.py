"""Figures as the JSON of api.md: camelCase, money as numbers with two decimals made from Decimal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from customers.models import Store
from dashboard.answers import documents
from dashboard.figures import (
    Check,
    CountrySales,
    CurrencyFigures,
    DayMoney,
    DayOfWeek,
    DaySales,
    DayUse,
    Document,
    Figure,
    Number,
    ProductSales,
    Quantities,
    Slice,
    Snapshot,
    StoreDashboard,
    UseLately,
    WeeklyReport,
    WeekTogether,
    change,
    data_of,
    shown_in,
)
from dashboard.figures.along import Previous
from dashboard.figures.before import Comparison, compared_in
from dashboard.metrics.measures import STORE_MEASURES
from dealport.kit.values import Json


def store_dashboard_data(figures: StoreDashboard) -> dict[str, object]:
    """Return the body of `GET /store/dashboard` but its `asOf`; moments carry the offset of the store's zone."""
    store = figures.store
    return documents.StoreDashboard(
        period=figures.period.describe(),
        summary=_named(Document.SUMMARY, figures.summary),
        daily_trend=[_day(day) for day in figures.daily_trend],
        sales_by_product=[_product(product) for product in figures.sales_by_product],
        first_available_period=_month(figures.first_month),
        last_available_period=_month(figures.last_month),
        store=store.slug,
        currency=store.currency,
        timezone=store.timezone,
        basis=str(figures.basis),
        verification=_verification(figures.verification, store.zone),
        comparison=comparison_document(figures, figures.previous) if figures.previous else None,
    ).to_json()


def comparison_document(figures: StoreDashboard, previous: Previous) -> documents.Comparison:
    """Return what a period is compared with and by how many percent each figure changed; null from nothing."""
    compared = previous.compared
    before = [
        documents.ProductBefore(
            product.product_id,
            then := previous.products.get(product.product_id, Decimal("0.00")),
            change(product.total_sales, then),
        )
        for product in figures.sales_by_product
    ]
    return documents.Comparison(
        compare=figures.comparison,
        start_date=compared.days.first,
        end_date=compared.days.last,
        until=compared.until,
        summary=_named(Document.SUMMARY, previous.summary),
        change={
            name: change(figures.summary[figure.key], previous.summary[figure.key])
            for name, figure in shown_in(Document.SUMMARY).items()
        },
        sales_by_product=before,
    )


def _named(document: Document, values: Mapping[str, Number]) -> dict[str, Number]:
    """Return figures under the names that the document has them under."""
    return {name: values[figure.key] for name, figure in shown_in(document).items()}


def _day(day: DaySales) -> documents.DaySales:
    return documents.DaySales(day.date, day.total_sales, day.total_orders)


def _product(product: ProductSales) -> documents.ProductSales:
    return documents.ProductSales(
        product_id=product.product_id,
        product_name=product.product_name,
        img_card_url=product.image_url or None,
        total_sales=product.total_sales,
        total_orders=product.total_orders,
        percentage=product.percentage,
    )


def _month(month: date | None) -> documents.Month | None:
    return documents.Month(month.year, month.month, f"{month:%Y-%m}") if month else None


def _verification(found: Check | None, zone: ZoneInfo) -> documents.Verification | None:
    if found is None:
        return None
    return documents.Verification(found.checked_at.astimezone(zone), found.difference, found.wrong_buckets)


def snapshot_data(found: Snapshot, comparison: Comparison | None, before: Before) -> Json:
    """Return the body of `GET /api/v1/dashboard/metrics`; `before` is what its stores were in the days compared with.

    With stores of several currencies the amounts outside of `currencies` are null: they cannot be added up.
    """
    single = found.currencies[0] if len(found.currencies) == 1 else None
    return documents.Metrics(
        tenant=found.scope.slug,
        from_=found.range.first,
        to=found.range.last,
        currency=single.currency if single else None,
        timezone=found.scope.timezone,
        figures={name: _shown(figure, found, single) for name, figure in shown_in(Document.SNAPSHOT).items()},
        usage=[_use(day, use, single) for day, use in found.days.items()],
        currencies=[_currency(line) for line in found.currencies],
        comparison=None if comparison is None else _snapshot_comparison(found, comparison, before),
    ).to_json()


Before = Mapping[Store, Quantities]


def compared_days(comparison: Comparison) -> documents.ComparedDays:
    """Return which days are compared with, over all stores."""
    return documents.ComparedDays(*_days_of(comparison))


def _days_of(comparison: Comparison) -> tuple[str, date, date, datetime | None]:
    days = [one.days for one in comparison.stores.values()]
    return comparison.compare, min(one.first for one in days), max(one.last for one in days), comparison.until


def _snapshot_comparison(found: Snapshot, comparison: Comparison, before: Before) -> documents.SnapshotComparison:
    """Return what the snapshot's figures were, and their change; amounts in several currencies are null."""
    lines = [_currency_before(line, before) for line in found.currencies]
    then = Snapshot(found.scope, found.range, lines, {})
    now_single, single = (each.currencies[0] if len(each.currencies) == 1 else None for each in (found, then))
    figures, changes = {}, {}
    for name, figure in compared_in(Document.SNAPSHOT).items():
        figures[name] = value = _shown(figure, then, single)
        changes[name] = None if value is None else change(_shown(figure, found, now_single) or 0, value)
    currencies = [
        documents.CurrencyBefore(
            line.currency,
            {
                name: figure.value(line.quantities, line.currency)
                for name, figure in compared_in(Document.CURRENCY).items()
            },
            {
                name: change(figure.value(now.quantities, line.currency), figure.value(line.quantities, line.currency))
                for name, figure in compared_in(Document.CURRENCY).items()
            },
        )
        for now, line in zip(found.currencies, lines, strict=True)
    ]
    return documents.SnapshotComparison(*_days_of(comparison), figures, changes, currencies)


def _currency_before(line: CurrencyFigures, before: Before) -> CurrencyFigures:
    """Return the line of the same currency in the days compared with; what is of now is that of now."""
    parts = [quantities for store, quantities in before.items() if store.currency == line.currency]
    known = {name: sum(part[name] for part in parts) for name in (*STORE_MEASURES, "registered")}
    return CurrencyFigures(line.currency, {**line.quantities, **known})


def _shown(figure: Figure, found: Snapshot, single: CurrencyFigures | None) -> Number | None:
    """Return a figure of all currencies; null of amounts in several, which cannot be added up."""
    if not figure.is_money:
        return figure.value(found.quantities)
    return figure.value(single.quantities, single.currency) if single else None


def _use(day: date, use: DayUse, single: CurrencyFigures | None) -> documents.Usage:
    money = single.days.get(day, DayMoney()) if single else None
    return documents.Usage(
        date=day,
        orders=use.orders,
        sales=money.sales if money else None,
        credits_granted=money.credits_granted if money else None,
        credits_spent=money.credits_spent if money else None,
        active_users=use.active_users,
        page_views=use.page_views,
    )


def _currency(line: CurrencyFigures) -> documents.Currency:
    """Return one currency's amounts; of its days those on which any moved."""
    days = [
        documents.CurrencyDay(day, money.sales, money.credits_granted, money.credits_spent)
        for day, money in sorted(line.days.items())
    ]
    return documents.Currency(line.currency, data_of(Document.CURRENCY, line.quantities, line.currency), days)


def weekly_data(found: WeeklyReport) -> dict[str, object]:
    """Return the body of `GET /api/v1/dashboard/weekly-report`."""
    now, then = _week_total(found.week), _week_total(found.week_before)
    return documents.WeeklyReport(
        store=found.store.slug,
        currency=found.store.currency,
        timezone=found.store.timezone,
        week=_iso_week(found.week[0].date),
        is_running=found.compared_until is not None,
        compared_until=found.compared_until,
        current=now,
        previous=then,
        change=_changes(now, then),
        days=[
            documents.WeekDay(
                **_week_day(day), weekday=f"{day.date:%A}", previous=documents.WeekDayBefore(**_week_day(before))
            )
            for day, before in zip(found.week, found.week_before, strict=True)
        ],
        currencies=None,
    ).to_json()


def weekly_of_all_data(reports: Sequence[WeeklyReport], day: date) -> dict[str, object]:
    """Return the same of all stores, added up by currency; `day` lies in the week."""
    by_currency: dict[str, list[WeeklyReport]] = {}
    for report in reports:
        by_currency.setdefault(report.store.currency, []).append(report)
    return documents.WeeklyReport(
        store=None,
        currency=None,
        timezone=None,
        week=_iso_week(day),
        is_running=any(report.compared_until for report in reports),
        compared_until=None,
        current=None,
        previous=None,
        change=None,
        days=None,
        currencies=[_week_of_currency(currency, by_currency[currency]) for currency in sorted(by_currency)],
    ).to_json()


def _week_of_currency(currency: str, reports: Sequence[WeeklyReport]) -> documents.WeekOfCurrency:
    # by day, so that the first is of the first day and the last of the last
    week = [day for days in zip(*(report.week for report in reports), strict=True) for day in days]
    before = [day for days in zip(*(report.week_before for report in reports), strict=True) for day in days]
    now, then = _week_total(week), _week_total(before)
    return documents.WeekOfCurrency(currency, now, then, _changes(now, then))


def _changes(now: documents.WeekTotal, then: documents.WeekTotal) -> documents.Change:
    return documents.Change(
        total_sales=change(now.total_sales, then.total_sales),
        total_orders=change(now.total_orders, then.total_orders),
        completed_orders=change(now.completed_orders, then.completed_orders),
    )


def _iso_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _week_total(days: list[DayOfWeek]) -> documents.WeekTotal:
    return documents.WeekTotal(
        start_date=days[0].date,
        end_date=days[-1].date,
        total_sales=sum((day.total_sales for day in days), Decimal("0.00")),
        total_orders=sum(day.total_orders for day in days),
        completed_orders=sum(day.total_completed_orders for day in days),
    )


def _week_day(day: DayOfWeek) -> Json:
    return {
        "date": day.date,
        "total_sales": day.total_sales,
        "total_orders": day.total_orders,
        "completed_orders": day.total_completed_orders,
        "hours": day.hours.normalize() if day.hours % 1 else int(day.hours),
        "is_clock_change": day.hours != 24,
        "is_partial": day.is_partial,
    }


def countries_data(countries: list[CountrySales]) -> list[dict[str, object]]:
    """Return countries, best first; an unknown one is null."""
    return [_country(country).to_json() for country in countries]


def _country(country: CountrySales) -> documents.CountrySales:
    return documents.CountrySales(
        country.country or None, country.total_sales, country.total_orders, country.percentage
    )


def weeks_data(weeks: list[WeekTogether]) -> dict[str, object]:
    """Return the running weeks of all stores, one line per currency; the change is null where nothing was before."""
    found = [
        documents.RunningWeek(
            currency=week.currency,
            total_sales=week.total_sales,
            total_orders=week.total_orders,
            sales_before=week.sales_before,
            orders_before=week.orders_before,
            change=change(week.total_sales, week.sales_before),
        )
        for week in weeks
    ]
    return {"weeks": [week.to_json() for week in found]}


def together_data(
    products: Mapping[str, list[ProductSales]],
    countries: Mapping[str, list[CountrySales]],
    stores: Mapping[int, tuple[str, str]],
) -> dict[str, object]:
    """Return the best products and countries of all stores, by currency; `stores` are slug and name by product."""
    found = [
        documents.BestOfCurrency(
            currency,
            [_product_of(product, *stores[product.product_id]) for product in products.get(currency, [])],
            [_country(country) for country in countries.get(currency, [])],
        )
        for currency in sorted({*products, *countries})
    ]
    return {"currencies": [one.to_json() for one in found]}


def _product_of(product: ProductSales, slug: str, name: str) -> documents.ProductOfStore:
    return documents.ProductOfStore(**vars(_product(product)), store=slug, store_name=name)


def use_lately_data(found: UseLately) -> dict[str, object]:
    """Return the last minutes and hours of use, oldest first."""
    return {name: [_slice(slice_).to_json() for slice_ in getattr(found, name)] for name in ("minutes", "hours")}


def _slice(found: Slice) -> documents.Slice:
    return documents.Slice(found.at, found.active_users, found.page_views)
