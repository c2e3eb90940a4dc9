"""What pieces cost when they come back one by one."""

from decimal import Decimal as D

import pytest

from orders.actions import ItemRequest, refund_order
from tests.builders import a_product, a_store, an_order


@pytest.mark.django_db
def test_a_piece_costs_its_price_although_less_was_agreed_for_the_one_before() -> None:
    store = a_store()
    order = an_order(store, items=[ItemRequest(a_product(store, "10.00").pk, 2)], paid=True)
    item = order.items.get()
    worn = refund_order(order=order, lines={item.pk: 1}, amount=D("1.00"), actor=None)
    whole = refund_order(order=order, lines={item.pk: 1}, actor=None)
    assert worn is not None and whole is not None
    assert (worn.amount, whole.amount) == (D("1.00"), D("10.00"))
