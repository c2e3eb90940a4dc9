"""What the states and amounts of an export say of an order's life. Pure; the table is in docs/importing.md.

Amounts win over words: received = Total − Outstanding Balance, sales = received − Refunded Amount, whatever the status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from dealport.kit.money import in_currency
from orders.importing.problems import BadValue
from orders.pricing import ZERO
from orders.sources.description import SourceFulfillment, SourcePayment, SourceRefund

UNPAID = ("pending", "authorized", "partially_paid")
PAID = ("paid", "partially_refunded", "refunded")
FINANCIAL = (*UNPAID, *PAID, "voided", "expired")
FULFILLMENT = ("unfulfilled", "partial", "fulfilled", "restocked", "in_progress", "on_hold", "scheduled")
ON_DELIVERY = re.compile(r"cash on delivery|\bcod\b|nachnahme|contra ?reembolso|contrassegno", re.IGNORECASE)
BY_AGREEMENT = re.compile(
    r"bank|transfer|deposit|wire|invoice|manual|che(que|ck)\b|money order|\bnet \d+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the export tells of an order's life. `refunded` and `outstanding` None: the file does not say.

    `total` is what the order asks for here; `outstanding` what of it is not paid.
    """

    financial: str
    is_fulfilled: bool
    placed_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None
    canceled_at: datetime | None
    total: Decimal
    refunded: Decimal | None
    outstanding: Decimal | None = None
    method: str = ""
    terms_name: str = ""
    is_due_later: bool = False
    reference: str = ""
    currency: str = ""

    def written(self, amount: Decimal) -> str:
        """Return an amount as its currency is written."""
        return str(in_currency(amount, self.currency))


@dataclass(slots=True)
class Happened:
    """What that comes to: payments and refunds, ends and terms, and notes where words and amounts differ."""

    payments: tuple[SourcePayment, ...] = ()
    refunds: tuple[SourceRefund, ...] = ()
    fulfillment: SourceFulfillment | None = None
    canceled_at: datetime | None = None
    void_at: datetime | None = None
    is_expired: bool = False
    is_authorized: bool = False
    counts_as_paid: bool = False
    terms: str = "prepaid"
    notes: list[str] = field(default_factory=list)


def happened(told: Told) -> Happened:
    """Return what happened to the order. Raises BadValue for a refund of what was never paid."""
    life = Happened(terms=_terms(told), counts_as_paid=told.financial in PAID)
    received, refunded = _received(told), _refunded(told, life)
    if told.is_fulfilled and not (told.canceled_at and told.financial not in PAID):
        shipped_at = told.fulfilled_at or told.paid_at or told.placed_at
        life.fulfillment = SourceFulfillment(shipped_at, is_dated=told.fulfilled_at is not None)
    if told.financial in ("voided", "expired"):
        if received:
            life.notes.append(
                f"{told.written(received)} was received and given back before the payment was {told.financial}."
            )
        life.void_at = (told.canceled_at or told.placed_at) if told.financial == "voided" else None
        life.is_expired = told.financial == "expired"
        life.canceled_at, life.fulfillment = told.canceled_at, None
        return life
    life.canceled_at = told.canceled_at
    if told.financial == "partially_paid" and not received:
        life.notes.append("Paid in part before the import; the file does not say how much.")
        life.terms = "invoice"  # it does not expire
    life.is_authorized = told.financial == "authorized" and not received
    if received:
        life.payments = (SourcePayment(told.paid_at or told.placed_at, received, told.reference),)
    if refunded:
        at = told.canceled_at or told.fulfilled_at or told.paid_at or told.placed_at
        life.refunds = (SourceRefund(at, refunded, reason="refunded"),)
    return life


def _terms(told: Told) -> str:
    if ON_DELIVERY.search(told.method):
        return "on_delivery"
    is_later = told.terms_name or told.is_due_later or BY_AGREEMENT.search(told.method)
    shipped_unpaid = told.is_fulfilled and told.financial in UNPAID
    return "invoice" if is_later or shipped_unpaid else "prepaid"


def _received(told: Told) -> Decimal:
    """Return what was captured: Total − Outstanding Balance; older exports lack the column, then all or nothing."""
    is_unsaid = told.outstanding is None or (told.outstanding == 0 and told.financial in ("pending", "authorized"))
    if is_unsaid or (told.financial in ("voided", "expired") and not told.refunded):
        return told.total if told.financial in PAID else ZERO
    return max(told.total - (told.outstanding or ZERO), ZERO)


def _refunded(told: Told, life: Happened) -> Decimal:
    """Return what was given back, at most what was received; a contradiction is noted."""
    received, refunded = _received(told), told.refunded
    if refunded is None:
        is_all = told.financial == "refunded" or (told.financial in PAID and told.canceled_at is not None)
        return received if is_all else ZERO
    if refunded and not received:
        expected = gettext("0, because the Financial Status is {status}").format(status=told.financial)
        raise BadValue("Refunded Amount", told.written(refunded), expected)
    if told.financial == "refunded" and not refunded:
        return received
    if refunded > received:
        life.notes.append(f"{told.written(refunded - received)} more was refunded than was received.")
    elif told.financial == "paid" and refunded:
        life.notes.append(f"The Financial Status is paid, yet the Refunded Amount is {told.written(refunded)}.")
    elif told.financial == "partially_refunded" and not refunded:
        nothing = told.written(ZERO)
        life.notes.append(f"The Financial Status is partially_refunded, yet the Refunded Amount is {nothing}.")
    return min(refunded, received)
