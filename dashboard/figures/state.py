"""How fresh and how well checked the figures are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from customers.models import Store
from dashboard.figures.reading import rows
from dashboard.models import Verification


def latest_verification(store: Store) -> Verification | None:
    """Return the newest comparison of the store's figures with its orders.

    A difference stays shown until all days were compared anew or it was repaired: a later sample of other days that
    are right does not hide it.
    """
    return latest_verifications([store.pk]).get(store.pk)


def latest_verifications(store_ids: Collection[int]) -> dict[int, Verification]:
    """Return the same of each of these stores that has one, by its id; one statement."""
    settled = Verification.objects.filter(
        Q(is_complete=True) | Q(is_repaired=True), store=OuterRef("store"), checked_at__gt=OuterRef("checked_at")
    )
    unsettled = Q(wrong_buckets__gt=0, is_repaired=False) & ~Exists(settled)
    newest = Verification.objects.filter(store__in=store_ids).alias(is_unsettled=unsettled)
    found = newest.order_by("store_id", "-is_unsettled", "-checked_at").distinct("store_id")
    return {check.store_id: check for check in found}


@dataclass(frozen=True)
class CheckedStores:
    """How many stores there are, how many were ever checked, and in how many a difference is not settled."""

    stores: int
    checked: int
    wrong: int
    oldest: datetime | None


# the newest of each store, by the index dashboard_verification_newest
_CHECKED = """
SELECT count(*) AS stores, count(newest.checked_at) AS checked, min(newest.checked_at) AS oldest, (
    SELECT count(DISTINCT v.store_id) FROM dashboard_verification v
    WHERE v.wrong_buckets > 0 AND NOT v.is_repaired AND NOT EXISTS (
        SELECT FROM dashboard_verification later
        WHERE later.store_id = v.store_id AND later.checked_at > v.checked_at
            AND (later.is_complete OR later.is_repaired)
    )
) AS wrong
FROM customers_store s LEFT JOIN LATERAL (
    SELECT checked_at FROM dashboard_verification WHERE store_id = s.id ORDER BY checked_at DESC LIMIT 1
) AS newest ON true
"""


def checked_stores() -> CheckedStores:
    """Return how well the figures of all stores are checked: `oldest` is the least recent of their newest checks."""
    return CheckedStores(**rows(_CHECKED)[0])


@dataclass(frozen=True)
class LedgerState:
    """What waits to be folded: rows, and the age of the oldest in seconds (0 if none)."""

    rows: int
    oldest_seconds: float


_LEDGER = """
SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age
FROM dashboard_metricdelta
"""


def ledger_state() -> LedgerState:
    """Return how many rows wait and how long the oldest has."""
    found = rows(_LEDGER)[0]
    return LedgerState(found["waiting"], max(float(found["age"]), 0.0))


@dataclass(frozen=True)
class FoldTotals:
    """All folds so far that moved rows, and the time they took."""

    folds: int
    rows: int
    seconds: float


def fold_totals() -> FoldTotals:
    """Return what folding has done since the first migration."""
    found = rows("SELECT folds, rows, seconds FROM dashboard_foldtotals")
    return FoldTotals(found[0]["folds"], found[0]["rows"], found[0]["seconds"]) if found else FoldTotals(0, 0, 0.0)


@dataclass(frozen=True)
class VerificationState:
    """The newest verification of a store: wrong buckets, absolute difference in sales, age in seconds."""

    store: str
    wrong_buckets: int
    difference: Decimal
    age_seconds: float


# the newest of each active store, by the index dashboard_verification_newest
_VERIFICATIONS = """
SELECT s.slug, v.wrong_buckets, v.difference, extract(epoch FROM clock_timestamp() - v.checked_at) AS age
FROM customers_store s CROSS JOIN LATERAL (
    SELECT wrong_buckets, difference, checked_at FROM dashboard_verification
    WHERE store_id = s.id ORDER BY checked_at DESC LIMIT 1
) v WHERE s.is_active
"""


def verification_state() -> list[VerificationState]:
    """Return the newest verification of every active store that has one."""
    return [
        VerificationState(row["slug"], row["wrong_buckets"], row["difference"], max(float(row["age"]), 0.0))
        for row in rows(_VERIFICATIONS)
    ]


@dataclass(frozen=True)
class OrderTotals:
    """Orders of all stores and times."""

    placed: int
    completed: int


_ORDERS = """
SELECT coalesce(sum(orders), 0) AS orders, coalesce(sum(completed), 0) AS completed FROM (
    SELECT orders, completed FROM dashboard_storemonthlysales WHERE basis = 'placed'
    UNION ALL
    SELECT orders, completed FROM dashboard_metricdelta WHERE product_id IS NULL
) AS movements
"""


def order_totals() -> OrderTotals:
    """Return how many orders were placed, and how many are completed, in all stores."""
    found = rows(_ORDERS)[0]
    return OrderTotals(int(found["orders"]), int(found["completed"]))
