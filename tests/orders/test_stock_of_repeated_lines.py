"""Orders that name a product on two lines, as imported ones do."""

import pytest

from orders.actions import ItemRequest, expire_order, mark_paid
from orders.models import Product
from tests.builders import a_product, a_store, an_order


@pytest.mark.django_db
@pytest.mark.parametrize(("stock", "left", "held"), [(9, 4, [2, 3]), (4, 4, [0, 0])])
def test_a_late_payment_takes_the_pieces_of_every_line_or_none(stock: int, left: int, held: list[int]) -> None:
    store = a_store()
    product = a_product(store, stock=stock)
    order = an_order(store, items=[ItemRequest(product.pk, 2), ItemRequest(a_product(store).pk, 3)])
    order.items.update(product=product)
    expire_order(order=order, actor=None)
    mark_paid(order=order, actor=None)
    assert Product.objects.get(pk=product.pk).stock == left
    assert list(order.items.order_by("pk").values_list("stock_taken", flat=True)) == held
