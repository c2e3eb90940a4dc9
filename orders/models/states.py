"""What figures are made of and split by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orders.pricing import ZERO


@dataclass(frozen=True)
class OrderState:
    """What figures are made of: an order's standing at one moment of its life.

    `product_sales` maps product id → net sales (the captured part of the items, less their share of discounts and
    refunds; 0 while unpaid), every product of the order included; `product_taxes` maps it → the tax that is kept on
    it; `product_units` maps it → units sold, returned;
    `product_parts` → the discounts in what was captured and the goods refunded; `product_costs` → what the units sold,
    less those returned, cost the store, and how many of them have no known cost. `tips` is the tip that is kept,
    `tax_included` the tax included in prices in what is kept.
    """

    status: str
    is_completed: bool
    is_fully_refunded: bool
    has_expired: bool
    has_coupon: bool
    sales: Decimal
    tax: Decimal
    product_sales: dict[int, Decimal] = field(default_factory=dict)
    product_taxes: dict[int, Decimal] = field(default_factory=dict)
    product_units: dict[int, tuple[int, int]] = field(default_factory=dict)
    product_parts: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    product_costs: dict[int, tuple[Decimal, int]] = field(default_factory=dict)
    tips: Decimal = ZERO
    tax_included: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Captured for goods less what was refunded of them."""
        return sum(self.product_sales.values(), ZERO)

    @property
    def discounts(self) -> Decimal:
        """Discounts in what was captured, whatever was refunded."""
        return sum((discounts for discounts, _ in self.product_parts.values()), ZERO)

    @property
    def returns(self) -> Decimal:
        """What was refunded of goods, without their tax and shipping."""
        return sum((returns for _, returns in self.product_parts.values()), ZERO)

    @property
    def units_sold(self) -> int:
        """Units of an order that was paid in full, whatever happened later."""
        return sum(sold for sold, _ in self.product_units.values())

    @property
    def units_returned(self) -> int:
        """Units that refunds named, or all once such an order is refunded in full."""
        return sum(returned for _, returned in self.product_units.values())

    @property
    def cost(self) -> Decimal:
        """What the units sold, less those returned, cost the store; those without a known cost add nothing."""
        return sum((cost for cost, _ in self.product_costs.values()), ZERO)

    @property
    def units_without_cost(self) -> int:
        """Units sold less returned whose cost is not known."""
        return sum(units for _, units in self.product_costs.values())


def with_cost(known: tuple[Decimal, int], unit_cost: Decimal | None, units: int) -> tuple[Decimal, int]:
    """Return the cost, and the units without a known one, of `known` and `units` more at `unit_cost`."""
    cost, without = known
    return (cost, without + units) if unit_cost is None else (cost + unit_cost * units, without)


def customer_type(customer_id: int | None, is_first: bool) -> str:
    """Return who placed an order: a guest, a new customer (it is their first order) or a returning one."""
    return "guest" if customer_id is None else "new" if is_first else "returning"


@dataclass(frozen=True)
class OrderFacts:
    """What figures are split by and no step of an order changes.

    `customer_type` changes when an earlier order of the customer arrives late, or customers are merged; `country` when
    the order's source corrects its address.
    """

    placed_at: datetime
    country: str
    coupon_code: str
    payment_code: str
    channel: str
    placed_by: str
    customer_type: str
