"""Opening a figure: the orders, payments, refunds and customers that add up to it.

Read from the rows themselves, never from rollups: the sum of the entries is computed independently of the figure it
explains. One entry is one signed contribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from customers.models import Store
from dashboard.figures.periods import Period
from dashboard.figures.reading import rows
from dashboard.metrics.local_days import CLOCK, around, clock, local_day
from dashboard.models import Basis

FIRST_DAY = date(1900, 1, 1)
_PAID = "o.payment_status IN ('PAID', 'PARTIALLY_REFUNDED')"
_COLUMNS = "kind, at, order_id, number, customer_id, name, amount"


def _within(column: str) -> str:
    """Return SQL for the local days of the period."""
    return f"{around(column, 'first', 'last')} AND {local_day(column)} BETWEEN %(first)s AND %(last)s"


def _orders(condition: str, *, day: str = "o.placed_at", kind: str = "'order'", amount: str = "1") -> str:
    """Return SQL of orders that contribute `amount` on the day of the column `day`."""
    touched = ""
    if day != "o.placed_at":
        # through the history's index on (store, at): every milestone has an event at its moment
        touched = (
            "AND o.id IN (SELECT order_id FROM orders_orderevent WHERE store_id = %(store)s "
            f"AND {around('at', 'first', 'last')})"
        )
    return (
        f"SELECT {kind} AS kind, {day} AS at, o.id AS order_id, o.number, NULL::bigint AS customer_id, '' AS name, "
        f"{amount}::numeric AS amount FROM orders_order o "
        f"WHERE o.store_id = %(store)s AND {condition} AND {_within(day)} {touched}"
    )


def _money(day: str) -> str:
    """Return SQL of the payments and refunds that count on the day of the column `day`."""
    return (
        "SELECT t.kind, t.created_at AS at, o.id AS order_id, o.number, NULL::bigint AS customer_id, '' AS name, "
        "CASE t.kind WHEN 'payment' THEN t.amount ELSE -t.amount END AS amount "
        "FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id "
        f"WHERE t.store_id = %(store)s AND t.status = 'approved' AND {_within(day)}"
    )


def _customers(condition: str, day: str) -> str:
    return (
        f"SELECT 'customer' AS kind, {day} AS at, NULL::bigint AS order_id, '' AS number, c.id AS customer_id, c.name, "
        f"1::numeric AS amount FROM customers_customer c WHERE c.store_id = %(store)s AND {condition}"
    )


def _standing(table: str, kind: str, amount: str, condition: str = "TRUE") -> str:
    """Return SQL of what customers have now, whatever the period."""
    return (
        f"SELECT {kind} AS kind, e.created_at AS at, NULL::bigint AS order_id, '' AS number, c.id AS customer_id, "
        f"c.name, {amount}::numeric AS amount FROM {table} e JOIN customers_customer c ON c.id = e.customer_id "
        f"WHERE e.store_id = %(store)s AND {condition}"
    )


def _subscriptions(amount: str) -> str:
    return _standing("customers_subscription", "'subscription'", amount, "e.status = 'active'")


def _completed(condition: str) -> dict[str, str]:
    """Completed orders that fulfil `condition`: on the booked basis one more when paid, one less when refunded."""
    return {
        Basis.PLACED: _orders(f"{_PAID} AND {condition}"),
        Basis.BOOKED: _orders(f"o.completed_at IS NOT NULL AND {condition}", day="o.completed_at", kind="'payment'")
        + " UNION ALL "
        + _orders(
            f"o.completed_at IS NOT NULL AND o.refunded_at IS NOT NULL AND {condition}",
            day="o.refunded_at",
            kind="'refund'",
            amount="-1",
        ),
    }


def _milestone(column: str) -> dict[str, str]:
    return {
        Basis.PLACED: _orders(f"{column} IS NOT NULL"),
        Basis.BOOKED: _orders(f"{column} IS NOT NULL", day=column),
    }


_SALES: dict[str, str] = {Basis.PLACED: _money("o.placed_at"), Basis.BOOKED: _money("t.created_at")}
_REGISTERED = _customers(f"{local_day('c.created_at')} <= %(last)s", "c.created_at")

# metric → basis → SQL of its entries; a standing is known on the placed basis alone
SOURCES: dict[str, dict[str, str]] = {
    "totalSales": _SALES,
    "averageTicket": _SALES,
    "totalOrders": dict.fromkeys(Basis.values, _orders("TRUE")),
    "totalCompletedOrders": _completed("TRUE"),
    "ordersWithCoupon": _completed("o.coupon_code <> ''"),
    "ordersWithoutCoupon": _completed("o.coupon_code = ''"),
    "totalExpiredOrders": _milestone("o.expired_at"),
    "totalRefundedOrders": _milestone("o.refunded_at"),
    "totalCustomers": dict.fromkeys(Basis.values, _REGISTERED),
    "newCustomers": {
        Basis.PLACED: _customers(f"c.email_confirmed_at IS NOT NULL AND {_within('c.created_at')}", "c.created_at"),
        Basis.BOOKED: _customers(_within("c.email_confirmed_at"), "c.email_confirmed_at"),
    },
    "pendingOrders": {Basis.PLACED: _orders("o.status = 'PENDING'")},
    "canceledOrders": {Basis.PLACED: _orders("o.status = 'CANCELED'")},
    "activeSubscriptions": {Basis.PLACED: _subscriptions("1")},
    "monthlyRecurringRevenue": {Basis.PLACED: _subscriptions("e.monthly_amount")},
    "creditsOutstanding": {Basis.PLACED: _standing("customers_creditentry", "'credit'", "e.amount")},
}


@dataclass(frozen=True)
class Entry:
    """One contribution to a figure, `amount` signed; `kind` order, payment, refund, customer, subscription, credit."""

    kind: str
    at: datetime
    order_id: int | None
    order_number: str
    customer_id: int | None
    customer_name: str
    amount: Decimal


@dataclass(frozen=True)
class Explanation:
    """One page of a figure's entries, newest first, and what all of them add up to."""

    count: int
    total: Decimal
    entries: list[Entry]


def explain(store: Store, metric: str, period: Period, basis: str, *, offset: int, limit: int) -> Explanation:
    """Return the entries of a figure; two statements. `metric` is a key of SOURCES that knows `basis`."""
    source = SOURCES[metric][basis]
    parameters = {
        "store": store.pk, "first": period.first, "last": period.last, "offset": offset, "limit": limit,
        # customers count from the first one on
        **clock(store.timezone, FIRST_DAY if metric == "totalCustomers" else period.first, period.last),
    }  # fmt: skip
    total = rows(f"{CLOCK} SELECT count(*) AS count, coalesce(sum(amount), 0) AS total FROM ({source}) e", **parameters)
    found = rows(
        f"{CLOCK} SELECT {_COLUMNS} FROM ({source}) e ORDER BY at DESC, order_id DESC, customer_id DESC, kind "
        "OFFSET %(offset)s LIMIT %(limit)s",
        **parameters,
    )
    return Explanation(
        count=total[0]["count"],
        total=Decimal(total[0]["total"]),
        entries=[
            Entry(
                kind=row["kind"],
                at=row["at"],
                order_id=row["order_id"],
                order_number=row["number"],
                customer_id=row["customer_id"],
                customer_name=row["name"],
                amount=Decimal(row["amount"]),
            )
            for row in found
        ],
    )
