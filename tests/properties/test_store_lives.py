"""Random lives of a store in three zones, every figure held against an independent model after every step."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from dealport.kit.day_range import DayRange
from orders.models import Order
from tests.every_cell import check_in_every_state_of_folding
from tests.properties.machine import StoreLife, utc


class London(StoreLife):
    """Clocks change at one o'clock in the night."""

    zone = "Europe/London"
    starts = (utc(2024, 3, 30, 23), utc(2024, 10, 26, 22, 30), utc(2024, 12, 31, 12), utc(2024, 2, 29, 0))


class SaoPaulo(StoreLife):
    """On 2018-11-04 there was no midnight, on 2018-02-17 the last hour of the day happened twice."""

    zone = "America/Sao_Paulo"
    starts = (utc(2018, 11, 4, 2, 30), utc(2018, 11, 3, 12), utc(2018, 2, 18, 1, 15), utc(2018, 10, 31, 23))


class Auckland(StoreLife):
    """Half a day ahead: the local day begins at noon of the day before in UTC."""

    zone = "Pacific/Auckland"
    starts = (utc(2024, 9, 28, 11), utc(2024, 4, 6, 13, 30), utc(2024, 12, 31, 10), utc(2024, 6, 30, 11, 59))


class EveryCell(SaoPaulo):
    """At the end of each life every cell of every analytics answer is compared with the orders."""

    def teardown(self) -> None:
        try:
            if hasattr(self, "store") and (orders := Order.objects.filter(store=self.store)):
                first = min(order.order_day for order in orders)
                check_in_every_state_of_folding(self.store, DayRange(first, self.model.day(self.now)))
        finally:
            super().teardown()


@pytest.mark.django_db
def test_every_cell_of_every_answer_is_right_after_random_operations() -> None:
    run_state_machine_as_test(EveryCell, settings=settings(max_examples=3, stateful_step_count=40))


@pytest.mark.django_db
@pytest.mark.parametrize("life", [London, SaoPaulo, Auckland])
def test_every_figure_is_right_after_every_step_folded_or_not(life: type[StoreLife]) -> None:
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    limits = settings(
        max_examples=int(os.environ.get("STORE_LIVES", "300")) if thorough else 8,
        stateful_step_count=60 if thorough else 25,
    )
    run_state_machine_as_test(life, settings=limits)
