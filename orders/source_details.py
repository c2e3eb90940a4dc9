"""Taking over what the source and the history of orders say, and the orders of before had no place for."""

from __future__ import annotations

from django.db import connection

from customers.models import Store
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import around
from orders.discount_codes import MOST_CHARACTERS, SEPARATOR

_CODES = f"""
UPDATE orders_order AS o SET coupon_code = stated.codes
FROM (
    SELECT o.id, left((
        SELECT string_agg(DISTINCT code COLLATE "C", '{SEPARATOR}' ORDER BY code COLLATE "C")
        FROM jsonb_array_elements_text(r.details -> 'discountCodes') AS code
    ), {MOST_CHARACTERS}) AS codes
    FROM orders_order o JOIN orders_sourcerecord r ON r.order_id = o.id
    WHERE o.store_id = %(store)s AND {around("o.placed_at", "first", "last")} AND r.details ? 'discountCodes'
) AS stated
WHERE o.id = stated.id AND o.coupon_code <> stated.codes
"""


_INCLUDED_TAX = f"""
UPDATE orders_order AS o SET included_tax = (r.details ->> 'includedTax')::numeric
FROM orders_sourcerecord r
WHERE r.order_id = o.id AND o.store_id = %(store)s AND {around("o.placed_at", "first", "last")}
    AND r.details ? 'includedTax' AND o.included_tax = 0
"""
_PLACED_BY = f"""
UPDATE orders_order AS o SET placed_by = known.placed_by
FROM (
    SELECT o.id, coalesce(r.source, e.actor_label) AS placed_by
    FROM orders_order o JOIN orders_orderevent e ON e.order_id = o.id AND e.kind = 'placed'
    LEFT JOIN orders_sourcerecord r ON r.order_id = o.id
    WHERE o.store_id = %(store)s AND {around("o.placed_at", "first", "last")} AND o.placed_by = ''
) AS known
WHERE o.id = known.id AND known.placed_by <> ''
"""


def take_over(store: Store, days: DayRange) -> int:
    """Take over discount codes, included tax and who placed them of orders of these local days (and a little around).

    In the caller's transaction, before the figures of these days are recounted; again changes nothing. Returns how many
    rows it changed.
    """
    changed = 0
    with connection.cursor() as cursor:
        for statement in (_CODES, _INCLUDED_TAX, _PLACED_BY):
            cursor.execute(statement, {"store": store.pk, "first": days.first, "last": days.last})
            changed += cursor.rowcount
    return changed
