"""What figures are made of, as SQL over the rows of orders, money and customers: the entries that explain them.

Nothing here knows rollups or the ledger, so that the sum of a figure's entries proves it. One entry is one signed
contribution: kind, at, order_id, number, customer_id, name, amount. Parameters: store, first, last, `clock`, until: the
moment that the last day is cut off at, null for a whole one, and products: the ids that figures of goods and units are
of, null for all.
"""

from __future__ import annotations

from dashboard.models import Basis
from dealport.kit.local_days import around, before_cut, local_day_sql

Entries = dict[str, str]
"""Basis → SQL of the entries; a figure is known on these bases alone."""

_PAID = "o.payment_status IN ('PAID', 'PARTIALLY_REFUNDED')"
_OF_ORDER = "o.id AS order_id, o.number, NULL::bigint AS customer_id, '' AS name"


def money(payment: str, refund: str) -> Entries:
    """Return entries of payments captured and refunds settled: SQL of what a row of `t` adds, one of `r` takes away."""
    return {
        Basis.PLACED: _money(payment, refund, "o.placed_at", "o.placed_at"),
        Basis.BOOKED: _money(payment, refund, "t.created_at", "r.settled_at"),
    }


_CHOSEN = "(%(products)s::bigint[] IS NULL OR i.product_id = ANY(%(products)s))"
PAID_GOODS = (
    "(CASE WHEN t.tax_amount IS NULL THEN (SELECT coalesce(sum(i.line_total - i.discount_share), 0) "
    f"FROM orders_orderitem i WHERE i.order_id = o.id AND {_CHOSEN}) "
    "ELSE (SELECT coalesce(sum(s.amount), 0) FROM orders_captureshare s JOIN orders_orderitem i ON i.id = s.item_id "
    f"WHERE s.transaction_id = t.id AND {_CHOSEN}) END)"
)
"""SQL of what of a payment `t` is for goods, less discounts; of the products chosen alone."""
REFUNDED_GOODS = (
    "(SELECT coalesce(sum(s.amount), 0) FROM orders_refundshare s JOIN orders_orderitem i ON i.id = s.item_id "
    f"WHERE s.refund_id = r.id AND {_CHOSEN})"
)
"""SQL of what of a refund `r` is for goods; of the products chosen alone."""
OF_GOODS = f"NOT p.is_tax AND p.item_id IN (SELECT i.id FROM orders_orderitem i WHERE i.order_id = o.id AND {_CHOSEN})"
"""SQL of which amount parts `p` are discounts; of the products chosen alone."""
_OF_THIS = f"WHERE i.order_id = o.id AND {_CHOSEN}"
_EDITED = (
    "(SELECT coalesce(sum({}), 0) FROM orders_ordereditline l JOIN orders_orderitem i ON i.id = l.item_id "
    f"WHERE l.edit_id = e.id AND {_CHOSEN})"
)
EDITED_GOODS = _EDITED.format("l.captured")
"""SQL of what an edit `e` moved of the money captured for goods, less discounts; of the products chosen alone."""
EDITED_RETURNS = _EDITED.format("l.refunded")
"""SQL of what an edit `e` moved of the money refunded for goods; of the products chosen alone."""


def amounts(*, payment: str = "", refund: str = "", edit: str = "", part: str = "", parts: str = "TRUE") -> Entries:
    """Return entries of payments, refunds, edits and amount parts: SQL of what a row of `t`, `r`, `e` or `p` adds.

    `parts` is the condition on the amount parts; those of one order and moment are one entry.
    """

    def of_basis(payments: str, refunds: str, moved: str, edits: str) -> str:
        sources = []
        if payment:
            sources.append(
                f"SELECT 'payment' AS kind, t.created_at AS at, {_OF_ORDER}, {payment} AS amount "
                "FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id "
                f"WHERE t.store_id = %(store)s AND t.kind = 'payment' AND t.status = 'approved' AND {_within(payments)}"
            )
        if refund:
            sources.append(
                f"SELECT 'refund' AS kind, r.settled_at AS at, {_OF_ORDER}, {refund} AS amount "
                "FROM orders_refund r JOIN orders_order o ON o.id = r.order_id "
                f"WHERE r.store_id = %(store)s AND r.settled_at IS NOT NULL AND {_within(refunds)}"
            )
        if edit:
            sources.append(
                f"SELECT 'edit' AS kind, e.at, {_OF_ORDER}, {edit} AS amount FROM orders_orderedit e "
                f"JOIN orders_order o ON o.id = e.order_id WHERE e.store_id = %(store)s AND {_within(edits)}"
            )
        if part:
            sources.append(
                f"SELECT CASE WHEN sum(p.amount) > 0 THEN 'payment' ELSE 'refund' END AS kind, p.at, {_OF_ORDER}, "
                f"sum({part}) AS amount FROM orders_amountpart p JOIN orders_order o ON o.id = p.order_id "
                f"WHERE p.store_id = %(store)s AND {parts} AND {_within(moved)} GROUP BY o.id, p.at"
            )
        return f"SELECT * FROM ({' UNION ALL '.join(sources)}) AS moved WHERE amount <> 0"

    return {
        Basis.PLACED: of_basis("o.placed_at", "o.placed_at", "o.placed_at", "o.placed_at"),
        Basis.BOOKED: of_basis("t.created_at", "r.settled_at", "p.at", "e.at"),
    }


OF_TIPS, OF_INCLUDED_TAX = "p.item_id IS NULL AND NOT p.is_tax", "p.item_id IS NULL AND p.is_tax"
"""SQL of which amount parts `p` are tips, and which are tax included in prices."""
TAX_OF_LINES = (
    f"(CASE WHEN t.tax_amount IS NULL THEN (SELECT coalesce(sum(i.tax_share), 0) FROM orders_orderitem i {_OF_THIS}) "
    "ELSE 0 END)"
)
"""SQL of the tax on lines of a payment `t` of the whole order; of the products chosen alone."""
OF_TAX_OF_LINES = f"p.is_tax AND p.item_id IN (SELECT i.id FROM orders_orderitem i {_OF_THIS})"
"""SQL of which amount parts `p` are tax on lines; of the products chosen alone."""


def orders(condition: str = "TRUE") -> Entries:
    """Return entries of the orders placed that fulfil `condition`, whatever the basis."""
    contains = f"(%(products)s::bigint[] IS NULL OR EXISTS (SELECT FROM orders_orderitem i {_OF_THIS}))"
    return dict.fromkeys(Basis.values, _orders(f"{condition} AND {contains}"))


def orders_now(condition: str) -> Entries:
    """Return entries of the orders placed that fulfil `condition` now: known on the placed basis alone."""
    return {Basis.PLACED: _orders(condition)}


def milestone(column: str) -> Entries:
    """Return entries of the orders that have reached a milestone: a moment of theirs that is set once."""
    reached = f"{column} IS NOT NULL"
    return {Basis.PLACED: _orders(reached), Basis.BOOKED: _orders(reached, day=column)}


def completed_orders(condition: str = "TRUE") -> Entries:
    """Return entries of completed orders: on the booked basis one more when paid, one less when refunded in full."""
    paid = _orders(f"o.completed_at IS NOT NULL AND {condition}", day="o.completed_at", kind="'payment'")
    refunded = _orders(
        f"o.completed_at IS NOT NULL AND o.refunded_at IS NOT NULL AND {condition}",
        day="o.refunded_at",
        kind="'refund'",
        amount="-1",
    )
    return {Basis.PLACED: _orders(f"{_PAID} AND {condition}"), Basis.BOOKED: f"{paid} UNION ALL {refunded}"}


A_PIECE, COST, WITHOUT_COST = "1", "coalesce(i.unit_cost, 0)", "(i.unit_cost IS NULL)::int"
"""SQL of what a piece of a line `i` counts for: itself, what it cost the store, itself where that is not known."""


def units_sold(counts: str = A_PIECE) -> Entries:
    """Return entries of the units of orders that were paid in full, and of what edits added to them later."""
    units = f"(SELECT coalesce(sum(i.quantity * {counts}), 0) FROM orders_orderitem i {_OF_THIS})"
    moved = (
        f"(SELECT coalesce(sum(l.units_sold * {counts}), 0) FROM orders_ordereditline l "
        f"JOIN orders_orderitem i ON i.id = l.item_id {_OF_THIS})"
    )
    paid = "o.completed_at IS NOT NULL AND"
    then = _orders(f"{paid} {units} - {moved} <> 0", day="o.completed_at", amount=f"({units} - {moved})")
    units_moved = _EDITED.format(f"l.units_sold * {counts}")
    later = (
        f"SELECT 'edit' AS kind, e.at, {_OF_ORDER}, {units_moved}::numeric AS amount FROM orders_orderedit e "
        "JOIN orders_order o ON o.id = e.order_id "
        f"WHERE e.store_id = %(store)s AND {units_moved} <> 0 AND {_within('e.at')}"
    )
    return {
        Basis.PLACED: _orders(f"{paid} {units} <> 0", amount=units),
        Basis.BOOKED: f"{then} UNION ALL {later}",
    }


def units_returned(counts: str = A_PIECE) -> Entries:
    """Return entries of the units that refunds named, and of the others of an order that was refunded in full."""
    return {
        Basis.PLACED: _returned(counts, "o.placed_at", "o.placed_at"),
        Basis.BOOKED: _returned(counts, "r.settled_at", "o.refunded_at"),
    }


def _returned(counts: str, day_of_refund: str, day_of_rest: str) -> str:
    rest = f"(SELECT sum((i.quantity - i.refunded_quantity) * {counts}) FROM orders_orderitem i {_OF_THIS})"
    all_of_it = _orders(
        f"o.completed_at IS NOT NULL AND o.refunded_at IS NOT NULL AND {rest} <> 0",
        day=day_of_rest,
        kind="'refund'",
        amount=rest,
    )
    return (
        f"SELECT 'refund' AS kind, r.settled_at AS at, {_OF_ORDER}, sum(s.quantity * {counts})::numeric AS amount "
        "FROM orders_refund r JOIN orders_order o ON o.id = r.order_id JOIN orders_refundshare s ON s.refund_id = r.id "
        f"JOIN orders_orderitem i ON i.id = s.item_id AND {_CHOSEN} "
        f"WHERE r.store_id = %(store)s AND r.settled_at IS NOT NULL AND s.quantity > 0 AND {_within(day_of_refund)} "
        f"GROUP BY r.id, o.id HAVING sum(s.quantity * {counts}) <> 0 UNION ALL {all_of_it}"
    )


def less(entries: Entries, taken: Entries) -> Entries:
    """Return entries and, negative, those that lower them."""
    columns = "kind, at, order_id, number, customer_id, name"
    return {
        basis: f"{sql} UNION ALL SELECT {columns}, -amount AS amount FROM ({taken[basis]}) AS taken"
        for basis, sql in entries.items()
    }


def registered_customers() -> Entries:
    """Return entries of everybody who had registered by the last day."""
    day = local_day_sql("c.created_at")
    condition = f"{day} <= %(last)s AND {before_cut(day, 'c.created_at')}"
    return dict.fromkeys(Basis.values, _customers(condition, "c.created_at"))


def confirmed_customers() -> Entries:
    """Return entries of who confirmed an email address: on the day of registration, or of confirmation."""
    placed = f"c.email_confirmed_at IS NOT NULL AND {_within('c.created_at')}"
    return {
        Basis.PLACED: _customers(placed, "c.created_at"),
        Basis.BOOKED: _customers(_within("c.email_confirmed_at"), "c.email_confirmed_at"),
    }


def active_subscriptions(amount: str = "1") -> Entries:
    """Return entries of the subscriptions that are active now, whatever the period; `amount` is SQL over `e`."""
    return {Basis.PLACED: _of_customers("customers_subscription", "'subscription'", amount, "e.status = 'active'")}


def credit_entries() -> Entries:
    """Return entries of all credits granted and spent until now."""
    return {Basis.PLACED: _of_customers("customers_creditentry", "'credit'", "e.amount", "TRUE")}


def _within(column: str) -> str:
    """Return SQL for the local days of the period, the last one up to the moment that it is cut off at."""
    day = local_day_sql(column)
    cut = before_cut(day, column)
    return f"{around(column, 'first', 'last')} AND {day} BETWEEN %(first)s AND %(last)s AND {cut}"


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
        f"SELECT {kind} AS kind, {day} AS at, {_OF_ORDER}, {amount}::numeric AS amount FROM orders_order o "
        f"WHERE o.store_id = %(store)s AND {condition} AND {_within(day)} {touched}"
    )


def _money(payment: str, refund: str, day_of_payment: str, day_of_refund: str) -> str:
    return (
        f"SELECT 'payment' AS kind, t.created_at AS at, {_OF_ORDER}, {payment} AS amount "
        "FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id "
        "WHERE t.store_id = %(store)s AND t.kind = 'payment' AND t.status = 'approved' "
        f"AND {_within(day_of_payment)} UNION ALL "
        f"SELECT 'refund' AS kind, r.settled_at AS at, {_OF_ORDER}, -({refund}) AS amount "
        "FROM orders_refund r JOIN orders_order o ON o.id = r.order_id "
        f"WHERE r.store_id = %(store)s AND r.settled_at IS NOT NULL AND {_within(day_of_refund)}"
    )


def _customers(condition: str, day: str) -> str:
    return (
        f"SELECT 'customer' AS kind, {day} AS at, NULL::bigint AS order_id, '' AS number, c.id AS customer_id, c.name, "
        "1::numeric AS amount FROM customers_customer c "
        f"WHERE c.store_id = %(store)s AND c.merged_into_id IS NULL AND {condition}"
    )


def _of_customers(table: str, kind: str, amount: str, condition: str) -> str:
    """Return SQL of what customers have now, whatever the period."""
    return (
        f"SELECT {kind} AS kind, e.created_at AS at, NULL::bigint AS order_id, '' AS number, c.id AS customer_id, "
        f"c.name, {amount}::numeric AS amount FROM {table} e JOIN customers_customer c ON c.id = e.customer_id "
        f"WHERE e.store_id = %(store)s AND {condition}"
    )
