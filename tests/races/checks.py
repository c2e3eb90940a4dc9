"""Proof, after a race, that nothing was lost or doubled."""

from __future__ import annotations

import time

from django.db import connection

from customers.models import Store
from dashboard.figures import consistent_read
from dashboard.metrics import folding, recount
from dashboard.models import MetricDelta


def assert_exact(store: Store) -> None:
    """Check that the figures equal the orders, with rows waiting and after a last fold that leaves none."""
    with consistent_read():
        assert recount.differences(store) == []
    folding.fold_all()
    assert not MetricDelta.objects.exists()
    assert recount.differences(store) == []


def deadlocks() -> int:
    """Return how many deadlocks this database has seen."""
    return _number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def wait_for_fold_lock(*, held: bool, seconds: float = 20) -> None:
    """Wait until somebody holds, or nobody holds, the lock of the fold."""
    until = time.monotonic() + seconds
    while bool(_number(_FOLD_LOCKS)) != held:
        assert time.monotonic() < until, f"the fold lock was not {'taken' if held else 'released'}"
        time.sleep(0.02)


_FOLD_LOCKS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (value,) = cursor.fetchone()
        return int(value)
