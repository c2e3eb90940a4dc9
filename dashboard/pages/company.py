"""All stores, as the pages show them; and what each store adds to a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext
from rest_framework import serializers

from customers.models import Store
from customers.scopes import ALL_STORES
from dashboard import figures
from dashboard.answers import highlights
from dashboard.answers.snapshot import company_days, read_snapshot
from dashboard.api.inputs import PageQuery, compare_parameter
from dashboard.figures import CheckedStores, Document, Figure, Quantities, shown_in
from dashboard.figures.before import Comparison, comparison_of, quantities_before
from dashboard.figures.comparisons import NONE, SAME_WEEKDAYS, Compared, minute_text
from dashboard.figures.periods import Period
from dashboard.figures.weekly import week_of
from dashboard.figures.windows import Window
from dashboard.pages.cards import Freshness, freshness, period_of, usage
from dashboard.pages.tiles import Tile, against, change_text, compared_tile, span_query
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.rest.fields import MomentField
from dealport.kit.rest.queries import ChoiceParameter
from dealport.kit.values import FieldValues, Json

COUNTED = [figure for figure in shown_in(Document.SNAPSHOT).values() if not figure.is_money]
METRICS = {figure.name: figure for figure in shown_in(Document.SNAPSHOT).values()}
RECENT, WEEK = "recent", "week"
"""The days of a figure of all stores: those of the snapshot, or the week that runs."""


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
    query_before: str

    @property
    def busy(self) -> list[dict[str, object]]:
        """The currencies in which anything was sold."""
        return [line for line in self.lines if line["best"]]


def company_card(compare: str) -> CompanyCard:
    """Return all stores together, one line per currency: amounts, the running week, the best products and countries."""
    snapshot, bests = read_snapshot(ALL_STORES, None, compare), highlights.best_together()
    answers = snapshot, highlights.weeks_together()
    data, weeks, best = (answer.data() for answer in (*answers, bests))
    by_currency = {week["currency"]: {**week, **_opens(week, weeks["computedAt"])} for week in weeks["weeks"]}
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
        query_before=urlencode({"compare": compare, "asOf": minute_text(datetime.fromisoformat(data["computedAt"]))}),
    )


def _opens(week: Json, computed_at: str) -> dict[str, str]:
    """Return the queries that open the running week of a currency and the part of the week before, without a figure."""
    query = {
        "days": WEEK,
        "currency": week["currency"],
        "asOf": minute_text(datetime.fromisoformat(computed_at)),
    }
    return {
        "query": f"?{urlencode(query)}",
        "query_before": f"?{urlencode({**query, 'compare': SAME_WEEKDAYS})}",
    }


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
    """A figure of all stores and what each store adds to it, the largest first, with the query that opens its part.

    `parts` have a store, what it adds, and the query of its days.
    """

    metric: str
    definition: Figure
    currency: str
    value: Decimal
    parts: list[tuple[Store, Decimal, str]]
    period: Period
    as_of: datetime


class StoresExplainQuery(PageQuery):
    """Parameters of the page that shows what each store adds to a figure.

    `days` are the last ones, or each store's running week up to the minute of `asOf`; with `compare` those that they
    are compared with.
    """

    metric = ChoiceParameter(METRICS, required=True)
    currency = serializers.CharField(required=False)
    days = ChoiceParameter((RECENT, WEEK), default=RECENT)
    compare = compare_parameter(NONE)
    asOf = MomentField(required=False)

    def validate(self, attrs: FieldValues) -> FieldValues:
        """Return the values. Raises ValidationError naming what does not fit the other parameters."""
        is_recent, is_compared = attrs["days"] == RECENT, attrs["compare"] != NONE
        if "asOf" in attrs and is_recent and not is_compared:
            raise invalid("asOf", gettext("Leave it out, or enter compare."))
        if METRICS[attrs["metric"]].is_of_now:
            if is_compared:
                raise invalid("compare", gettext("Leave it out: a current value is compared with nothing."))
            if not is_recent:
                raise invalid("days", gettext("Leave it out: a current value is of no days."))
        if METRICS[attrs["metric"]].is_money and not attrs.get("currency"):
            raise invalid("currency", gettext("Enter a currency for an amount: currencies are never added up."))
        return super().validate(attrs)


def open_together(values: FieldValues) -> OpenedTogether:
    """Read a figure store by store, of all or those of a `currency`, as StoresExplainQuery has it.

    The last day of what is compared, and of a week, is cut off at the minute of `asOf`, by default now. Raises
    ValidationError naming a `currency` in which no store sells.
    """
    figure, currency, now = METRICS[values["metric"]], values.get("currency", ""), values.get("asOf", timezone.now())
    with figures.consistent_read() as as_of:
        stores = list(Store.objects.order_by("name", "pk"))
        if currency:
            stores = [store for store in stores if store.currency == currency]
            if not stores:
                raise invalid("currency", gettext("Enter a currency that one of the stores sells in."))
        recent = company_days(now, ALL_STORES.zones())
        spans = _spans(stores, values, recent, now)
        parts = _parts(stores, spans) if spans else figures.shares_of_stores(stores, recent)
    spans = spans or dict.fromkeys(stores, Compared(recent))
    shares = [
        (store, Decimal(figure.share(part)), span_query(spans[store]))
        for store, part in zip(stores, parts, strict=True)
    ]
    whole = {name: sum(part[name] for part in parts) for name in figure.inputs}
    return OpenedTogether(
        metric=figure.name,
        definition=figure,
        currency=currency,
        value=Decimal(figure.value(whole, currency)),
        parts=sorted((part for part in shares if part[1]), key=lambda part: -part[1]),
        period=Period(*ends_of(spans.values(), recent)),
        as_of=as_of,
    )


def _spans(stores: Sequence[Store], values: FieldValues, recent: DayRange, now: datetime) -> dict[Store, Compared]:
    """Return the days that are read of each store, none where they are the `recent` ones."""
    minutes = {store: now.astimezone(store.zone).replace(second=0, microsecond=0) for store in stores}
    days = {store: recent if values["days"] == RECENT else week_of(minutes[store].date()) for store in stores}
    if comparison := comparison_of([Window(*one) for one in days.items()], values["compare"], now):
        return {**comparison.stores}
    if values["days"] == RECENT:
        return {}
    return {store: Compared(DayRange(days[store].first, minute.date()), minute) for store, minute in minutes.items()}


def _parts(stores: Sequence[Store], spans: Mapping[Store, Compared]) -> list[Quantities]:
    found = quantities_before(Comparison(NONE, spans))
    return [found[store] for store in stores]


def ends_of(spans: Iterable[Compared], days: DayRange) -> tuple[date, date]:
    """Return the first and last day of some spans, those of `days` where there are none."""
    found = [span.days for span in spans] or [days]
    return min(one.first for one in found), max(one.last for one in found)
