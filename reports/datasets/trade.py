"""Datasets of what was sold and paid: orders, their items, transactions, refunds."""

from __future__ import annotations

from orders.discount_codes import WITH_CODE
from orders.models import Order, Transaction
from orders.models.catalogue import branch_sql
from reports.datasets.comparing import with_nothing, with_product_sales, with_store_totals
from reports.datasets.model import Column, Dataset, Filter, Kind, Total
from reports.datasets.rows import CURRENCY, ORDER_DAY, STORE, local_day, table_rows

_ORDER = (Column("orderId", "o.id", Kind.ID), Column("orderNumber", "o.number"), STORE)
_PLACED = (Column("orderDay", ORDER_DAY, Kind.DAY), Column("placedAt", "o.placed_at", Kind.MOMENT))
_STATUS = (Column("status", "o.status"), Column("paymentStatus", "o.payment_status"))
_ORDER_FILTERS = (
    Filter("status", "o.status", tuple(Order.Status.values)),
    Filter("paymentStatus", "o.payment_status", tuple(Order.PaymentStatus.values)),
    Filter("country", "o.country", meaning="Two capital letters; where the order goes to."),
    Filter("paymentMethod", "{value} IN (o.payment_code, o.payment_method)", meaning="A code, or as it was written."),
    Filter("couponCode", WITH_CODE, meaning="A code, alone or with others."),
    Filter("customerId", "o.customer_id", kind=Kind.ID),
    Filter("minTotal", "o.total_amount >= {value}", meaning="Orders of this total or more.", kind=Kind.MONEY),
    Filter("maxTotal", "o.total_amount <= {value}", meaning="Orders of this total or less.", kind=Kind.MONEY),
)
_OF_ORDERS = (
    *_ORDER_FILTERS,
    Filter(
        "productId",
        "EXISTS (SELECT FROM orders_orderitem i WHERE i.order_id = o.id AND i.product_id = {value})",
        meaning="Orders with this product.",
        kind=Kind.ID,
    ),
    Filter(
        "categoryId",
        "EXISTS (SELECT FROM orders_orderitem i JOIN orders_product p ON p.id = i.product_id "
        f"WHERE i.order_id = o.id AND p.category_id IN ({branch_sql('{value}')}))",
        meaning="Orders with a product that is in this category, or in one below it, now.",
        kind=Kind.ID,
    ),
)
_OF_ITEMS = (
    *_ORDER_FILTERS,
    Filter("productId", "i.product_id", kind=Kind.ID),
    Filter(
        "categoryId",
        f"(SELECT category_id FROM orders_product p WHERE p.id = i.product_id) IN ({branch_sql('{value}')})",
        meaning="Products that are in this category, or in one below it, now.",
        kind=Kind.ID,
    ),
)


def _amounts(table: str) -> tuple[Filter, ...]:
    return (
        Filter("customerId", "o.customer_id", kind=Kind.ID),
        Filter("minAmount", f"{table}.amount >= {{value}}", meaning="This amount or more.", kind=Kind.MONEY),
        Filter("maxAmount", f"{table}.amount <= {{value}}", meaning="This amount or less.", kind=Kind.MONEY),
    )


def _address(part: str) -> str:
    return f"coalesce(o.shipping_address ->> '{part}', '')"


def _of_parcels(column: str) -> str:
    return (
        f"coalesce((SELECT string_agg(f.{column}, ', ' ORDER BY f.id) FROM orders_fulfillment f "
        f"WHERE f.order_id = o.id AND f.{column} <> ''), '')"
    )


_ORDER_COLUMNS = (
    *_ORDER,
    *_PLACED,
    *_STATUS,
    Column("customerId", "o.customer_id", Kind.ID),
    Column("customerName", "coalesce(c.name, '')", is_personal=True),
    Column("customerEmail", "coalesce(c.email, '')", is_personal=True),
    Column("customerPhone", "coalesce(c.phone, '')", is_personal=True),
    CURRENCY,
    Column("subtotal", "o.subtotal", Kind.MONEY),
    Column("discount", "o.discount", Kind.MONEY),
    Column("taxAmount", "o.tax_amount", Kind.MONEY),
    Column("shippingFee", "o.shipping_fee", Kind.MONEY),
    Column("tip", "o.tip", Kind.MONEY),
    Column("includedTax", "o.included_tax", Kind.MONEY),
    Column("totalAmount", "o.total_amount", Kind.MONEY),
    Column("capturedAmount", "o.captured_amount", Kind.MONEY),
    Column("refundedAmount", "o.refunded_amount", Kind.MONEY),
    Column("sales", "o.captured_amount - o.refunded_amount", Kind.MONEY),
    Column("couponCode", "o.coupon_code"),
    Column("country", "o.country"),
    Column("shippingName", _address("name"), is_personal=True),
    Column("shippingStreet", _address("street"), is_personal=True),
    Column("shippingCity", _address("city"), is_personal=True),
    Column("shippingState", _address("state"), is_personal=True),
    Column("shippingPostalCode", _address("postalCode"), is_personal=True),
    Column("paymentMethod", "o.payment_method"),
    Column("paymentMethodCode", "o.payment_code"),
    Column("paymentTerms", "o.payment_terms"),
    Column("dueOn", "o.due_on", Kind.DAY),
    Column("channel", "o.channel"),
    Column("placedBy", "o.placed_by"),
    Column("tags", "array_to_string(o.tags, ', ')"),
    Column("notes", "o.notes", is_personal=True),
    Column("internalNotes", "o.internal_notes", is_personal=True),
    Column("ipAddress", "coalesce(host(o.ip_address), '')", is_personal=True),
    Column("userAgent", "o.user_agent", is_personal=True),
    Column("completedAt", "o.completed_at", Kind.MOMENT),
    Column("expiredAt", "o.expired_at", Kind.MOMENT),
    Column("canceledAt", "o.canceled_at", Kind.MOMENT),
    Column("refundedAt", "o.refunded_at", Kind.MOMENT),
    Column("shippedAt", "o.shipped_at", Kind.MOMENT),
    Column("deliveredAt", "o.delivered_at", Kind.MOMENT),
    Column("editedAt", "o.edited_at", Kind.MOMENT),
    Column("carriers", _of_parcels("carrier")),
    Column("trackingNumbers", _of_parcels("tracking_number")),
    Column("isImported", "o.is_imported", Kind.FLAG),
)
ORDERS = Dataset(
    name="orders",
    title="Orders",
    meaning="One row per order placed in the period, as it stands now.",
    columns=_ORDER_COLUMNS,
    parts=table_rows(
        "orders_order o JOIN {stores} ON s.id = o.store_id LEFT JOIN customers_customer c ON c.id = o.customer_id",
        _ORDER_COLUMNS,
        when="o.placed_at",
        day=ORDER_DAY,
        filters=_OF_ORDERS,
    ),
    totals=(
        Total("orders", "count(*)", is_count=True),
        Total("sales", 'sum("sales")'),
        Total(
            "completedOrders",
            "count(*) FILTER (WHERE \"paymentStatus\" IN ('PAID', 'PARTIALLY_REFUNDED'))",
            is_count=True,
        ),
        Total("expiredOrders", 'count("expiredAt")', is_count=True),
        Total("refundedOrders", 'count("refundedAt")', is_count=True),
        Total("pendingOrders", "count(*) FILTER (WHERE \"status\" = 'PENDING')", is_count=True),
        Total("canceledOrders", "count(*) FILTER (WHERE \"status\" = 'CANCELED')", is_count=True),
    ),
    order="orderId",
    compare=with_store_totals(
        "orders",
        "sales",
        "completedOrders",
        "expiredOrders",
        "refundedOrders",
        "pendingOrders",
        "canceledOrders",
        basis="placed",
    ),
    filters=_OF_ORDERS,
)

_ITEM_COLUMNS = (
    Column("itemId", "i.id", Kind.ID),
    *_ORDER,
    *_PLACED,
    *_STATUS,
    Column("productId", "i.product_id", Kind.ID),
    Column("sku", "i.sku"),
    Column("productName", "i.name"),
    CURRENCY,
    Column("unitPrice", "i.unit_price", Kind.MONEY),
    Column("unitCost", "i.unit_cost", Kind.MONEY),
    Column("quantity", "i.quantity", Kind.INTEGER),
    Column("lineTotal", "i.line_total", Kind.MONEY),
    Column("discountShare", "i.discount_share", Kind.MONEY),
    Column("taxShare", "i.tax_share", Kind.MONEY),
    Column("refundedAmount", "i.refunded_amount", Kind.MONEY),
    Column("refundedQuantity", "i.refunded_quantity", Kind.INTEGER),
    Column(
        "sales",
        "coalesce(i.captured_amount, CASE WHEN o.captured_amount > 0 THEN i.line_total - i.discount_share "
        "ELSE 0.00 END) - i.refunded_amount",
        Kind.MONEY,
    ),
    Column("country", "o.country"),
)
ORDER_ITEMS = Dataset(
    name="order-items",
    title="Order items",
    meaning="One row per line of the orders placed in the period; `sales` is what was captured of it, net of discount "
    "and refunds, without tax.",
    columns=_ITEM_COLUMNS,
    parts=table_rows(
        "orders_orderitem i JOIN orders_order o ON o.id = i.order_id JOIN {stores} ON s.id = o.store_id",
        _ITEM_COLUMNS,
        when="o.placed_at",
        day=ORDER_DAY,
        filters=_OF_ITEMS,
    ),
    totals=(Total("sales", 'sum("sales")'), Total("quantity", 'sum("quantity")', is_count=True)),
    order="itemId",
    compare=with_product_sales("sales"),
    filters=_OF_ITEMS,
)

_TRANSACTION_FILTERS = (
    Filter("kind", "t.kind", tuple(Transaction.Kind.values)),
    Filter("status", "t.status", tuple(Transaction.Status.values)),
    Filter("method", "t.method"),
    *_amounts("t"),
)
_TRANSACTION_COLUMNS = (
    Column("transactionId", "t.id", Kind.ID),
    Column("transactionNumber", "'TXN-' || lpad(t.id::text, 10, '0')"),
    *_ORDER,
    Column("eventDay", local_day("t.created_at"), Kind.DAY),
    Column("requestedAt", "coalesce(t.requested_at, t.created_at)", Kind.MOMENT),
    Column("createdAt", "t.created_at", Kind.MOMENT),
    Column("kind", "t.kind"),
    Column("customerId", "o.customer_id", Kind.ID),
    Column("status", "t.status"),
    CURRENCY,
    Column("amount", "t.amount", Kind.MONEY),
    Column(
        "sales",
        "CASE WHEN t.status <> 'approved' THEN 0.00 WHEN t.kind = 'payment' THEN t.amount ELSE -t.amount END",
        Kind.MONEY,
    ),
    Column("method", "t.method"),
    Column("gatewayTransactionId", "t.gateway_transaction_id"),
)
TRANSACTIONS = Dataset(
    name="transactions",
    title="Transactions",
    meaning="One row per payment or refund reported in the period; `sales` is what it changed, refunds below zero.",
    columns=_TRANSACTION_COLUMNS,
    parts=table_rows(
        "orders_transaction t JOIN orders_order o ON o.id = t.order_id JOIN {stores} ON s.id = t.store_id",
        _TRANSACTION_COLUMNS,
        when="t.created_at",
        filters=_TRANSACTION_FILTERS,
    ),
    totals=(
        Total("sales", 'sum("sales")'),
        Total("captured", 'coalesce(sum("sales") FILTER (WHERE "sales" > 0), 0)'),
        Total("refunded", 'coalesce(-sum("sales") FILTER (WHERE "sales" < 0), 0)'),
    ),
    order="transactionId",
    compare=with_store_totals("sales", basis="booked"),
    filters=_TRANSACTION_FILTERS,
)

_REFUND_COLUMNS = (
    Column("refundId", "r.id", Kind.ID),
    *_ORDER,
    Column("eventDay", local_day("r.settled_at"), Kind.DAY),
    Column("createdAt", "r.created_at", Kind.MOMENT),
    Column("settledAt", "r.settled_at", Kind.MOMENT),
    CURRENCY,
    Column("amount", "r.amount", Kind.MONEY),
    Column("reason", "r.reason", is_personal=True),
    Column("restock", "r.restock", Kind.FLAG),
    Column("gatewayTransactionId", "r.gateway_transaction_id"),
    Column("createdBy", "coalesce(u.email, '')", is_personal=True),
)
REFUNDS = Dataset(
    name="refunds",
    title="Refunds",
    meaning="One row per refund that took effect in the period; without a period also those that wait for a payment.",
    columns=_REFUND_COLUMNS,
    parts=table_rows(
        "orders_refund r JOIN orders_order o ON o.id = r.order_id JOIN {stores} ON s.id = r.store_id "
        "LEFT JOIN customers_user u ON u.id = r.created_by_id",
        _REFUND_COLUMNS,
        when="r.settled_at",
        filters=_amounts("r"),
    ),
    totals=(
        Total("refunded", 'coalesce(sum("amount") FILTER (WHERE "settledAt" IS NOT NULL), 0)'),
        Total("refunds", 'count("settledAt")', is_count=True),
    ),
    order="refundId",
    compare=with_nothing,
    filters=_amounts("r"),
)
