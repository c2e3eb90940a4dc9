"""Examples of connections for the OpenAPI document."""

from __future__ import annotations

from dealport.kit.values import Json

NEW_CONNECTION = {
    "store": "atelier-moda",
    "kind": "shopify",
    "address": "atelier-moda.myshopify.com",
    "credentials": {"clientId": "6c0f1e7b", "clientSecret": "shpss_0f1e2d3c"},
    "syncFrom": "2026-01-01",
}
CONNECTION: Json = {
    "id": 3,
    "store": "atelier-moda",
    "kind": "shopify",
    "address": "atelier-moda.myshopify.com",
    "state": "active",
    "problem": "",
    "webhookUrl": "https://office.example.com/api/v1/connections/5b0c7d1e-3f62-4d0e-9a51-0a7c2f6f4d11/webhook",
    "scopes": ["read_customers", "read_orders", "read_payment_terms", "read_products"],
    "readsFrom": "2026-09-28",
    "syncFrom": "2026-01-01",
    "backfill": "done",
    "backfillOrders": 1204,
    "lastEventAt": "2026-11-26T08:00:00Z",
    "lastPollAt": "2026-11-26T08:05:00Z",
    "reconciledAt": "2026-11-26T03:40:10Z",
    "waitingEvents": 0,
    "parkedEvents": 1,
    "lagSeconds": 0,
    "createdAt": "2026-11-01T08:00:00Z",
}
EVENT: Json = {
    "id": 91,
    "connectionId": 3,
    "deliveryId": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    "topic": "orders/updated",
    "subject": "order:820982911946154508",
    "state": "waiting",
    "reason": "",
    "tries": 0,
    "receivedAt": "2026-11-26T08:00:00Z",
    "nextTryAt": "2026-11-26T08:00:00Z",
    "doneAt": None,
}
DIFFERENCE: Json = {
    "id": 12,
    "connectionId": 3,
    "day": "2026-11-20",
    "foundAt": "2026-11-21T03:40:10Z",
    "sourceOrders": 41,
    "sourceAmount": 2204.5,
    "orders": 40,
    "amount": 2154.5,
    "fetched": 1,
    "isRepaired": True,
}
