"""How fresh and how well checked the figures are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from customers.models import Store
from dashboard.figures.figure import Figure
from dashboard.figures.movements import ALL_TIME, LEDGER_STATE, sums
from dashboard.figures.reading import Query, rows
from dashboard.figures.registry import FIGURES, inputs_of
from dashboard.models import Verification

# a difference that no later check of its own days has settled
_UNSETTLED = """
v.wrong_buckets > 0 AND NOT v.is_repaired AND NOT EXISTS (
    SELECT FROM dashboard_verification later
    WHERE later.store_id = v.store_id AND later.checked_at > v.checked_at
        AND later.first_day <= v.first_day AND later.last_day >= v.last_day
)
"""
# written out: every answer asks, and a QuerySet took 1.5 ms to become this text
_NEWEST = f"""
SELECT DISTINCT ON (v.store_id) v.* FROM dashboard_verification v WHERE v.store_id = ANY(%(stores)s)
ORDER BY v.store_id, ({_UNSETTLED}) DESC, v.checked_at DESC
"""


def latest_verification(store: Store) -> Verification | None:
    """Return the newest comparison of the store's figures with its orders.

    A difference stays shown until its own days were compared anew: a later check of other days does not hide it,
    whether it found them right or repaired them.
    """
    return latest_verifications([store.pk]).get(store.pk)


def latest_verifications(store_ids: Collection[int]) -> dict[int, Verification]:
    """Return the same of each of these stores that has one, by its id; one statement."""
    found = Verification.objects.raw(_NEWEST, {"stores": list(store_ids)})
    return {check.store_id: check for check in found}


@dataclass(frozen=True)
class Check:
    """When a store's figures were compared with its orders, which days, and what differed (before any repair)."""

    checked_at: datetime
    difference: Decimal
    wrong_buckets: int
    is_repaired: bool
    is_complete: bool
    first_day: date
    last_day: date


def check_query(store: Store) -> Query[Check | None]:
    """Return the query of what a page shows of `latest_verification`."""
    return Query(
        f"SELECT {', '.join(field.name for field in fields(Check))} FROM ({_NEWEST}) AS newest",
        {"stores": [store.pk]},
        lambda found: Check(**found[0]) if found else None,
        dates=("first_day", "last_day"),
        moments=("checked_at",),
    )


@dataclass(frozen=True)
class CheckedStores:
    """How many stores there are, how many were ever checked, and in how many a difference is not settled."""

    stores: int
    checked: int
    wrong: int
    oldest: datetime | None


_VERIFIED = f"""
SELECT CASE
    WHEN EXISTS (SELECT FROM dashboard_verificationrun WHERE store_id = ANY(%(stores)s) AND recomputes)
        OR EXISTS (SELECT FROM dashboard_verification v WHERE v.store_id = ANY(%(stores)s) AND {_UNSETTLED}) THEN false
    WHEN EXISTS (
        SELECT FROM unnest(%(stores)s::bigint[]) AS asked (id)
        WHERE NOT EXISTS (SELECT FROM dashboard_verification WHERE store_id = asked.id)
    ) THEN NULL
    ELSE true END AS verified
"""


def verified_query(store_ids: Collection[int]) -> Query[bool | None]:
    """Return the query of whether no difference with the orders is unsettled; None where a store has no check yet.

    False too while a store's figures are computed anew.
    """
    return Query(_VERIFIED, {"stores": list(store_ids)}, lambda found: found[0]["verified"])


# the newest of each store, by the index dashboard_verification_newest
_CHECKED = f"""
SELECT count(*) AS stores, count(newest.checked_at) AS checked, min(newest.checked_at) AS oldest, (
    SELECT count(DISTINCT v.store_id) FROM dashboard_verification v WHERE {_UNSETTLED}
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


def ledger_state() -> LedgerState:
    """Return how many rows wait and how long the oldest has."""
    found = rows(LEDGER_STATE)[0]
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
    """How well a store's figures are verified.

    `wrong_buckets` and `difference` (absolute, in sales) are those of the newest difference that is not settled, 0
    without one. `oldest_day_seconds` is the age of the oldest unverified day: the time since all days of the store
    were last compared, or since the store was made. Samples change neither.
    """

    store: str
    wrong_buckets: int
    difference: Decimal
    oldest_day_seconds: float


_VERIFICATIONS = f"""
SELECT s.slug, coalesce(wrong.wrong_buckets, 0) AS wrong_buckets, coalesce(wrong.difference, 0) AS difference,
    extract(epoch FROM clock_timestamp() - coalesce(complete.checked_at, s.created_at)) AS age
FROM customers_store s LEFT JOIN LATERAL (
    SELECT v.wrong_buckets, v.difference FROM dashboard_verification v
    WHERE v.store_id = s.id AND {_UNSETTLED} ORDER BY v.checked_at DESC LIMIT 1
) AS wrong ON true LEFT JOIN LATERAL (
    SELECT checked_at FROM dashboard_verification
    WHERE store_id = s.id AND is_complete ORDER BY checked_at DESC LIMIT 1
) AS complete ON true WHERE s.is_active
"""


def verification_state() -> list[VerificationState]:
    """Return how well the figures of every active store are verified."""
    return [
        VerificationState(row["slug"], row["wrong_buckets"], row["difference"], max(float(row["age"]), 0.0))
        for row in rows(_VERIFICATIONS)
    ]


_SAMPLE = """
SELECT extract(epoch FROM clock_timestamp() - max(checked_at)) AS age
FROM dashboard_verification WHERE NOT is_complete
"""


def newest_sample_seconds() -> float | None:
    """Return the age of the newest check of a part of a store's days, None without any."""
    age = rows(_SAMPLE)[0]["age"]
    return None if age is None else max(float(age), 0.0)


def totals_ever() -> dict[Figure, int]:
    """Return the figures that are monitored, counted over all stores and times; one statement."""
    monitored = [figure for figure in FIGURES.values() if figure.monitored_as]
    found = rows(sums(ALL_TIME, inputs_of(monitored), up_to="year"))[0]
    return {figure: int(figure.value(found)) for figure in monitored}
