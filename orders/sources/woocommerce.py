"""Orders as WooCommerce's REST API (v3) states them, with the refunds of their own resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext

from dealport.kit.emails import fold_email
from dealport.kit.money import unit_of
from dealport.kit.values import Json
from orders.pricing import ZERO, quantize
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.oddities import odd_moment
from orders.sources.shopify import amount

SOURCE = "woocommerce"
PAID = ("processing", "completed", "refunded")
UNSHIPPED = ("pending", "on-hold", "processing", "failed")
"""Statuses of what has not been completed, or was set back: the day it was completed is still stated then."""
LATER = {"cod": "on_delivery", "bacs": "invoice", "cheque": "invoice"}


def notes(orders: list[Json]) -> list[str]:
    """Return what is missing without the refunds of the orders."""
    refunded = [order for order in orders if order.get("refunds")]
    if not refunded:
        return []
    note = gettext("{count} orders have refunds of unknown days and lines: import the file of their refunds with them.")
    return [note.format(count=len(refunded))]


def gmt(text: str | None) -> datetime | None:
    """Return a moment of a field that ends in _gmt. Raises OddValue."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except (ValueError, TypeError):
        raise odd_moment(text) from None


def read_order(order: Json, refunds: Iterable[Json] = ()) -> SourceOrder:
    """Read an order; without its refunds' own resource their days are unknown: the last change is taken.

    WooCommerce states amounts without tax also where the store enters prices with it (`prices_include_tax`): then each
    amount is taken with its tax, as the customer saw it, and the tax is included.
    """
    placed_at, status = gmt(order["date_created_gmt"]), order["status"]
    paid_at, changed_at = gmt(order.get("date_paid_gmt")), gmt(order.get("date_modified_gmt"))
    assert placed_at is not None
    items = order["line_items"]
    positions = {item["id"]: index for index, item in enumerate(items)}
    is_paid = paid_at is not None or status in PAID
    has_tax = bool(order.get("prices_include_tax"))
    tax = amount(order["total_tax"])
    back = _refunds(order, refunds, positions, has_tax) or _dateless_refunds(order, changed_at or placed_at)
    fees = sum((_with_tax(fee, "total", has_tax) for fee in order.get("fee_lines") or ()), ZERO)
    lines = tuple(_line(item, unit_of(order["currency"]), has_tax) for item in items)
    completed_at = gmt(order.get("date_completed_gmt"))
    billing = order.get("billing") or {}
    return SourceOrder(
        source=SOURCE,
        external_id=str(order["id"]),
        name=str(order.get("number") or order["id"]),
        placed_at=placed_at,
        currency=order["currency"],
        lines=lines,
        discount=sum((line.discount for line in lines), ZERO),
        tax=ZERO if has_tax else tax,
        shipping=amount(order["shipping_total"]) + (amount(order.get("shipping_tax")) if has_tax else ZERO) + fees,
        included_tax=tax if has_tax else ZERO,
        tax_lines=tuple(
            (line["label"], amount(line["tax_total"]) + amount(line["shipping_tax_total"]))
            for line in order.get("tax_lines") or ()
        ),
        discount_codes=tuple(line["code"] for line in order.get("coupon_lines") or ()),
        payments=_payments(order, paid_at, placed_at) if is_paid else (),
        refunds=tuple(sorted(back, key=lambda refund: refund.at)),
        fulfillment=SourceFulfillment(completed_at) if completed_at and status not in UNSHIPPED else None,
        canceled_at=changed_at if status == "cancelled" else None,
        is_cancel_dated=False,
        void_at=changed_at if status == "failed" else None,
        is_void_dated=False,
        counts_as_paid=is_paid,
        terms=LATER.get(order.get("payment_method") or "", "prepaid"),
        email=fold_email(billing.get("email") or ""),
        customer_name=" ".join(filter(None, (billing.get("first_name"), billing.get("last_name")))),
        phone=billing.get("phone") or "",
        shipping_address=_address(order.get("shipping")),
        billing_address=_address(billing),
        payment_method=(order.get("payment_method_title") or "")[:40],
        notes=tuple(filter(None, (order.get("customer_note"),))),
        updated_at=changed_at,
    )


def _refunds(order: Json, refunds: Iterable[Json], positions: dict[int, int], has_tax: bool) -> list[SourceRefund]:
    """Return the order's refunds of their own resource."""
    return [_refund(refund, positions, has_tax) for refund in refunds if refund["parent_id"] == order["id"]]


def _dateless_refunds(order: Json, at: datetime) -> list[SourceRefund]:
    """Return the refunds that the order lists, which says their amounts but not their moments."""
    return [
        SourceRefund(at, -amount(one["total"]), str(one["id"]), (one.get("reason") or "refunded")[:200], is_dated=False)
        for one in order.get("refunds") or ()
    ]


def _payments(order: Json, paid_at: datetime | None, placed_at: datetime) -> tuple[SourcePayment, ...]:
    """Return the payment, of all of the total."""
    reference, is_dated = order.get("transaction_id") or "", paid_at is not None
    return (SourcePayment(paid_at or placed_at, amount(order["total"]), reference, is_dated=is_dated),)


def _with_tax(part: Json, name: str, has_tax: bool) -> Decimal:
    """Return an amount of a part of an order or refund; with its own tax where prices include it."""
    return amount(part[name]) + (amount(part.get(f"{name}_tax")) if has_tax else ZERO)


def _line(item: Json, unit: Decimal, has_tax: bool) -> SourceLine:
    before, after = (_with_tax(item, name, has_tax) for name in ("subtotal", "total"))
    return SourceLine(
        item["name"],
        quantize(before / item["quantity"], unit),
        item["quantity"],
        item.get("sku") or "",
        before - after,
        str(item["id"]),
    )


def _refund(refund: Json, positions: dict[int, int], has_tax: bool) -> SourceRefund:
    """Read a refund: its lines are negative and name the items of the order in their meta data."""
    at = gmt(refund["date_created_gmt"])
    assert at is not None
    pieces, goods = [], []
    for item in refund.get("line_items") or ():
        position = positions.get(_refunded_item(item))
        if position is not None:
            if item["quantity"]:  # 0: an amount of the line, no piece came back
                pieces.append((position, abs(item["quantity"])))
            goods.append((position, -_with_tax(item, "total", has_tax)))
    shipping = -sum((_with_tax(line, "total", has_tax) for line in refund.get("shipping_lines") or ()), ZERO)
    return SourceRefund(
        at,
        amount(refund["amount"]),
        str(refund["id"]),
        (refund.get("reason") or "refunded")[:200],
        pieces=tuple(pieces),
        goods=tuple(goods),
        shipping=shipping,
        is_itemized=bool(goods) or shipping > 0,
    )


def _refunded_item(item: Json) -> int:
    values = [meta["value"] for meta in item.get("meta_data") or () if meta["key"] == "_refunded_item_id"]
    return int(values[0]) if values else 0


def _address(address: Json | None) -> dict[str, str]:
    address = address or {}
    parts = {
        "name": " ".join(filter(None, (address.get("first_name"), address.get("last_name")))),
        "street": "\n".join(filter(None, (address.get("address_1"), address.get("address_2")))),
        "city": address.get("city"),
        "state": address.get("state"),
        "country": address.get("country"),
        "postalCode": address.get("postcode"),
    }
    return {name: value for name, value in parts.items() if value}
