"""Shopify's states as steps of an order's life here.

| Financial Status | becomes |
|---|---|
| pending, authorized, partially_paid | PENDING (an order is captured whole, or not yet) |
| paid | paid; with Fulfillment Status fulfilled also shipped |
| partially_refunded | paid, and Refunded Amount given back |
| refunded | paid, and everything given back |
| voided | payment refused: EXPIRED |
| expired | EXPIRED unpaid |

`Cancelled at` cancels an order that is not voided or expired; if it was paid, everything goes back with it, as in
every cancellation. The export does not say when money was given back: that counts from Cancelled at, else Fulfilled
at, else Paid at (the booked basis alone depends on it). Nothing happens before what it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from orders.bulk import BulkStep, Step
from orders.importing.problems import BadValue
from orders.pricing import ZERO

SOURCE = "import"
UNPAID = ("pending", "authorized", "partially_paid")
PAID = ("paid", "partially_refunded", "refunded")
FINANCIAL = (*UNPAID, *PAID, "voided", "expired")
FULFILLMENT = ("unfulfilled", "partial", "fulfilled", "restocked", "in_progress", "on_hold", "scheduled")


@dataclass(frozen=True)
class Told:
    """What the export tells of an order's life. `refunded` None: the file has no such column."""

    financial: str
    is_fulfilled: bool
    placed_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None
    canceled_at: datetime | None
    total: Decimal
    refunded: Decimal | None


def steps_of(told: Told, now: datetime) -> list[BulkStep]:
    """Return what happened after placing, oldest first. Raises BadValue for a refund the status contradicts."""
    refunded = _refunded(told)
    if told.financial in PAID:
        steps = _paid_life(told, refunded)
    elif told.financial == "voided":
        steps = [_step(Step.REFUSE, told.canceled_at or told.placed_at)]
    elif told.financial == "expired":
        due = told.placed_at + timedelta(hours=settings.DEALPORT_UNPAID_EXPIRY_HOURS)
        steps = [_step(Step.EXPIRE, told.canceled_at or min(due, now))]
    else:
        steps = [_step(Step.CANCEL, told.canceled_at)] if told.canceled_at else []
    latest = told.placed_at
    for step in steps:
        step.at = latest = max(latest, step.at)
    return steps


def _paid_life(told: Told, refunded: Decimal) -> list[BulkStep]:
    paid_at = told.paid_at or told.placed_at
    given_back_at = told.canceled_at or told.fulfilled_at or paid_at
    is_full = told.financial == "refunded" or refunded == told.total > 0
    steps = [_step(Step.PAY, paid_at)]
    if told.is_fulfilled and told.canceled_at is None:
        steps.append(_step(Step.SHIP, told.fulfilled_at or paid_at))
    if refunded and not is_full:
        steps.append(_step(Step.REFUND, given_back_at, refunded))
    if told.canceled_at is not None:
        steps.append(_step(Step.CANCEL, told.canceled_at))
    elif is_full:
        steps.append(_step(Step.REFUND, given_back_at))
    return steps


def _refunded(told: Told) -> Decimal:
    """Return the Refunded Amount that goes with the status, or raise BadValue."""
    refunded = ZERO if told.refunded is None else told.refunded
    expected = None
    if told.financial == "partially_refunded" and not 0 < refunded <= told.total:
        expected = f"an amount above 0 and up to the total of {told.total}"
    elif told.financial == "refunded" and refunded not in (ZERO, told.total):
        expected = f"{told.total}, because the Financial Status is refunded"
    elif told.financial not in ("refunded", "partially_refunded") and refunded:
        expected = f"0, because the Financial Status is {told.financial}"
    if expected:
        raise BadValue("Refunded Amount", "" if told.refunded is None else str(refunded), expected)
    return refunded


def _step(step: Step, at: datetime, amount: Decimal | None = None) -> BulkStep:
    return BulkStep(step, at, amount=amount, source=SOURCE, reason="refunded" if step is Step.REFUND else "")
