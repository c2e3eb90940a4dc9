"""Orders as WooCommerce's REST API states them, in any state of their life."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

from tests.shopify_orders import Life

Json = dict[str, Any]
FORMAT = "%Y-%m-%dT%H:%M:%S"


def state(life: Life, at: datetime) -> tuple[Json, list[Json]]:
    """Return the order as it stands at a moment, and the refunds of their own resource."""
    one = life.until(at)
    goods = sum((price * quantity for _, price, quantity, _ in one.lines), D("0.00"))
    total = goods - one.discount + one.tax + one.shipping
    refunds = [
        {"id": int(f"{one.key}{index:03}"), "date_created_gmt": _text(when), "amount": str(amount), "line_items": []}
        for index, (when, amount, _) in enumerate(one.refunds)
    ]
    paid_at = one.paid[-1][0] if one.paid else None if total else one.placed
    address = {"first_name": "Pat", "country": one.country}
    order = {
        "id": int(one.key), "number": one.number or one.key, "parent_id": 0, "status": _status(one, total),
        "currency": one.currency, "total": str(total), "total_tax": str(one.tax), "shipping_total": str(one.shipping),
        "date_created_gmt": _text(one.placed), "date_modified_gmt": _text(one.moments()[-1]),
        "date_paid_gmt": _text(paid_at), "date_completed_gmt": _text(one.shipped),
        "line_items": [_line(one, index) for index in range(len(one.lines))], "tax_lines": [], "fee_lines": [],
        "coupon_lines": [], "refunds": [{"id": each["id"], "total": f"-{each['amount']}"} for each in refunds],
        "billing": {**address, "email": one.email}, "shipping": address,
        "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": "", "customer_note": "",
    }  # fmt: skip
    return order, refunds


def _line(one: Life, index: int) -> Json:
    name, price, quantity, sku = one.lines[index]
    subtotal = price * quantity
    return {
        "id": int(f"{one.key}{index:04}"),
        "name": name,
        "sku": sku,
        "quantity": quantity,
        "subtotal": str(subtotal),
        "total": str(subtotal - (one.discount if index == 0 else 0)),
    }


def _status(one: Life, total: D) -> str:
    received, refunded = sum(amount for _, amount in one.paid), sum(refund[1] for refund in one.refunds)
    if one.canceled:
        return "cancelled"
    if refunded and refunded >= received:
        return "refunded"
    if one.shipped:
        return "completed"
    return "processing" if received or not total else "pending"


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime(FORMAT) if at else None
