"""Models of the orders app, one noun a file."""

from orders.models.catalogue import Category, Coupon, Product
from orders.models.connections import Connection, PrivacyRequest, SourceDifference, SourceEvent
from orders.models.drafts import DraftOrder
from orders.models.edits import OrderEdit, OrderEditLine
from orders.models.fulfillments import Fulfillment, FulfillmentLine
from orders.models.history import OrderEvent
from orders.models.items import OrderItem
from orders.models.orders import Order
from orders.models.payments import (
    AmountPart,
    CaptureShare,
    PaymentMethod,
    PaymentTerms,
    Refund,
    RefundShare,
    Transaction,
)
from orders.models.sources import SourceRecord
from orders.models.stock import StockMovement
from orders.models.uploads import Upload
from orders.models.webhooks import WebhookEvent

__all__ = [
    "AmountPart",
    "CaptureShare",
    "Category",
    "Connection",
    "Coupon",
    "DraftOrder",
    "Fulfillment",
    "FulfillmentLine",
    "Order",
    "OrderEdit",
    "OrderEditLine",
    "OrderEvent",
    "OrderItem",
    "PaymentMethod",
    "PaymentTerms",
    "PrivacyRequest",
    "Product",
    "Refund",
    "RefundShare",
    "SourceDifference",
    "SourceEvent",
    "SourceRecord",
    "StockMovement",
    "Transaction",
    "Upload",
    "WebhookEvent",
]
