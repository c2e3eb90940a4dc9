"""Orders as nodes of Shopify's GraphQL API, in any state of their life."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

from tests.shopify_server import money

Json = dict[str, Any]
UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Life:
    """An order from its placing to its end; `state(at)` is the node as it stands at a moment.

    `lines` are (name, unit price, quantity, SKU), `refunds` (moment, amount, (line, quantity, amount) of each).
    """

    key: str
    placed: datetime
    lines: tuple[tuple[str, D, int, str], ...] = (("Mug", D("12.00"), 1, "MUG"),)
    paid: tuple[tuple[datetime, D], ...] = ()
    refunds: tuple[tuple[datetime, D, tuple[tuple[int, int, D], ...]], ...] = ()
    shipped: datetime | None = None
    canceled: datetime | None = None
    tax: D = D("0.00")
    shipping: D = D("0.00")
    discount: D = D("0.00")
    currency: str = "GBP"
    email: str = ""
    country: str = "GB"
    number: str = ""
    touched: tuple[datetime, ...] = field(default=())

    def moments(self) -> list[datetime]:
        """Return when something happened, oldest first."""
        happened = [self.placed, *(at for at, _ in self.paid), *(refund[0] for refund in self.refunds), *self.touched]
        return sorted({at for at in [*happened, self.shipped, self.canceled] if at})

    def money(self) -> list[tuple[str, datetime, D]]:
        """Return what was captured ("payment") and refunded ("refund"), each at its moment."""
        return [("payment", *one) for one in self.paid] + [("refund", at, amount) for at, amount, _ in self.refunds]

    def until(self, at: datetime) -> Life:
        """Return the life up to a moment."""
        return replace(
            self,
            paid=tuple(one for one in self.paid if one[0] <= at),
            refunds=tuple(one for one in self.refunds if one[0] <= at),
            shipped=self.shipped if self.shipped and self.shipped <= at else None,
            canceled=self.canceled if self.canceled and self.canceled <= at else None,
            touched=tuple(one for one in self.touched if one <= at),
        )

    def state(self, at: datetime) -> Json:
        """Return the node at a moment."""
        return self.until(at).node()

    def node(self) -> Json:
        """Return the node of all that has happened."""
        goods = sum((price * quantity for _, price, quantity, _ in self.lines), D(0)) - self.discount
        total = goods + self.tax + self.shipping
        received, refunded = sum(one[1] for one in self.paid), sum(one[1] for one in self.refunds)
        gid, address = f"gid://shopify/Order/{self.key}", {"countryCodeV2": self.country}
        empty = dict.fromkeys(("name", "address1", "address2", "city", "provinceCode", "zip", "phone"))
        return {
            "id": gid,
            "name": self.number or f"#{self.key}",
            "createdAt": _text(self.placed),
            "processedAt": _text(self.placed),
            "updatedAt": _text(self.moments()[-1]),
            "cancelledAt": _text(self.canceled),
            "currencyCode": self.currency,
            "email": self.email or None,
            "phone": None,
            "sourceName": "web",
            "note": None,
            "taxesIncluded": False,
            "tags": [],
            "displayFinancialStatus": _financial(total, received, refunded),
            "displayFulfillmentStatus": "FULFILLED" if self.shipped else "UNFULFILLED",
            "paymentGatewayNames": ["shopify_payments"],
            "discountCodes": [],
            "totalPriceSet": money(total),
            "totalTaxSet": money(self.tax),
            "totalShippingPriceSet": money(self.shipping),
            "totalTipReceivedSet": money(0),
            "totalOutstandingSet": money(max(total - received, D(0))),
            "originalTotalDutiesSet": None,
            "netPaymentSet": money(received - refunded),
            "customer": {"email": self.email} if self.email else None,
            "billingAddress": {**empty, **address},
            "shippingAddress": {**empty, **address},
            "taxLines": [{"title": "VAT", "priceSet": money(self.tax)}] if self.tax else [],
            "paymentTerms": None,
            "transactions": [_transaction(self.key, index, "SALE", *one) for index, one in enumerate(self.paid)],
            "fulfillments": [{"status": "SUCCESS", "createdAt": _text(self.shipped), "trackingInfo": []}]
            if self.shipped
            else [],
            "lineItems": [self._line(index, *line) for index, line in enumerate(self.lines)],
            "refunds": [self._refund(index, *one) for index, one in enumerate(self.refunds)],
        }

    def _line(self, index: int, name: str, price: D, quantity: int, sku: str) -> Json:
        off = [{"allocatedAmountSet": money(self.discount)}] if self.discount and index == 0 else []
        return {
            "id": f"gid://shopify/LineItem/{self.key}{index:04}",
            "title": name,
            "name": name,
            "quantity": quantity,
            "sku": sku,
            "isGiftCard": False,
            "originalUnitPriceSet": money(price),
            "discountAllocations": off,
        }

    def _refund(self, index: int, at: datetime, amount: D, lines: tuple[tuple[int, int, D], ...]) -> Json:
        return {
            "id": f"gid://shopify/Refund/{self.key}{index:04}",
            "createdAt": _text(at),
            "note": "",
            "refundLineItems": [
                {
                    "quantity": quantity,
                    "subtotalSet": money(part),
                    "lineItem": {"id": f"gid://shopify/LineItem/{self.key}{line:04}"},
                }
                for line, quantity, part in lines
            ],
            "refundShippingLines": [],
            "transactions": [_transaction(self.key, 100 + index, "REFUND", at, amount)],
        }


def _transaction(key: str, index: int, kind: str, at: datetime, amount: D) -> Json:
    return {
        "id": f"gid://shopify/OrderTransaction/{key}{index:04}",
        "kind": kind,
        "status": "SUCCESS",
        "createdAt": _text(at),
        "processedAt": _text(at),
        "amountSet": money(amount),
    }


def _financial(total: D, received: D | int, refunded: D | int) -> str:
    if refunded:
        return "REFUNDED" if refunded >= received else "PARTIALLY_REFUNDED"
    if not received:
        return "PENDING" if total else "PAID"
    return "PAID" if received >= total else "PARTIALLY_PAID"


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime(UTC_FORMAT) if at else None
