"""Turning lives into table rows, and the COPY that writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from django.db import connection, connections
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

from customers.models import Store
from dealport.kit.local_days import local_day
from orders.actions.placing import order_number
from orders.bulk.descriptions import BulkOrder
from orders.bulk.lives import Life
from orders.payment_methods import code_of

ORDER_COLUMNS = (
    "id", "store_id", "number", "customer_id", "status", "payment_status", "currency", "subtotal", "discount",
    "tax_amount", "shipping_fee", "tip", "included_tax", "total_amount", "captured_amount", "captured_tax",
    "refunded_amount",
    "refunded_tax", "coupon_id", "coupon_code", "country", "shipping_address", "billing_address", "payment_method",
    "payment_code", "payment_terms", "due_on", "channel", "placed_by", "tags", "notes", "internal_notes", "placed_at",
    "order_day", "completed_at", "expired_at", "canceled_at", "refunded_at", "shipped_at", "delivered_at",
    "updated_at", "is_imported", "is_first", "version",
)  # fmt: skip
ITEM_COLUMNS = (
    "id", "store_id", "order_id", "product_id", "name", "sku", "image_url", "unit_price", "unit_cost", "quantity",
    "line_total", "discount_share", "tax_share", "captured_amount", "refunded_amount", "refunded_by_line",
    "refunded_tax_by_line", "refunded_quantity", "stock_taken",
)  # fmt: skip
TRANSACTION_COLUMNS = (
    "id", "store_id", "order_id", "kind", "status", "amount", "tax_amount", "currency", "method",
    "gateway_transaction_id", "requested_at", "created_at",
)  # fmt: skip
REFUND_COLUMNS = (
    "id", "store_id", "order_id", "amount", "tax_amount", "shipping_amount", "currency", "reason", "restock",
    "gateway_transaction_id", "created_at", "settled_at",
)  # fmt: skip
ORIGIN_COLUMNS = (
    "order_id", "store_id", "source", "external_id", "updated_at", "details", "connection_id", "read_at",
)  # fmt: skip
CAPTURE_COLUMNS = ("transaction_id", "item_id", "amount")
PART_COLUMNS = ("store_id", "order_id", "item_id", "at", "amount", "is_tax")
PARCEL_COLUMNS = (
    "id", "store_id", "order_id", "tracking_number", "carrier", "tracking_url", "shipped_at", "delivered_at",
)  # fmt: skip
PIECES_COLUMNS = ("fulfillment_id", "item_id", "quantity")
SHARE_COLUMNS = ("refund_id", "item_id", "quantity", "amount")
EVENT_COLUMNS = (
    "store_id", "order_id", "kind", "at", "actor_label", "from_status", "to_status", "from_payment_status",
    "to_payment_status", "amount", "note",
)  # fmt: skip


class Rows:
    """Turns lives into rows, one method a table, in the order of its columns."""

    def __init__(self, store: Store) -> None:
        self.store_id, self.currency, self.zone = store.pk, store.currency, store.zone

    def order(self, life: Life, pk: int) -> tuple[object, ...]:
        """Return the values of `orders_order`, in the order of the columns that COPY names."""
        order = life.order
        return (
            pk,
            self.store_id,
            order.number,
            order.customer_id,
            life.status,
            life.payment_status,
            self.currency,
            life.subtotal,
            life.discount,
            order.tax,
            order.shipping,
            order.tip,
            order.included_tax,
            life.total,
            life.captured,
            life.captured_tax,
            life.refunded,
            life.refunded_tax,
            order.coupon_id,
            order.coupon_code,
            order.country,
            json.dumps(order.shipping_address),
            json.dumps(order.billing_address),
            order.payment_method,
            order.payment_code or code_of(order.payment_method),
            order.payment_terms,
            order.due_on,
            order.channel,
            order.placed_by,
            list(order.tags),
            order.notes,
            order.internal_notes,
            order.placed_at,
            local_day(order.placed_at, self.zone),
            life.completed_at,
            life.expired_at,
            life.canceled_at,
            life.refunded_at,
            life.shipped_at,
            life.delivered_at,
            life.events[-1].at,
            order.is_imported,
            order.is_first,
            len(life.events),
        )

    def origins(self, life: Life, order_id: int) -> Iterator[tuple[object, ...]]:
        """Yield which order of which source it is."""
        if (origin := life.order.origin) is not None:
            yield (
                order_id,
                self.store_id,
                origin.source,
                origin.external_id,
                origin.updated_at,
                json.dumps(origin.details),
                origin.connection_id,
                origin.read_at,
            )

    def items(self, life: Life, order_id: int, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield the rows of its lines."""
        for pk, line in zip(ids, life.lines, strict=True):
            item = line.item
            yield (
                pk,
                self.store_id,
                order_id,
                item.product_id,
                item.name,
                item.sku,
                item.image_url,
                item.unit_price,
                item.unit_cost,
                item.quantity,
                line.total,
                line.discount_share,
                line.tax_share,
                line.captured,
                line.refunded,
                line.by_line,
                line.tax_by_line,
                line.returned,
                line.stock_taken,
            )

    def transactions(self, life: Life, order_id: int, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield the rows of its payments, refusals and refunds."""
        for pk, payment in zip(ids, life.payments, strict=True):
            yield (
                pk,
                self.store_id,
                order_id,
                payment.kind,
                payment.status,
                payment.amount,
                payment.tax,
                self.currency,
                life.order.payment_method,
                payment.gateway_transaction_id,
                payment.requested_at,
                payment.at,
            )

    def captures(self, life: Life, item_ids: Sequence[int], ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield what its part payments moved on its lines."""
        for pk, payment in zip(ids, life.payments, strict=True):
            for position, amount in payment.shares:
                yield pk, item_ids[position], amount

    def parts(self, life: Life, order_id: int, item_ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield what its steps moved of discounts, tip and taxes."""
        for (position, is_tax), at, amount in life.parts:
            yield self.store_id, order_id, None if position is None else item_ids[position], at, amount, is_tax

    def parcels(self, life: Life, order_id: int, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield the rows of its parcels."""
        for pk, parcel in zip(ids, life.parcels, strict=True):
            yield pk, self.store_id, order_id, *parcel[:4], life.delivered_at

    def pieces(self, life: Life, item_ids: Sequence[int], ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield which pieces went with its parcels."""
        for pk, parcel in zip(ids, life.parcels, strict=True):
            for position, count in parcel.pieces:
                yield pk, item_ids[position], count

    def refunds(self, life: Life, order_id: int, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield the rows of its refunds."""
        for pk, refund in zip(ids, life.refunds, strict=True):
            yield (
                pk,
                self.store_id,
                order_id,
                refund.amount,
                refund.tax,
                refund.shipping,
                self.currency,
                refund.reason,
                refund.restock,
                refund.gateway_transaction_id,
                refund.at,
                refund.at,
            )

    def shares(self, life: Life, item_ids: Sequence[int], refund_ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
        """Yield what its refunds moved on its lines."""
        for pk, refund in zip(refund_ids, life.refunds, strict=True):
            for position, pieces, amount in refund.shares:
                yield pk, item_ids[position], pieces, amount

    def events(self, life: Life, order_id: int) -> Iterator[tuple[object, ...]]:
        """Yield its history, oldest first."""
        for event in life.events:
            yield (
                self.store_id,
                order_id,
                event.kind,
                event.at,
                event.source,
                event.from_status,
                event.to_status,
                event.from_payment,
                event.to_payment,
                event.amount,
                event.note[:500],
            )


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Append rows to the model's table with COPY; columns left out get the database's default. No rows ask nothing.

    Raises IntegrityError and the like, as other statements do.
    """
    names = ", ".join(columns)
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as pipe,
    ):
        pipe.write_row(first)
        for row in rows:
            pipe.write_row(row)


T = TypeVar("T", bound=Model)


def insert(objects: Iterable[T]) -> list[T]:
    """Insert new objects of one model with COPY and give them their primary keys; returns them.

    A statement with a parameter for every value of thousands of rows took Python a quarter of an import.
    """
    objects = list(objects)
    if not objects:
        return objects
    model = type(objects[0])
    database = connections[connection.alias]  # `connection` looks it up for every value
    fields = [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.generated)
        and not isinstance(getattr(objects[0], field.attname), DatabaseDefault)
    ]
    for item, pk in zip(objects, next_ids({model: len(objects)})[model], strict=True):
        item.pk = pk
    copy(
        model,
        ["id", *(field.column for field in fields)],
        (
            (item.pk, *(field.get_db_prep_save(field.pre_save(item, True), database) for field in fields))
            for item in objects
        ),
    )
    for item in objects:
        item._state.adding = False
    return objects


def next_ids(counts: dict[type[Model], int]) -> dict[type[Model], list[int]]:
    """Take as many primary keys as named from the sequence of each model, in one statement."""
    ids: dict[type[Model], list[int]] = {model: [] for model in counts}
    asked = [model for model, count in counts.items() if count]
    if not asked:
        return ids
    part = "SELECT %s, nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    values = [value for index, model in enumerate(asked) for value in (index, model._meta.db_table, counts[model])]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(asked)), values)
        for index, pk in cursor.fetchall():
            ids[asked[index]].append(pk)
    return ids


def number_orders(store: Store, orders: Sequence[BulkOrder]) -> None:
    """Give orders without a number the next ones of the store's own series, as placing does."""
    unnumbered = [order for order in orders if order.number is None]
    if not unnumbered:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)",
            [f"orders_number_{store.pk}", len(unnumbered)],
        )
        values = [value for (value,) in cursor.fetchall()]
    for order, value in zip(unnumbered, values, strict=True):
        order.number = order_number(store, order.placed_at, value)


def slices(ids: list[int], lengths: list[int]) -> Iterator[list[int]]:
    start = 0
    for length in lengths:
        yield ids[start : start + length]
        start += length


def flat(groups: Iterable[Iterator[tuple[object, ...]]]) -> Iterator[tuple[object, ...]]:
    return chain.from_iterable(groups)
