"""The one query builder: who may name a rollup, and that every shape of it says the same."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from customers.models import Store
from dashboard.figures import movements
from dashboard.figures.movements import BUCKETS, SCOPE, STORE, STORES, WINDOW, WINDOWS, sums
from dashboard.figures.reading import rows
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.measures import FLOWS, ORDER_STATES, SHARE_MEASURES, STORE_MEASURES
from dashboard.metrics.rollups import LEDGER, ROLLUPS, rollup_by
from dashboard.models import Basis, MetricDelta
from tests.builders import a_store
from tests.dashboard.test_figures import a_busy_march

ROOT = Path(__file__).resolve().parents[2]
# Who writes them, what they are, and who measures them as tables.
APPS = ("customers", "orders", "dashboard", "reports", "dealport")
ALLOWED = ("dashboard/figures/movements.py", "dashboard/metrics/", "dashboard/models/")
# Lists of rows as rows; and how many of them wait, as a part of the database's state.
LISTED = {"dashboard/admin.py", "dashboard/caching/invalidation.py"}


def files_with(pattern: re.Pattern[str]) -> set[str]:
    """Return the product files, migrations aside, in which the pattern is found."""
    files = [file for app in APPS for file in ROOT.glob(f"{app}/**/*.py") if file.parent.name != "migrations"]
    assert len(files) > 300
    return {str(file.relative_to(ROOT)) for file in files if pattern.search(file.read_text())}


def test_nobody_but_the_query_builder_and_the_write_side_names_a_rollup_or_the_ledger() -> None:
    tables = re.compile("|".join([*(rollup.table for rollup in ROLLUPS), LEDGER]))
    found = files_with(tables)

    assert {name for name in found if not name.startswith(ALLOWED)} == set()


def test_the_models_of_rollups_and_ledger_are_used_by_the_named_files_alone() -> None:
    models = re.compile(r"\b(" + "|".join([*(rollup.model.__name__ for rollup in ROLLUPS), "MetricDelta"]) + r")\b")
    found = files_with(models)

    assert {name for name in found if not name.startswith(ALLOWED)} == LISTED


def test_the_tables_are_taken_from_the_declaration_by_the_named_files_alone() -> None:
    found = files_with(re.compile(r"\brollup_by\(|\bROLLUPS\b|\bLEDGER\b"))

    # which dimensions a figure has; the views of the SQL console
    assert {name for name in found if not name.startswith(ALLOWED)} == {
        "dashboard/figures/figure.py",
        "reports/sql/views.py",
    }
    assert "dashboard/figures/movements.py" in found


def fold_half() -> None:
    fold_once(batch=MetricDelta.objects.count() // 2)


@pytest.fixture(scope="module")
def traded(module_rows: None) -> tuple[Store, Store]:
    """Two stores with a March of every fate, nothing folded."""
    stores = a_store(), a_store(currency="NZD")
    for store in stores:
        a_busy_march(store)
    return stores


@pytest.fixture(params=[lambda: None, fold_half, fold_all], ids=["unfolded", "half folded", "folded"])
def busy(request: pytest.FixtureRequest, traded: tuple[Store, Store], db: None) -> tuple[Store, Store]:
    """The two stores, folded not at all, in part, or wholly."""
    fold: Callable[[], None] = request.param
    fold()
    return traded


SPANS = [
    (date(2026, 2, 1), date(2026, 4, 30)),  # whole months
    (date(2026, 2, 28), date(2026, 4, 1)),  # one whole month and a day at either end
    (date(2026, 3, 10), date(2026, 3, 10)),  # a day
    (date(2026, 3, 2), date(2026, 3, 30)),  # no whole month
    (date(2026, 2, 15), date(2026, 3, 15)),  # the end of one month and the beginning of the next
    (date(2026, 1, 1), date(2026, 12, 31)),  # a year
    (date(2025, 12, 31), date(2027, 1, 1)),  # a year and a day at either end
    (date(2025, 11, 15), date(2027, 2, 3)),  # a year, a month, and days at either end
    (date(2026, 1, 2), date(2027, 12, 31)),  # a year behind months and days
    (date(2025, 7, 1), date(2026, 6, 30)),  # twelve months, no whole year
    (date(1, 1, 1), date(9999, 12, 30)),  # everything
]


def by_day(store: Store, basis: str, dimension: str = "") -> Counter[tuple[str, date, object]]:
    """Return measure, day and part → sum, read a day at a time."""
    part = {"product": "product_id", "country": "country"}.get(dimension, "")
    measures = SHARE_MEASURES if dimension else STORE_MEASURES
    sql = movements.movements(STORE, measures, basis=basis, dimension=dimension)
    found: Counter[tuple[str, date, object]] = Counter()
    for row in rows(sql, store=store.pk, first=date(1, 1, 1), last=date(9999, 12, 30)):
        for name in measures:
            found[name, row["day"], row[part] if part else None] += row[name]
    return found


@pytest.mark.parametrize("basis", Basis.values)
@pytest.mark.parametrize("span", SPANS, ids=lambda span: f"{span[0]}..{span[1]}")
@pytest.mark.parametrize("up_to", ["month", "year"])
def test_whole_years_months_and_days_add_up_to_the_same(
    busy: tuple[Store, Store], basis: str, span: tuple[date, date], up_to: str
) -> None:
    for dimension in ("", "product"):
        measures = SHARE_MEASURES if dimension else STORE_MEASURES
        parameters = {"store": busy[0].pk, "first": span[0], "last": span[1]}
        by_days = rows(sums(STORE, measures, basis=basis, dimension=dimension), **parameters)
        longer = rows(sums(STORE, measures, basis=basis, dimension=dimension, up_to=up_to), **parameters)
        assert sorted(by_days, key=str) == sorted(longer, key=str)
        expected = sum(
            value
            for (name, day, _), value in by_day(busy[0], basis, dimension).items()
            if name == "orders" and span[0] <= day <= span[1]
        )
        assert sum(row["orders"] for row in by_days) == expected


@pytest.mark.parametrize("granularity", BUCKETS)
def test_buckets_begin_with_their_day_week_or_month(busy: tuple[Store, Store], granularity: str) -> None:
    parameters = {"store": busy[0].pk, "first": date(2026, 2, 1), "last": date(2026, 4, 30)}
    found = {
        row["bucket"]: row["orders"] for row in rows(sums(STORE, ("orders",), granularity=granularity), **parameters)
    }

    expected: Counter[date] = Counter()
    for (name, day, _), value in by_day(busy[0], "placed").items():
        start = {"daily": day, "weekly": day - timedelta(days=day.weekday()), "monthly": day.replace(day=1)}[
            granularity
        ]
        expected[start] += value if name == "orders" else 0
    assert found == dict(expected)


@pytest.mark.parametrize("dimension", ["", "product", "country"])
@pytest.mark.parametrize("basis", Basis.values)
def test_every_way_to_name_stores_and_days_says_the_same(busy: tuple[Store, Store], basis: str, dimension: str) -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    measures = SHARE_MEASURES if dimension else STORE_MEASURES
    one, other = busy

    def read(spans: movements.Spans, **parameters: object) -> list[dict[str, object]]:
        found = rows(sums(spans, measures, basis=basis, dimension=dimension), **parameters)
        return sorted(({k: v for k, v in row.items() if k not in dict(spans.keys)} for row in found), key=str)

    alone = {store: read(STORE, store=store.pk, first=first, last=last) for store in busy}
    both = sorted(alone[one] + alone[other], key=str)
    assert alone[one] == read(SCOPE, store=one.pk, first=first, last=last)
    assert both == read(SCOPE.by(id="id"), store=None, first=first, last=last)
    assert both == read(STORES, stores=[one.pk, other.pk], first=first, last=last)
    assert both == read(WINDOWS, stores=[one.pk, other.pk], firsts=[first] * 2, lasts=[last] * 2)
    named = {"stores": [one.pk], "currencies": [one.currency], "firsts": [first], "lasts": [last]}
    assert alone[one] == read(WINDOW, **named)
    assert (
        alone[one]
        == read(WINDOWS, stores=[one.pk, other.pk], firsts=[first, last], lasts=[last, first])[: len(alone[one])]
    )


def test_states_of_orders_are_known_by_order_day_alone(busy: tuple[Store, Store]) -> None:
    booked = by_day(busy[0], Basis.BOOKED)
    placed = by_day(busy[0], Basis.PLACED)

    def total(found: Counter[tuple[str, date, object]], name: str) -> Decimal | int:
        return sum(value for (measure, *_), value in found.items() if measure == name)

    assert {name: total(booked, name) for name in ORDER_STATES} == dict.fromkeys(ORDER_STATES, 0)
    assert total(placed, "canceled") == 1
    assert {name: total(booked, name) for name in FLOWS} == {name: total(placed, name) for name in FLOWS}


def test_a_rollup_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no rollup by week and country"):
        rollup_by("week", "country")
