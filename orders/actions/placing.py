"""Placing an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from customers.actions import record_order_figures
from customers.models import Customer, Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.local_days import local_day
from dealport.kit.money import MAX_AMOUNT, in_units, require_amount, unit_of
from dealport.kit.values import FieldValues, Json
from orders.actions.change import announce, open_pending
from orders.actions.notes import checked_tags
from orders.actions.payment_methods import method_or_refused
from orders.actions.stock import Cause, Reason, take_stock
from orders.first_orders import again_when_raced, lock_former_first, settle_first_order
from orders.models import Coupon, Order, OrderEvent, OrderItem, PaymentTerms, Product
from orders.pricing import ZERO, Line, Totals, percentage_of, price_order

MAX_LINES = 500
MAX_QUANTITY = 1_000_000
FREE = {"status": Order.Status.PROCESSING, "payment_status": Order.PaymentStatus.PAID}
"""What an order with a total of 0 is at once: there is nothing to wait for."""


@dataclass(frozen=True)
class ItemRequest:
    """One line somebody wants: product id and number of pieces."""

    product_id: int
    quantity: int


@dataclass(frozen=True)
class OrderDetails:
    """What is known of an order besides its goods and amounts. Terms and due date ("" and None) are those of the
    payment method; `due_on` is a day of the store's calendar.
    """

    payment_terms: str = ""
    due_on: date | None = None
    channel: str = ""
    ip_address: str | None = None
    user_agent: str = ""
    internal_notes: str = ""
    tags: Sequence[str] = ()


@again_when_raced
@transaction.atomic
def place_order(
    *,
    store: Store,
    items: Sequence[ItemRequest],
    customer: Customer | None = None,
    coupon_code: str = "",
    shipping_address: Json | None = None,
    billing_address: Json | None = None,
    payment_method: str = "",
    tax_amount: Decimal = ZERO,
    shipping_fee: Decimal = ZERO,
    tip: Decimal = ZERO,
    notes: str = "",
    details: OrderDetails | None = None,
    at: datetime | None = None,
    actor: User | None,
) -> Order:
    """Place an order at current prices; `customer` None is a guest.

    An order with a total of 0 is paid and complete at once. Takes stock, reserves a use of the coupon, writes history
    and figures, all or nothing. Raises ValidationError naming the field for bad values, Conflict when stock or the
    coupon's last use is gone or the store is closed.
    """
    at = at or timezone.now()
    if not store.is_active:
        raise Conflict(gettext("This store is closed."))
    for name, amount in (("taxAmount", tax_amount), ("shippingFee", shipping_fee), ("tip", tip)):
        require_amount(name, amount, currency=store.currency)
    if customer is not None:
        _require_may_buy(customer, store)
    quote = quote_order(store, items, coupon_code, at, tax=tax_amount, shipping=shipping_fee, tip=tip)
    coupon, totals = quote.coupon, quote.totals
    former = lock_former_first(customer, at)
    order = _insert_order(
        store,
        customer,
        coupon,
        totals,
        at,
        shipping_address=shipping_address or {},
        billing_address=billing_address or shipping_address or {},
        payment_method=payment_method,
        tip=tip,
        notes=notes,
        is_first=customer is not None and not customer.total_orders,
        placed_by=actor.email if actor else "",
        **_payment(store, payment_method, details or OrderDetails(), at),
    )
    order_items = _insert_items(order, quote.products, quote.wanted, totals)
    take_stock(order_items, Cause(order, Reason.PLACED, at))
    if coupon is not None:
        _reserve(coupon, used=order.is_completed)
    if customer is not None:
        completed = int(order.is_completed)
        known = record_order_figures(customer_id=customer.pk, orders=1, completed=completed, last_order_at=at)
        settle_first_order(order, *known, former)
    if order.outstanding and order.payment_terms == PaymentTerms.PREPAID:
        open_pending(order, at)
    announce(order, None, order_items, kind=OrderEvent.Kind.PLACED, at=at, actor=actor)
    return order


def _require_may_buy(customer: Customer, store: Store) -> None:
    """Raise ValidationError for a customer who is not one of the store, Conflict for one who is blocked."""
    if customer.store_id != store.pk or customer.deleted_at is not None:
        raise invalid("customerId", gettext("There is no such customer in this store."))
    if customer.status == Customer.Status.BLOCKED:
        raise Conflict(
            gettext("{customer} is blocked and cannot place orders. Set the status to active first.").format(
                customer=customer
            )
        )


@dataclass(frozen=True)
class Quote:
    """What goods cost now: product id → pieces, the products, the coupon, and the sums."""

    wanted: dict[int, int]
    products: dict[int, Product]
    coupon: Coupon | None
    totals: Totals


def quote_order(
    store: Store,
    items: Sequence[ItemRequest],
    coupon_code: str,
    at: datetime,
    *,
    tax: Decimal,
    shipping: Decimal,
    tip: Decimal,
) -> Quote:
    """Price goods at their products' prices. Raises ValidationError naming the field; takes nothing."""
    wanted, products = goods_of(store, items)
    coupon = _coupon(store, coupon_code, at) if coupon_code else None
    lines = [Line(products[pk].price, quantity) for pk, quantity in wanted.items()]
    return Quote(
        wanted,
        products,
        coupon,
        _price(lines, coupon, tax=tax, shipping=shipping, tip=tip, unit=unit_of(store.currency)),
    )


def _payment(store: Store, code: str, details: OrderDetails, at: datetime) -> FieldValues:
    """Return the details with the terms of the payment method. Raises ValidationError naming the store's methods."""
    known = {**asdict(details), "payment_code": code, "tags": checked_tags(list(details.tags))}
    method = method_or_refused(store, code) if code else None
    known["payment_terms"] = details.payment_terms or (method.terms if method else PaymentTerms.PREPAID)
    if method and details.due_on is None and method.terms == known["payment_terms"] == PaymentTerms.INVOICE:
        known["due_on"] = local_day(at, store.zone) + timedelta(days=method.due_days)
    return known


def goods_of(
    store: Store, items: Sequence[ItemRequest], field: str = "items"
) -> tuple[dict[int, int], dict[int, Product]]:
    """Return product id → pieces, and the products by id; in the place of a product its variant, where it has one."""
    wanted = _merge(items, field)
    products = _products(store, wanted, field)
    groups = [product for product in products.values() if product.has_variants]
    if not groups:
        return wanted, products
    only = _only_variants(groups, field)
    named = [replace(item, product_id=only.get(item.product_id, item.product_id)) for item in items]
    return goods_of(store, named, field)


def _merge(items: Sequence[ItemRequest], field: str) -> dict[int, int]:
    """Return product id → pieces, one line a product, in the order asked for."""
    if not items:
        raise invalid(field, gettext("Add at least one item."))
    if len(items) > MAX_LINES:
        raise invalid(field, gettext("An order has at most {max_lines} items.").format(max_lines=MAX_LINES))
    wanted: Counter[int] = Counter()
    for item in items:
        if not 0 < item.quantity <= MAX_QUANTITY:
            raise invalid(
                field, gettext("Enter a quantity from 1 to {max_quantity}.").format(max_quantity=MAX_QUANTITY)
            )
        wanted[item.product_id] += item.quantity
    return dict(wanted)


def _products(store: Store, wanted: dict[int, int], field: str) -> dict[int, Product]:
    sold = Q(parent__isnull=True) | Q(parent__status=Product.Status.ACTIVE)
    found = Product.objects.filter(
        sold, store=store, pk__in=wanted, status=Product.Status.ACTIVE, deleted_at__isnull=True
    )
    products = {product.pk: product for product in found}
    missing = wanted.keys() - products.keys()
    if missing:
        raise invalid(field, gettext("There is no product {pk} in this store.").format(pk=min(missing)))
    return products


def _only_variants(products: Iterable[Product], field: str) -> dict[int, int]:
    """Return the variant of each product that has some. Raises ValidationError where it is not the only one."""
    only = {}
    for product in products:
        variants = list(product.variants.filter(deleted_at__isnull=True, status=Product.Status.ACTIVE)[:2])
        if len(variants) != 1:
            raise invalid(
                field,
                gettext("Order a variant of {product}: product {pk} is sold as its variants.").format(
                    product=product.name, pk=product.pk
                ),
            )
        only[product.pk] = variants[0].pk
    return only


def _coupon(store: Store, code: str, at: datetime) -> Coupon:
    coupon = Coupon.objects.filter(store=store, code__iexact=code.strip(), deleted_at__isnull=True).first()
    if coupon is None or not coupon.is_valid_at(at):
        raise invalid("couponCode", gettext("There is no such discount code, or it is not valid now."))
    return coupon


def _price(
    lines: Sequence[Line], coupon: Coupon | None, *, tax: Decimal, shipping: Decimal, tip: Decimal, unit: Decimal
) -> Totals:
    discount = ZERO
    subtotal = sum((line.total for line in lines), ZERO)
    if coupon is not None:
        if subtotal < coupon.minimum_subtotal:
            raise invalid(
                "couponCode",
                gettext("This discount code needs a subtotal of at least {minimum_subtotal}.").format(
                    minimum_subtotal=in_units(coupon.minimum_subtotal, unit)
                ),
            )
        fixed = coupon.kind == Coupon.Kind.FIXED
        discount = coupon.value if fixed else percentage_of(subtotal, coupon.value, unit)
    if subtotal + tax + shipping + tip > MAX_AMOUNT:
        raise invalid("items", gettext("The order's total is too large."))
    return price_order(lines, discount=discount, tax=tax, shipping=shipping, tip=tip, unit=unit)


def _insert_order(
    store: Store,
    customer: Customer | None,
    coupon: Coupon | None,
    totals: Totals,
    at: datetime,
    **fields: Any,
) -> Order:
    country = str(fields["shipping_address"].get("country") or fields["billing_address"].get("country") or "")
    return Order.objects.create(
        store=store,
        number=next_number(store, at),
        customer=customer,
        currency=store.currency,
        subtotal=totals.subtotal,
        discount=totals.discount,
        tax_amount=totals.tax,
        shipping_fee=totals.shipping,
        total_amount=totals.total,
        coupon=coupon,
        coupon_code=coupon.code if coupon else "",
        country=country.upper()[:2],
        placed_at=at,
        updated_at=at,
        **(FREE | {"completed_at": at} if totals.total == 0 else {}),
        **fields,
    )


def next_number(store: Store, at: datetime) -> str:
    """Return ORD-YYYYMMDD-NNNN: the store's local day and the next value of the store's own sequence.

    A sequence is not rolled back and takes no lock that lasts, so orders of one store do not queue; gaps are
    possible, the number never starts over. The sequence is made by a trigger when the store is inserted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [f"orders_number_{store.pk}"])
        (value,) = cursor.fetchone()
    return order_number(store, at, value)


def order_number(store: Store, at: datetime, value: int) -> str:
    """Return the number made of the store's local day and a value of its sequence."""
    return f"ORD-{local_day(at, store.zone):%Y%m%d}-{value:04d}"


def _insert_items(
    order: Order, products: dict[int, Product], wanted: dict[int, int], totals: Totals
) -> list[OrderItem]:
    shares = zip(wanted.items(), totals.discount_shares, totals.tax_shares, strict=True)
    return OrderItem.objects.bulk_create(
        order_item(order, products[pk], quantity, discount_share=discount, tax_share=tax)
        for (pk, quantity), discount, tax in shares
    )


def order_item(order: Order, product: Product, quantity: int, **shares: Decimal) -> OrderItem:
    """Return an unsaved line: the product as it is now."""
    return OrderItem(
        store_id=order.store_id,
        order=order,
        product=product,
        name=product.name,
        sku=product.sku,
        image_url=product.image_url,
        unit_price=product.price,
        unit_cost=product.cost_price,
        quantity=quantity,
        line_total=product.price * quantity,
        stock_taken=quantity if product.stock is not None else 0,
        **shares,
    )


def _reserve(coupon: Coupon, *, used: bool) -> None:
    """Reserve one use; count it where the order is complete at once. Raises Conflict if the last one is gone."""
    free = Q(usage_limit__isnull=True) | Q(uses_reserved__lt=F("usage_limit"))
    if not Coupon.objects.filter(free, pk=coupon.pk).update(
        uses_reserved=F("uses_reserved") + 1, times_used=F("times_used") + int(used)
    ):
        raise Conflict(gettext("This discount code has been used up."))
