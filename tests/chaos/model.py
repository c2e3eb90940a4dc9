"""The orders as those know them who placed them: what was acknowledged, and the figures that follow from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SHIPPING = Decimal("4.90")
CENT = Decimal("0.01")


@dataclass
class Order:
    """One order and what was acknowledged of it."""

    key: int
    total: Decimal
    pieces: dict[int, int]
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    is_canceled: bool = False

    @property
    def payment_status(self) -> str:
        """Return the payment status that follows."""
        if not self.paid:
            return "PENDING"
        return "PAID" if not self.refunded else "REFUNDED" if self.refunded == self.paid else "PARTIALLY_REFUNDED"


@dataclass
class Store:
    """One store: its products, and every order that it should have."""

    slug: str
    customers: list[int]
    prices: dict[int, Decimal]
    stock: dict[int, int]
    orders: list[Order] = field(default_factory=list)
    past_orders: int = 0
    past_sales: Decimal = Decimal(0)

    @classmethod
    def of(cls, made: dict[str, Any]) -> Store:
        """Return a store as tests/chaos/product.py fills it: 60 paid orders of one of its first three products."""
        prices = {int(pk): Decimal(price) for pk, (price, _) in made["products"].items()}
        stock = {int(pk): stock for pk, (_, stock) in made["products"].items()}
        past = sum(sorted(prices.values())[1:], Decimal(0)) * 20
        return cls(made["slug"], made["customers"], prices, stock, past_orders=60, past_sales=past)

    def price_of(self, pieces: dict[int, int]) -> Decimal:
        """Return what an order of so many pieces of each product costs."""
        return sum((self.prices[pk] * quantity for pk, quantity in pieces.items()), SHIPPING)

    def figures(self) -> dict[str, Any]:
        """Return the summary that the dashboard should show for all days."""
        paid = [order for order in self.orders if order.paid]
        refunded = [order for order in paid if order.refunded == order.paid]
        sales = self.past_sales + sum((order.paid - order.refunded for order in paid), Decimal(0))
        completed = self.past_orders + len(paid) - len(refunded)
        return {
            "totalOrders": self.past_orders + len(self.orders),
            "totalSales": sales,
            "totalTax": 0,
            "totalCompletedOrders": completed,
            "totalRefundedOrders": len(refunded),
            "totalExpiredOrders": 0,
            "averageTicket": (sales / completed).quantize(CENT, ROUND_HALF_UP) if completed else 0,
            "totalCustomers": len(self.customers),
            "newCustomers": 0,
            "ordersWithCoupon": 0,
            "ordersWithoutCoupon": completed,
        }

    def states(self) -> dict[str, int]:
        """Return how many orders should wait for their payment, and be canceled."""
        canceled = sum(order.is_canceled for order in self.orders)
        waiting = sum(not order.paid and not order.is_canceled for order in self.orders)
        return {"pendingOrders": waiting, "canceledOrders": canceled}

    def stock_left(self) -> dict[int, int]:
        """Return the pieces of each product that should be left: a canceled order gives its pieces back."""
        sold: Counter[int] = Counter()
        for order in self.orders:
            if not order.is_canceled:
                sold.update(order.pieces)
        return {pk: stock - sold[pk] for pk, stock in self.stock.items()}
