"""Every write of the orders app: verbs, keyword-only, one transaction each, `actor` explicit.

`actor` is the account of the person, or None for the shopper and the system; `source` then says which part.
"""

from orders.actions.categories import create_category, delete_category, update_category
from orders.actions.correcting import correct_cancellation, withdraw_authorization, withdraw_refusal
from orders.actions.coupons import create_coupon, delete_coupon, update_coupon
from orders.actions.drafts import confirm_draft, create_draft, delete_draft, update_draft
from orders.actions.edit_pricing import EditRequest
from orders.actions.editing import edit_order, preview_edit
from orders.actions.following import follow_details
from orders.actions.fulfilment import (
    cancel_order,
    deliver_order,
    expire_order,
    expire_unpaid,
    process_order,
)
from orders.actions.notes import change_order_details
from orders.actions.payment_methods import create_payment_method, delete_payment_method, update_payment_method
from orders.actions.payments import (
    apply_provider_approval,
    apply_provider_refusal,
    authorize_payment,
    mark_paid,
    refuse_payment,
)
from orders.actions.placing import ItemRequest, OrderDetails, place_order
from orders.actions.product_rows import ProductRow, save_products
from orders.actions.products import adjust_stock, create_product, delete_product, revise_product, update_product
from orders.actions.refunds import apply_provider_refund, preview_refund, refund_order
from orders.actions.restoring import restore_category, restore_coupon, restore_product
from orders.actions.revising import revise_products
from orders.actions.shipping import Tracking, correct_shipment, ship_order, withdraw_shipment
from orders.actions.transitions import bring_to_payment_status, bring_to_status
from orders.actions.variants import create_variant
from orders.actions.withdrawing import withdraw_money

__all__ = [
    "EditRequest",
    "ItemRequest",
    "OrderDetails",
    "ProductRow",
    "Tracking",
    "adjust_stock",
    "apply_provider_approval",
    "apply_provider_refund",
    "apply_provider_refusal",
    "authorize_payment",
    "bring_to_payment_status",
    "bring_to_status",
    "cancel_order",
    "change_order_details",
    "confirm_draft",
    "correct_cancellation",
    "correct_shipment",
    "create_category",
    "create_coupon",
    "create_draft",
    "create_payment_method",
    "create_product",
    "create_variant",
    "delete_category",
    "delete_coupon",
    "delete_draft",
    "delete_payment_method",
    "delete_product",
    "deliver_order",
    "edit_order",
    "expire_order",
    "expire_unpaid",
    "follow_details",
    "mark_paid",
    "place_order",
    "preview_edit",
    "preview_refund",
    "process_order",
    "refund_order",
    "refuse_payment",
    "restore_category",
    "restore_coupon",
    "restore_product",
    "revise_product",
    "revise_products",
    "save_products",
    "ship_order",
    "update_category",
    "update_coupon",
    "update_draft",
    "update_payment_method",
    "update_product",
    "withdraw_authorization",
    "withdraw_money",
    "withdraw_refusal",
    "withdraw_shipment",
]
