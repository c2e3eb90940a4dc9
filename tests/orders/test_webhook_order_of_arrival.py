"""Five reports about one payment arrive over HTTP in any of their 120 orders: the end is always the same.

The orders of arrival are walked as one tree. That the sets of reports on the way end alike too, and a provider
without HTTP, is in tests/properties/test_provider_events.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction

from orders.models import Order
from tests.orders.provider import deliver, told
from tests.properties.test_provider_events import a_pending_order, outcome

Report = dict[str, Any]


def walk(order: Order, reports: list[Report], arrived: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield (reports in their order of arrival, outcome) for every sequence of all of them; changes nothing."""
    if len(arrived) == len(reports):
        yield arrived, outcome(order)
    for number, report in enumerate(reports):
        if number in arrived:
            continue
        with transaction.atomic():
            assert deliver(order.store, report).data == {"result": "processed"}
            yield from walk(order, reports, (*arrived, number))
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(("refunded", "charged_back"), [("7.77", None), (None, "5.00")])
def test_the_same_reports_end_alike_in_every_order_of_arrival(refunded: str | None, charged_back: str | None) -> None:
    order = a_pending_order()
    reports = [
        told(order, "payment.approved", amount=order.total_amount),
        told(order, "payment.rejected"),
        told(order, "payment.canceled"),
        told(order, "payment.refunded", amount=refunded and Decimal(refunded)),
        told(order, "payment.chargeback", amount=charged_back and Decimal(charged_back)),
    ]
    with time_machine.travel(order.placed_at + timedelta(hours=1)):
        ends = list(walk(order, reports))
    assert len({arrived for arrived, _ in ends}) == 120
    for arrived, end in ends:
        assert end == ends[0][1], f"{[reports[number]['type'] for number in arrived]} ends differently"
    assert ends[0][1]["status"] == ("REFUNDED", "REFUNDED", order.total_amount, order.total_amount)
