"""A store's snapshot with all that stands beside it, as the pages show it; of many stores as of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from customers.models import Store
from dashboard import figures
from dashboard.answers import highlights
from dashboard.answers.snapshot import read_snapshots
from dashboard.caching.cache import Answer, State
from dashboard.figures import Document, shown_in
from dashboard.figures.comparisons import NONE, SAME_WEEKDAYS, Compared, compared_with
from dashboard.figures.periods import Period
from dashboard.figures.weekly import week_of
from dashboard.models import Verification
from dashboard.pages import period_picker
from dashboard.pages.tiles import Tile, against, compared_tile, span_query
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json

FIGURES = [figure for figure in shown_in(Document.SNAPSHOT).values() if not figure.is_of_now]
OF_NOW = [figure for figure in shown_in(Document.SNAPSHOT).values() if figure.is_of_now]


@dataclass(frozen=True)
class Freshness:
    """The moment that everything shown is true for at least, and the worst cache status."""

    as_of: datetime
    state: State

    def on(self, response: HttpResponse) -> HttpResponse:
        """Set X-Cache on a page's response, as the API does; metrics count reads by it."""
        response.headers["X-Cache"] = str(self.state)
        return response


def freshness(answers: Iterable[Answer]) -> Freshness:
    """Return the oldest moment of some answers and the worst state."""
    known = list(answers)
    states = {answer.state for answer in known}
    worst = next(state for state in (State.STALE, State.MISS, State.HIT) if state in states)
    return Freshness(min(answer.entry.as_of for answer in known), worst)


@dataclass(frozen=True)
class Card:
    """What a page shows of a store: the snapshot and its tiles, the running week, the best products and countries."""

    store: Store
    data: Json
    tiles: list[Tile]
    standings: list[Tile]
    week: Json
    products: list[Json]
    countries: list[Json]
    usage: list[Json]
    period: Period
    freshness: Freshness
    check: Verification | None
    last_month: date | None
    against: Json | None

    @property
    def query(self) -> str:
        """The query string of the snapshot's days."""
        return period_picker.query(self.period)

    @property
    def sales(self) -> list[Decimal]:
        """The sales of the snapshot's days, oldest first."""
        return [day["sales"] for day in reversed(self.usage)]


def cards(stores: Sequence[Store], compare: str = NONE) -> list[Card]:
    """Return the card of each store: a fixed number of round trips and statements for any number of stores."""
    if not stores:
        return []
    keys = [store.pk for store in stores]
    snapshots = read_snapshots(stores, compare=compare)
    beside = [read(stores) for read in (highlights.running_weeks, highlights.best_products, highlights.best_countries)]
    checks, months = figures.latest_verifications(keys), figures.last_months_with_orders(keys)
    return [
        _card(
            store, [answers[store.pk] for answers in (snapshots, *beside)], checks.get(store.pk), months.get(store.pk)
        )
        for store in stores
    ]


def _card(store: Store, answers: Sequence[Answer], check: Verification | None, last_month: date | None) -> Card:
    data, week, products, countries = (answer.data() for answer in answers)
    return Card(
        store=store,
        data=data,
        tiles=[compared_tile(data, figure) for figure in FIGURES],
        standings=[compared_tile(data, figure) for figure in OF_NOW],
        week=_week(week),
        products=products["products"],
        countries=countries["countries"],
        usage=usage(data),
        period=period_of(data),
        freshness=freshness(answers),
        check=check,
        last_month=last_month,
        against=against(data["comparison"]),
    )


def _week(week: Json) -> Json:
    """Return the running week with moments as such; its days that have not begun are marked `isToCome`."""
    until = datetime.fromisoformat(week["comparedUntil"]).astimezone(ZoneInfo(week["timezone"]))
    whole = week_of(until.date())
    now, before = Compared(DayRange(whole.first, until.date()), until), compared_with(whole, SAME_WEEKDAYS, until)
    days = [
        {
            **day,
            "day": (of_day := date.fromisoformat(day["date"])),
            "isToCome": of_day > until.date(),
            "query": span_query(now.of(DayRange.of_day(of_day))),
            "query_before": span_query(before.of(DayRange.of_day(date.fromisoformat(day["previous"]["date"])))),
        }
        for day in week["days"]
    ]
    queries = {"query": span_query(now), "query_before": span_query(before)}
    return {**week, "comparedUntil": until, "days": days, **queries}


def usage(data: Json) -> list[Json]:
    """Return the days of a snapshot newest first, with dates as dates."""
    days = [{**day, "date": date.fromisoformat(day["date"])} for day in data["usage"]]
    return days[::-1]


def period_of(data: Json) -> Period:
    """Return the days of a snapshot."""
    return Period(date.fromisoformat(data["from"]), date.fromisoformat(data["to"]))
