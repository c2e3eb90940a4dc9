"""Folding: moving waiting ledger rows into the rollups, exactly once."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from dashboard.caching.invalidation import figures_changed
from dashboard.metrics.rollups import KINDS, LEDGER, ROLLUPS
from dealport.kit.errors import Busy

logger = logging.getLogger(__name__)
FOLD_LOCK = 0x6465616C  # "deal": the transaction-level advisory lock of everything that writes rollups
LOCK_SECONDS = 180
"""How long a repair, a rebuild or an import waits for it: a frozen holder is ended after a minute (idle time-out)."""
BATCH = 5_000
LARGEST_BATCH = 80_000
VACUUM_ROWS = 2_000

_MOVEMENTS = ", ".join(f"{kind.name} AS ({kind.of_rows('batch')})" for kind in KINDS)
_UPSERTS = ", ".join(f"rollup_{index} AS ({rollup.upsert(rollup.kind.name)})" for index, rollup in enumerate(ROLLUPS))

# One statement: the rows leave the ledger and arrive in every rollup together or not at all. Rows of transactions
# that are still open are invisible here and stay; nothing is judged by its id.
# ARRAY picks the rows once; behind IN a nested loop picks anew for every row and takes more than the batch.
FOLD = f"""
WITH batch AS (
    DELETE FROM {LEDGER} WHERE id = ANY(ARRAY(
        SELECT id FROM {LEDGER} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )) RETURNING *
),
{_MOVEMENTS},
{_UPSERTS}
SELECT count(*), coalesce(array_agg(DISTINCT store_id), '{{}}') FROM batch
"""
COUNT = """
INSERT INTO dashboard_foldtotals AS totals (id, folds, rows, seconds) VALUES (1, 1, %s, %s)
ON CONFLICT (id) DO UPDATE
SET folds = totals.folds + 1, rows = totals.rows + excluded.rows, seconds = totals.seconds + excluded.seconds
"""


class FoldLockTaken(Busy):
    """Another repair, rebuild or import holds the fold lock for longer than LOCK_SECONDS; nothing was changed."""

    default_detail = f"Another repair or import has been writing the figures for {LOCK_SECONDS} s. Try again later."


def take_fold_lock() -> None:
    """Take the fold lock for the rest of the transaction; a wait is logged. Raises FoldLockTaken after LOCK_SECONDS."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), current_setting('lock_timeout')", [FOLD_LOCK])
        is_taken, lock_timeout = cursor.fetchone()
        if is_taken:
            return
        logger.warning("the fold lock is taken; waiting for it for up to %s s", LOCK_SECONDS)
        try:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise FoldLockTaken from error
            raise
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [lock_timeout])


@dataclass(frozen=True)
class Folded:
    """What one fold did: rows folded and the ids of the stores whose figures they moved."""

    rows: int
    stores: frozenset[int]


def fold_once(batch: int = BATCH) -> Folded:
    """Fold up to `batch` rows in one transaction; nothing if somebody else is folding at the moment."""
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return Folded(0, frozenset())
        cursor.execute(FOLD, [batch])
        rows, stores = cursor.fetchone()
        if rows:
            cursor.execute(COUNT, [rows, time.perf_counter() - began])
            # whoever changed the figures may not have reached the cache: this is noted until somebody has
            figures_changed(sorted(stores))
        return Folded(rows, frozenset(stores))


def fold_all(batch: int = BATCH) -> Folded:
    """Fold until less than a full batch was waiting; return the sum.

    A backlog is folded in growing batches: each statement scans all that waits, and a bucket is written once a batch.
    """
    rows, stores = 0, frozenset[int]()
    while True:
        folded = fold_once(batch)
        rows, stores = rows + folded.rows, stores | folded.stores
        if folded.rows < batch:
            return Folded(rows, stores)
        batch = max(batch, min(4 * batch, LARGEST_BATCH))


def vacuum_ledger() -> None:
    """Free the space of folded rows now; autovacuum looks once a minute, and until then every reader scans them.

    300,000 of them, a minute and a half of 1,000 orders a second, made a page take 70 ms instead of 12.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {LEDGER}")
