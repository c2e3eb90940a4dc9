"""Ready reports: named queries that open in Explore, and pages of their own."""

from __future__ import annotations

from dataclasses import dataclass

from dealport.kit.texts import lazy_text as _

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
        _("Sales"),
        (
            Ready(
                _("Sales breakdown"), _("From gross sales to total sales, month by month."),
                f"figures={_BREAKDOWN}&by=time&granularity=monthly&period=yearly",
            ),
            Ready(_("Sales by product"), _("What sold, beside the 30 days before."), _by("product", _GOODS)),
            Ready(_("Sales by variant"), _("Sizes and colors, each by itself."), _by("variant", _GOODS)),
            Ready(
                _("Sales by category"), _("Along today's tree: what was moved brings its past sales."),
                _by("category", _GOODS),
            ),
            Ready(_("Sales by country"), _("Where orders go to."), _by("country")),
            Ready(_("Sales by discount code"), _("Orders with each code, and those without."), _by("coupon")),
            Ready(_("Sales by payment method"), _("How customers pay."), _by("paymentMethod")),
            Ready(_("Sales by channel"), _("Online store, point of sale, API and others."), _by("channel")),
            Ready(_("Sales by staff and source"), _("Who placed orders, or where they came from."), _by("placedBy")),
            Ready(_("Sales by customer type"), _("First orders, returning customers and guests."), _by("customerType")),
            Ready(
                _("Weekday and hour"), _("When orders are placed: a heat map."),
                "figures=orders,totalSales&by=weekdayHour&period=last30&ordering=key",
            ),
            Ready(_("Order value distribution"), _("How many orders of which size."), page="order-values"),
        ),
    ),
    Group(
        _("Discounts and returns"),
        (
            Ready(
                _("Discounts"), _("What each code took off, and the sales that came with it."),
                _by("coupon", "discounts,orders,netSales,totalSales,averageTicket"),
            ),
            Ready(_("Return rate"), _("Units returned out of units sold, by product."), page="return-rate"),
            Ready(_("Refunds and reasons"), _("How much was refunded, and why."), page="refund-reasons"),
        ),
    ),
    Group(
        _("Products and stock"),
        (
            Ready(_("Inventory"), _("Stock, days of cover, sell-through, and what does not sell."), page="inventory"),
            Ready(_("Bought together"), _("Products that are in the same orders."), page="bought-together"),
        ),
    ),
    Group(
        _("Money to come"),
        (Ready(_("Unpaid orders by age"), _("How much is outstanding, and for how long."), page="unpaid-orders"),),
    ),
)  # fmt: skip
