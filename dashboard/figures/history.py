"""The past from the permanent order history: what a month was known to be at a moment, and what moved since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from customers.models import Store
from dashboard.figures.figure import cents
from dashboard.figures.periods import Period
from dashboard.figures.reading import rows
from dealport.kit.day_range import EVERY_DAY
from dealport.kit.local_days import CLOCK, clock, local_day_sql


@dataclass(frozen=True)
class MonthAsOf:
    """A month's figures on the placed basis, as they stood at a past moment."""

    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    total_expired_orders: int
    total_refunded_orders: int


# An order's standing at the moment is its last event up to then; sales are the sum of what the events moved.
# A refused payment expires an order that is prepaid, and no other: the order itself says when it expired.
_AS_OF = f"""{CLOCK}, known AS (
    SELECT e.order_id, sum(e.amount) AS sales, (array_agg(e.to_payment_status ORDER BY e.id DESC))[1] AS payment,
           bool_or(o.expired_at <= %(moment)s) AS expired, bool_or(e.to_payment_status = 'REFUNDED') AS refunded
    FROM orders_order o JOIN orders_orderevent e ON e.order_id = o.id
    WHERE o.store_id = %(store)s AND o.placed_at >= %(first)s::date - 1 AND o.placed_at < %(last)s::date + 3
      AND {local_day_sql("o.placed_at")} BETWEEN %(first)s AND %(last)s AND e.at <= %(moment)s
    GROUP BY e.order_id
)
SELECT count(*) AS orders, coalesce(sum(sales), 0) AS sales,
       count(*) FILTER (WHERE payment IN ('PAID', 'PARTIALLY_REFUNDED')) AS completed,
       count(*) FILTER (WHERE expired) AS expired, count(*) FILTER (WHERE refunded) AS refunded
FROM known
"""


def month_as_of(store: Store, month: Period, moment: datetime) -> MonthAsOf:
    """Return the figures of a month's orders (placed basis) as they stood at `moment`."""
    found = rows(
        _AS_OF,
        store=store.pk,
        first=month.first,
        last=month.last,
        moment=moment,
        **clock(store.timezone, month),
    )[0]
    return MonthAsOf(
        total_sales=cents(found["sales"]),
        total_orders=found["orders"],
        total_completed_orders=found["completed"],
        total_expired_orders=found["expired"],
        total_refunded_orders=found["refunded"],
    )


@dataclass(frozen=True)
class PastChange:
    """One event that moved figures of a month that was already over: which order, what, how much."""

    at: datetime
    month: date
    order_id: int
    order_number: str
    event: str
    actor: str
    sales: Decimal
    completed: int
    expired: int
    refunded: int


@dataclass(frozen=True)
class PastChanges:
    """One page of changes, newest first, and how many there are."""

    count: int
    changes: list[PastChange]


_PAID = "('PAID', 'PARTIALLY_REFUNDED')"
# a refusal counts as expired where it expired the order: one to be paid on delivery or by invoice goes on
_CHANGES = f"""
SELECT * FROM (
    SELECT e.id, e.at, date_trunc('month', {local_day_sql("o.placed_at")})::date AS month, o.id AS order_id, o.number,
           e.kind, e.actor_label, e.amount AS sales,
           (e.to_payment_status IN {_PAID})::int - (e.from_payment_status IN {_PAID})::int AS completed,
           coalesce(e.kind IN ('refused', 'expired') AND e.at = o.expired_at AND NOT EXISTS (
               SELECT 1 FROM orders_orderevent b WHERE b.order_id = e.order_id AND b.id < e.id
               AND b.kind IN ('refused', 'expired') AND b.at = o.expired_at
           ), false)::int AS expired,
           (e.to_payment_status = 'REFUNDED' AND e.from_payment_status <> 'REFUNDED')::int AS refunded,
           date_trunc('month', {local_day_sql("e.at")})::date AS month_of_event
    FROM orders_orderevent e JOIN orders_order o ON o.id = e.order_id
    WHERE e.store_id = %(store)s AND e.at >= %(since)s AND e.kind <> 'placed'
) AS moved
WHERE month < month_of_event AND (sales <> 0 OR completed <> 0 OR expired <> 0 OR refunded <> 0)
"""


def changed_past(store: Store, since: datetime, *, offset: int, limit: int) -> PastChanges:
    """Return the events since a moment that moved figures (placed basis) of a month already over when they came."""
    parameters = {
        "store": store.pk,
        "since": since,
        **clock(store.timezone, EVERY_DAY),
    }
    count = rows(f"{CLOCK} SELECT count(*) AS count FROM ({_CHANGES}) AS changes", **parameters)[0]["count"]
    found = rows(
        f"{CLOCK} {_CHANGES} ORDER BY at DESC, id DESC OFFSET %(offset)s LIMIT %(limit)s",
        offset=offset,
        limit=limit,
        **parameters,
    )
    return PastChanges(
        count,
        [
            PastChange(
                at=row["at"],
                month=row["month"],
                order_id=row["order_id"],
                order_number=row["number"],
                event=row["kind"],
                actor=row["actor_label"],
                sales=cents(row["sales"]),
                completed=row["completed"],
                expired=row["expired"],
                refunded=row["refunded"],
            )
            for row in found
        ],
    )
