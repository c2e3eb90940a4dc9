"""The table of allowed steps."""

import pytest

from orders.lifecycle import COMMANDS, NOTHING, REPORTS, STATUSES, IllegalStep, Step, command_effect
from orders.models import Order

ALLOWED = {
    (Step.PAY, "PENDING", "PROCESSING"),
    (Step.PAY, "EXPIRED", "PROCESSING"),
    (Step.REFUSE, "PENDING", "EXPIRED"),
    (Step.EXPIRE, "PENDING", "EXPIRED"),
    (Step.SHIP, "PROCESSING", "SHIPPED"),
    (Step.DELIVER, "SHIPPED", "DELIVERED"),
    (Step.CANCEL, "PENDING", "CANCELED"),
    (Step.CANCEL, "PROCESSING", "CANCELED"),
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
        assert command_effect(step, status) != NOTHING
        return
    with pytest.raises(IllegalStep, match=rf"An order that is {status} cannot become [A-Z]+\."):
        command_effect(step, status)
