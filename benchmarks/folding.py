"""Folding 100,000 waiting ledger rows (one store, three days, 500 products) in batches: rows/s of `fold_once` in a
loop ÷ the bare fold statement in a loop over psycopg, without lock, transaction block or Django. "growing" is what the
worker does with a backlog: batches from 5,000 up to 80,000.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

import psycopg
from django.db import connection

from benchmarks import load, report
from customers.models import Store
from dashboard.metrics import folding
from dashboard.models import MetricDelta

ROWS = 100_000
BATCHES = (1_000, 5_000, 100_000)
ROUNDS = 3
SHORT = {"ROWS": 2_000, "BATCHES": (500, 1_000), "ROUNDS": 1}

_FILL = """
INSERT INTO dashboard_metricdelta (
    store_id, order_day, event_day, product_id, country, coupon_code, payment_code, channel, order_hour, event_hour,
    sales, orders, completed, refunded, expired, with_coupon,
    pending, canceled, customers, new_customers, created_at
)
SELECT %s, date '2025-06-01' + g * 7 %% 3, date '2025-06-03',
    CASE WHEN g %% 3 > 0 THEN g * 79 %% 500 END, (ARRAY['GB', 'DE', 'FR'])[1 + g %% 3],
    CASE WHEN g %% 4 = 0 THEN 'CODE' || g %% 20 ELSE '' END, (ARRAY['CARD', 'PAYPAL', 'INVOICE'])[1 + g * 7 %% 3],
    (ARRAY['web', 'pos'])[1 + g * 5 %% 2], g * 11 %% 24, g * 13 %% 24, 10, 1,
    (g %% 3 = 0)::int, 0, 0, 0, 0, 0, 0, 0, now()
FROM generate_series(1, %s) AS g
"""


def main() -> None:
    """Alternate the two for each size of batch."""
    store = load.make_store("folding")
    rows: list[tuple[object, ...]] = []
    for batch in BATCHES:
        report.progress(f"batches of {batch:,}, {ROUNDS} × 2 runs over {ROWS:,} rows")
        product, bare = [], []
        for _ in range(ROUNDS):
            product.append(rate(store, partial(fold_evenly, batch)))
            bare.append(rate(store, partial(fold_bare, batch)))
        ratio = report.paired_ratio(product, bare)
        rows.append((f"{batch:,}", median(product), median(bare), ratio))
        report.result("folding", f"batches of {batch:,}, rows/s ÷ the bare statement", ratio, "≥ 0.90")
    growing = [rate(store, folding.fold_all) for _ in range(ROUNDS)]
    rows.append(("growing", median(growing), "", ""))
    report.table(("rows a batch", "fold_once rows/s", "bare statement rows/s", "ratio"), rows)


def rate(store: Store, fold: Callable[[], object]) -> float:
    """Return rows/s of folding ROWS freshly committed rows."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM dashboard_metricdelta")
        cursor.execute(_FILL, [store.pk, ROWS])
    seconds = report.seconds_of(fold)
    assert not MetricDelta.objects.exists()
    return ROWS / seconds


def fold_evenly(batch: int) -> None:
    """Fold batches of one size until less was waiting."""
    while folding.fold_once(batch).rows == batch:
        pass


def fold_bare(batch: int) -> None:
    """Run the statement until it finds nothing."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters[name] for name in names}, autocommit=True) as server:
        while (folded := server.execute(folding.FOLD, [batch]).fetchone()) and folded[0]:
            pass
