"""What the page of a product shows besides the form: sales by month, margin, history of price and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from customers.auditing import history_of
from dashboard.figures.movements import STORE, sums
from dashboard.figures.periods import MAX_DAYS
from dashboard.figures.reading import rows
from dashboard.figures.shares import product_figures
from dashboard.models import Basis
from dashboard.pages import period_picker
from dealport.kit.dates import FIRST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.formats import money_text
from dealport.kit.values import Json
from orders.models import Product, StockMovement
from orders.models.stock import StockMovementQuerySet

register = template.Library()
MONTHS = 12
CHANGES = 20
PRICES = ("price", "cost_price", "compare_at_price")


@dataclass(frozen=True)
class Change:
    """One change of a price: from, to, when, who."""

    at: datetime
    what: str
    before: str
    after: str
    who: str


@register.inclusion_tag("admin/orders/product/_sales.html", takes_context=True)
def product_sales(context: Json, product: Product) -> Json:
    """Show sales, units and orders of the last MONTHS months, read from the rollups; one statement.

    One more for those of the days that the address names (`startDate`, `endDate`, `basis`).
    """
    query = context["request"].GET
    days, basis = _days(query), Basis.BOOKED if query.get("basis") == Basis.BOOKED else Basis.PLACED
    today = timezone.now().astimezone(product.store.zone).date()
    months = _months(today)
    sql = sums(
        STORE,
        ("sales", "orders", "units_sold", "units_returned"),
        granularity="monthly",
        dimension="product",
        up_to="month",
    )
    parameters = {"store": product.store_id, "first": months[0], "last": today, "product": product.pk}
    found = {
        row["bucket"]: row for row in rows(f"SELECT * FROM ({sql}) AS s WHERE product_id = %(product)s", **parameters)
    }
    lines = [
        {
            "month": month,
            "sales": found[month]["sales"] if month in found else Decimal(0),
            "orders": found[month]["orders"] if month in found else 0,
            "units": found[month]["units_sold"] - found[month]["units_returned"] if month in found else 0,
        }
        for month in months
    ]
    return {
        "product": product,
        "currency": product.store.currency,
        "days": days and period_picker.title(period_picker.period_of(days)),
        "days_query": days and period_picker.query(period_picker.period_of(days), basis),
        "sold": days and product_figures(product, days, basis),
        "lines": lines[::-1],
        "bars": [line["sales"] for line in lines],
        "sales": sum((line["sales"] for line in lines), Decimal(0)),
        "units": sum(line["units"] for line in lines),
        "orders": sum(line["orders"] for line in lines),
    }


@register.inclusion_tag("admin/orders/product/_history.html")
def product_history(product: Product) -> Json:
    """Show the margin, and who changed price and stock lately from what to what; two or three statements."""
    changes = [
        Change(entry.at, name.replace("_", " "), _shown(product, before), _shown(product, after), who)
        for entry in history_of(product)[: 5 * CHANGES]
        if (who := entry.actor_label or gettext("System"))
        for name, (before, after) in entry.changes.items()
        if name in PRICES
    ]
    margin = None
    if product.cost_price is not None and product.price:
        margin = {
            "amount": product.price - product.cost_price,
            "share": (product.price - product.cost_price) * 100 / product.price,
        }
    return {
        "product": product,
        "currency": product.store.currency,
        "zone": product.store.zone,
        "margin": margin,
        "prices": changes[:CHANGES],
        "movements": _movements(product).select_related("order", "product").with_person()[:CHANGES],
    }


def _movements(product: Product) -> StockMovementQuerySet:
    """Return the changes of the stock of a product, or of its variants: where it has some, they have the stock."""
    variants = Product.objects.filter(parent=product).values_list("pk", flat=True) if product.has_variants else ()
    return StockMovement.objects.filter(product__in=[product.pk, *variants])


def _days(query: Mapping[str, str]) -> DayRange | None:
    """Return the days an address names; None where it names none, or none that there are."""
    try:
        days = DayRange(*(date.fromisoformat(query.get(name, "")) for name in ("startDate", "endDate")))
    except ValueError:
        return None
    return days if 0 < days.count <= MAX_DAYS and days.first.year >= FIRST_YEAR else None


def _months(today: date) -> list[date]:
    """Return the first days of the last MONTHS months, oldest first."""
    number = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(number - MONTHS + 1, number + 1)]


def _shown(product: Product, value: object) -> str:
    if value is None:
        return gettext("none")
    return money_text(Decimal(str(value)), product.store.currency)
