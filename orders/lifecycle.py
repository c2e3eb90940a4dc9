"""The one table of allowed steps in an order's life, and their effects. Pure: no ORM, no clock.

Two kinds of steps meet here. A *command* comes from a person or a beat job and may be refused: what is not in
`COMMANDS`, or asks for money that is not there, is a 409. A *report* comes from a payment provider, can arrive late,
twice or out of order, and is never refused: `REPORTS` holds an entry for every status, such that any order of arrival
ends in the same state and figures. Where the order stands and where its money stands move independently: no step but
PAY and REFUND moves money. Status and payment status values are those of `orders.models.Order`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext

PENDING, PROCESSING, SHIPPED, DELIVERED = "PENDING", "PROCESSING", "SHIPPED", "DELIVERED"
CANCELED, EXPIRED, REFUNDED = "CANCELED", "EXPIRED", "REFUNDED"
STATUSES = (PENDING, PROCESSING, SHIPPED, DELIVERED, CANCELED, EXPIRED, REFUNDED)
ON_THE_WAY = (PROCESSING, SHIPPED, DELIVERED)
EDITABLE = (PENDING, PROCESSING, SHIPPED)
"""Statuses in which an order's lines and amounts can still be edited."""
COMPLETED_PAYMENTS = ("PAID", "PARTIALLY_REFUNDED")
"""Payment statuses of completed orders. A partly paid order stays PARTIALLY_PAID until all of it has gone back."""


class Step(StrEnum):
    """What can happen to an order after it was placed."""

    AUTHORIZE = "authorize"
    PAY = "pay"
    PROCESS = "process"
    REFUSE = "refuse"
    EXPIRE = "expire"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"
    REFUND = "refund"


@dataclass(frozen=True)
class Money:
    """Where an order's money stands. `has_money`: captured and not all given back; `is_prepaid`: its payment terms;
    `owes_more`: an edit made it dearer after it was paid.
    """

    payment: str = "PENDING"
    has_money: bool = False
    is_prepaid: bool = True
    owes_more: bool = False

    @property
    def is_completed(self) -> bool:
        """It was paid in full; an edit that makes it dearer does not undo that."""
        return self.payment in COMPLETED_PAYMENTS

    @property
    def is_settled(self) -> bool:
        """Nothing more is to be paid."""
        return self.is_completed and not self.owes_more


UNPAID = Money()


@dataclass(frozen=True)
class Effect:
    """What a step does. `to` / `payment` are the new status and payment status; None keeps them.

    completes: the order counts as completed from now on ·
    expires: the order counts as expired from now on · takes_stock / gives_stock: pieces leave or return ·
    holds_coupon / frees_coupon: a use of the coupon is reserved or released · refunds_all: whatever is captured
    goes back · announces: the refund is kept until the payment it refunds arrives · nothing of it: a repetition.
    """

    to: str | None = None
    payment: str | None = None
    completes: bool = False
    expires: bool = False
    takes_stock: bool = False
    gives_stock: bool = False
    holds_coupon: bool = False
    frees_coupon: bool = False
    refunds_all: bool = False
    announces: bool = False
    refunds: bool = False


NOTHING = Effect()

_PAID = Effect(to=PROCESSING, payment="PAID", completes=True)
_PAID_ON_THE_WAY = Effect(payment="PAID", completes=True)
_PAID_LATE = Effect(to=PROCESSING, payment="PAID", completes=True, takes_stock=True, holds_coupon=True)
_PAID_AFTER_ALL = Effect(payment="PAID", completes=True, holds_coupon=True)
_PART = Effect(payment="PARTIALLY_PAID")
_PART_LATE = Effect(to=PENDING, payment="PARTIALLY_PAID", takes_stock=True, holds_coupon=True)
_REFUSED = Effect(to=EXPIRED, payment="FAILED", expires=True, gives_stock=True, frees_coupon=True)
_FAILED = Effect(payment="FAILED")
_CANCELED = Effect(to=CANCELED, refunds_all=True, gives_stock=True, frees_coupon=True)
_REFUND = Effect(refunds=True)
_AUTHORIZED = Effect(payment="AUTHORIZED")
_RETURNED = Effect(refunds_all=True)

COMMANDS: dict[Step, dict[str, Effect]] = {
    Step.AUTHORIZE: dict.fromkeys((PENDING, *ON_THE_WAY), _AUTHORIZED),
    Step.PAY: {PENDING: _PAID, EXPIRED: _PAID_LATE, **dict.fromkeys(ON_THE_WAY, _PAID_ON_THE_WAY)},
    Step.PROCESS: {PENDING: Effect(to=PROCESSING)},
    Step.REFUSE: {PENDING: _REFUSED},
    Step.EXPIRE: {PENDING: Effect(to=EXPIRED, expires=True, gives_stock=True, frees_coupon=True)},
    Step.SHIP: {PROCESSING: Effect(to=SHIPPED)},
    Step.DELIVER: {SHIPPED: Effect(to=DELIVERED)},
    Step.CANCEL: {PENDING: _CANCELED, PROCESSING: _CANCELED},
    Step.REFUND: dict.fromkeys((PENDING, *ON_THE_WAY, CANCELED), _REFUND),
}

REPORTS: dict[Step, dict[str, Effect]] = {
    Step.PAY: {
        PENDING: _PAID,
        EXPIRED: _PAID_LATE,
        # money for an order that is already canceled goes straight back
        CANCELED: _RETURNED,
        # as if the approval had come first: what a refund without restock leaves out of stock is out of stock here too
        REFUNDED: replace(_RETURNED, takes_stock=True),
        **dict.fromkeys(ON_THE_WAY, _PAID_ON_THE_WAY),
    },
    Step.REFUSE: {
        PENDING: _REFUSED,
        EXPIRED: _FAILED,
        CANCELED: NOTHING,
        # a refusal that arrives after the approval still happened: it counts, the state stays
        REFUNDED: Effect(expires=True),
        **dict.fromkeys(ON_THE_WAY, Effect(expires=True)),
    },
    Step.REFUND: {
        PENDING: Effect(announces=True),
        EXPIRED: Effect(announces=True),
        CANCELED: NOTHING,
        REFUNDED: NOTHING,
        **dict.fromkeys(ON_THE_WAY, Effect(announces=True)),
    },
}

TARGET_STEPS = {PROCESSING: Step.PROCESS, SHIPPED: Step.SHIP, DELIVERED: Step.DELIVER, CANCELED: Step.CANCEL}
"""Which step a caller asks for who names the status an order shall get."""


_GOALS = {
    Step.AUTHORIZE: "AUTHORIZED",
    Step.PAY: "PAID",
    Step.REFUSE: "FAILED",
    Step.EXPIRE: EXPIRED,
    Step.REFUND: REFUNDED,
    **{step: status for status, step in TARGET_STEPS.items()},
}


class IllegalStep(ValueError):
    """A command that the order's status or its money does not allow; names both states."""

    def __init__(self, step: Step, status: str, hint: str = "") -> None:
        text = gettext("An order that is {status} cannot become {goal}{hint}.")
        super().__init__(text.format(status=gettext(status), goal=gettext(_GOALS[step]), hint=hint))
        self.step, self.status = step, status


def command_effect(step: Step, status: str, money: Money = UNPAID, *, in_full: bool = True) -> Effect:
    """Return what a person's or a job's `step` does to an order in `status`. Raises IllegalStep if not allowed.

    `in_full`: a payment that settles the order.
    """
    effect = COMMANDS[step].get(status)
    if effect is None:
        raise IllegalStep(step, status)
    if step is Step.PROCESS and money.is_prepaid and not money.has_money and money.payment != "AUTHORIZED":
        raise IllegalStep(step, status, gettext(" before it is paid"))
    if step is Step.AUTHORIZE and money.payment not in ("PENDING", "FAILED"):
        raise IllegalStep(step, money.payment)
    if step is Step.PAY and money.is_settled:
        raise IllegalStep(step, status)
    if step is Step.REFUND and not (money.has_money or money.is_completed):
        raise IllegalStep(step, status)
    if step in (Step.REFUSE, Step.EXPIRE) and money.has_money:
        raise IllegalStep(step, money.payment)
    return _for_money(step, effect, status, money, in_full)


def stated_effect(step: Step, status: str, money: Money = UNPAID, *, in_full: bool = True) -> Effect:
    """Return what a step does that was taken at an order's source: as a command, but money that came for an order that
    was canceled or paid already is kept, and one that was shipped or refunded in full can still be canceled. Raises
    IllegalStep for the rest that no command allows.
    """
    if step is Step.CANCEL and status == REFUNDED:
        return Effect(to=CANCELED, gives_stock=True)
    if step is Step.CANCEL and status in (SHIPPED, DELIVERED):
        return _for_money(step, _CANCELED, status, money, in_full)
    if step is Step.PAY and money.is_settled:
        return Effect(payment=money.payment)
    if step is Step.PAY and status == CANCELED:
        return _for_money(step, _PAID_AFTER_ALL, status, money, in_full)
    return command_effect(step, status, money, in_full=in_full)


def unrefunded_effect(status: str, *, is_completed: bool, is_shipped: bool, is_delivered: bool) -> Effect:
    """Return what becomes of an order refunded in full that is not any more: its source captured more after that, or
    has the refund no longer. It stands where it would without the refund that ended it.
    """
    payment = "PARTIALLY_REFUNDED" if is_completed else "PARTIALLY_PAID"
    if status == CANCELED:
        return Effect(payment=payment, holds_coupon=is_completed)
    to = DELIVERED if is_delivered else SHIPPED if is_shipped else PROCESSING if is_completed else PENDING
    return Effect(to=to, payment=payment, holds_coupon=True)


def report_effect(step: Step, status: str, money: Money = UNPAID, *, in_full: bool = True) -> Effect:
    """Return what a provider's report of `step` (PAY, REFUSE or REFUND) does: defined for every status."""
    effect = REPORTS[step][status]
    if step is Step.PAY and money.is_settled:
        return NOTHING
    if step is Step.REFUND and (money.has_money or money.is_completed):
        return _REFUND
    return _for_money(step, effect, status, money, in_full)


def _for_money(step: Step, effect: Effect, status: str, money: Money, in_full: bool) -> Effect:
    """Return the effect as the order's money makes it: a part payment, a payment due later, money already there."""
    if step is Step.PAY and not in_full and money.is_completed:
        return Effect(payment=money.payment)
    if step is Step.PAY and not in_full and not effect.refunds_all:
        return _PART_LATE if status == EXPIRED else _PART
    if step is Step.REFUSE:
        if not money.is_prepaid:
            # due on delivery or by invoice: the order goes on and can still be paid
            return NOTHING if money.has_money or money.is_completed or status in (CANCELED, REFUNDED) else _FAILED
        if money.has_money and status == PENDING:
            return Effect(expires=True)
        if status in ON_THE_WAY and not money.has_money and not money.is_completed:
            return _FAILED
    if money.is_completed and effect.frees_coupon:
        return replace(effect, frees_coupon=False)
    return effect
