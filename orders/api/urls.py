"""Endpoints of the orders app, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from orders.api.categories import CategoryViewSet
from orders.api.connections import ConnectionViewSet, SourceDifferenceViewSet, SourceEventViewSet
from orders.api.coupons import CouponViewSet
from orders.api.drafts import DraftViewSet
from orders.api.orders import CustomerOrderViewSet, OrderViewSet
from orders.api.payment_methods import PaymentMethodViewSet
from orders.api.products import ProductViewSet
from orders.api.source_webhook import SourceWebhookView
from orders.api.sync import OrderSyncViewSet
from orders.api.transactions import TransactionViewSet
from orders.api.uploads import UploadViewSet
from orders.api.webhook import PaymentWebhookView, StorePaymentWebhookView

router = SimpleRouter(trailing_slash=False)
router.register("categories", CategoryViewSet)
router.register("connections", ConnectionViewSet)
router.register("connection-differences", SourceDifferenceViewSet)
router.register("connection-events", SourceEventViewSet)
router.register("coupons", CouponViewSet)
# before the orders: "drafts" is no number of theirs
router.register("orders/drafts", DraftViewSet)
router.register("orders", OrderViewSet)
router.register("payment-methods", PaymentMethodViewSet)
router.register("products", ProductViewSet)
router.register("transactions", TransactionViewSet)
router.register("uploads", UploadViewSet)

urlpatterns = [
    path("customers/<str:pk>/orders", CustomerOrderViewSet.as_view({"get": "list"}), name="customer-orders"),
    path("connections/<str:id>/webhook", SourceWebhookView.as_view(), name="source-webhook"),
    path("orders/sync", OrderSyncViewSet.as_view({"post": "sync"}), name="order-sync"),
    path("payments/webhook", PaymentWebhookView.as_view(), name="payment-webhook"),
    path("payments/webhook/<str:id>", StorePaymentWebhookView.as_view(), name="store-payment-webhook"),
    *router.urls,
]
