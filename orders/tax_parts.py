"""Writing the tax parts of what was booked before there were any: of part payments, refunds and edits.

What one payment captured whole has none. Such orders are few, so that their parts are worked out one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, islice
from typing import NamedTuple

from django.db.models import Q

from customers.models import Store
from dealport.kit.day_range import DayRange
from dealport.kit.money import unit_of
from orders.models import AmountPart, Order, OrderItem, Transaction
from orders.models.standing import INCLUDED_TAX, PartKey, parts_of
from orders.pricing import ZERO, quantize
from orders.taxes import included_in

AT_ONCE = 2_000
A_DAY = timedelta(days=1)


class Step(NamedTuple):
    """A payment, a refund or an edit: what it moved of the money that is kept, and of the tax on top of the prices."""

    at: datetime
    amount: Decimal
    tax: Decimal
    is_whole: bool = False


def write_taxes(store: Store, days: DayRange) -> int:
    """Write the tax parts that are missing of orders placed on these local days (and a little around them).

    In the caller's transaction; again writes nothing. Returns how many rows it wrote.
    """
    orders = (
        Order.objects.placed_from(days.first - A_DAY)
        .placed_to(days.last + A_DAY)
        .filter(
            Q(tax_amount__gt=0) | Q(included_tax__gt=0),
            Q(captured_tax__isnull=False) | Q(refunded_amount__gt=0),
            store=store,
            captured_amount__gt=0,
        )
    )
    found = orders.order_by("pk").prefetch_related("items", "transactions", "refunds", "edits", "amount_parts")
    written = 0
    rows = (row for order in found.iterator(AT_ONCE) for row in _missing(order))
    while batch := list(islice(rows, AT_ONCE)):
        written += len(AmountPart.objects.bulk_create(batch))
    return written


def _missing(order: Order) -> Iterator[AmountPart]:
    """Yield the parts that the order lacks: those of moments without any, and what then is missing, of the first."""
    items = sorted(order.items.all(), key=lambda item: item.pk)
    steps, known = _steps(order), [part for part in order.amount_parts.all() if part.is_tax]
    left = {key: amount for key, amount in parts_of(order, items).items() if key[1]}
    for part in known:
        left[part.item_id, True] -= part.amount
    if not any(left.values()):
        return
    done = {part.at for part in known}
    moved = _included(order, steps) + _of_lines(items, steps, _wanted(order, items), unit_of(order.currency))
    missing: defaultdict[tuple[PartKey, datetime], Decimal] = defaultdict(Decimal)
    for key, at, amount in moved:
        if at not in done:
            missing[key, at] += amount
            left[key] -= amount
    for key, amount in left.items():
        missing[key, steps[0].at] += amount
    for ((item_id, is_tax), at), amount in missing.items():
        if amount:
            yield AmountPart(store_id=order.store_id, order=order, item_id=item_id, is_tax=is_tax, at=at, amount=amount)


def _wanted(order: Order, items: Sequence[OrderItem]) -> list[Decimal]:
    """Return what the parts of each line come to."""
    parts = parts_of(order, items)
    return [parts[item.pk, True] for item in items]


def _steps(order: Order) -> list[Step]:
    """Return what happened to the order's money, oldest first."""
    paid = [
        Step(one.created_at, one.amount, one.tax_amount or ZERO, one.tax_amount is None)
        for one in order.transactions.all()
        if one.kind == Transaction.Kind.PAYMENT and one.status == Transaction.Status.APPROVED
    ]
    back = [Step(one.settled_at, -one.amount, -one.tax_amount) for one in order.refunds.all() if one.settled_at]
    edits = [Step(one.at, ZERO, one.tax_amount) for one in order.edits.all()]
    return sorted([*paid, *back, *edits], key=lambda step: step.at)


Moved = list[tuple[PartKey, datetime, Decimal]]


def _included(order: Order, steps: Sequence[Step]) -> Moved:
    """Return what each step moved of the tax included in prices."""
    known = {"included": order.included_tax, "total": order.total_amount, "unit": unit_of(order.currency)}
    kept = accumulate(step.amount for step in steps)
    then = [included_in(amount, **known) if amount else ZERO for amount in kept]
    return [
        (INCLUDED_TAX, step.at, now - before - (order.included_tax if step.is_whole else ZERO))
        for step, now, before in zip(steps, then, [ZERO, *then], strict=False)
    ]


def _of_lines(items: Sequence[OrderItem], steps: Sequence[Step], wanted: Sequence[Decimal], unit: Decimal) -> Moved:
    """Return what each step moved of the tax on each line: its tax, over the lines as all steps together fall on them.

    Rounded cumulatively, so that the parts of a step add up to its tax. Where all steps together moved nothing, each
    falls on the lines in proportion to their tax.
    """
    weights = wanted if sum(wanted, ZERO) else [item.tax_share for item in items]
    over, total = list(accumulate(weights)), sum(weights, ZERO)
    moved: Moved = []
    sums, run = [ZERO] * len(items), ZERO
    for step in steps if total else ():
        run += step.tax
        edges = [quantize(run * edge / total, unit) for edge in over]
        now = [edge - before for edge, before in zip(edges, [ZERO, *edges], strict=False)]
        moved += [((item.pk, True), step.at, new - old) for item, new, old in zip(items, now, sums, strict=True)]
        sums = now
    return moved
