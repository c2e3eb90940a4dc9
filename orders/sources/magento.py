"""Orders as Magento's REST API (GET /V1/orders) states them: moments in UTC, amounts in the currency of the order.

Invoices, shipments and credit memos are resources of their own there; their days are those of the order's history.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext

from dealport.kit.emails import fold_email
from dealport.kit.money import unit_of
from dealport.kit.values import Json
from orders.actions.placing import MAX_QUANTITY
from orders.importing.problems import BadValue
from orders.pricing import ZERO
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.oddities import odd_moment, odd_number
from orders.sources.shopify import amount

SOURCE = "magento"
LATER = {"cashondelivery": "on_delivery", "banktransfer": "invoice", "checkmo": "invoice", "purchaseorder": "invoice"}


def read_order(order: Json) -> SourceOrder:
    """Read an order. Raises BadValue where its amounts do not add up, as with store credit or gift cards."""
    placed_at, changed_at = _utc(order["created_at"]), _utc(order.get("updated_at") or order["created_at"])
    currency, items = order["order_currency_code"], _sold(order["items"])
    lines = tuple(_line(item, unit_of(currency)) for item in items)
    total, paid = amount(order["grand_total"]), amount(order.get("total_paid"))
    shipping = amount(order.get("shipping_amount")) - amount(order.get("shipping_discount_amount"))
    tax = amount(order.get("tax_amount")) + amount(order.get("discount_tax_compensation_amount"))
    goods = sum((line.unit_price * line.quantity for line in lines), ZERO)
    stated = amount(order["subtotal"]) + shipping + tax - _goods_discount(order)
    if stated != total:
        raise BadValue("grand_total", str(total), gettext("{amount}, the sum of its parts").format(amount=stated))
    method = str((order.get("payment") or {}).get("method") or "")
    billing = order.get("billing_address") or {}
    return SourceOrder(
        source=SOURCE,
        external_id=str(order["entity_id"]),
        name=str(order["increment_id"]),
        placed_at=placed_at,
        currency=currency,
        lines=lines,
        discount=goods + shipping + tax - total,
        tax=tax,
        shipping=shipping,
        discount_codes=(order["coupon_code"],) if order.get("coupon_code") else (),
        payments=_payments(order, paid, placed_at),
        refunds=_refunds(order, items, changed_at),
        fulfillment=_fulfillment(order, changed_at),
        canceled_at=changed_at if order.get("state") == "canceled" else None,
        is_cancel_dated=False,
        counts_as_paid=paid >= total and order.get("state") in ("processing", "complete", "closed"),
        terms=LATER.get(method, "prepaid"),
        email=fold_email(str(order.get("customer_email") or "")),
        customer_name=_name(billing)
        or " ".join(filter(None, (order.get("customer_firstname"), order.get("customer_lastname")))),
        phone=str(billing.get("telephone") or ""),
        shipping_address=_address(_delivery(order)),
        billing_address=_address(billing),
        payment_method=method[:40],
        notes=tuple(filter(None, (order.get("customer_note"),))),
        updated_at=changed_at,
    )


def _utc(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise odd_moment(text) from None


def _sold(items: list[Json]) -> list[Json]:
    """Return what was sold: of a configurable product or a bundle and its parts, the one of the two with the price."""
    priced = {item["item_id"] for item in items if amount(item.get("row_total"))}
    parents = {item.get("parent_item_id") for item in items if item["item_id"] in priced} - priced
    return [item for item in items if item.get("parent_item_id") not in priced and item["item_id"] not in parents]


def _line(item: Json, unit: Decimal) -> SourceLine:
    """Read a line; what a rounded up price is too much becomes discount."""
    quantity = _pieces(item, "qty_ordered")
    if not quantity:
        raise BadValue("qty_ordered", "0", gettext("a whole number of pieces"))
    try:
        price = (Decimal(str(item.get("row_total") or 0)) / quantity).quantize(unit, ROUND_CEILING)
    except ArithmeticError:
        raise odd_number(item.get("row_total")) from None
    off = amount(item.get("discount_amount"))
    return SourceLine(item["name"], price, quantity, item.get("sku") or "", off, str(item["item_id"]))


def _pieces(item: Json, field: str) -> int:
    """Return a whole number of pieces. Raises BadValue; "1e999999999" would take hours to become an int."""
    try:
        value = Decimal(str(item.get(field) or 0))
    except ArithmeticError:
        raise BadValue(field, str(item.get(field)), gettext("a whole number of pieces")) from None
    if not 0 <= value <= MAX_QUANTITY or value != value.to_integral_value():
        raise BadValue(field, str(value), gettext("a whole number of pieces"))
    return int(value)


def _goods_discount(order: Json) -> Decimal:
    return -amount(order.get("discount_amount")) - amount(order.get("shipping_discount_amount"))


def _first(order: Json, entity: str) -> Json | None:
    """Return the oldest note of the order's history on an invoice, shipment or creditmemo."""
    notes = [note for note in order.get("status_histories") or () if note.get("entity_name") == entity]
    return min(notes, key=lambda note: str(note["created_at"]), default=None)


def _payments(order: Json, paid: Decimal, placed_at: datetime) -> tuple[SourcePayment, ...]:
    if paid <= 0:
        return ()
    note = _first(order, "invoice")
    reference = str((order.get("payment") or {}).get("last_trans_id") or "")
    at = _utc(note["created_at"]) if note else placed_at
    return (SourcePayment(at, paid, reference, is_dated=note is not None),)


def _refunds(order: Json, items: list[Json], changed_at: datetime) -> tuple[SourceRefund, ...]:
    """Return all that was given back as one refund: an order states the sums of its credit memos alone."""
    back = amount(order.get("total_refunded"))
    if back <= 0:
        return ()
    note = _first(order, "creditmemo")
    goods, pieces = [], []
    for position, item in enumerate(items):
        if returned := _pieces(item, "qty_refunded"):
            pieces.append((position, returned))
        if net := amount(item.get("amount_refunded")) - amount(item.get("discount_refunded")):
            goods.append((position, net))
    shipping = amount(order.get("shipping_refunded"))
    return (
        SourceRefund(
            _utc(note["created_at"]) if note else changed_at,
            back,
            f"{order['entity_id']}-refunded",
            "refunded",
            pieces=tuple(pieces),
            goods=tuple(goods),
            shipping=shipping,
            is_itemized=bool(goods) or shipping > 0,
            is_dated=note is not None,
        ),
    )


def _fulfillment(order: Json, changed_at: datetime) -> SourceFulfillment | None:
    if note := _first(order, "shipment"):
        return SourceFulfillment(_utc(note["created_at"]))
    return SourceFulfillment(changed_at, is_dated=False) if order.get("state") == "complete" else None


def _delivery(order: Json) -> Json:
    parcels = (order.get("extension_attributes") or {}).get("shipping_assignments") or [{}]
    return (parcels[0].get("shipping") or {}).get("address") or {}


def _name(address: Json) -> str:
    return " ".join(filter(None, (address.get("firstname"), address.get("lastname"))))


def _address(address: Json) -> dict[str, str]:
    parts = {
        "name": _name(address),
        "street": "\n".join(filter(None, address.get("street") or ())),
        "city": address.get("city"),
        "state": address.get("region"),
        "country": address.get("country_id"),
        "postalCode": address.get("postcode"),
    }
    return {name: value for name, value in parts.items() if value}
