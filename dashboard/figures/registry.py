"""The registry of figures: one entry each, from which everything that shows, stores or describes a figure is made.

Summaries, the admin snapshot, time series, daily metrics and their columns, response schemas and examples, tiles,
columns and control totals of datasets, views of the SQL console, admin columns, the monitoring and the tables of
docs/metrics.md read it. Recount (`dashboard.metrics.recount`) and the entries that explain a figure
(`dashboard.figures.entries`) compute the same independently, on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from dashboard.figures import entries
from dashboard.figures.breakdown import BREAKDOWN
from dashboard.figures.figure import Document, Figure, Kind, Quantities
from dashboard.figures.values import Number, Values
from dashboard.models import Basis
from dealport.kit.money import places_sql

VERSION = "1"
"""Raised whenever a figure comes to mean something else; receipts of files carry it."""

BASIS = {
    Basis.PLACED: "Everything an order earns or gives back counts on the day it was placed, "
    "so a refund lowers the day of the sale.",
    Basis.BOOKED: "Each payment and refund counts on the day it happened, so days that are over never change.",
}


def _average(sales: Decimal, completed: int) -> Decimal:
    return sales / completed if completed > 0 else Decimal(0)


def _named(name: str, *documents: Document) -> dict[Document, str]:
    return dict.fromkeys(documents, name)


_SUMMARY, _SNAPSHOT, _CURRENCY, _SERIES, _REVENUE, _DAILY, _ANALYTICS = Document

# in the order in which pages, files and views show them
_ALL = (
    Figure(
        key="total_sales",
        name="totalSales",
        label="Total sales",
        hint="Captured payments less refunds",
        meaning="What was captured from customers less what was given back. An order's total is its goods less "
        "discount, plus tax, shipping and tip.",
        inputs=("sales",),
        kind=Kind.MONEY,
        entries=entries.money("t.amount", "r.amount"),
        can_be_negative=True,
        documents=_named("totalSales", _SUMMARY, _SNAPSHOT, _CURRENCY) | _named("sales", _SERIES, _REVENUE, _DAILY),
        column="sales",
        example=Decimal("92.02"),
        note="A part payment counts with what was received; a status change moves nothing.",
    ),
    Figure(
        key="revenue",
        name="revenue",
        label="Revenue",
        hint="Captured less refunded on the day",
        meaning="What was captured from customers on the day less what was given back on it, whenever ordered.",
        inputs=("sales",),
        kind=Kind.MONEY,
        fixed_basis=Basis.BOOKED,
        can_be_negative=True,
        documents=_named("revenue", _DAILY),
        column="revenue",
        example=Decimal("92.02"),
        note="`totalSales` on the basis `booked`.",
    ),
    *BREAKDOWN,
    Figure(
        key="total_tax",
        name="totalTax",
        label="Tax",
        hint="Captured tax less refunded tax",
        meaning="The tax in the captured payments less the tax in the refunds.",
        inputs=("tax",),
        kind=Kind.MONEY,
        entries=entries.amounts(
            payment="coalesce(t.tax_amount, o.tax_amount)", refund="-r.tax_amount", edit="e.tax_amount"
        ),
        can_be_negative=True,
        documents=_named("totalTax", _SUMMARY, _SNAPSHOT, _CURRENCY, _SERIES, _REVENUE, _DAILY)
        | _named("taxes", _ANALYTICS),
        column="tax",
        example=Decimal("15.34"),
        note="On top of the prices of goods. A refund of a part has its part of the tax, to the cent: that of the "
        "pieces it names, any other in proportion to what is left of goods, tax and shipping.",
    ),
    Figure(
        key="units_sold",
        name="unitsSold",
        label="Units sold",
        hint="On orders paid in full",
        meaning="Units of the line items of orders that were paid in full, whatever happened later.",
        inputs=("units_sold",),
        entries=entries.units_sold(),
        example=3,
        note="Never goes down: what came back is in `unitsReturned`.",
    ),
    Figure(
        key="units_returned",
        name="unitsReturned",
        label="Units returned",
        hint="Named by refunds, or refunded in full",
        meaning="Units that refunds named, and all units of an order that was paid and refunded in full.",
        inputs=("units_returned",),
        entries=entries.units_returned(),
        example=1,
        note="A refund of an amount alone returns no units until everything is refunded.",
    ),
    Figure(
        key="total_orders",
        name="totalOrders",
        label="Orders",
        hint="Placed, whatever happened later",
        meaning="Orders placed in the period, whatever happened to them later.",
        inputs=("orders",),
        entries=entries.orders(),
        documents=_named("totalOrders", _SUMMARY, _SNAPSHOT) | _named("orders", _SERIES, _REVENUE, _DAILY, _ANALYTICS),
        column="orders",
        monitored_as="dealport_orders_placed",
        example=2,
    ),
    Figure(
        key="pending_orders",
        name="pendingOrders",
        label="Pending",
        hint="Waiting for payment now",
        meaning="Orders placed in the period that wait for their payment now.",
        inputs=("pending",),
        entries=entries.orders_now("o.status = 'PENDING'"),
        documents=_named("pendingOrders", _SNAPSHOT, _SERIES, _DAILY),
        column="pending",
    ),
    Figure(
        key="canceled_orders",
        name="canceledOrders",
        label="Canceled",
        hint="Canceled",
        meaning="Orders placed in the period that are canceled now.",
        inputs=("canceled",),
        entries=entries.orders_now("o.status = 'CANCELED'"),
        documents=_named("canceledOrders", _SNAPSHOT, _SERIES, _DAILY),
        column="canceled",
    ),
    Figure(
        key="total_completed_orders",
        name="totalCompletedOrders",
        label="Completed",
        hint="Paid and not fully refunded",
        meaning="Orders that were paid in full and have not been refunded in full; an order with a total of 0 is paid "
        "when placed.",
        inputs=("completed",),
        entries=entries.completed_orders(),
        documents=_named("totalCompletedOrders", _SUMMARY)
        | _named("completedOrders", _SNAPSHOT, _CURRENCY, _SERIES, _REVENUE, _DAILY),
        column="completed",
        monitored_as="dealport_orders_completed",
        example=1,
        note="An order refunded in full before its payment arrived was never completed.",
    ),
    Figure(
        key="total_expired_orders",
        name="totalExpiredOrders",
        label="Expired",
        hint="Payment refused, or unpaid for 24 hours",
        meaning="Prepaid orders whose payment was refused or canceled, or that stayed unpaid for 24 hours. An order "
        "that is paid later after all stays counted here, and counts as completed as well.",
        inputs=("expired",),
        entries=entries.milestone("o.expired_at"),
        documents=_named("totalExpiredOrders", _SUMMARY) | _named("expiredOrders", _SNAPSHOT, _SERIES, _DAILY),
        column="expired",
        example=1,
        note="Never goes down. A refusal a provider reports after the approval counts too: the figure does not depend "
        "on the order in which its reports arrive.",
    ),
    Figure(
        key="total_refunded_orders",
        name="totalRefundedOrders",
        label="Refunded",
        hint="Refunded in full",
        meaning="Orders of which everything captured was given back.",
        inputs=("refunded",),
        entries=entries.milestone("o.refunded_at"),
        documents=_named("totalRefundedOrders", _SUMMARY) | _named("refundedOrders", _SNAPSHOT, _SERIES, _DAILY),
        column="refunded",
        note="Never goes down.",
    ),
    Figure(
        key="average_ticket",
        name="averageTicket",
        label="Average order value",
        hint="Total sales ÷ completed orders",
        meaning="Total sales divided by the number of completed orders, rounded half up to the smallest amount of the "
        "currency. Below are the payments and refunds of the total sales.",
        inputs=("sales", "completed"),
        kind=Kind.RATIO,
        formula=_average,
        sql=f"CASE WHEN completed > 0 THEN round(sales / completed, {places_sql('currency')}) ELSE 0 END",
        entries=entries.money("t.amount", "r.amount"),
        sums_over_days=False,
        can_be_negative=True,
        documents=_named("averageTicket", _SUMMARY)
        | _named("averageOrderValue", _SNAPSHOT, _CURRENCY, _SERIES, _REVENUE),
        example=Decimal("92.02"),
        note="0 without any completed order (by transaction date a period can undo more than it completes: 0 as well).",
    ),
    Figure(
        key="new_customers",
        name="newCustomers",
        label="New customers",
        hint="First confirmed their email address",
        meaning="Customers who confirmed their email address: by the day they registered, or by the day they "
        "confirmed it.",
        inputs=("new_customers",),
        entries=entries.confirmed_customers(),
        documents=_named("newCustomers", _SUMMARY, _SNAPSHOT, _SERIES, _DAILY),
        column="new_customers",
        example=3,
    ),
    Figure(
        key="total_customers",
        name="totalCustomers",
        label="Customers",
        hint="Registered up to the end of the period",
        meaning="Customers who had registered by the end of the period, also those deleted since.",
        inputs=("registered",),
        entries=entries.registered_customers(),
        sums_over_days=False,
        documents=_named("totalCustomers", _SUMMARY, _SNAPSHOT, _DAILY),
        column="total_customers",
        example=40,
    ),
    Figure(
        key="orders_with_coupon",
        name="ordersWithCoupon",
        label="With discount code",
        hint="Completed orders that used one",
        meaning="Completed orders on which a discount code was used.",
        inputs=("with_coupon",),
        entries=entries.completed_orders("o.coupon_code <> ''"),
        documents=_named("ordersWithCoupon", _SUMMARY),
        example=1,
    ),
    Figure(
        key="orders_without_coupon",
        name="ordersWithoutCoupon",
        label="Without discount code",
        hint="Completed orders that used none",
        meaning="Completed orders on which no discount code was used.",
        inputs=("completed", "with_coupon"),
        formula=lambda completed, with_coupon: completed - with_coupon,
        sql="completed - with_coupon",
        entries=entries.completed_orders("o.coupon_code = ''"),
        documents=_named("ordersWithoutCoupon", _SUMMARY),
    ),
    Figure(
        key="credits_granted",
        name="creditsGranted",
        label="Store credit granted",
        hint="Given to customers",
        meaning="Store credit given to customers in the period.",
        inputs=("granted",),
        kind=Kind.MONEY,
        documents=_named("creditsGranted", _DAILY),
        column="credits_granted",
        example=Decimal("5.00"),
    ),
    Figure(
        key="credits_spent",
        name="creditsSpent",
        label="Store credit spent",
        hint="Used by customers",
        meaning="Store credit that customers used in the period.",
        inputs=("spent",),
        kind=Kind.MONEY,
        documents=_named("creditsSpent", _DAILY),
        column="credits_spent",
        example=Decimal("0.00"),
    ),
    Figure(
        key="total_products",
        name="totalProducts",
        label="Products",
        hint="In the catalog now",
        meaning="Products that are not deleted.",
        inputs=("present",),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("totalProducts", _DAILY),
        column="total_products",
    ),
    Figure(
        key="products_in_stock",
        name="productsInStock",
        label="In stock",
        hint="Not sold out",
        meaning="Products that are not deleted and not out of stock; one whose stock is not counted is in stock.",
        inputs=("in_stock",),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("productsInStock", _DAILY),
        column="products_in_stock",
    ),
    Figure(
        key="products_out_of_stock",
        name="productsOutOfStock",
        label="Out of stock",
        hint="Counted, and none left",
        meaning="Products that are not deleted and whose counted stock is 0.",
        inputs=("sold_out",),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("productsOutOfStock", _DAILY),
        column="products_out_of_stock",
    ),
    Figure(
        key="credits_outstanding",
        name="creditsOutstanding",
        label="Store credit owed",
        hint="What customers may still spend",
        meaning="Store credit that was granted and not spent until now, whatever the period.",
        inputs=("credits",),
        kind=Kind.MONEY,
        entries=entries.credit_entries(),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("creditsOutstanding", _SNAPSHOT, _CURRENCY, _DAILY),
        column="credits_outstanding",
        example=Decimal("12.50"),
    ),
    Figure(
        key="active_subscriptions",
        name="activeSubscriptions",
        label="Active subscriptions",
        hint="Now",
        meaning="Subscriptions that are active now, whatever the period.",
        inputs=("subscriptions",),
        entries=entries.active_subscriptions(),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("activeSubscriptions", _SNAPSHOT, _CURRENCY, _DAILY),
        column="active_subscriptions",
        example=4,
    ),
    Figure(
        key="monthly_recurring_revenue",
        name="monthlyRecurringRevenue",
        label="MRR",
        hint="A month, of the active subscriptions",
        meaning="Monthly recurring revenue: the monthly amounts of the subscriptions that are active now, whatever "
        "the period.",
        inputs=("recurring",),
        kind=Kind.MONEY,
        entries=entries.active_subscriptions("e.monthly_amount"),
        sums_over_days=False,
        is_of_now=True,
        documents=_named("monthlyRecurringRevenue", _SNAPSHOT, _CURRENCY, _DAILY),
        column="monthly_recurring_revenue",
        example=Decimal("36.00"),
    ),
)
FIGURES = {figure.key: figure for figure in _ALL}
"""Every figure by its key."""
EXPLAINED = {figure.name: figure for figure in _ALL if figure.entries}
"""The figures that can be opened to the orders, payments and customers behind them, by their API names."""


def shown_in(document: Document) -> dict[str, Figure]:
    """Return the figures of a document by the names it has them under."""
    return {figure.documents[document]: figure for figure in _ALL if document in figure.documents}


def counted_in(document: Document) -> dict[str, Figure]:
    """Return the figures of a document that are no amounts: those of all currencies can be added up."""
    return {name: figure for name, figure in shown_in(document).items() if not figure.is_money}


def inputs_of(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Return the quantities that some figures are computed from."""
    return tuple(dict.fromkeys(name for figure in figures for name in figure.inputs))


def values_of(figures: Iterable[Figure], quantities: Quantities, currency: str) -> Values:
    """Return figures by their keys."""
    return Values({figure.key: figure.value(quantities, currency) for figure in figures})


def data_of(document: Document, quantities: Quantities, currency: str) -> dict[str, Number]:
    """Return the figures of a document under the names it has them under."""
    return {name: figure.value(quantities, currency) for name, figure in shown_in(document).items()}
