"""Writing led lives with COPY, and bringing everything that is derived from orders in line with them, set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from types import TracebackType

from django.db import connection
from django.db.models import F, Max, Min

from customers.actions import average, tier_for
from customers.models import Customer, Store
from customers.names import split_name
from dealport.kit.local_days import local_day
from dealport.kit.money import unit_of
from orders.bulk.descriptions import BulkOrder
from orders.bulk.lives import Life
from orders.bulk.rows import (
    CAPTURE_COLUMNS,
    EVENT_COLUMNS,
    ITEM_COLUMNS,
    ORDER_COLUMNS,
    ORIGIN_COLUMNS,
    PARCEL_COLUMNS,
    PART_COLUMNS,
    PIECES_COLUMNS,
    REFUND_COLUMNS,
    SHARE_COLUMNS,
    TRANSACTION_COLUMNS,
    Rows,
    copy,
    flat,
    insert,
    next_ids,
    number_orders,
    slices,
)
from orders.first_orders import correct_first_orders
from orders.models import (
    AmountPart,
    CaptureShare,
    Coupon,
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderEvent,
    OrderItem,
    Refund,
    RefundShare,
    SourceRecord,
    Transaction,
)
from orders.pricing import ZERO
from orders.signals import orders_imported

BATCH_LINES = 5_000
CUSTOMERS_AT_ONCE = 10_000
ANALYZE_FROM = 2_000
"""Lines from which the planner must learn of them before the recount: it would loop over what it thinks is nothing."""

WRITTEN = (
    Customer,
    Order,
    OrderItem,
    Transaction,
    CaptureShare,
    AmountPart,
    Refund,
    RefundShare,
    OrderEvent,
    SourceRecord,
)
MOVE_CUSTOMERS = """
UPDATE customers_customer c SET
    total_orders = f.orders, completed_orders = f.completed, total_spent = f.spent,
    average_order_value = f.average, tier = f.tier, last_order_at = f.last_order_at
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::numeric[], %s::numeric[], %s::text[], %s::timestamptz[])
     AS f(id, orders, completed, spent, average, tier, last_order_at)
WHERE c.id = f.id
"""


class CustomerMove:
    """What the written orders add to one customer's figures; `marked`: when the one marked as first was placed."""

    __slots__ = ("completed", "first_order_at", "last_order_at", "marked", "orders", "spent")

    def __init__(self) -> None:
        self.orders = self.completed = 0
        self.spent = ZERO
        self.first_order_at: datetime | None = None
        self.last_order_at: datetime | None = None
        self.marked: datetime | None = None

    def is_marked_right(self, orders: int, last_order_at: datetime | None) -> bool:
        """Answer whether the mark is surely right for a customer of so many orders before."""
        if not orders:
            return self.marked is not None and self.marked == self.first_order_at
        if self.marked is not None or self.first_order_at is None or last_order_at is None:
            return False
        return self.first_order_at >= last_order_at


class CouponMove:
    """What the written orders add to one coupon's figures."""

    __slots__ = ("sales", "used", "uses_reserved")

    def __init__(self) -> None:
        self.uses_reserved = self.used = 0
        self.sales = ZERO


class OrderWriter:
    """Writes orders of one store in batches, in the caller's transaction; memory does not grow with their number.

    A context manager: leaving it without an error writes the last batch, moves the figures of the touched
    customers and coupons and sends `orders_imported`, whose receivers recount the touched days. Coupon limits and
    stock are not checked: what is written has happened. `orders` and `lines` count what was written.
    """

    keeps_states = False

    def __init__(self, store: Store) -> None:
        self.store = store
        self.orders = self.lines = 0
        self._unit = unit_of(store.currency)
        self._lives: list[Life] = []
        self._waiting_lines = 0
        self._customers: defaultdict[int, CustomerMove] = defaultdict(CustomerMove)
        self._coupons: defaultdict[int, CouponMove] = defaultdict(CouponMove)
        self._without_orders: set[int] = set()
        self._doubtful: set[int] = set()
        self._first_day, self._last_day = date.max, date.min

    def __enter__(self) -> OrderWriter:
        if not connection.in_atomic_block:
            raise RuntimeError("orders are written in bulk inside a transaction alone")
        with connection.cursor() as cursor:
            # Checked batch by batch: deferred checks would pile up in the server until the commit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()

    def add_customers(self, customers: Sequence[Customer]) -> list[Customer]:
        """Insert customers of the store, figures all zero; their orders may follow. Returns them with their ids.

        Names that come whole are split.
        """
        for customer in customers:
            if not (customer.first_name or customer.last_name):
                customer.first_name, customer.last_name = split_name(customer.name)
            self.touch(customer.created_at)
            if customer.email_confirmed_at is not None:
                self.touch(customer.email_confirmed_at)
        created = insert(customers)
        self._without_orders |= {customer.pk for customer in created}
        return created

    def add(self, order: BulkOrder) -> Life:
        """Lead the order through its life and take it into the batch. Returns what became of it.

        Raises IllegalStep or AmountError for a life that cannot be; nothing of the order is written then.
        """
        life = Life(order, unit=self._unit, keeps_states=self.keeps_states)
        if order.customer_id in self._without_orders:
            self._without_orders.discard(order.customer_id)
            order.is_first = True
        self._touch_life(life)
        self._lives.append(life)
        self._waiting_lines += len(life.lines)
        if self._waiting_lines >= BATCH_LINES:
            self.flush()
        return life

    def customer_dated(self, pk: int, created_at: datetime, confirmed_at: datetime | None) -> None:
        """Take note that a customer counts on an earlier day from now on; the moments are those before."""
        for moment in filter(None, (created_at, confirmed_at)):
            self.touch(moment)

    def flush(self) -> None:
        """Write the orders that wait with all their rows and movements by COPY, and wait for the next ones."""
        lives = self._lives
        if not lives:
            return
        number_orders(self.store, [life.order for life in lives])
        ids = next_ids(
            {
                Order: len(lives),
                OrderItem: self._waiting_lines,
                Refund: sum(len(life.refunds) for life in lives),
                Transaction: sum(len(life.payments) for life in lives),
                Fulfillment: sum(len(life.parcels) for life in lives),
            }
        )
        order_ids = ids[Order]
        items_of = list(slices(ids[OrderItem], [len(life.lines) for life in lives]))
        refunds_of = list(slices(ids[Refund], [len(life.refunds) for life in lives]))
        payments_of = list(slices(ids[Transaction], [len(life.payments) for life in lives]))
        parcels_of = list(slices(ids[Fulfillment], [len(life.parcels) for life in lives]))
        rows = Rows(self.store)
        copy(Order, ORDER_COLUMNS, map(rows.order, lives, order_ids))
        copy(OrderItem, ITEM_COLUMNS, flat(map(rows.items, lives, order_ids, items_of)))
        copy(Transaction, TRANSACTION_COLUMNS, flat(map(rows.transactions, lives, order_ids, payments_of)))
        copy(CaptureShare, CAPTURE_COLUMNS, flat(map(rows.captures, lives, items_of, payments_of)))
        copy(AmountPart, PART_COLUMNS, flat(map(rows.parts, lives, order_ids, items_of)))
        copy(Refund, REFUND_COLUMNS, flat(map(rows.refunds, lives, order_ids, refunds_of)))
        copy(Fulfillment, PARCEL_COLUMNS, flat(map(rows.parcels, lives, order_ids, parcels_of)))
        copy(FulfillmentLine, PIECES_COLUMNS, flat(map(rows.pieces, lives, items_of, parcels_of)))
        copy(RefundShare, SHARE_COLUMNS, flat(map(rows.shares, lives, items_of, refunds_of)))
        copy(SourceRecord, ORIGIN_COLUMNS, flat(map(rows.origins, lives, order_ids)))
        copy(OrderEvent, EVENT_COLUMNS, flat(map(rows.events, lives, order_ids)))
        self.orders += len(lives)
        self.lines += self._waiting_lines
        self._lives, self._waiting_lines = [], 0

    def touch(self, moment: datetime) -> None:
        """Let the figures of this day be recounted."""
        day = local_day(moment, self.store.zone)
        self._first_day, self._last_day = min(self._first_day, day), max(self._last_day, day)

    def _touch_life(self, life: Life) -> None:
        order = life.order
        for event in life.events:
            self.touch(event.at)
        if order.customer_id is not None:
            move = self._customers[order.customer_id]
            move.orders += 1
            move.completed += life.is_completed
            move.spent += life.sales
            move.first_order_at = min(filter(None, (move.first_order_at, order.placed_at)))
            move.last_order_at = max(filter(None, (move.last_order_at, order.placed_at)))
            move.marked = order.placed_at if order.is_first else move.marked
        for pk in (order.coupon_id, *order.further_coupons):
            if pk is None:
                continue
            coupon = self._coupons[pk]
            coupon.uses_reserved += life.uses_reserved
            coupon.used += life.is_completed
            coupon.sales += life.total if life.is_completed else ZERO

    def _finish(self) -> None:
        self.flush()
        self._move_figures()
        self._touch_changed(self._correct_first_orders())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            if self.lines >= ANALYZE_FROM:
                cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in WRITTEN))
        if self._first_day <= self._last_day:
            orders_imported.send(Order, store=self.store, first_day=self._first_day, last_day=self._last_day)

    def _correct_first_orders(self) -> set[int]:
        """Mark the first orders of the customers where another one may be first; return the orders that changed."""
        return correct_first_orders(self._doubtful)

    def _touch_changed(self, order_ids: set[int]) -> None:
        """Let the days be recounted on which anything happened to these orders."""
        if order_ids:
            ends = OrderEvent.objects.filter(order__in=order_ids).aggregate(first=Min("at"), last=Max("at"))
            self.touch(ends["first"])
            self.touch(ends["last"])

    def _move_figures(self) -> None:
        """Move the figures of coupons and customers: everybody locks in this order."""
        for pk, coupon in sorted(self._coupons.items()):
            Coupon.objects.filter(pk=pk).update(
                uses_reserved=F("uses_reserved") + coupon.uses_reserved,
                times_used=F("times_used") + coupon.used,
                total_sales_amount=F("total_sales_amount") + coupon.sales,
            )
        ids = sorted(self._customers)
        for start in range(0, len(ids), CUSTOMERS_AT_ONCE):
            self._move_customers(ids[start : start + CUSTOMERS_AT_ONCE])

    def _move_customers(self, ids: list[int]) -> None:
        """Add the moves to the customers' figures; rows locked in pk order, as everybody locks them."""
        locked = Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        rows = []
        for customer in locked.only("total_orders", "completed_orders", "total_spent", "last_order_at"):
            move = self._customers[customer.pk]
            if not move.is_marked_right(customer.total_orders, customer.last_order_at):
                self._doubtful.add(customer.pk)
            completed = customer.completed_orders + move.completed
            spent = customer.total_spent + move.spent
            last = max(filter(None, (customer.last_order_at, move.last_order_at)))
            rows.append(
                (
                    customer.pk,
                    customer.total_orders + move.orders,
                    completed,
                    spent,
                    average(spent, completed, self._unit),
                    tier_for(spent),
                    last,
                )
            )
        with connection.cursor() as cursor:
            cursor.execute(MOVE_CUSTOMERS, [list(column) for column in zip(*rows, strict=True)])
