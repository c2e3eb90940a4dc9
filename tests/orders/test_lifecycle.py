"""The table of allowed steps."""

import pytest

from orders.lifecycle import (
    COMMANDS,
    NOTHING,
    REPORTS,
    STATUSES,
    IllegalStep,
    Money,
    Step,
    command_effect,
    report_effect,
)
from orders.models import Order

ALLOWED = {
    (Step.PAY, "PENDING", "PROCESSING"),
    (Step.PAY, "EXPIRED", "PROCESSING"),
    (Step.PAY, "PROCESSING", None),
    (Step.PAY, "SHIPPED", None),
    (Step.PAY, "DELIVERED", None),
    (Step.AUTHORIZE, "PENDING", None),
    (Step.AUTHORIZE, "PROCESSING", None),
    (Step.AUTHORIZE, "SHIPPED", None),
    (Step.AUTHORIZE, "DELIVERED", None),
    (Step.PROCESS, "PENDING", "PROCESSING"),
    (Step.REFUSE, "PENDING", "EXPIRED"),
    (Step.EXPIRE, "PENDING", "EXPIRED"),
    (Step.SHIP, "PROCESSING", "SHIPPED"),
    (Step.DELIVER, "SHIPPED", "DELIVERED"),
    (Step.CANCEL, "PENDING", "CANCELED"),
    (Step.CANCEL, "PROCESSING", "CANCELED"),
    (Step.REFUND, "PENDING", None),
    (Step.REFUND, "CANCELED", None),
    (Step.REFUND, "PROCESSING", None),
    (Step.REFUND, "SHIPPED", None),
    (Step.REFUND, "DELIVERED", None),
}


def test_exactly_the_designed_commands_are_allowed() -> None:
    found = {(step, status, effect.to) for step, table in COMMANDS.items() for status, effect in table.items()}
    assert found == ALLOWED


def test_the_table_speaks_of_the_model_s_statuses() -> None:
    assert set(STATUSES) == set(Order.Status.values)


@pytest.mark.parametrize("step", REPORTS)
def test_a_provider_s_report_is_taken_in_every_status(step: Step) -> None:
    assert set(REPORTS[step]) == set(STATUSES)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("status", STATUSES)
def test_an_illegal_command_names_both_states(step: Step, status: str) -> None:
    if any(allowed[:2] == (step, status) for allowed in ALLOWED):
        has_money = step is Step.REFUND
        assert command_effect(step, status, Money(has_money=has_money, is_prepaid=False)) != NOTHING
        return
    with pytest.raises(IllegalStep, match=rf"An order that is {status} cannot become [A-Z]+\."):
        command_effect(step, status)


@pytest.mark.parametrize(
    ("step", "status", "money", "message"),
    [
        (Step.PROCESS, "PENDING", Money(), "An order that is PENDING cannot become PROCESSING before it is paid."),
        (Step.PAY, "SHIPPED", Money("PAID", True), "An order that is SHIPPED cannot become PAID."),
        (Step.REFUND, "SHIPPED", Money(is_prepaid=False), "An order that is SHIPPED cannot become REFUNDED."),
        (
            Step.EXPIRE,
            "PENDING",
            Money("PARTIALLY_PAID", True),
            "An order that is PARTIALLY_PAID cannot become EXPIRED.",
        ),
        (Step.AUTHORIZE, "PENDING", Money("PAID", True), "An order that is PAID cannot become AUTHORIZED."),
    ],
)
def test_a_step_that_the_money_does_not_allow_says_why(step: Step, status: str, money: Money, message: str) -> None:
    with pytest.raises(IllegalStep, match=f"^{message}$"):
        command_effect(step, status, money)


@pytest.mark.parametrize("status", STATUSES)
def test_only_payments_refunds_and_cancellations_touch_money(status: str) -> None:
    for step in (Step.AUTHORIZE, Step.PROCESS, Step.SHIP, Step.DELIVER, Step.EXPIRE, Step.REFUSE):
        effect = COMMANDS[step].get(status, NOTHING)
        assert not (effect.completes or effect.refunds_all or effect.refunds), (step, status)
    assert report_effect(Step.PAY, status, Money("PAID", True)) == NOTHING
