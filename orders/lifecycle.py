"""The one table of allowed steps in an order's life, and their effects. Pure: no ORM, no clock.

Two kinds of steps meet here. A *command* comes from a person or a beat job and may be refused: what is not in
`COMMANDS` is a 409. A *report* comes from a payment provider, can arrive late, twice or out of order, and is never
refused: `REPORTS` holds an entry for every status, such that any order of arrival ends in the same state and figures.
Status and payment status values are those of `orders.models.Order`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PENDING, PROCESSING, SHIPPED, DELIVERED = "PENDING", "PROCESSING", "SHIPPED", "DELIVERED"
CANCELED, EXPIRED, REFUNDED = "CANCELED", "EXPIRED", "REFUNDED"
STATUSES = (PENDING, PROCESSING, SHIPPED, DELIVERED, CANCELED, EXPIRED, REFUNDED)
PAID_ON_THE_WAY = (PROCESSING, SHIPPED, DELIVERED)


class Step(StrEnum):
    """What can happen to an order after it was placed."""

    PAY = "pay"
    REFUSE = "refuse"
    EXPIRE = "expire"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"
    REFUND = "refund"


@dataclass(frozen=True)
class Effect:
    """What a step does. `to` / `payment` are the new status and payment status; None keeps them.

    captures: the total becomes captured · completes: the order counts as completed from now on ·
    expires: the order counts as expired from now on · takes_stock / gives_stock: pieces leave or return ·
    holds_coupon / frees_coupon: a use of the coupon is reserved or released · refunds_all: whatever is captured
    goes back · announces: the refund is kept until the payment it refunds arrives · nothing of it: a repetition.
    """

    to: str | None = None
    payment: str | None = None
    captures: bool = False
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

_PAID = Effect(to=PROCESSING, payment="PAID", captures=True, completes=True)
_PAID_LATE = Effect(to=PROCESSING, payment="PAID", captures=True, completes=True, takes_stock=True, holds_coupon=True)
_REFUSED = Effect(to=EXPIRED, payment="FAILED", expires=True, gives_stock=True, frees_coupon=True)
_REFUND = Effect(refunds=True)

COMMANDS: dict[Step, dict[str, Effect]] = {
    Step.PAY: {PENDING: _PAID, EXPIRED: _PAID_LATE},
    Step.REFUSE: {PENDING: _REFUSED},
    Step.EXPIRE: {PENDING: Effect(to=EXPIRED, expires=True, gives_stock=True, frees_coupon=True)},
    Step.SHIP: {PROCESSING: Effect(to=SHIPPED)},
    Step.DELIVER: {SHIPPED: Effect(to=DELIVERED)},
    Step.CANCEL: {
        PENDING: Effect(to=CANCELED, gives_stock=True, frees_coupon=True),
        PROCESSING: Effect(to=CANCELED, refunds_all=True, gives_stock=True),
    },
    Step.REFUND: dict.fromkeys(PAID_ON_THE_WAY, _REFUND),
}

REPORTS: dict[Step, dict[str, Effect]] = {
    Step.PAY: {
        PENDING: _PAID,
        EXPIRED: _PAID_LATE,
        # money for an order that is already called off goes straight back
        CANCELED: Effect(captures=True, refunds_all=True),
        # as if the approval had come first: what a refund without restock leaves out of stock is out of stock here too
        REFUNDED: Effect(captures=True, refunds_all=True, takes_stock=True),
        **dict.fromkeys(PAID_ON_THE_WAY, NOTHING),
    },
    Step.REFUSE: {
        PENDING: _REFUSED,
        EXPIRED: Effect(payment="FAILED"),
        CANCELED: NOTHING,
        # a refusal that arrives after the approval still happened: it counts, the state stays
        REFUNDED: Effect(expires=True),
        **dict.fromkeys(PAID_ON_THE_WAY, Effect(expires=True)),
    },
    Step.REFUND: {
        PENDING: Effect(announces=True),
        EXPIRED: Effect(announces=True),
        CANCELED: NOTHING,
        REFUNDED: NOTHING,
        **dict.fromkeys(PAID_ON_THE_WAY, _REFUND),
    },
}

TARGET_STEPS = {PROCESSING: Step.PAY, SHIPPED: Step.SHIP, DELIVERED: Step.DELIVER, CANCELED: Step.CANCEL}
"""Which step a caller asks for who names the status an order shall get."""


class IllegalStep(ValueError):
    """A command that the order's status does not allow; names both states."""

    def __init__(self, step: Step, status: str) -> None:
        goal = {Step.PAY: "PAID", Step.REFUSE: "FAILED", Step.EXPIRE: EXPIRED, Step.REFUND: REFUNDED}.get(step)
        goal = goal or next(target for target, way in TARGET_STEPS.items() if way == step)
        super().__init__(f"An order that is {status} cannot become {goal}.")
        self.step, self.status = step, status


def command_effect(step: Step, status: str) -> Effect:
    """Return what a person's or a job's `step` does to an order in `status`. Raises IllegalStep if not allowed."""
    effect = COMMANDS[step].get(status)
    if effect is None:
        raise IllegalStep(step, status)
    return effect


def report_effect(step: Step, status: str) -> Effect:
    """Return what a provider's report of `step` (PAY, REFUSE or REFUND) does: defined for every status."""
    return REPORTS[step][status]
