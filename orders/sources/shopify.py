"""Orders as Shopify's APIs state them: REST and webhooks, and nodes of a GraphQL bulk operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from dealport.kit.emails import fold_email
from dealport.kit.money import with_cents
from dealport.kit.values import Json
from orders.pricing import ZERO, quantize
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.oddities import odd_moment, odd_number

SOURCE = "shopify"
CAPTURES = ("sale", "capture")
PAID = ("paid", "partially_refunded", "refunded")
CHANNELS = {"web": "web", "pos": "pos", "shopify_draft_order": "draft"}


def amount(value: object) -> Decimal:
    """Return an amount, nothing is 0: to the cent, or as it is written with the three decimals of some currencies.

    Raises OddValue.
    """
    try:
        stated = Decimal(str(value or 0))
        return with_cents(stated) if stated.as_tuple().exponent == -3 else quantize(stated)
    except ArithmeticError:
        raise odd_number(value) from None


def shop_money(value: Json | None) -> Decimal:
    """Return the amount in the currency of the shop of a money set, as REST or GraphQL writes it."""
    value = value or {}
    return amount((value.get("shop_money") or value.get("shopMoney") or {}).get("amount"))


def moment(text: str | None) -> datetime | None:
    """Return a moment in UTC. Raises OddValue."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, TypeError, OverflowError):
        raise odd_moment(text) from None


def read_rest(order: Json, transactions: Iterable[Json] = ()) -> SourceOrder:
    """Read an order of the REST API or of a webhook (orders/*); `transactions` are those of its own resource.

    The webhook has refund transactions alone: then what was received is total less outstanding, when it was processed.
    """
    lines = [line for line in order["line_items"] if not line.get("gift_card")]
    cards = [line for line in order["line_items"] if line.get("gift_card")]
    positions = {line["id"]: index for index, line in enumerate(lines)}
    placed_at = moment(order.get("processed_at") or order["created_at"])
    assert placed_at is not None
    sold = sum((amount(card["price"]) * card["quantity"] for card in cards), ZERO)
    total, financial = amount(order["total_price"]) - sold, order.get("financial_status") or ""
    refunds = tuple(_refund(refund, positions) for refund in order.get("refunds") or ())
    included = amount(order["total_tax"]) if order.get("taxes_included") else ZERO
    duties = shop_money(order.get("original_total_duties_set"))
    payments = _without(sold, _payments(transactions, order["id"])) or _received(order, total, placed_at, financial)
    customer = order.get("customer") or {}
    address = order.get("billing_address") or order.get("shipping_address") or {}
    return SourceOrder(
        source=SOURCE,
        external_id=str(order["id"]),
        name=order["name"],
        placed_at=placed_at,
        currency=order["currency"],
        lines=tuple(_line(line) for line in lines),
        discount=sum((_line_discount(line) for line in lines), ZERO),
        tax=(ZERO if included else amount(order["total_tax"])) + duties,
        shipping=sum((amount(line.get("discounted_price", line["price"])) for line in order["shipping_lines"]), ZERO),
        tip=amount(order.get("total_tip_received")),
        included_tax=included,
        tax_lines=tuple((line["title"], amount(line["price"])) for line in order.get("tax_lines") or ()),
        discount_codes=tuple(code["code"] for code in order.get("discount_codes") or ()),
        payments=payments,
        refunds=tuple(refund for refund in refunds if refund.amount),
        fulfillment=_fulfillment(order),
        canceled_at=moment(order.get("cancelled_at")),
        void_at=(moment(order.get("cancelled_at")) or placed_at) if financial == "voided" else None,
        is_void_dated=bool(order.get("cancelled_at")),
        is_expired=financial == "expired",
        is_authorized=financial == "authorized",
        counts_as_paid=financial in PAID,
        terms="invoice" if order.get("payment_terms") else "prepaid",
        due_at=_due_at(order.get("payment_terms")),
        email=fold_email(order.get("email") or customer.get("email") or ""),
        customer_name=address.get("name") or "",
        phone=order.get("phone") or address.get("phone") or "",
        shipping_address=_address(order.get("shipping_address")),
        billing_address=_address(order.get("billing_address")),
        payment_method=" + ".join(order.get("payment_gateway_names") or ())[:40],
        channel=CHANNELS.get(order.get("source_name") or "", ""),
        notes=tuple(filter(None, (order.get("note"),))),
        updated_at=moment(order.get("updated_at")),
        gift_cards=len(cards),
        gift_card_amount=sold,
    )


def _due_at(terms: Json | None) -> datetime | None:
    """Return the moment by which all of it is to be paid; None where there are no terms or they name no moment."""
    named = (moment(one.get("due_at")) for one in (terms or {}).get("payment_schedules") or ())
    return max(filter(None, named), default=None)


def _line(line: Json) -> SourceLine:
    return SourceLine(
        line.get("name") or line["title"],
        amount(line["price"]),
        line["quantity"],
        line.get("sku") or "",
        _line_discount(line),
        str(line["id"]),
    )


def _line_discount(line: Json) -> Decimal:
    return sum((amount(part["amount"]) for part in line.get("discount_allocations") or ()), ZERO)


def _received(order: Json, total: Decimal, at: datetime, financial: str) -> tuple[SourcePayment, ...]:
    outstanding = order.get("total_outstanding")
    unsaid = total if financial in PAID else ZERO
    received = unsaid if outstanding is None else max(total - amount(outstanding), ZERO)
    return (SourcePayment(at, received, is_dated=False),) if received else ()


def _payments(transactions: Iterable[Json], order_id: int) -> tuple[SourcePayment, ...]:
    """Return captures and failed attempts: what was declined has never been sales."""
    found = []
    for one in transactions:
        at = moment(one.get("processed_at") or one["created_at"])
        if one["order_id"] == order_id and one["kind"] in CAPTURES and at and one["status"] in ("success", "failure"):
            is_failed = one["status"] == "failure"
            found.append(SourcePayment(at, amount(one["amount"]), str(one["id"]), is_failed))
    return tuple(sorted(found, key=lambda payment: payment.at))


def _without(sold: Decimal, payments: tuple[SourcePayment, ...]) -> tuple[SourcePayment, ...]:
    """Return the payments less what of them, the first ones first, paid for gift cards: those are no sales."""
    kept = []
    for payment in payments:
        off = ZERO if payment.failed else min(sold, payment.amount)
        sold -= off
        if payment.amount > off:
            kept.append(replace(payment, amount=payment.amount - off))
    return tuple(kept)


def _refund(refund: Json, positions: dict[int, int]) -> SourceRefund:
    at = moment(refund.get("processed_at") or refund["created_at"])
    assert at is not None
    moved = [one for one in refund.get("transactions") or () if one["kind"] == "refund" and one["status"] == "success"]
    lines = [line for line in refund.get("refund_line_items") or () if line["line_item_id"] in positions]
    paid_back = sum((amount(one["amount"]) for one in moved), ZERO)
    shipping = sum((shop_money(one["subtotal_amount_set"]) for one in refund.get("refund_shipping_lines") or ()), ZERO)
    shipping -= sum(
        (
            amount(one["amount"])
            for one in refund.get("order_adjustments") or ()
            if one.get("kind") == "shipping_refund" and not refund.get("refund_shipping_lines")
        ),
        ZERO,
    )
    goods = tuple((positions[line["line_item_id"]], amount(line["subtotal"])) for line in lines)
    return SourceRefund(
        at,
        paid_back,
        reference=str(refund["id"]),
        reason=(refund.get("note") or "refunded")[:200],
        pieces=tuple((positions[line["line_item_id"]], line["quantity"]) for line in lines),
        goods=goods,
        shipping=shipping,
        is_itemized=bool(lines) or shipping > 0,
    )


def _fulfillment(order: Json) -> SourceFulfillment | None:
    done = [one for one in order.get("fulfillments") or () if one.get("status") == "success"]
    if order.get("fulfillment_status") != "fulfilled" or not done:
        return None
    at = moment(done[-1]["created_at"])
    assert at is not None
    return SourceFulfillment(
        at,
        done[-1].get("tracking_number") or "",
        done[-1].get("tracking_company") or "",
        done[-1].get("tracking_url") or "",
    )


def _address(address: Json | None) -> dict[str, str] | None:
    """Return the parts that are there; None where Shopify shows no address, as to apps that may not see customers."""
    if not address:
        return None
    parts = {
        "name": address.get("name"),
        "street": "\n".join(filter(None, (address.get("address1"), address.get("address2")))),
        "city": address.get("city"),
        "state": address.get("province_code"),
        "country": address.get("country_code"),
        "postalCode": address.get("zip"),
    }
    return {name: value for name, value in parts.items() if value}


def read_graphql(order: Json) -> SourceOrder:
    """Read an order of a GraphQL bulk operation; its line items are under `children`."""
    nodes = [node for node in order["children"] if "/LineItem/" in node["id"] and not node.get("isGiftCard")]
    cards = [node for node in order["children"] if "/LineItem/" in node["id"] and node.get("isGiftCard")]
    placed_at = moment(order.get("processedAt") or order["createdAt"])
    assert placed_at is not None
    financial = (order.get("displayFinancialStatus") or "").lower()
    lines = [
        SourceLine(
            node["name"],
            shop_money(node["originalUnitPriceSet"]),
            node["quantity"],
            node.get("sku") or "",
            shop_money(node["originalUnitPriceSet"]) * node["quantity"] - shop_money(node["discountedTotalSet"]),
            node["id"].rpartition("/")[2],
        )
        for node in nodes
    ]
    sold = sum((shop_money(card["discountedTotalSet"]) for card in cards), ZERO)
    goods = sum((line.unit_price * line.quantity for line in lines), ZERO)
    subtotal = shop_money(order["subtotalPriceSet"]) - sold
    received = max(shop_money(order["totalReceivedSet"]) - sold, ZERO)
    tax, refunds = shop_money(order["totalTaxSet"]), []
    for refund in order.get("refunds") or ():
        at = moment(refund["createdAt"])
        if at and (back := shop_money(refund["totalRefundedSet"])):
            refunds.append(SourceRefund(at, back, refund["id"].rpartition("/")[2], "refunded"))
    shipped = moment(order.get("updatedAt")) if order.get("displayFulfillmentStatus") == "FULFILLED" else None
    return SourceOrder(
        source=SOURCE,
        external_id=order["id"].rpartition("/")[2],
        name=order["name"],
        placed_at=placed_at,
        currency=order["currencyCode"],
        lines=tuple(lines),
        discount=goods - subtotal,
        tax=ZERO if order.get("taxesIncluded") else tax,
        included_tax=tax if order.get("taxesIncluded") else ZERO,
        shipping=shop_money(order["totalShippingPriceSet"]),
        tip=shop_money(order.get("totalTipReceivedSet")),
        discount_codes=tuple(order.get("discountCodes") or ()),
        payments=(SourcePayment(placed_at, received, is_dated=False),) if received else (),
        refunds=tuple(refunds),
        fulfillment=SourceFulfillment(shipped, is_dated=False) if shipped else None,
        canceled_at=moment(order.get("cancelledAt")),
        void_at=placed_at if financial == "voided" else None,
        is_void_dated=False,
        is_expired=financial == "expired",
        is_authorized=financial == "authorized",
        counts_as_paid=financial in PAID,
        terms="",
        notes=None,
        email=fold_email(order.get("email") or ""),
        payment_method=" + ".join(order.get("paymentGatewayNames") or ())[:40],
        updated_at=moment(order.get("updatedAt")),
        gift_cards=len(cards),
        gift_card_amount=sold,
    )
