"""Keep the tax of refunds: of each refund, and of all refunds of an order.

Refunds made so far are priced again by the arithmetic of the day they were made, frozen below: a refund's tax is that
of the pieces it names and its part, in proportion, of the tax that is left. The columns come with a default in the
database, so that what still runs the code of before can go on writing; orders are filled in batches of their own
transactions; a second run fills the same.
"""

import heapq
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import dealport.kit.fields

BATCH = 2_000
CENT = Decimal("0.01")
ZERO = Decimal("0.00")

NEXT_ORDERS = """
SELECT o.id, o.tax_amount, o.shipping_fee FROM orders_order o
WHERE o.id > %s AND o.tax_amount > 0 AND o.refunded_amount > 0 ORDER BY o.id LIMIT %s
"""
ITEMS = """
SELECT order_id, id, line_total - discount_share, tax_share, quantity FROM orders_orderitem
WHERE order_id = ANY(%s) ORDER BY id
"""
REFUNDS = """
SELECT order_id, id, amount FROM orders_refund
WHERE order_id = ANY(%s) AND settled_at IS NOT NULL ORDER BY settled_at, id
"""
NAMED = """
SELECT s.refund_id, s.item_id, s.quantity FROM orders_refundshare s JOIN orders_refund r ON r.id = s.refund_id
WHERE r.order_id = ANY(%s) AND s.quantity > 0
"""
SAVE_REFUNDS = """
UPDATE orders_refund r SET tax_amount = v.tax
FROM unnest(%s::bigint[], %s::numeric[]) AS v (id, tax) WHERE r.id = v.id
"""
SAVE_ORDERS = """
UPDATE orders_order o SET refunded_tax = v.tax
FROM unnest(%s::bigint[], %s::numeric[]) AS v (id, tax) WHERE o.id = v.id
"""


def fill(apps, schema_editor):
    """Give every settled refund and its order the tax it took back, BATCH orders at a time."""
    with schema_editor.connection.cursor() as cursor:
        after = 0
        while True:
            cursor.execute(NEXT_ORDERS, [after, BATCH])
            orders = cursor.fetchall()
            if not orders:
                return
            after = orders[-1][0]
            ids = [pk for pk, *_ in orders]
            items, refunds, named = _rows(cursor, ITEMS, ids), _rows(cursor, REFUNDS, ids), defaultdict(dict)
            cursor.execute(NAMED, [ids])
            for refund, item, quantity in cursor.fetchall():
                named[refund][item] = quantity
            of_refunds, of_orders = {}, {}
            for pk, tax, shipping in orders:
                taxes = taxes_of_refunds(items[pk], tax, shipping, [(a, named[r]) for r, a in refunds[pk]])
                of_refunds |= {refund: part for (refund, _), part in zip(refunds[pk], taxes, strict=True)}
                of_orders[pk] = sum(taxes, ZERO)
            cursor.execute(SAVE_REFUNDS, [list(of_refunds), list(of_refunds.values())])
            cursor.execute(SAVE_ORDERS, [list(of_orders), list(of_orders.values())])


def _rows(cursor, sql, ids):
    cursor.execute(sql, [ids])
    found = defaultdict(list)
    for order, *row in cursor.fetchall():
        found[order].append(row)
    return found


def taxes_of_refunds(items, tax, shipping, refunds):
    """Return the tax of each refund (amount, item → pieces): what all so far took back, less those before."""
    returned, by_line, tax_by_line = defaultdict(int), defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
    refunded = tax_before = ZERO
    found = []
    for amount, pieces in refunds:
        values = []
        for item, net, item_tax, quantity in items:
            before, now = returned[item], returned[item] + pieces.get(item, 0)
            for whole in (net, item_tax):
                values.append(_quantize(whole * now / quantity) - _quantize(whole * before / quantity))
            returned[item] = now
        taken = _allocate(min(amount, sum(values, ZERO)), values)
        for (item, *_), line, line_tax in zip(items, taken[0::2], taken[1::2], strict=True):
            by_line[item], tax_by_line[item] = by_line[item] + line, tax_by_line[item] + line_tax
        refunded += amount
        named_tax = sum(tax_by_line.values(), ZERO)
        rest = refunded - sum(by_line.values(), ZERO) - named_tax
        weights = [net - by_line[item] for item, net, *_ in items]
        tax_now = named_tax + _allocate(rest, [*weights, tax - named_tax, shipping])[-2]
        found.append(tax_now - tax_before)
        tax_before = tax_now
    return found


def _quantize(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def _allocate(amount, weights):
    """Split an amount into cents in proportion to weights, by D'Hondt's method."""
    cents, units = int(amount / CENT), [int(weight / CENT) for weight in weights]
    total = sum(units)
    if cents == 0:
        return [ZERO for _ in weights]
    parts = [cents * unit // total for unit in units]
    queue = [(-((unit << 128) // (parts[n] + 1)), n) for n, unit in enumerate(units) if unit]
    heapq.heapify(queue)
    for _ in range(cents - sum(parts)):
        _, n = queue[0]
        parts[n] += 1
        heapq.heapreplace(queue, (-((units[n] << 128) // (parts[n] + 1)), n))
    return [part * CENT for part in parts]


def column(table, name, model):
    """Return the operation that adds an amount to a table, 0 by default in the database as well."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} numeric(14, 2) NOT NULL DEFAULT 0",
        f"ALTER TABLE {table} DROP COLUMN {name}",
        state_operations=[
            migrations.AddField(
                model, name, dealport.kit.fields.MoneyField(default=Decimal("0.00"), editable=False)
            )
        ],
    )


WITHIN_TAX = models.CheckConstraint(
    condition=models.Q(refunded_tax__gte=0, refunded_tax__lte=models.F("tax_amount")),
    name="orders_order_refunded_tax_within_tax",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0007_order_day")]

    operations = [
        column("orders_order", "refunded_tax", "order"),
        column("orders_refund", "tax_amount", "refund"),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(f"ALTER TABLE orders_order DROP CONSTRAINT IF EXISTS {WITHIN_TAX.name}", ""),
        AddConstraintNotValid("order", WITHIN_TAX),
        ValidateConstraint("order", WITHIN_TAX.name),
    ]
