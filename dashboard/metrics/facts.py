"""Moving orders in the ledger from the facts that figures are split by to others.

An earlier order that arrives late, and customers who are merged, change which order was first; an address that its
source corrects changes the country. Everything the order ever moved, on its own days, then counts under the other
value: as rows that cancel out everywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from dashboard.metrics.ledger import COLUMNS
from dashboard.metrics.measures import FLOWS, STORE_MEASURES
from dashboard.metrics.movements_of_orders import STORE_MOVEMENTS
from dashboard.metrics.rollups import LEDGER
from dealport.kit.day_range import EVERY_DAY
from dealport.kit.local_days import CLOCK, clock
from orders.models import Order
from orders.models.states import OrderFacts, customer_type

_VALUES = {
    "store_id": "%(store)s", "order_day": "%(order_day)s", "event_day": "moved.day",
    "country": "facts.country", "customer_type": "facts.type",
    "order_hour": "%(order_hour)s", "event_hour": "moved.hour::smallint", "product_id": "NULL",
    **{name: f"facts.sign * moved.{name}" if name in FLOWS else "0" for name in STORE_MEASURES},
}  # fmt: skip
_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in FLOWS)
_MOVE = f"""{CLOCK}, moved AS (
    SELECT day, hour, {_SUMS} FROM ({" UNION ALL ".join(STORE_MOVEMENTS)}) AS movements
    WHERE basis = 'booked' AND order_id = %(order)s GROUP BY day, hour
)
INSERT INTO {LEDGER} ({", ".join(COLUMNS)}, created_at)
SELECT {", ".join(_VALUES.get(name, f"%({name})s") for name in COLUMNS)}, clock_timestamp()
FROM moved CROSS JOIN (
    VALUES (%(former_country)s, %(former_type)s, -1), (%(country)s, %(type)s, 1)
) AS facts (country, type, sign)
"""


def append_type_changes(order_ids: Sequence[int]) -> None:
    """Append that these orders, which became their customer's first or no longer are, count under the other type."""
    for order in Order.objects.filter(pk__in=order_ids).select_related("store").order_by("pk"):
        former = replace(order.facts, customer_type=customer_type(order.customer_id, not order.is_first))
        append_facts_change(order, former)


def append_facts_change(order: Order, before: OrderFacts) -> None:
    """Append that an order counts under the country and type of customer it has now, and no longer under others."""
    facts = order.facts
    parameters = {
        "order": order.pk,
        "store": order.store_id,
        "order_day": order.order_day,
        "order_hour": order.placed_at.astimezone(order.store.zone).hour,
        "country": facts.country,
        "former_country": before.country,
        "type": facts.customer_type,
        "former_type": before.customer_type,
        "coupon_code": facts.coupon_code,
        "payment_code": facts.payment_code,
        "channel": facts.channel,
        "placed_by": facts.placed_by,
        "from": EVERY_DAY.first,
        "to": EVERY_DAY.last,
        **clock(order.store.timezone, EVERY_DAY),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, parameters)
