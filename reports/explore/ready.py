"""Ready reports: named queries that open in Explore, and pages of their own."""

from __future__ import annotations

from dataclasses import dataclass

_BREAKDOWN = "grossSales,discounts,returns,netSales,shipping,taxes,tips,totalSales"
_GOODS = "netSales,grossSales,discounts,returns,unitsSold,unitsReturned,cost,margin,marginPercent"
_PARTS = "totalSales,orders,netSales,discounts,returns"


@dataclass(frozen=True)
class Ready:
    """A report: what it answers, and the query of Explore that does, or the name of a page of its own."""

    title: str
    text: str
    query: str = ""
    page: str = ""


@dataclass(frozen=True)
class Group:
    """Ready reports under one heading of the page that lists them."""

    title: str
    reports: tuple[Ready, ...]


def _by(dimension: str, figures: str = _PARTS) -> str:
    return f"figures={figures}&by={dimension}&period=last30&compare=previous_period"


GROUPS = (
    Group(
        "Sales",
        (
            Ready(
                "Sales breakdown", "From gross sales to total sales, month by month.",
                f"figures={_BREAKDOWN}&by=time&granularity=monthly&period=yearly",
            ),
            Ready("Sales by product", "What sold, beside the 30 days before.", _by("product", _GOODS)),
            Ready("Sales by variant", "Sizes and colors, each by itself.", _by("variant", _GOODS)),
            Ready("Sales by category", "Along today's tree of categories.", _by("category", _GOODS)),
            Ready("Sales by country", "Where orders go to.", _by("country")),
            Ready("Sales by payment method", "How customers pay.", _by("paymentMethod")),
            Ready("Sales by channel", "Online store, point of sale, API and others.", _by("channel")),
            Ready("Sales by staff and source", "Who placed orders, or where they came from.", _by("placedBy")),
            Ready("Sales by customer type", "First orders, returning customers and guests.", _by("customerType")),
            Ready(
                "Weekday and hour", "When orders are placed: a heat map.",
                "figures=orders,totalSales&by=weekdayHour&period=last30&ordering=key",
            ),
            Ready("Order value distribution", "How many orders of which size.", page="order-values"),
        ),
    ),
    Group(
        "Discounts and returns",
        (
            Ready(
                "Discounts", "What each code took off, and the sales that came with it.",
                _by("coupon", "discounts,orders,netSales,totalSales,averageTicket"),
            ),
            Ready("Return rate", "Units returned out of units sold, by product.", page="return-rate"),
            Ready("Refunds and reasons", "How much was refunded, and why.", page="refund-reasons"),
        ),
    ),
    Group(
        "Products and stock",
        (
            Ready("Inventory", "Stock, days of cover, sell-through, and what does not sell.", page="inventory"),
            Ready("Bought together", "Products that are in the same orders.", page="bought-together"),
        ),
    ),
    Group(
        "Money to come",
        (Ready("Unpaid orders by age", "How much is outstanding, and for how long.", page="unpaid-orders"),),
    ),
)  # fmt: skip
