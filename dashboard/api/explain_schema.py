"""What the OpenAPI document says of opened figures and of the changed past."""

from __future__ import annotations

from dashboard.api import explain_documents as documents
from dashboard.api.cells import ExplainQuery, ExplainStoresQuery
from dashboard.api.inputs import BridgeQuery, ChangedPastQuery, MonthAsOfQuery
from dashboard.figures import FIGURES
from dashboard.figures.bridge import PARTS
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import serializer_of

_MARCH = {"type": "monthly", "year": 2026, "month": 3, "startDate": "2026-03-01", "endDate": "2026-03-31"}
_STORE = {"store": "tea-house", "currency": "GBP", "timezone": "Europe/London", "basis": "placed"}
_PAGE = {"page": 1, "limit": 20, "total": 1, "totalPages": 1}

EXPLAIN = operation(
    "explainFigure",
    "Explain a figure: its definition and the orders, payments and refunds behind it",
    answer=serializer_of(documents.Explanation),
    example={
        **_STORE,
        "metric": "totalSales",
        "label": "Total sales",
        "definition": FIGURES["total_sales"].meaning,
        "basisDefinition": "Everything an order earns or gives back counts on the day it was placed.",
        "period": _MARCH,
        "until": None,
        "value": 92.02,
        "entriesTotal": 92.02,
        "entries": [
            {
                "kind": "payment",
                "at": "2026-03-10T12:00:00+00:00",
                "orderId": 7001,
                "orderNumber": "ORD-20260310-0001",
                "customerId": None,
                "amount": 92.02,
            }
        ],
        "pagination": _PAGE,
        "asOf": "2026-04-01T09:00:00+01:00",
    },
    query=ExplainQuery,
)
EXPLAIN_STORES = operation(
    "explainStores",
    "Explain a figure of several stores: what each of them adds to it",
    answer=serializer_of(documents.StoresExplanation),
    example={
        "metric": "totalSales",
        "label": "Total sales",
        "definition": FIGURES["total_sales"].meaning,
        "basis": "placed",
        "basisDefinition": "Everything an order earns or gives back counts on the day it was placed.",
        "currency": "GBP",
        "value": 92.02,
        "stores": [
            {
                "store": "tea-house",
                "startDate": "2026-03-01",
                "endDate": "2026-03-31",
                "until": None,
                "value": 92.02,
                "entriesTotal": 92.02,
            }
        ],
        "pagination": _PAGE,
        "asOf": "2026-04-01T08:00:00Z",
    },
    query=ExplainStoresQuery,
)
CHANGED_PAST = operation(
    "listChangedPast",
    "List changes to closed months since a moment",
    answer=serializer_of(documents.ChangedPast),
    example={
        **_STORE,
        "since": "2026-04-01T00:00:00+01:00",
        "changes": [
            {
                "at": "2026-04-02T09:00:00+01:00",
                "month": "2026-03",
                "orderId": 7001,
                "orderNumber": "ORD-20260310-0001",
                "event": "refunded",
                "actor": "jo@example.com",
                "totalSales": -10.0,
                "totalCompletedOrders": 0,
                "totalExpiredOrders": 0,
                "totalRefundedOrders": 0,
            }
        ],
        "pagination": _PAGE,
        "asOf": "2026-04-03T09:00:00+01:00",
    },
    query=ChangedPastQuery,
)
MONTH_AS_OF = operation(
    "readMonthAsOf",
    "Read a month's figures as they stood at a past moment",
    answer=serializer_of(documents.MonthAsOf),
    example={
        **_STORE,
        "period": _MARCH,
        "summary": {
            "totalSales": 92.02,
            "totalOrders": 2,
            "totalCompletedOrders": 1,
            "totalExpiredOrders": 1,
            "totalRefundedOrders": 0,
        },
        "asOf": "2026-04-01T00:00:00+01:00",
    },
    query=MonthAsOfQuery,
)
BRIDGE = operation(
    "readBridge",
    "Explain why total sales by order date and by transaction date differ",
    answer=serializer_of(documents.Bridge),
    example={
        **{name: value for name, value in _STORE.items() if name != "basis"},
        "period": _MARCH,
        "placed": 92.02,
        "booked": 82.02,
        "difference": -10.0,
        "parts": [
            {
                "part": "refundsOfOtherOrders",
                "label": PARTS["refundsOfOtherOrders"],
                "amount": -10.0,
                "orders": 1,
            }
        ],
        "entries": None,
        "pagination": None,
        "asOf": "2026-04-01T09:00:00+01:00",
    },
    query=BridgeQuery,
)
