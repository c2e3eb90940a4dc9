"""All shops together, as the pages show them; and what each shop adds to a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.actions import average
from customers.models import Store
from dashboard import figures
from dashboard.answers import highlights
from dashboard.answers.payloads import camel_case
from dashboard.answers.snapshot import company_days, read_snapshot
from dashboard.definitions import Definition
from dashboard.figures import CheckedStores, Part
from dashboard.figures.periods import Period
from dashboard.pages.cards import DEFINITIONS, Freshness, Tile, freshness, period_of, tile, usage
from dealport.kit.errors import invalid

COUNTED = (
    "total_orders", "total_completed_orders", "pending_orders", "canceled_orders", "total_expired_orders",
    "total_refunded_orders", "total_customers", "new_customers", "active_subscriptions",
)  # fmt: skip
METRICS = {camel_case(name): name for name in DEFINITIONS if not name.startswith("orders_")}


@dataclass(frozen=True)
class CompanyCard:
    """What a page shows of all shops together."""

    data: dict[str, Any]
    tiles: list[Tile]
    lines: list[dict[str, Any]]
    usage: list[dict[str, Any]]
    period: Period
    freshness: Freshness
    best: Freshness
    checked: CheckedStores

    @property
    def busy(self) -> list[dict[str, Any]]:
        """The currencies in which anything was sold."""
        return [line for line in self.lines if line["best"]]


def company_card() -> CompanyCard:
    """Return all shops together, one line per currency: amounts, the running week, the best products and countries."""
    answers, bests = (read_snapshot(None, None), highlights.weeks_together()), highlights.best_together()
    data, weeks, best = (answer.data() for answer in (*answers, bests))
    by_currency = {week["currency"]: week for week in weeks["weeks"]}
    best_of = {line["currency"]: line for line in best["currencies"]}
    return CompanyCard(
        data=data,
        tiles=[tile(data, name) for name in COUNTED],
        lines=[
            {**line, "week": by_currency.get(line["currency"]), "best": best_of.get(line["currency"])}
            for line in data["currencies"]
        ],
        usage=usage(data),
        period=period_of(data),
        freshness=freshness(answers),
        best=freshness([bests]),
        checked=figures.checked_stores(),
    )


@dataclass(frozen=True)
class OpenedTogether:
    """A figure of all shops and what each shop adds to it, the largest first."""

    metric: str
    definition: Definition
    currency: str
    value: Decimal
    parts: list[tuple[Store, Decimal]]
    period: Period
    as_of: Any


def open_together(params: Mapping[str, str]) -> OpenedTogether:
    """Read a figure of all shops, shop by shop. Raises ValidationError naming `metric`, or `currency` of an amount."""
    name = METRICS.get(params.get("metric", ""))
    if name is None:
        raise invalid("metric", f"must be one of {', '.join(METRICS)}")
    definition, currency = DEFINITIONS[name], params.get("currency", "")
    if definition.is_money != bool(currency):
        raise invalid("currency", "is needed for amounts and for nothing else: they are never added across currencies")
    with figures.snapshot() as as_of:
        first, last = company_days(timezone.now(), figures.time_zones(None))
        stores = list(Store.objects.order_by("name", "pk"))
        if currency:
            stores = [store for store in stores if store.currency == currency]
            if not stores:
                raise invalid("currency", "must be one that a shop sells in")
        parts = figures.parts_of_company(stores, first, last)
    shares = [(store, _share(part, name)) for store, part in zip(stores, parts, strict=True)]
    value = sum((share for _, share in shares), Decimal(0))
    if name == "average_ticket":
        value = average(value, sum(part.counts["completed"] for part in parts))
    return OpenedTogether(
        metric=camel_case(name),
        definition=definition,
        currency=currency,
        value=value,
        parts=sorted((part for part in shares if part[1]), key=lambda part: -part[1]),
        period=Period("custom", first, last),
        as_of=as_of,
    )


def _share(part: Part, name: str) -> Decimal:
    """Return what a shop adds to a figure; to the average its sales."""
    if name in ("total_sales", "average_ticket"):
        return part.total_sales
    if hasattr(part, name):
        return Decimal(getattr(part, name))
    return Decimal(part.counts[name.removeprefix("total_").removesuffix("_orders")])
