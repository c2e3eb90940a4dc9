"""All stores, as the pages show them; and what each store adds to a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext
from rest_framework import serializers

from customers.models import Store
from customers.scopes import ALL_STORES
from dashboard import figures
from dashboard.answers import highlights
from dashboard.answers.snapshot import company_days, read_snapshot
from dashboard.api.inputs import PageQuery
from dashboard.figures import CheckedStores, Document, Figure, shown_in
from dashboard.figures.periods import Period
from dashboard.pages.cards import Freshness, freshness, period_of, usage
from dashboard.pages.tiles import Tile, against, change_text, compared_tile
from dealport.kit.errors import invalid
from dealport.kit.rest.queries import ChoiceParameter
from dealport.kit.values import Json

COUNTED = [figure for figure in shown_in(Document.SNAPSHOT).values() if not figure.is_money]
METRICS = {figure.name: figure for figure in shown_in(Document.SNAPSHOT).values()}


@dataclass(frozen=True)
class CompanyCard:
    """What a page shows of all stores together."""

    data: Json
    tiles: list[Tile]
    lines: list[Json]
    usage: list[Json]
    period: Period
    freshness: Freshness
    best: Freshness
    checked: CheckedStores
    against: Json | None

    @property
    def busy(self) -> list[dict[str, object]]:
        """The currencies in which anything was sold."""
        return [line for line in self.lines if line["best"]]


def company_card(compare: str) -> CompanyCard:
    """Return all stores together, one line per currency: amounts, the running week, the best products and countries."""
    snapshot, bests = read_snapshot(ALL_STORES, None, compare), highlights.best_together()
    answers = snapshot, highlights.weeks_together()
    data, weeks, best = (answer.data() for answer in (*answers, bests))
    by_currency = {week["currency"]: week for week in weeks["weeks"]}
    best_of = {line["currency"]: line for line in best["currencies"]}
    before = _before(data["comparison"])
    return CompanyCard(
        data=data,
        tiles=[compared_tile(data, figure) for figure in COUNTED],
        lines=[
            {
                **line,
                "week": by_currency.get(line["currency"]),
                "best": best_of.get(line["currency"]),
                "before": before.get(line["currency"]),
            }
            for line in data["currencies"]
        ],
        usage=usage(data),
        period=period_of(data),
        freshness=freshness(answers),
        best=freshness([bests]),
        checked=figures.checked_stores(),
        against=against(data["comparison"]),
    )


def _before(comparison: Json | None) -> Json:
    """Return by currency what its amounts were and how they changed, in words."""
    lines = comparison["currencies"] if comparison else ()
    return {
        line["currency"]: {
            "figures": line["figures"],
            "change": {name: change_text(value) for name, value in line["change"].items()},
        }
        for line in lines
    }


@dataclass(frozen=True)
class OpenedTogether:
    """A figure of all stores and what each store adds to it, the largest first."""

    metric: str
    definition: Figure
    currency: str
    value: Decimal
    parts: list[tuple[Store, Decimal]]
    period: Period
    as_of: datetime


class StoresExplainQuery(PageQuery):
    """Parameters of the page that shows what each store adds to a figure."""

    metric = ChoiceParameter(METRICS, required=True)
    currency = serializers.CharField(required=False)


def open_together(metric: str, currency: str) -> OpenedTogether:
    """Read a figure of all stores, store by store. Raises ValidationError naming the `currency` of an amount."""
    figure = METRICS[metric]
    if figure.is_money != bool(currency):
        raise invalid(
            "currency", gettext("Enter a currency for an amount, and only then: currencies are never added up.")
        )
    with figures.consistent_read() as as_of:
        days = company_days(timezone.now(), ALL_STORES.zones())
        stores = list(Store.objects.order_by("name", "pk"))
        if currency:
            stores = [store for store in stores if store.currency == currency]
            if not stores:
                raise invalid("currency", gettext("Enter a currency that one of the stores sells in."))
        parts = figures.shares_of_stores(stores, days)
    shares = [(store, Decimal(figure.share(part))) for store, part in zip(stores, parts, strict=True)]
    whole = {name: sum(part[name] for part in parts) for name in figure.inputs}
    return OpenedTogether(
        metric=figure.name,
        definition=figure,
        currency=currency,
        value=Decimal(figure.value(whole, currency)),
        parts=sorted((part for part in shares if part[1]), key=lambda part: -part[1]),
        period=Period(days.first, days.last),
        as_of=as_of,
    )
