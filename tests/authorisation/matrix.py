"""Who may do what to whose: operation × identity × own, foreign or missing object → status.

Of the objects, store 1's are own and store 2's foreign to everybody but the staff of store 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from orders.api import examples
from tests.authorisation.world import PASSWORD, Identity, StoreIds

IDENTITIES = ("super_admin", "admin", "staff_1", "staff_2", "user", "disabled", "anonymous")
Statuses = Mapping[str, tuple[int, ...]]
Content = Callable[[StoreIds, Identity], dict[str, Any]]


def per_identity(*statuses: int) -> Statuses:
    """Return one status for each of IDENTITIES, for operations without an object."""
    return {name: (status,) for name, status in zip(IDENTITIES, statuses, strict=True)}


def of_a_store(status: int, *, user: int = 403) -> Statuses:
    """Return the statuses of own, foreign and missing objects where a store's people alone may do something."""
    everywhere, own_alone = (status, status, 404), (status, 404, 404)
    return {
        "super_admin": everywhere,
        "admin": everywhere,
        "staff_1": own_alone,
        "staff_2": own_alone,
        "user": (user,) * 3,
        "disabled": (401,) * 3,
        "anonymous": (401,) * 3,
    }


def of_admins(status: int) -> Statuses:
    """Return the statuses of own, foreign and missing objects where admins alone may do something."""
    everywhere = (status, status, 404)
    refused = dict.fromkeys(("staff_1", "staff_2", "user"), (403,) * 3)
    strangers = dict.fromkeys(("disabled", "anonymous"), (401,) * 3)
    return {"super_admin": everywhere, "admin": everywhere, **refused, **strangers}


def of_their_owner(status: int) -> Statuses:
    """Return the statuses of exports: the one of store 1 is the admin's, that of store 2 the super admin's."""
    nobody = dict.fromkeys(("staff_1", "staff_2"), (404,) * 3)
    return {**of_admins(status), "admin": (status, 404, 404), **nobody}


def of_a_private_view(status: int) -> Statuses:
    """Return the statuses of views that nobody shares: a super admin does not see the admin's either."""
    return {**of_their_owner(status), "super_admin": (404, status, 404)}


def of_nobody(status: int) -> Statuses:
    """Return the statuses of objects that are not there, not even for a super admin; others are refused."""
    refused = dict.fromkeys(("admin", "staff_1", "staff_2", "user"), (403,) * 3)
    strangers = dict.fromkeys(("disabled", "anonymous"), (401,) * 3)
    return {"super_admin": (status,) * 3, **refused, **strangers}


@dataclass(frozen=True)
class Row:
    """What to expect of an operation: `object` fills `{id}` in the path, `query` and `body` are made from store and
    identity. `ends_login` says that a refusal may end the login whose token was sent.
    """

    statuses: Statuses
    object: str = ""
    query: Content = lambda ids, who: {}
    body: Content | None = None
    ends_login: bool = False


def the_store(ids: StoreIds, who: Identity) -> dict[str, Any]:
    """Name the store in the query string."""
    return {"store": ids.slug}


def nothing(ids: StoreIds, who: Identity) -> dict[str, Any]:
    """Send an empty object."""
    return {}


def a_picture(ids: StoreIds, who: Identity) -> dict[str, Any]:
    """Name a picture's address."""
    return {"url": "http://127.0.0.1/picture.png"}


ADDRESS = {"street": "1 High St", "city": "York", "country": "GB"}
ACTIVE = (200, 200, 200, 200, 200, 401, 401)
EVERYBODY = (200,) * 7
SUPER_ADMINS_404 = per_identity(404, 403, 403, 403, 403, 401, 401)
LIST = Row(of_a_store(200), query=the_store)
READ, CHANGE, HIDE = of_a_store(200), of_a_store(200), of_a_store(204)
MATRIX: Mapping[str, Row] = {
    "login": Row(per_identity(*ACTIVE), body=lambda ids, who: {"email": who.email, "password": PASSWORD}),
    "refreshTokens": Row(per_identity(*ACTIVE), body=lambda ids, who: {"refreshToken": who.refresh}, ends_login=True),
    "logout": Row(per_identity(*(204,) * 7), body=lambda ids, who: {"refreshToken": who.refresh}),
    "register": Row(
        per_identity(201, 201, 403, 403, 403, 401, 401),
        body=lambda ids, who: {"email": "new@example.com", "password": "long-enough-1x"},
    ),
    "readMe": Row(per_identity(*ACTIVE)),
    "updateMe": Row(per_identity(*ACTIVE), body=lambda ids, who: {"name": "Another"}),
    "changePassword": Row(
        per_identity(*ACTIVE),
        body=lambda ids, who: {"currentPassword": PASSWORD, "newPassword": "long-enough-1x"},
    ),
    "requestPasswordReset": Row(per_identity(*(202,) * 7), body=lambda ids, who: {"email": who.email}),
    "setPasswordByLink": Row(
        per_identity(*(400,) * 7), body=lambda ids, who: {"token": "no-such-token", "password": "long-enough-1x"}
    ),
    "inviteUser": Row(
        per_identity(201, 201, 403, 403, 403, 401, 401),
        body=lambda ids, who: {"email": "new@example.com", "stores": [ids.slug]},
    ),
    "listSessions": Row(per_identity(*ACTIVE)),
    # nobody's session: those of one's own and of others are in tests/customers/test_sessions.py
    "endSession": Row(
        {name: (404 if name not in ("disabled", "anonymous") else 401,) * 3 for name in IDENTITIES}, "export"
    ),
    "readOtp": Row(per_identity(*ACTIVE)),
    "beginOtp": Row(per_identity(201, 201, 201, 201, 201, 401, 401), body=lambda ids, who: {"password": PASSWORD}),
    "confirmOtp": Row(per_identity(409, 409, 409, 409, 409, 401, 401), body=lambda ids, who: {"code": "123456"}),
    "removeOtp": Row(
        per_identity(409, 409, 409, 409, 409, 401, 401), body=lambda ids, who: {"password": PASSWORD, "otp": "123456"}
    ),
    "listStores": Row(per_identity(200, 200, 403, 403, 403, 401, 401)),
    "createStore": Row(
        per_identity(201, 201, 403, 403, 403, 401, 401),
        body=lambda ids, who: {"slug": "new", "name": "New", "currency": "GBP", "timezone": "Europe/London"},
    ),
    "readStore": Row(of_admins(200), "store"),
    "updateStore": Row(of_admins(200), "store", body=lambda ids, who: {"name": "Renamed"}),
    "listStoreHistory": Row(of_admins(200), "store"),
    "listCustomers": LIST,
    "createCustomer": Row(of_a_store(201), body=lambda ids, who: {"store": ids.slug, "email": "new@example.com"}),
    "readCustomer": Row(READ, "customer"),
    "updateCustomer": Row(CHANGE, "customer", body=lambda ids, who: {"name": "Renamed"}),
    "deleteCustomer": Row(HIDE, "customer"),
    "listCustomerHistory": Row(READ, "customer"),
    "mergeCustomers": Row(of_a_store(200), "customer", body=lambda ids, who: {"customerId": ids.other_customer}),
    "undoMerge": Row(of_a_store(200), "merged_customer"),
    "eraseCustomer": Row(of_admins(204), "customer"),
    "restoreCustomer": Row(CHANGE, "customer"),
    "confirmCustomerEmail": Row(CHANGE, "customer"),
    "listCredits": Row(READ, "customer"),
    "changeCredits": Row(of_a_store(201), "customer", body=lambda ids, who: {"amount": -5, "reason": "spent"}),
    "setSubscription": Row(
        CHANGE,
        "customer",
        body=lambda ids, who: {
            "plan": "Box",
            "status": "active",
            "currentPeriodEnd": "2027-01-01T00:00:00Z",
            "monthlyAmount": 9.9,
        },
    ),
    "listCustomerOrders": Row(READ, "customer"),
    "rotateWebhookSecret": Row({**of_admins(200), "admin": (403,) * 3}, "store", body=nothing),
    "reportPaymentOfStore": Row(
        dict.fromkeys(IDENTITIES, (401,) * 3),
        "slug",
        body=lambda ids, who: {"eventId": "e-1", "type": "payment.approved", "orderNumber": "ORD-20260101-0001"},
    ),
    "listUploads": LIST,
    "uploadFile": Row(
        of_a_store(201),
        body=lambda ids, who: {
            "store": ids.slug,
            "kind": "products",
            "file": SimpleUploadedFile("prices.csv", b"sku,price\nA,1"),
        },
    ),
    "readUpload": Row(READ, "upload"),
    "applyUpload": Row(CHANGE, "upload"),
    "cancelUpload": Row(CHANGE, "upload"),
    "listUploadHistory": Row(READ, "upload"),
    "listCategories": LIST,
    "createCategory": Row(of_a_store(201), body=lambda ids, who: {"store": ids.slug, "name": "New"}),
    "readCategory": Row(READ, "category"),
    "updateCategory": Row(CHANGE, "category", body=lambda ids, who: {"name": "Renamed"}),
    "deleteCategory": Row(HIDE, "category"),
    "listCategoryHistory": Row(READ, "category"),
    "restoreCategory": Row(CHANGE, "category"),
    "listProducts": LIST,
    "createProduct": Row(of_a_store(201), body=lambda ids, who: {"store": ids.slug, "name": "New", "price": 5}),
    "readProduct": Row(READ, "product"),
    "updateProduct": Row(CHANGE, "product", body=lambda ids, who: {"price": 6}),
    "deleteProduct": Row(HIDE, "product"),
    "listProductHistory": Row(READ, "product"),
    "restoreProduct": Row(CHANGE, "product"),
    "countProductView": Row(HIDE, "product"),
    "saveProducts": Row(
        of_a_store(200),
        body=lambda ids, who: {"store": ids.slug, "products": [{"sku": "B-1", "name": "New", "price": 5}]},
    ),
    "listVariants": Row(READ, "product"),
    "addProductImage": Row(of_a_store(201), "product", body=a_picture),
    "setCategoryImage": Row(of_a_store(201), "category", body=a_picture),
    "setCustomerAvatar": Row(of_a_store(201), "customer", body=a_picture),
    "setMyAvatar": Row(per_identity(201, 201, 201, 201, 201, 401, 401), body=a_picture),
    "createVariant": Row(of_a_store(201), "product", body=lambda ids, who: {"options": {"Size": "M"}}),
    "listCoupons": LIST,
    "createCoupon": Row(of_a_store(201), body=lambda ids, who: {"store": ids.slug, "code": "NEW", "value": 5}),
    "readCoupon": Row(READ, "coupon"),
    "updateCoupon": Row(CHANGE, "coupon", body=lambda ids, who: {"isActive": False}),
    "deleteCoupon": Row(HIDE, "coupon"),
    "listCouponHistory": Row(READ, "coupon"),
    "restoreCoupon": Row(CHANGE, "coupon"),
    "listConnections": LIST,
    "createConnection": Row(
        of_a_store(201),
        body=lambda ids, who: {
            "store": ids.slug,
            "kind": "shopify",
            "address": "new.myshopify.com",
            "credentials": {"clientId": "1", "clientSecret": "2"},
        },
    ),
    "readConnection": Row(READ, "connection"),
    "updateConnection": Row(CHANGE, "connection", body=lambda ids, who: {"isPaused": True}),
    "disconnect": Row(HIDE, "connection"),
    "syncConnection": Row(of_a_store(202), "connection", body=lambda ids, who: {"from": "2026-01-01"}),
    "listConnectionHistory": Row(READ, "connection"),
    "listConnectionEvents": LIST,
    "readConnectionEvent": Row(READ, "connection_event"),
    "retryConnectionEvent": Row(CHANGE, "connection_event"),
    "listConnectionDifferences": LIST,
    "readConnectionDifference": Row(READ, "connection_difference"),
    "listPaymentMethods": LIST,
    "createPaymentMethod": Row(
        of_a_store(201), body=lambda ids, who: {"store": ids.slug, "code": "NEW", "label": "New"}
    ),
    "readPaymentMethod": Row(READ, "payment_method"),
    "updatePaymentMethod": Row(CHANGE, "payment_method", body=lambda ids, who: {"label": "Renamed"}),
    "deletePaymentMethod": Row(HIDE, "payment_method"),
    "listPaymentMethodHistory": Row(READ, "payment_method"),
    "listOrders": LIST,
    "placeOrder": Row(
        of_a_store(201),
        body=lambda ids, who: {
            "store": ids.slug,
            "customerId": ids.customer,
            "items": [{"productId": ids.product, "quantity": 1}],
            "shippingAddress": ADDRESS,
            "paymentMethod": "CREDIT_CARD",
        },
    ),
    "syncOrders": Row(
        of_a_store(200), body=lambda ids, who: {"store": ids.slug, "source": "erp", "orders": [examples.SYNC_ORDER]}
    ),
    "readOrder": Row(READ, "order"),
    "changeOrderStatus": Row(CHANGE, "order", body=lambda ids, who: {"paymentStatus": "PAID"}),
    "updateOrder": Row(CHANGE, "order", body=lambda ids, who: {"tags": ["gift"]}),
    "fulfillOrder": Row(of_a_store(201), "paid_order", body=lambda ids, who: {"trackingNumber": "T-1"}),
    "capturePayment": Row(of_a_store(201), "order", body=lambda ids, who: {"amount": 1}),
    "editOrder": Row(of_a_store(201), "order", body=lambda ids, who: {"shippingFee": 3}),
    "refundOrder": Row(of_a_store(201), "paid_order", body=lambda ids, who: {"amount": 1, "reason": "half"}),
    "cancelOrder": Row(CHANGE, "order"),
    "listOrderHistory": Row(READ, "order"),
    "listDrafts": LIST,
    "createDraft": Row(
        of_a_store(201),
        body=lambda ids, who: {"store": ids.slug, "items": [{"productId": ids.product, "quantity": 1}]},
    ),
    "readDraft": Row(READ, "draft"),
    "updateDraft": Row(CHANGE, "draft", body=lambda ids, who: {"shippingFee": 1}),
    "deleteDraft": Row(HIDE, "draft"),
    "confirmDraft": Row(of_a_store(201), "draft", body=nothing),
    "listDraftHistory": Row(READ, "draft"),
    "listTransactions": LIST,
    "readTransaction": Row(READ, "transaction"),
    # a signature says who it is: no account helps
    "reportPayment": Row(
        per_identity(*(401,) * 7),
        body=lambda ids, who: {"eventId": "e-1", "type": "payment.approved", "orderNumber": "ORD-20260101-0001"},
    ),
    "receiveSourceEvent": Row(dict.fromkeys(IDENTITIES, (401,) * 3), "store", body=lambda ids, who: {"id": 1}),
    # stores are not there for somebody without one
    "readStoreDashboard": Row(of_a_store(200, user=404), query=the_store),
    "readStoreDashboardBare": Row(of_a_store(200, user=404), query=the_store),
    "readDashboardMetrics": Row(of_a_store(200), query=lambda ids, who: {"tenant": ids.slug}),
    "readWeeklyReport": Row(of_a_store(200), query=the_store),
    "readTopProducts": Row(of_a_store(200), query=the_store),
    "readSalesByCountry": Row(of_a_store(200), query=the_store),
    "readSalesByCategory": Row(of_a_store(200), query=the_store),
    "readProductSales": Row(READ, "product"),
    "queryAnalytics": Row(
        of_a_store(200),
        query=lambda ids, who: {"store": ids.slug, "figures": "totalSales", "by": "country", "period": "last7"},
    ),
    "explainFigure": Row(
        of_a_store(200, user=404),
        query=lambda ids, who: {"store": ids.slug, "metric": "totalSales", "period": "last7"},
    ),
    "explainStores": Row(
        per_identity(200, 200, 200, 200, 403, 401, 401),
        query=lambda ids, who: {"metric": "totalSales", "period": "last7", "currency": "GBP"},
    ),
    "readBridge": Row(of_a_store(200, user=404), query=the_store),
    "listChangedPast": Row(
        of_a_store(200, user=404), query=lambda ids, who: {"store": ids.slug, "since": "2026-01-01T00:00:00Z"}
    ),
    "readMonthAsOf": Row(
        of_a_store(200, user=404),
        query=lambda ids, who: {
            "store": ids.slug,
            "year": 2026,
            "month": 1,
            "asOf": "2026-02-01T00:00:00Z",
        },
    ),
    "listSavedViews": Row(per_identity(200, 200, 200, 200, 403, 401, 401)),
    "saveView": Row(
        of_a_store(201),
        body=lambda ids, who: {
            "name": "Sales",
            "query": f"store={ids.slug}&figures=orders&by=country",
            "isShared": True,
        },
    ),
    # private views: shared ones are in tests/reports/test_saved_views.py
    "readSavedView": Row(of_a_private_view(200), "view"),
    "updateSavedView": Row(of_a_private_view(200), "view", body=lambda ids, who: {"isPinned": True}),
    "deleteSavedView": Row(of_a_private_view(204), "view"),
    "readAnalyticsOverview": Row(of_a_store(200), query=the_store),
    "readAnalyticsRequests": Row(of_a_store(200), query=the_store),
    "readAnalyticsRevenue": Row(of_a_store(200), query=the_store),
    "recalculateDailyMetrics": Row(
        of_admins(202), body=lambda ids, who: {"from": "2026-03-01", "to": "2026-03-02", "store": ids.slug}
    ),
    "readRecalculation": Row(of_admins(200), "recalculation"),
    "listDatasets": Row(per_identity(200, 200, 200, 200, 403, 401, 401)),
    "listExports": Row(per_identity(200, 200, 200, 200, 403, 401, 401)),
    "requestExport": Row(
        of_a_store(202),
        body=lambda ids, who: {"type": "orders", "filters": {"store": ids.slug}, "format": "csv"},
    ),
    "readExport": Row(of_their_owner(200), "export"),
    "cancelExport": Row(of_their_owner(200), "export"),
    "retryExport": Row(of_their_owner(202), "export"),
    "listSchedules": Row(per_identity(200, 200, 200, 200, 403, 401, 401)),
    "createSchedule": Row(
        of_a_store(201),
        body=lambda ids, who: {
            "name": "Orders",
            "type": "orders",
            "filters": {"store": ids.slug, "period": "last_week"},
            "format": "csv",
            "cron": "0 6 * * mon",
            "recipients": [who.email],
        },
    ),
    "readSchedule": Row(of_their_owner(200), "schedule"),
    "updateSchedule": Row(of_their_owner(200), "schedule", body=lambda ids, who: {"isActive": True}),
    "deleteSchedule": Row(of_their_owner(204), "schedule"),
    # switched off, as it is by default: not there for a super admin either (on: tests/reports/sql)
    "runQuery": Row(SUPER_ADMINS_404, body=lambda ids, who: {"sql": "SELECT 1"}),
    "listSavedQueries": Row(SUPER_ADMINS_404),
    "createSavedQuery": Row(SUPER_ADMINS_404, body=lambda ids, who: {"name": "One", "sql": "SELECT 1"}),
    "readSavedQuery": Row(of_nobody(404), "store"),
    "updateSavedQuery": Row(of_nobody(404), "store", body=lambda ids, who: {"name": "Two"}),
    "deleteSavedQuery": Row(of_nobody(404), "store"),
    "checkHealth": Row(per_identity(*EVERYBODY)),
    "checkReadiness": Row(per_identity(*EVERYBODY)),
}
SCHEDULE_PAGES: Statuses = {
    **of_their_owner(200),
    "user": (404,) * 3,
    **dict.fromkeys(("disabled", "anonymous"), (302,) * 3),
}
STORE_PAGES = {**of_a_store(200, user=404), **dict.fromkeys(("disabled", "anonymous"), (302,) * 3)}
# Pages, reached with a session: a stranger is led to the login.
PAGES: Mapping[str, Statuses] = {
    "/api/schema": per_identity(200, 200, 200, 200, 403, 401, 401),
    **dict.fromkeys(("/api/docs", "/api/docs/orders"), per_identity(200, 200, 200, 200, 403, 302, 302)),
    **dict.fromkeys(("/home/", "/search/", "/search/?q=a"), per_identity(200, 200, 200, 200, 200, 302, 302)),
    "/home/?store={slug}": STORE_PAGES,
    "/dashboard/{slug}/": STORE_PAGES,
    "/dashboard/{slug}/snapshot/": STORE_PAGES,
    "/dashboard/{slug}/explain/?metric=totalSales": STORE_PAGES,
    "/dashboard/{slug}/changed/": STORE_PAGES,
    "/dashboard/{slug}/bridge/": STORE_PAGES,
    "/dashboard/{slug}/csv/steps/": STORE_PAGES,
    "/live/?store={slug}": STORE_PAGES,
    "/analytics/reports/unpaid-orders/?store={slug}": STORE_PAGES,
    "/analytics/reports/unpaid-orders/row/?store={slug}&row=0": STORE_PAGES,
    **dict.fromkeys(
        ("/company/", "/company/explain/?metric=totalOrders"), per_identity(200, 200, 404, 404, 404, 302, 302)
    ),
    "/explain/?metric=totalSales&currency=GBP": per_identity(200, 200, 200, 200, 404, 302, 302),
    # for people who are not logged in
    **dict.fromkeys(("/password/forgot/", "/password/set/?token=none"), per_identity(*EVERYBODY)),
    **dict.fromkeys(("/connections/", "/connections/new/shopify/"), per_identity(200, 200, 200, 200, 404, 302, 302)),
    "/connections/{connection}/": STORE_PAGES,
    "/uploads/{upload}/": STORE_PAGES,
    "/account/": per_identity(200, 200, 200, 200, 200, 302, 302),
    "/register/": per_identity(*(404,) * 7),  # registration is not open
    "/reports/series/": per_identity(200, 200, 200, 200, 404, 302, 302),
    "/reports/exports/": per_identity(200, 200, 200, 200, 404, 302, 302),
    **dict.fromkeys(
        ("/reports/schedules/", "/reports/schedules/new/", "/analytics/", "/analytics/explore/"),
        per_identity(200, 200, 200, 200, 404, 302, 302),
    ),
    "/reports/schedules/{schedule}/": SCHEDULE_PAGES,
    "/reports/schedules/{schedule}/delete": SCHEDULE_PAGES,
    "/admin/": per_identity(200, 200, 200, 200, 302, 302, 302),
    "/admin/customers/user/": per_identity(200, 200, 403, 403, 302, 302, 302),
    "/admin/orders/order/": per_identity(200, 200, 200, 200, 302, 302, 302),
}
