"""Nightly comparison with the source: orders and money of each day; what differs is listed and fetched again.

A day is the store's local day on which orders were placed; its money is captures less refunds. What a connection
cannot read is not compared (`reads_days`), nor are days before the first order it was to bring.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dealport.kit.local_days import local_day
from orders.connections import backfill, events
from orders.connections.access import Source, source_of
from orders.connections.polling import not_current
from orders.connections.problems import UNUSABLE, Unreadable
from orders.connections.summaries import OrderSummary
from orders.models import Connection, Order, SourceDifference
from orders.pricing import ZERO

BATCH = 500


@dataclass
class Day:
    """One day's orders by the source's id, with the money in each."""

    there: dict[str, OrderSummary] = field(default_factory=dict)
    here: dict[str, Decimal] = field(default_factory=dict)

    @property
    def amount_there(self) -> Decimal:
        """Money of the day at the source."""
        return sum((order.amount for order in self.there.values()), ZERO)

    @property
    def amount_here(self) -> Decimal:
        """Money of the day here."""
        return sum(self.here.values(), ZERO)

    def differs(self) -> bool:
        """Answer whether number or money differ."""
        return self.there.keys() != self.here.keys() or self.amount_there != self.amount_here


def reconcile(connection: Connection) -> int:
    """Compare the days, list and repair those that differ; return how many there were. Raises SourceProblem."""
    start, end = period(connection)
    source = source_of(connection)
    days = _days(connection, source, start, end)
    differing = {day: one for day, one in sorted(days.items()) if one.differs()}
    count = sum(_repair(connection, source, day, one) for day, one in differing.items())
    Connection.objects.filter(pk=connection.pk).update(reconciled_at=timezone.now())
    return count


def period(connection: Connection) -> tuple[datetime, datetime]:
    """Return what is compared: whole local days of the store until yesterday's end."""
    zone = connection.store.zone
    today = timezone.localdate(timezone=zone)
    first = today - timedelta(days=settings.DEALPORT_RECONCILE_DAYS)
    brought = backfill.first_moment(connection)
    first_day = local_day(brought, zone)
    if brought.astimezone(zone).time() != time():
        first_day += timedelta(days=1)
    start = datetime.combine(max(first, first_day), time(), zone)
    return start, max(start, datetime.combine(today, time(), zone))


def _days(connection: Connection, source: Source, start: datetime, end: datetime) -> dict[date, Day]:
    days: defaultdict[date, Day] = defaultdict(Day)
    zone = connection.store.zone
    for order in source.placed(start, end):
        days[local_day(order.placed_at, zone)].there[order.external_id] = order
    mine = Order.objects.filter(store=connection.store_id, placed_at__gte=start, placed_at__lt=end)
    mine = mine.filter(source_record__source=connection.kind).exclude(source_record__external_id="")
    amounts = mine.annotate(key=F("source_record__external_id")).values_list(
        "order_day", "key", "captured_amount", "refunded_amount"
    )
    for day, key, captured, refunded in amounts.iterator(chunk_size=5_000):
        days[day].here[key] = captured - refunded
    return days


def _repair(connection: Connection, source: Source, day: date, found: Day) -> int:
    """Fetch a day's orders again and list what differed; return 0 where it was the amounts' own meaning (gift cards).

    The summary has what was paid, gift cards sold among it, which are no sales: an order that is here in the present
    state of the source is right.
    """
    stale = not_current(connection, list(found.there.values()))
    suspects = {order.external_id for order in stale}
    suspects |= {key for key, order in found.there.items() if found.here.get(key) != order.amount}
    amount = found.amount_there
    fetched, is_repaired = 0, True
    for order in source.orders(sorted(suspects)):
        fetched += 1
        if isinstance(order, Unreadable):
            is_repaired = False
            continue
        stated = order.received - order.refunded
        amount += stated - found.there[order.external_id].amount
        is_right = found.here.get(order.external_id) == stated
        try:
            events.apply_order(connection, order)
        except (events.NotApplied, *UNUSABLE):
            is_repaired = is_repaired and is_right
    only_here = found.here.keys() - found.there.keys()
    if found.there.keys() == found.here.keys() and amount == found.amount_here:
        return 0
    SourceDifference.objects.create(
        connection=connection,
        day=day,
        source_orders=len(found.there),
        source_amount=amount,
        orders=len(found.here),
        amount=found.amount_here,
        fetched=fetched,
        is_repaired=is_repaired and not only_here,
    )
    return 1
