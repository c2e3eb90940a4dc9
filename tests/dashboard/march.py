"""A small store whose March 2026 is known to the cent on both bases, for the tests of the API and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from customers.actions import confirm_email
from customers.models import Store
from orders.actions import ItemRequest, mark_paid, place_order, refund_order, refuse_payment
from orders.models import Coupon, Product
from tests.builders import a_customer, a_product, a_store, an_order, local


@dataclass(frozen=True)
class MarchStore:
    """The store and its two products."""

    store: Store
    mug: Product
    bowl: Product


def march_store(slug: str = "pottery") -> MarchStore:
    """Create a store in London with four orders in March, one each just before and after, and a second store."""
    store = a_store(slug=slug, name="Pottery & Co")
    mug = a_product(store, "10.00", name="Mug", image_url="/media/mug.svg")
    bowl = a_product(store, "20.00", name="Bowl <b>blue</b>", image_url="")
    Coupon.objects.create(store=store, code="TEN", value=Decimal(10))
    _customers(store)
    _orders(store, mug, bowl)
    an_order(store, "500.00", paid=True, at=local(store, 2026, 2, 28, 23, 59))
    an_order(store, "700.00", paid=True, at=local(store, 2026, 4, 1, 0, 0))
    an_order(a_store(), "900.00", paid=True, at=local(store, 2026, 3, 15, 12))
    return MarchStore(store, mug, bowl)


def _customers(store: Store) -> None:
    """Register one in February, one in March who confirms in April, one in April."""
    a_customer(store, at=local(store, 2026, 2, 1, 9))
    customer = a_customer(store, at=local(store, 2026, 3, 2, 9))
    confirm_email(customer=customer, at=local(store, 2026, 4, 3, 9), actor=None)
    a_customer(store, at=local(store, 2026, 4, 1, 0, 0))


def _orders(store: Store, mug: Product, bowl: Product) -> None:
    """Place four orders: with coupon, refunded in part in April, refused, and refunded in full in April."""
    at = local(store, 2026, 3, 2, 12)
    order = place_order(
        store=store,
        items=[ItemRequest(mug.pk, 2), ItemRequest(bowl.pk, 1)],
        coupon_code="TEN",
        shipping_fee=Decimal("5.00"),
        shipping_address={"country": "GB"},
        at=at,
        actor=None,
    )
    mark_paid(order=order, at=at, actor=None)
    at = local(store, 2026, 3, 30, 12)
    order = place_order(
        store=store, items=[ItemRequest(bowl.pk, 1)], shipping_address={"country": "FR"}, at=at, actor=None
    )
    mark_paid(order=order, at=at, actor=None)
    refund_order(order=order, amount=Decimal("5.00"), at=local(store, 2026, 4, 2, 9), actor=None)
    at = local(store, 2026, 3, 10, 12)
    order = place_order(store=store, items=[ItemRequest(mug.pk, 1)], at=at, actor=None)
    refuse_payment(order=order, at=at, actor=None)
    at = local(store, 2026, 3, 31, 23, 30)
    order = place_order(store=store, items=[ItemRequest(mug.pk, 1)], at=at, actor=None)
    mark_paid(order=order, at=at, actor=None)
    refund_order(order=order, at=local(store, 2026, 4, 1, 0, 10), actor=None)
