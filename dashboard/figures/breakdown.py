"""The figures that total sales are made of, besides tax, and what is earned of them: entries of the registry.

Gross sales − discounts − returns = net sales; net sales + shipping + tax + tips = total sales, to the cent. Net sales −
cost = margin.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from dashboard.figures import entries
from dashboard.figures.figure import Figure, Kind


def _margin_percent(net: Decimal, cost: Decimal) -> Decimal:
    return ((net - cost) * 100 / net).quantize(Decimal("0.01"), ROUND_HALF_UP) if net else Decimal(0)


_NET_SALES = entries.amounts(
    payment=entries.PAID_GOODS,
    refund=f"-{entries.REFUNDED_GOODS}",
    edit=f"{entries.EDITED_GOODS} - {entries.EDITED_RETURNS}",
)
TAX_OF_GOODS = entries.amounts(payment=entries.TAX_OF_LINES, part="p.amount", parts=entries.OF_TAX_OF_LINES)
"""The entries of the tax on some products."""
_COST = entries.less(entries.units_sold(entries.COST), entries.units_returned(entries.COST))
_MARGIN = entries.less(_NET_SALES, _COST)

BREAKDOWN = (
    Figure(
        key="gross_sales",
        name="grossSales",
        label="Gross sales",
        hint="Goods captured, before discounts",
        meaning="What was captured for goods before discounts and refunds. Less discounts and returns it is the net "
        "sales.",
        inputs=("net", "discounts", "returns"),
        kind=Kind.MONEY,
        formula=lambda net, discounts, returns: net + discounts + returns,
        sql="net + discounts + returns",
        entries=entries.amounts(
            payment=entries.PAID_GOODS, edit=entries.EDITED_GOODS, part="p.amount", parts=entries.OF_GOODS
        ),
        can_be_negative=True,
        example=Decimal("80.00"),
        note="An order captured in part counts with that part of each line, to the cent; one that is unpaid or free "
        "with nothing. Goods that came back in an exchange lower it.",
    ),
    Figure(
        key="discounts",
        name="discounts",
        label="Discounts",
        hint="In what was captured",
        meaning="The discounts on the goods that were captured, whatever was refunded later.",
        inputs=("discounts",),
        kind=Kind.MONEY,
        entries=entries.amounts(part="p.amount", parts=entries.OF_GOODS),
        can_be_negative=True,
        example=Decimal("8.00"),
    ),
    Figure(
        key="returns",
        name="returns",
        label="Returns",
        hint="Refunded of goods",
        meaning="The part of the refunds that is for goods, without tax and shipping.",
        inputs=("returns",),
        kind=Kind.MONEY,
        entries=entries.amounts(refund=entries.REFUNDED_GOODS, edit=entries.EDITED_RETURNS),
        can_be_negative=True,
        example=Decimal("0.00"),
    ),
    Figure(
        key="net_sales",
        name="netSales",
        label="Net sales",
        hint="Gross sales less discounts and returns",
        meaning="What was captured for goods less discounts and what was refunded of them. With shipping, tax and tips "
        "it is the total sales.",
        inputs=("net",),
        kind=Kind.MONEY,
        entries=_NET_SALES,
        can_be_negative=True,
        example=Decimal("72.00"),
    ),
    Figure(
        key="cost",
        name="cost",
        label="Cost",
        hint="Of the units sold less those returned",
        meaning="What the units sold, less those returned, cost the store: the product's cost as it was when the order "
        "was placed, times the units.",
        inputs=("cost",),
        kind=Kind.MONEY,
        entries=_COST,
        can_be_negative=True,
        example=Decimal("30.00"),
        note="Counts with `unitsSold`, once an order is paid in full, and goes down with `unitsReturned`: a refund of "
        "an amount alone leaves it as it is. Line items without a cost add nothing; `unitsWithoutCost` says how many.",
    ),
    Figure(
        key="margin",
        name="margin",
        label="Margin",
        hint="Net sales less cost",
        meaning="Net sales less the cost of the units sold.",
        inputs=("net", "cost"),
        kind=Kind.MONEY,
        formula=lambda net, cost: net - cost,
        sql="net - cost",
        entries=_MARGIN,
        can_be_negative=True,
        example=Decimal("42.00"),
        note="Net sales of line items without a cost count in full: where `unitsWithoutCost` is not 0 the margin is "
        "too high.",
    ),
    Figure(
        key="margin_percent",
        name="marginPercent",
        label="Margin %",
        hint="Margin ÷ net sales",
        meaning="The margin as a percentage of the net sales, rounded half up to two decimals. Below are the entries "
        "of the margin.",
        inputs=("net", "cost"),
        kind=Kind.PERCENT,
        formula=_margin_percent,
        sql="CASE WHEN net <> 0 THEN round((net - cost) * 100 / net, 2) ELSE 0 END",
        entries=_MARGIN,
        sums_over_days=False,
        can_be_negative=True,
        example=Decimal("58.33"),
        note="0 without net sales.",
    ),
    Figure(
        key="units_without_cost",
        name="unitsWithoutCost",
        label="Units without cost",
        hint="Sold less returned, cost not known",
        meaning="Units sold less units returned of line items whose product had no cost when the order was placed.",
        inputs=("units_without_cost",),
        entries=entries.less(entries.units_sold(entries.WITHOUT_COST), entries.units_returned(entries.WITHOUT_COST)),
        can_be_negative=True,
        note="They count in no `cost`.",
    ),
    Figure(
        key="shipping",
        name="shipping",
        label="Shipping",
        hint="Captured less refunded",
        meaning="What was captured for shipping less what was refunded of it.",
        inputs=("sales", "tax", "net", "tips"),
        kind=Kind.MONEY,
        formula=lambda sales, tax, net, tips: sales - tax - net - tips,
        sql="sales - tax - net - tips",
        entries=entries.amounts(
            payment=f"t.amount - coalesce(t.tax_amount, o.tax_amount) - {entries.PAID_GOODS}",
            refund=f"-(r.amount - r.tax_amount - {entries.REFUNDED_GOODS})",
            edit=f"{entries.EDITED_RETURNS} - {entries.EDITED_GOODS} - e.tax_amount",
            part="-p.amount",
            parts=entries.OF_TIPS,
        ),
        can_be_negative=True,
        example=Decimal("4.68"),
        note="What a customer paid above the order's total is counted here.",
    ),
    Figure(
        key="tips",
        name="tips",
        label="Tips",
        hint="Captured less refunded",
        meaning="The tips in the captured payments less what was refunded of them.",
        inputs=("tips",),
        kind=Kind.MONEY,
        entries=entries.amounts(part="p.amount", parts=entries.OF_TIPS),
        can_be_negative=True,
        example=Decimal("0.00"),
        note="A refund takes from shipping before it takes from the tip.",
    ),
    Figure(
        key="tax_included",
        name="taxIncluded",
        label="Tax included",
        hint="In the prices of what was sold",
        meaning="The tax that prices included in what was captured less what was given back. It is part of gross and "
        "net sales, not of the tax on top.",
        inputs=("tax_included",),
        kind=Kind.MONEY,
        entries=entries.amounts(
            payment="CASE WHEN t.tax_amount IS NULL THEN o.included_tax ELSE 0 END",
            part="p.amount",
            parts=entries.OF_INCLUDED_TAX,
        ),
        can_be_negative=True,
        example=Decimal("0.00"),
        note="As the order's source states it; of an order that was captured or refunded in part, in proportion to the "
        "total, half-up to the smallest amount of the currency.",
    ),
)
