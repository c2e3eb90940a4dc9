"""Writing the amount parts of payments and refunds that were booked before the table of them existed.

An edit writes those of its order itself (`orders.actions.editing`): lines of now say nothing of the payments before it.
"""

from __future__ import annotations

from django.db import connection

from customers.models import Store
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import around
from dealport.kit.money import places_sql
from dealport.kit.values import FieldValues
from orders.tax_parts import write_taxes

# What was captured of a line, or received and given back besides goods and tax, is added up step by step; a part is the
# difference to the step before. The rules are those of `orders.pricing.captured_parts`.
_ORDERS = f"""
WITH chosen AS (
    SELECT o.* FROM orders_order o WHERE o.store_id = %(store)s AND {around("o.placed_at", "first", "last")}
        AND o.captured_amount > 0 AND o.{{amount}} > 0 AND o.edited_at IS NULL
), payments AS (
    SELECT t.* FROM chosen
    JOIN orders_transaction t ON t.order_id = chosen.id AND t.kind = 'payment' AND t.status = 'approved'
)"""
_INSERT = """
INSERT INTO orders_amountpart (store_id, order_id, item_id, at, amount)
SELECT %(store)s, order_id, item_id, at, sum(amount) FROM moved WHERE NOT EXISTS (
    SELECT 1 FROM orders_amountpart p
    WHERE p.order_id = moved.order_id AND p.item_id IS NOT DISTINCT FROM moved.item_id AND NOT p.is_tax
        AND p.at = moved.at
) GROUP BY order_id, item_id, at HAVING sum(amount) <> 0
"""
_DISCOUNTS = f"""{_ORDERS.format(amount="discount")}, lines AS (
    SELECT i.id, i.order_id, chosen.currency, i.discount_share AS discount, i.line_total - i.discount_share AS net
    FROM chosen
    JOIN orders_orderitem i ON i.order_id = chosen.id AND i.discount_share > 0
), steps AS (
    SELECT t.order_id, l.id AS item_id, t.created_at AS at, l.discount, l.net, l.currency,
        row_number() OVER steps AS position,
        sum(coalesce(s.amount, CASE WHEN t.tax_amount IS NULL THEN l.net ELSE 0 END)) OVER steps AS captured
    FROM lines l JOIN payments t ON t.order_id = l.order_id
    LEFT JOIN orders_captureshare s ON s.transaction_id = t.id AND s.item_id = l.id
    WINDOW steps AS (PARTITION BY l.id ORDER BY t.created_at, t.id)
), standing AS (
    SELECT *, CASE WHEN captured = net OR net = 0 THEN discount
        ELSE round(discount * captured / net, {places_sql("currency")}) END AS part
    FROM steps
), moved AS (
    SELECT *, part - coalesce(lag(part) OVER (PARTITION BY item_id ORDER BY position), 0) AS amount FROM standing
)
{_INSERT}"""
_TIPS = f"""{_ORDERS.format(amount="tip")}, moves AS (
    SELECT t.order_id, t.created_at AS at, 0 AS turn, t.id, 0::numeric AS refunded, t.amount - CASE
        WHEN t.tax_amount IS NULL THEN chosen.subtotal - chosen.discount + chosen.tax_amount
        ELSE t.tax_amount + coalesce((SELECT sum(s.amount) FROM orders_captureshare s WHERE s.transaction_id = t.id), 0)
        END AS received
    FROM payments t JOIN chosen ON chosen.id = t.order_id
    UNION ALL
    SELECT r.order_id, r.settled_at, 1, r.id, r.amount - r.tax_amount
        - coalesce((SELECT sum(s.amount) FROM orders_refundshare s WHERE s.refund_id = r.id), 0), 0
    FROM chosen JOIN orders_refund r ON r.order_id = chosen.id AND r.settled_at IS NOT NULL
), added AS (
    SELECT order_id, at, row_number() OVER steps AS position, sum(received) OVER steps AS received,
        sum(refunded) OVER steps AS refunded
    FROM moves WINDOW steps AS (PARTITION BY order_id ORDER BY at, turn, id)
), standing AS (
    SELECT added.*, greatest(0, least(CASE WHEN received >= chosen.shipping_fee + chosen.tip THEN chosen.tip
        ELSE round(chosen.tip * received / (chosen.shipping_fee + chosen.tip), {places_sql("chosen.currency")}) END,
        received - refunded)) AS part
    FROM added JOIN chosen ON chosen.id = added.order_id
), moved AS (
    SELECT *, NULL::bigint AS item_id,
        part - coalesce(lag(part) OVER (PARTITION BY order_id ORDER BY position), 0) AS amount
    FROM standing
)
{_INSERT}"""


def write_missing(store: Store, days: DayRange) -> int:
    """Write the parts that are missing of orders placed on these local days (and a little around them).

    In the caller's transaction; again writes nothing. Returns how many rows it wrote.
    """
    parameters: FieldValues = {"store": store.pk, "first": days.first, "last": days.last}
    written = write_taxes(store, days)
    with connection.cursor() as cursor:
        for statement in (_DISCOUNTS, _TIPS):
            cursor.execute(statement, parameters)
            written += cursor.rowcount
    return written
