"""Daily metrics of 200 stores in eight zones and two currencies, 30 days in the middle of 1,000,000 orders over two
years (41,000 of them fall into the 30 days): `aggregate` as the nightly job calls it ÷ the best single statement that
reads the same figures from orders, transactions and customers, both with writing their rows; the two statements
without writing; the days aggregated again, the comparison (`--check`), the look for missed days when there are none.
Every line of the two is compared before anything is timed. Then the time series as the endpoints compute them. Order
lines are left out: none of these figures is made of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import load, report
from benchmarks.aggregation_sql import EMPTY, LINES, SEED
from customers.actions import create_store
from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.figures import LINE
from dashboard.metrics import recount
from dealport.kit.day_range import DayRange
from reports.daily import aggregation
from reports.models import DailyMetrics
from reports.timeseries.data import overview_data, revenue_data
from reports.timeseries.timeline import Timeline

STORES = 200
ORDERS = 1_000_000
ROUNDS = 7
SHORT = {"STORES": 8, "ORDERS": 6_000, "ROUNDS": 1}  # fewer orders end before FIRST
ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo",
    "Pacific/Auckland", "Pacific/Pago_Pago",
)  # fmt: skip
FIRST, LAST = date(2025, 6, 1), date(2025, 6, 30)
DAYS = {"first": FIRST, "last": LAST}
INSERT = f"INSERT INTO daily_metrics ({', '.join(LINE)}, computed_at, standings_at) SELECT *, now(), now() FROM"
APPEND_ONLY_OFF = "SET LOCAL session_replication_role = replica"
"""No trigger runs in this transaction: history may be emptied."""
READS = (overview_data, revenue_data)
SPANS = {days: (load.LAST_DAY - timedelta(days=days - 1), load.LAST_DAY) for days in (30, 365, 1096)}

Timings = Mapping[str, list[float]]


def main() -> None:
    """Fill the stores, compare the figures, time them in turns."""
    stores = filled()
    spans = figures.closed_days(Store.objects.all(), timezone.now())
    wanted = [span.store_id for span in spans]
    compare(spans, wanted)
    lines, parameters = figures.daily_lines(spans, DayRange(FIRST, LAST), wanted)
    found = in_turns(
        {
            "aggregate": (forget, partial(aggregation.aggregate, DayRange(FIRST, LAST))),
            "orders, written": (forget, partial(run, f"{INSERT} ({LINES}) AS line", DAYS)),
            "orders, read": (None, partial(run, LINES, DAYS)),
            "rollups, read": (None, partial(run, lines, parameters)),
            "aggregate again": (None, partial(aggregation.aggregate, DayRange(FIRST, LAST))),
            "--check": (None, check),
        }
    )
    report_aggregation(found)
    report.progress("catching up on missed days")
    seconds = report.seconds_of(aggregation.aggregate_due)
    idle = median(report.seconds_of(aggregation.aggregate_due) for _ in range(ROUNDS))
    report.say(
        f"missed days caught up: {DailyMetrics.objects.count():,} rows in {seconds:.1f} s; "
        f"looking for some when there are none: {idle * 1000:.0f} ms\n"
    )
    report_series(stores[0])


def filled() -> list[Store]:
    """Return the stores with their orders, payments, refunds, customers and credits, and everything counted."""
    with transaction.atomic():
        run(APPEND_ONLY_OFF, {})
        for statement in EMPTY:
            run(statement, {"orders": ORDERS})
    report.progress(f"loading {ORDERS:,} orders of {STORES} stores")
    stores = [
        create_store(
            slug=f"metrics-{number}", name=f"Metrics {number}", timezone=ZONES[number % len(ZONES)],
            currency="GBP" if number % 4 else "EUR", actor=None,
        )
        for number in range(STORES)
    ]  # fmt: skip
    parameters: dict[str, object] = {
        "first_store": stores[0].pk, "stores": STORES, "from": load.FIRST_DAY,
        "seconds": ((load.LAST_DAY - load.FIRST_DAY).days + 1) * 86_400,
    }  # fmt: skip
    for first in range(0, ORDERS, load.CHUNK):
        report.progress(f"  {first:,}")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(APPEND_ONLY_OFF)  # and foreign keys are not checked row by row
            for statement in SEED:
                last = min(first + load.CHUNK, ORDERS) - 1
                cursor.execute(statement, {**parameters, "first": first, "last": last})
    load.settle()
    report.progress("recounting")
    for store in stores:
        recount.correct(store)
    load.settle()
    return stores


def compare(spans: list[figures.StoreSpan], wanted: list[int]) -> None:
    """Raise AssertionError unless both ways yield the same lines."""
    counted = {(row["store_id"], row["day"], row["currency"]): row for row in rows_of(LINES)}
    known = figures.daily_figures(spans, DayRange(FIRST, LAST), wanted)
    assert len(known) == len(counted)
    for line in known:
        row = counted[line.store_id, line.day, line.currency]
        assert json.loads(row.pop("sales_by_country")) == line.sales_by_country, line
        assert all(line.value(name) == value for name, value in row.items() if name != "store_id"), (line, row)


def check() -> None:
    """Compare the rows of the days with the figures. Raises AssertionError if any differs."""
    assert not list(aggregation.differences(DayRange(FIRST, LAST)))


def rows_of(sql: str) -> list[dict[str, Any]]:
    """Return the rows of a statement over DAYS."""
    with connection.cursor() as cursor:
        cursor.execute(sql, DAYS)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def run(sql: str, parameters: Mapping[str, Any]) -> None:
    """Run a statement and take its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        if cursor.description:
            cursor.fetchall()


def forget() -> None:
    """Delete the rows of the days, and what deleting them left behind."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM daily_metrics WHERE day BETWEEN %(first)s AND %(last)s", DAYS)
        cursor.execute("VACUUM daily_metrics")


def in_turns(actions: Mapping[str, tuple[Callable[[], object] | None, Callable[[], object]]]) -> Timings:
    """Time each action in turn, ROUNDS times after one that is not kept; what comes first in a pair is not timed."""
    found: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(ROUNDS + 1):
        for name, (prepare, action) in actions.items():
            if prepare:
                prepare()
            seconds = report.seconds_of(action)
            if number:
                found[name].append(seconds)
    return found


def report_aggregation(found: Timings) -> None:
    """Print the median of each, and their ratios to the two statements over the orders."""
    rows = [
        (
            name, median(seconds) * 1000, report.paired_ratio(seconds, found["orders, written"]),
            report.paired_ratio(seconds, found["orders, read"]),
        )
        for name, seconds in found.items()
    ]  # fmt: skip
    ratio = report.paired_ratio(found["aggregate"], found["orders, written"])
    report.result("aggregation", "time of the nightly job ÷ one statement over the orders", ratio)
    report.say(f"{(LAST - FIRST).days + 1} days × {STORES} stores, {ORDERS:,} orders")
    report.table(("", "p50 ms", "÷ orders, written", "÷ orders, read"), rows)


def report_series(store: Store) -> None:
    """Print how long a time series takes, by days of one store and of all."""
    rows = []
    for days, (first, last) in SPANS.items():
        for scope, chosen in (("one store", StoreScope(store)), (f"{STORES} stores", ALL_STORES)):
            for granularity in figures.GRANULARITIES:
                asked = Timeline(
                    chosen, DayRange(first, last), granularity, date(2026, 1, 1), "placed", "previous_year"
                )
                seconds = [[report.seconds_of(partial(read, asked)) for _ in range(ROUNDS)] for read in READS]
                rows.append((f"{days:,} days, {scope}, {granularity}", *(median(part) * 1000 for part in seconds)))
    report.table(("time series, uncached", "overview p50 ms", "revenue + year before p50 ms"), rows)
