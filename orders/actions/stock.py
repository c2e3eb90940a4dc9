"""Stock in and out, in one statement each, rows locked in primary key order; each movement is written down by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext

from dealport.kit.errors import Conflict
from orders.models import Order, OrderItem, Product, StockMovement

Reason = StockMovement.Reason

# Locks the counted products in pk order first: two orders naming the same products never deadlock.
MOVE = """
WITH moved(id, pieces) AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[])),
locked AS (
    SELECT p.id, p.stock FROM orders_product p JOIN moved USING (id) WHERE p.stock IS NOT NULL
    ORDER BY p.id FOR NO KEY UPDATE OF p
),
changed AS (
    UPDATE orders_product p SET stock = p.stock + moved.pieces, updated_at = clock_timestamp()
    FROM moved JOIN locked USING (id)
    WHERE p.id = moved.id AND (moved.pieces > 0 OR locked.stock + moved.pieces >= 0)
    RETURNING p.id, p.store_id, locked.stock AS before, p.stock AS after
),
written AS (
    INSERT INTO orders_stockmovement (store_id, product_id, order_id, reason, before, after, at, actor_label)
    SELECT store_id, id, %s, %s, before, after, %s, '' FROM changed ORDER BY id
)
SELECT id FROM changed
"""


@dataclass(frozen=True)
class Cause:
    """The step of an order that moves stock."""

    order: Order
    reason: Reason
    at: datetime


def move_stock(pieces: dict[int, int], cause: Cause) -> set[int]:
    """Add signed pieces to products, and write the movements down; return the ids that moved.

    A product whose stock is not counted, or would fall below zero, does not move.
    """
    pieces = {pk: count for pk, count in pieces.items() if count}
    if not pieces:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [list(pieces), list(pieces.values()), cause.order.pk, cause.reason, cause.at])
        return {pk for (pk,) in cursor.fetchall()}


def take_stock(items: Sequence[OrderItem], cause: Cause) -> None:
    """Take the pieces every line holds (`stock_taken`). Raises Conflict naming the product that has too few."""
    take_pieces(Counter({item.product_id: item.stock_taken for item in items if item.stock_taken}), cause)


def take_pieces(pieces: Mapping[int, int], cause: Cause) -> None:
    """Take pieces, product id → how many; below 0 they return. Raises Conflict naming a product that has too few."""
    moved = move_stock({pk: -count for pk, count in pieces.items()}, cause)
    short = {pk for pk, count in pieces.items() if count > 0} - moved
    if short:
        raise not_enough(Product.objects.get(pk=min(short)))


def not_enough(product: Product) -> Conflict:
    """Return the refusal of more pieces than a product has."""
    left = (
        gettext("{stock} left").format(stock=product.stock)
        if product.stock is not None
        else gettext("its stock is no longer counted")
    )
    return Conflict(
        gettext("Not enough stock of {product} (product {pk}): {left}.").format(
            product=product.name, pk=product.pk, left=left
        )
    )


def retake_stock(items: Iterable[OrderItem], cause: Cause) -> list[str]:
    """Take pieces again for an order that was expired and is paid now; return the names that are short.

    The money has arrived, so the order goes on: what is short is left untaken and said in the history.
    """
    counted = set(
        Product.objects.filter(pk__in=[item.product_id for item in items], stock__isnull=False).values_list(
            "pk", flat=True
        )
    )
    missing = [item for item in items if item.product_id in counted and item.stock_taken == 0 and item.quantity]
    wanted: Counter[int] = Counter()
    for item in missing:
        wanted[item.product_id] += item.quantity
    moved = move_stock({pk: -count for pk, count in wanted.items()}, cause)
    for item in missing:
        if item.product_id in moved:
            item.stock_taken = item.quantity
    OrderItem.objects.bulk_update([item for item in missing if item.product_id in moved], ["stock_taken"])
    return [item.name for item in missing if item.product_id not in moved]


def give_stock(items: Iterable[OrderItem], cause: Cause, pieces: dict[int, int] | None = None) -> None:
    """Give back the pieces lines hold: all of them, or item id → pieces."""
    back: Counter[int] = Counter()
    changed = []
    for item in items:
        count = item.stock_taken if pieces is None else min(pieces.get(item.pk, 0), item.stock_taken)
        if count:
            item.stock_taken -= count
            back[item.product_id] += count
            changed.append(item)
    OrderItem.objects.bulk_update(changed, ["stock_taken"])
    move_stock(dict(back), cause)
