"""Refunds that a provider reports."""

import pytest

from orders.actions import refund_order
from orders.models import Refund
from tests.builders import a_store, an_order


@pytest.mark.django_db
def test_a_report_that_names_lines_is_refused_and_not_taken_for_all_that_is_left() -> None:
    order = an_order(a_store(), "10.00", "90.00", paid=True)
    with pytest.raises(ValueError, match="names an amount, never lines"):
        refund_order(order=order, lines={order.items.all()[0].pk: 1}, reported=True, actor=None)
    assert not Refund.objects.exists()
