"""Placing orders."""

from decimal import Decimal as D
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from dashboard.models import MetricDelta
from dealport.kit.errors import Conflict
from orders.actions import ItemRequest, place_order
from orders.models import Coupon, Order, OrderEvent, OrderItem
from tests.builders import a_customer, a_product, a_store, local

pytestmark = pytest.mark.django_db


def test_an_order_keeps_what_was_sold_as_it_was() -> None:
    store = a_store()
    customer = a_customer(store)
    tea = a_product(store, "9.99", sku="TEA", name="Tea", stock=5, image_url="/media/tea.svg", cost_price=D("4.25"))
    Coupon.objects.create(store=store, code="Ten", value=D("10"))
    address = {"street": "1 High St", "city": "Bonn", "state": "", "country": "de", "postalCode": "53111"}
    at = local(store, 2026, 6, 30, 23, 30)
    order = place_order(
        store=store,
        customer=customer,
        items=[ItemRequest(tea.pk, 1), ItemRequest(tea.pk, 1)],
        coupon_code="TEN",
        shipping_address=address,
        payment_method="CREDIT_CARD",
        tax_amount=D("1.80"),
        shipping_fee=D("4.00"),
        notes="ring twice",
        at=at,
        actor=None,
    )
    tea.name, tea.price, tea.cost_price = "Coffee", D("99.00"), D("50.00")
    tea.save(update_fields=["name", "price", "cost_price"])

    order = Order.objects.get()
    assert (order.subtotal, order.discount, order.tax_amount, order.shipping_fee, order.total_amount) == (
        D("19.98"),
        D("2.00"),
        D("1.80"),
        D("4.00"),
        D("23.78"),
    )
    assert order.number.startswith("ORD-20260630-")
    assert (order.status, order.payment_status, order.country, order.coupon_code) == ("PENDING", "PENDING", "DE", "Ten")
    assert (order.shipping_address, order.billing_address, order.placed_at) == (address, address, at)
    (item,) = OrderItem.objects.all()
    assert (item.name, item.sku, item.image_url, item.unit_price, item.quantity, item.line_total) == (
        "Tea",
        "TEA",
        "/media/tea.svg",
        D("9.99"),
        2,
        D("19.98"),
    )
    assert (item.discount_share, item.tax_share, item.stock_taken) == (D("2.00"), D("1.80"), 2)
    assert item.unit_cost == D("4.25")
    (event,) = OrderEvent.objects.all()
    assert (event.kind, event.at, event.from_status, event.to_status, event.amount) == (
        "placed",
        at,
        "",
        "PENDING",
        D("0.00"),
    )
    customer.refresh_from_db()
    assert (customer.total_orders, customer.last_order_at, customer.total_spent) == (1, at, D("0.00"))
    tea.refresh_from_db()
    assert tea.stock == 3
    coupon = Coupon.objects.get()
    assert (coupon.uses_reserved, coupon.times_used) == (1, 0)


def test_numbers_run_per_store() -> None:
    store, other = a_store(), a_store()
    numbers = [
        place_order(
            store=each, items=[ItemRequest(a_product(each).pk, 1)], at=local(each, 2026, 1, 2), actor=None
        ).number
        for each in (store, store, other)
    ]
    assert numbers == ["ORD-20260102-0001", "ORD-20260102-0002", "ORD-20260102-0001"]


def refused(expected: type[Exception], **wanted: Any) -> Exception:
    """Assert that placing is refused and that nothing at all changed; return the error."""
    before = (Order.objects.count(), OrderEvent.objects.count(), MetricDelta.objects.count())
    with pytest.raises(expected) as caught:
        place_order(**wanted, actor=None)
    assert before == (Order.objects.count(), OrderEvent.objects.count(), MetricDelta.objects.count())
    return caught.value


def test_more_than_is_in_stock_is_a_conflict_naming_the_product() -> None:
    store = a_store()
    plenty, scarce = a_product(store, stock=100), a_product(store, name="Last cup", stock=2)
    error = refused(Conflict, store=store, items=[ItemRequest(plenty.pk, 1), ItemRequest(scarce.pk, 3)])
    assert f"Last cup (product {scarce.pk}): 2 left" in str(error)
    plenty.refresh_from_db()
    assert plenty.stock == 100


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("items", {"items": []}),
        ("items", {"quantity": 0}),
        ("items", {"quantity": -1}),
        ("items", {"quantity": 10**12}),
        ("items", {"items": [ItemRequest(0, 1)]}),
        ("taxAmount", {"tax_amount": D("-0.01")}),
        ("taxAmount", {"tax_amount": D("0.001")}),
        ("taxAmount", {"tax_amount": D("NaN")}),
        ("shippingFee", {"shipping_fee": D("Infinity")}),
        ("shippingFee", {"shipping_fee": D("1e999")}),
        ("couponCode", {"coupon_code": "NOPE"}),
    ],
)
def test_a_bad_value_is_refused_naming_the_field(field: str, wanted: dict[str, Any]) -> None:
    store = a_store()
    quantity = wanted.pop("quantity", 1)
    error = refused(
        ValidationError, **{"store": store, "items": [ItemRequest(a_product(store).pk, quantity)], **wanted}
    )
    assert list(error.detail) == [field]  # type: ignore[attr-defined]


def test_a_blocked_customer_places_nothing() -> None:
    store = a_store()
    customer, product = a_customer(store), a_product(store, stock=5)
    customer.status = customer.Status.BLOCKED
    customer.save(update_fields=["status"])
    with pytest.raises(Conflict, match="is blocked and cannot place orders"):
        place_order(store=store, customer=customer, items=[ItemRequest(product.pk, 1)], actor=None)
    product.refresh_from_db()
    assert (product.stock, Order.objects.count()) == (5, 0)


def test_products_and_customers_of_another_store_do_not_exist() -> None:
    store, other = a_store(), a_store()
    foreign = a_product(other)
    assert "items" in refused(ValidationError, store=store, items=[ItemRequest(foreign.pk, 1)]).detail  # type: ignore[attr-defined]
    mine = [ItemRequest(a_product(store).pk, 1)]
    error = refused(ValidationError, store=store, items=mine, customer=a_customer(other))
    assert "customerId" in error.detail  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "limits",
    [
        {"is_active": False},
        {"starts_at": (2026, 3, 2)},
        {"ends_at": (2026, 3, 1)},
        {"minimum_subtotal": D("10.01")},
    ],
)
def test_a_coupon_that_is_not_valid_is_refused(limits: dict[str, Any]) -> None:
    store = a_store()
    for name in ("starts_at", "ends_at"):
        if name in limits:
            limits[name] = local(store, *limits[name])
    Coupon.objects.create(store=store, code="TEN", value=D("10"), **limits)
    items = [ItemRequest(a_product(store, "10.00").pk, 1)]
    at = local(store, 2026, 3, 1)
    error = refused(ValidationError, store=store, items=items, coupon_code="TEN", at=at)
    assert "couponCode" in error.detail  # type: ignore[attr-defined]


def test_a_used_up_coupon_is_a_conflict() -> None:
    store = a_store()
    Coupon.objects.create(store=store, code="ONCE", value=D("10"), usage_limit=1)
    items = [ItemRequest(a_product(store).pk, 1)]
    place_order(store=store, items=items, coupon_code="once", actor=None)
    refused(Conflict, store=store, items=items, coupon_code="ONCE")
    assert Coupon.objects.get().uses_reserved == 1


def test_a_fixed_discount_is_cut_to_the_goods() -> None:
    store = a_store()
    Coupon.objects.create(store=store, code="BIG", kind="fixed", value=D("50"))
    order = place_order(
        store=store, items=[ItemRequest(a_product(store, "20.00").pk, 1)], coupon_code="BIG", actor=None
    )
    assert (order.discount, order.total_amount) == (D("20.00"), D("0.00"))


def test_a_closed_store_takes_no_orders() -> None:
    store = a_store()
    items = [ItemRequest(a_product(store).pk, 1)]
    store.is_active = False
    assert str(refused(Conflict, store=store, items=items)) == "This store is closed."
