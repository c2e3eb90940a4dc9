"""Stock when a provider's reports arrive the wrong way round."""

import pytest

from orders.actions import ItemRequest, apply_provider_approval, apply_provider_refund
from orders.models import Order
from tests.builders import a_product, a_store, an_order


@pytest.mark.django_db
@pytest.mark.parametrize("restock", [False, True])
def test_a_refund_leaves_the_same_stock_before_and_after_the_approval_it_belongs_to(restock: bool) -> None:
    store = a_store()

    def stock_after(*reports: str) -> int | None:
        product = a_product(store, stock=5)
        order = an_order(store, items=[ItemRequest(product.pk, 2)])
        for report in reports:
            if report == "approved":
                apply_provider_approval(order=order)
            else:
                apply_provider_refund(order=order, restock=restock)
        assert Order.objects.get(pk=order.pk).status == Order.Status.REFUNDED
        product.refresh_from_db()
        return product.stock

    assert stock_after("refunded", "approved") == stock_after("approved", "refunded") == (5 if restock else 3)
