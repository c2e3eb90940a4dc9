"""Sums of the largest amounts an order may have."""

from decimal import Decimal

import pytest

from customers.models import Customer
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.models import MetricDelta
from orders.actions import ItemRequest
from orders.models import Coupon
from tests.builders import a_customer, a_product, a_store, an_order, local

LARGEST = Decimal("999999999999.99")


@pytest.mark.django_db
def test_several_of_the_largest_orders_fold_and_add_up() -> None:
    store = a_store()
    customer, product = a_customer(store), a_product(store, str(LARGEST))
    coupon = Coupon.objects.create(store=store, code="A-CENT", kind="fixed", value=Decimal("0.01"))
    at = local(store, 2026, 1, 1, 12)
    for _ in range(3):
        an_order(store, items=[ItemRequest(product.pk, 1)], customer=customer, coupon_code="A-CENT", paid=True, at=at)
    fold_all()
    assert not MetricDelta.objects.exists()
    sold = 3 * (LARGEST - Decimal("0.01"))
    day = Period(at.date(), at.date())
    assert figures.sales_summary(store, day).total_sales == sold
    assert [found.total_sales for found in figures.sales_by_product(store, day)] == [sold]
    assert recount.differences(store) == []
    assert Customer.objects.get(pk=customer.pk).total_spent == sold
    assert Coupon.objects.get(pk=coupon.pk).total_sales_amount == sold
