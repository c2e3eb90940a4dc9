"""What the orders say: movements of every figure, read from orders, items, transactions, refunds and customers.

Shares nothing with the ledger on purpose: `recount` compares both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from customers.models import Store
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.rollups import ORDER_DIMENSIONS, TYPES
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, around, before_cut, clock, local_day_sql, local_hour_sql
from dealport.kit.money import places_sql
from dealport.kit.values import FieldValues
from orders.first_orders import CUSTOMER_TYPE, MARKED_TYPE

_PAID = "o.payment_status IN ('PAID', 'PARTIALLY_REFUNDED')"


def _range(column: str) -> str:
    return around(column, "from", "to")


def _movement(
    basis: str,
    day: str,
    source: str,
    product: str = "NULL::bigint",
    order: str = "o",
    customer_type: str = MARKED_TYPE,
    **measures: str,
) -> str:
    """Return SQL of movements; those of orders have the dimensions of their `order`, as `source` calls it.

    A measure that does not move is null: a sum passes over it, where a 0 is added.
    """
    if order:
        computed = {"hour": f"{local_hour_sql(day)}::text", "customer_type": customer_type}
        dimensions = ", ".join(f"{computed.get(name, f'{order}.{name}')} AS {name}" for name in ORDER_DIMENSIONS)
    else:
        dimensions = ", ".join(f"NULL::text AS {name}" for name in ORDER_DIMENSIONS)
    columns = ", ".join(f"({measures.get(name, 'NULL')})::{TYPES[name]} AS {name}" for name in STORE_MEASURES)
    return (
        f"SELECT %(store)s::bigint AS store_id, '{basis}' AS basis, {local_day_sql(day)} AS day, "
        f"{product} AS product_id, {dimensions}, {columns}, {day} AS at, "
        f"{f'{order}.id' if order else 'NULL::bigint'} AS order_id FROM {source}"
    )


# Orders to which anything happened within the range: the index on (store, at) of the history. Their store is not asked
# for again: where statistics do not know the store yet, PostgreSQL would read all of its events for each of its orders.
_TOUCHED = (
    "orders_order o JOIN (SELECT DISTINCT order_id FROM orders_orderevent "
    f"WHERE store_id = %(store)s AND {_range('at')}) touched ON touched.order_id = o.id WHERE "
)
_PLACED = f"orders_order o WHERE o.store_id = %(store)s AND {_range('o.placed_at')}"
_MONEY = (
    "orders_transaction t JOIN orders_order o ON o.id = t.order_id "
    f"WHERE t.store_id = %(store)s AND t.status = 'approved' AND {_range('t.created_at')}"
)
_COUNTED = "customers_customer c WHERE c.store_id = %(store)s AND c.merged_into_id IS NULL"
_CUSTOMERS = f"{_COUNTED} AND {_range('c.created_at')}"

# Units are sold once their order is paid in full. Returned are those that refunds name, and all of such an order once
# it is refunded in full.
_SOLD = "CASE WHEN o.completed_at IS NOT NULL THEN i.quantity ELSE 0 END"
_RETURNED = (
    "CASE WHEN o.completed_at IS NOT NULL AND o.refunded_at IS NOT NULL THEN i.quantity ELSE i.refunded_quantity END"
)


def _costs(units: str) -> dict[str, str]:
    """Return the measures of cost of `units` sold (less those returned) of a line, at what a piece cost then."""
    return {
        "cost": f"coalesce(i.unit_cost, 0) * ({units})",
        "units_without_cost": f"CASE WHEN i.unit_cost IS NULL THEN ({units}) ELSE 0 END",
    }


def _sold(units: str) -> dict[str, str]:
    return {"units_sold": units, **_costs(units)}


def _returned(units: str) -> dict[str, str]:
    return {"units_returned": units, **_costs(f"-({units})")}


# What was captured of a line, and the discount in it: all of it, or in proportion (`orders.pricing.captured_parts`).
_PLACES = places_sql("o.currency")
_NET = "(i.line_total - i.discount_share)"
_CAPTURED = f"coalesce(i.captured_amount, CASE WHEN o.captured_amount > 0 THEN {_NET} ELSE 0 END)"
_DISCOUNT = (
    f"CASE WHEN o.captured_amount = 0 THEN 0 WHEN {_CAPTURED} = {_NET} OR {_NET} = 0 THEN i.discount_share "
    f"ELSE round(i.discount_share * {_CAPTURED} / {_NET}, {_PLACES}) END"
)
_GOODS = {
    "net": f"{_CAPTURED} - i.refunded_amount", "discounts": _DISCOUNT, "returns": "i.refunded_amount",
}  # fmt: skip
_CAPTURED_TAX = "coalesce(o.captured_tax, CASE WHEN o.captured_amount > 0 THEN o.tax_amount ELSE 0 END)"
# The tip that is kept: in proportion to what was received besides goods and tax; refunds take from shipping first.
_RECEIVED = f"(o.captured_amount - {_CAPTURED_TAX} - goods.captured)"
_TIP = (
    f"greatest(0, least(CASE WHEN {_RECEIVED} >= o.shipping_fee + o.tip THEN o.tip "
    f"ELSE round(o.tip * {_RECEIVED} / (o.shipping_fee + o.tip), {_PLACES}) END, "
    f"{_RECEIVED} - o.refunded_amount + o.refunded_tax + goods.refunded))"
)
_TIPPED = (
    f"orders_order o CROSS JOIN LATERAL (SELECT coalesce(sum({_CAPTURED}), 0) AS captured, "
    "coalesce(sum(i.refunded_amount), 0) AS refunded FROM orders_orderitem i WHERE i.order_id = o.id) AS goods "
    f"WHERE o.store_id = %(store)s AND {_range('o.placed_at')} AND o.tip > 0 AND o.captured_amount > 0"
)


# The tax included in prices in what is kept (`orders.taxes.included_in`); of a payment that captured the whole order it
# is the order's own, and the tax of its lines theirs: `orders_amountpart` has what else moved.
_KEPT = "(o.captured_amount - o.refunded_amount)"
_INCLUDED = (
    f"CASE WHEN o.captured_amount = 0 OR o.included_tax = 0 THEN 0 WHEN {_KEPT} >= o.total_amount THEN o.included_tax "
    f"ELSE round(o.included_tax * {_KEPT} / o.total_amount, {_PLACES}) END"
)
_WHOLE_TAX = "CASE WHEN o.captured_amount > 0 AND o.captured_tax IS NULL THEN i.tax_share ELSE 0 END"
_TAX_PARTS = (
    "orders_amountpart p JOIN orders_order o ON o.id = p.order_id JOIN orders_orderitem i ON i.id = p.item_id "
    "WHERE p.is_tax AND "
)


# What edits moved: an order completed with the pieces it had then, which today's lines less its later edits are.
_EDITED = (
    "orders_orderedit e JOIN orders_order o ON o.id = e.order_id JOIN orders_ordereditline l ON l.edit_id = e.id "
    "JOIN orders_orderitem i ON i.id = l.item_id WHERE e.store_id = %(store)s AND "
)


def _goods(product: str, captured: tuple[str, ...], refunded: tuple[str, ...], **whole: str) -> tuple[str, ...]:
    """Return the booked movements of goods: the measures that a payment adds to, and those a refund takes from.

    A payment of the whole order at once, which moves what `whole` says as well, payments of a part of their order,
    refunds.
    """
    return (
        _movement(
            "booked",
            "t.created_at",
            "orders_transaction t JOIN orders_order o ON o.id = t.order_id "
            "JOIN orders_orderitem i ON i.order_id = o.id "
            "WHERE t.store_id = %(store)s AND t.status = 'approved' AND t.kind = 'payment' AND t.tax_amount IS NULL "
            f"AND {_range('t.created_at')}",
            product,
            **dict.fromkeys(captured, _NET),
            **whole,
        ),
        _movement(
            "booked",
            "t.created_at",
            "orders_captureshare s JOIN orders_transaction t ON t.id = s.transaction_id "
            "JOIN orders_order o ON o.id = t.order_id JOIN orders_orderitem i ON i.id = s.item_id "
            f"WHERE t.store_id = %(store)s AND t.status = 'approved' AND {_range('t.created_at')}",
            product,
            **dict.fromkeys(captured, "s.amount"),
        ),
        _movement(
            "booked",
            "r.settled_at",
            "orders_refund r JOIN orders_order o ON o.id = r.order_id JOIN orders_refundshare s ON s.refund_id = r.id "
            "JOIN orders_orderitem i ON i.id = s.item_id "
            f"WHERE r.store_id = %(store)s AND {_range('r.settled_at')}",
            product,
            returns="s.amount",
            **dict.fromkeys(refunded, "-s.amount"),
        ),
        _movement(
            "booked",
            "p.at",
            "orders_amountpart p JOIN orders_order o ON o.id = p.order_id JOIN orders_orderitem i ON i.id = p.item_id "
            f"WHERE p.store_id = %(store)s AND NOT p.is_tax AND {_range('p.at')}",
            product,
            discounts="p.amount",
        ),
        _movement(
            "booked",
            "e.at",
            _EDITED + _range("e.at"),
            product,
            returns="l.refunded",
            **dict.fromkeys(captured, "l.captured - l.refunded"),
        ),
    )


def _units(product: str) -> tuple[str, ...]:
    """Return the booked movements of units; those returned without being named count when the order is refunded."""
    touched = (
        "orders_orderitem i JOIN orders_order o ON o.id = i.order_id WHERE o.store_id = %(store)s AND o.id IN ("
        f"SELECT order_id FROM orders_orderevent WHERE store_id = %(store)s AND {_range('at')}) "
        "AND o.completed_at IS NOT NULL"
    )
    named = (
        "orders_refund r JOIN orders_order o ON o.id = r.order_id JOIN orders_refundshare s ON s.refund_id = r.id "
        "JOIN orders_orderitem i ON i.id = s.item_id "
        f"WHERE r.store_id = %(store)s AND s.quantity > 0 AND {_range('r.settled_at')}"
    )
    unnamed = f"{touched} AND o.refunded_at IS NOT NULL AND i.quantity <> i.refunded_quantity"
    return (
        _movement("booked", "o.completed_at", touched, product, **_sold("i.quantity")),
        _movement("booked", "o.completed_at", _EDITED + _range("o.completed_at"), product, **_sold("-l.units_sold")),
        _movement("booked", "e.at", _EDITED + _range("e.at"), product, **_sold("l.units_sold")),
        _movement("booked", "r.settled_at", named, product, **_returned("s.quantity")),
        _movement("booked", "o.refunded_at", unnamed, product, **_returned("i.quantity - i.refunded_quantity")),
    )


_COSTS = _costs(f"{_SOLD} - {_RETURNED}")
STORE_MOVEMENTS = (
    _movement(
        "placed", "o.placed_at", _PLACED, customer_type=CUSTOMER_TYPE,
        sales="o.captured_amount - o.refunded_amount",
        tax=f"{_CAPTURED_TAX} - o.refunded_tax", tax_included=_INCLUDED,
        orders="1", completed=f"({_PAID})::int",
        refunded="(o.refunded_at IS NOT NULL)::int", expired="(o.expired_at IS NOT NULL)::int",
        with_coupon=f"({_PAID} AND o.coupon_code <> '')::int",
        pending="(o.status = 'PENDING')::int", canceled="(o.status = 'CANCELED')::int",
    ),
    _movement(
        "placed", "c.created_at", _CUSTOMERS, order="",
        customers="1", new_customers="(c.email_confirmed_at IS NOT NULL)::int",
    ),
    _movement(
        "placed", "o.placed_at",
        "orders_orderitem i JOIN orders_order o ON o.id = i.order_id "
        f"WHERE o.store_id = %(store)s AND {_range('o.placed_at')} AND (o.completed_at IS NOT NULL OR "
        "o.captured_amount > 0 OR i.refunded_quantity > 0)",
        units_sold=_SOLD, units_returned=_RETURNED, **_COSTS, **_GOODS,
    ),
    _movement("placed", "o.placed_at", _TIPPED, tips=_TIP),
    *_units("NULL::bigint"),
    *_goods("NULL::bigint", ("net",), ("net",)),
    _movement(
        "booked", "p.at",
        "orders_amountpart p JOIN orders_order o ON o.id = p.order_id "
        f"WHERE p.store_id = %(store)s AND p.item_id IS NULL AND {_range('p.at')}",
        tips="CASE WHEN p.is_tax THEN 0 ELSE p.amount END", tax_included="CASE WHEN p.is_tax THEN p.amount ELSE 0 END",
    ),
    _movement("booked", "o.placed_at", _PLACED, orders="1"),
    _movement(
        "booked", "t.created_at", _MONEY, sales="CASE t.kind WHEN 'payment' THEN t.amount ELSE -t.amount END",
        tax="CASE t.kind WHEN 'payment' THEN coalesce(t.tax_amount, o.tax_amount) ELSE 0 END",
        tax_included="CASE WHEN t.kind = 'payment' AND t.tax_amount IS NULL THEN o.included_tax ELSE 0 END",
    ),
    _movement(
        "booked", "r.settled_at",
        "orders_refund r JOIN orders_order o ON o.id = r.order_id "
        f"WHERE r.store_id = %(store)s AND {_range('r.settled_at')}",
        tax="-r.tax_amount",
    ),
    _movement(
        "booked", "e.at",
        "orders_orderedit e JOIN orders_order o ON o.id = e.order_id "
        f"WHERE e.store_id = %(store)s AND {_range('e.at')}",
        tax="e.tax_amount",
    ),
    _movement(
        "booked", "o.completed_at", _TOUCHED + "o.completed_at IS NOT NULL",
        completed="1", with_coupon="(o.coupon_code <> '')::int",
    ),
    _movement(
        "booked", "o.refunded_at", _TOUCHED + "o.refunded_at IS NOT NULL",
        refunded="1", completed="-(o.completed_at IS NOT NULL)::int",
        with_coupon="-(o.completed_at IS NOT NULL AND o.coupon_code <> '')::int",
    ),
    _movement("booked", "o.expired_at", _TOUCHED + "o.expired_at IS NOT NULL", expired="1"),
    _movement("booked", "c.created_at", _CUSTOMERS, order="", customers="1"),
    _movement(
        "booked", "c.email_confirmed_at",
        f"{_COUNTED} AND {_range('c.email_confirmed_at')}",
        order="", new_customers="1",
    ),
)  # fmt: skip

_FACTS = ("customer_id", "is_first", *(name for name in ORDER_DIMENSIONS if name not in ("customer_type", "hour")))
_LINES = (
    f"(SELECT o.id, o.placed_at, {', '.join(f'o.{name}' for name in _FACTS)}, i.product_id, "
    + ", ".join(f"sum({sql}) AS {name}" for name, sql in (_GOODS | _COSTS).items())
    + f", sum({_WHOLE_TAX}) AS tax, sum({_SOLD}) AS sold, sum({_RETURNED}) AS returned "
    "FROM orders_order o JOIN orders_orderitem i ON i.order_id = o.id "
    f"WHERE o.store_id = %(store)s AND {_range('o.placed_at')} GROUP BY o.id, i.product_id) o "
)
PRODUCT_MOVEMENTS = (
    _movement(
        "placed", "o.placed_at", _LINES, "o.product_id",
        sales="o.net", tax="o.tax", orders="1", units_sold="o.sold", units_returned="o.returned",
        **{name: f"o.{name}" for name in (_GOODS | _COSTS)},
    ),
    _movement(
        "placed", "o.placed_at",
        f"{_TAX_PARTS}o.store_id = %(store)s AND {_range('o.placed_at')}", "i.product_id", tax="p.amount",
    ),
    _movement(
        "booked", "p.at", f"{_TAX_PARTS}p.store_id = %(store)s AND {_range('p.at')}", "i.product_id", tax="p.amount"
    ),
    *_units("i.product_id"),
    *_goods("i.product_id", ("sales", "net"), ("sales", "net"), tax="i.tax_share"),
    _movement("booked", "o.placed_at", _LINES, "o.product_id", orders="1"),
    # an edit brought the product to the order: it counts from that day on
    _movement("booked", "o.placed_at", _EDITED + _range("o.placed_at"), "i.product_id", orders="-l.orders"),
    _movement("booked", "e.at", _EDITED + _range("e.at"), "i.product_id", orders="l.orders"),
)  # fmt: skip


def movements_within(basis: str, *, by_product: bool, condition: str = "day BETWEEN %(from)s AND %(to)s") -> str:
    """Return SQL of the movements of some days of a store, recounted from the rows: with every dimension at once.

    Its parameters are store, from, to and `clock`; the statement, or the subquery it is in, begins with CLOCK.
    """
    source = " UNION ALL ".join(PRODUCT_MOVEMENTS if by_product else STORE_MOVEMENTS)
    keys = ", ".join(("store_id", "basis", "day", "product_id", *ORDER_DIMENSIONS))
    measures = ", ".join(f"coalesce({name}, 0) AS {name}" for name in STORE_MEASURES)
    return f"SELECT {keys}, {measures} FROM ({source}) AS moved WHERE basis = '{basis}' AND {condition}"


def movements_until(basis: str, *, by_product: bool) -> str:
    """Return SQL of the movements of one day up to a moment: no rollup knows part of a day.

    Its parameters are `part_parameters`; the statement begins with CLOCK.
    """
    return movements_within(basis, by_product=by_product, condition=f"day = %(to)s AND {before_cut('day', 'at', 'to')}")


def part_parameters(store: Store, until: datetime) -> FieldValues:
    """Return the parameters of `movements_until` for the day of a moment local to the store."""
    day = DayRange.of_day(until.date())
    return {"store": store.pk, "until": until, "from": day.first, "to": day.last, **clock(store.timezone, day)}


def movements_of_parts(basis: str, untils: Mapping[Store, datetime], *, by_product: bool) -> tuple[str, FieldValues]:
    """Return SQL of what the day of each store's local moment made before it, with its currency, and the parameters.

    One store's is planned by its own values; those of several are read one after the other by the same statement.
    """
    source = movements_until(basis, by_product=by_product)
    if len(untils) == 1:
        ((store, until),) = untils.items()
        parameters = {"currency": store.currency, **part_parameters(store, until)}
        return f"{CLOCK} SELECT %(currency)s AS currency, part.* FROM ({source}) AS part", parameters
    for name, column in {"store": "store", "from": "day", "to": "day", "until": "until"}.items():
        source = source.replace(f"%({name})s", f"cut.{column}")
    known = [(store, until, part_parameters(store, until)) for store, until in untils.items()]
    return (
        "SELECT cut.currency, part.* FROM unnest(%(cut_stores)s::bigint[], %(cut_currencies)s::text[], "
        "%(cut_days)s::date[], %(cut_untils)s::timestamptz[], %(cut_changes)s::text[], %(cut_offsets)s::text[]) "
        "AS cut (store, currency, day, until, changes, offsets) CROSS JOIN LATERAL ("
        "WITH clock AS (SELECT cut.changes::timestamptz[] AS changes, cut.offsets::interval[] AS offsets) "
        f"SELECT * FROM ({source}) AS source) AS part",
        {
            "cut_stores": [store.pk for store, *_ in known],
            "cut_currencies": [store.currency for store, *_ in known],
            "cut_days": [until.date() for _, until, _ in known],
            "cut_untils": [until for _, until, _ in known],
            "cut_changes": [_array(at.isoformat() for at in found["changes"]) for *_, found in known],
            "cut_offsets": [_array(f"{by.total_seconds()} seconds" for by in found["offsets"]) for *_, found in known],
        },
    )


def _array(texts: Iterable[str]) -> str:
    """Return an array of PostgreSQL as text: arrays of different lengths cannot be in one array."""
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"
