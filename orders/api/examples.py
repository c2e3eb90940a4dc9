"""Examples of the OpenAPI document: what the orders app is sent and answers with."""

from __future__ import annotations

from customers.rest.pictures import EXAMPLE as PICTURE
from dealport.kit.values import Json

CATEGORY: Json = {
    "store": "atelier-moda",
    "id": 31,
    "name": "Scarves",
    "slug": "scarves",
    "parentId": 30,
    "description": "",
    "imageUrl": "",
    "sortOrder": 2,
    "createdAt": "2026-01-05T08:00:00Z",
    "updatedAt": "2026-01-05T08:00:00Z",
}
NEW_CATEGORY = {"store": "atelier-moda", "name": "Scarves", "sortOrder": 2}
PRODUCT: Json = {
    "store": "atelier-moda",
    "id": 501,
    "sku": "SCARF-RED",
    "name": "Silk scarf, red",
    "slug": "silk-scarf-red",
    "description": "90 × 90 cm.",
    "price": 40.0,
    "costPrice": 14.5,
    "compareAtPrice": 49.0,
    "currency": "EUR",
    "stock": 12,
    "lowStockThreshold": 10,
    "imageUrl": "/media/products/scarf-red.png",
    "images": [PICTURE],
    "parentId": None,
    "options": {},
    "variants": [
        {
            "id": 501,
            "sku": "SCARF-RED",
            "options": {},
            "price": 40.0,
            "costPrice": 14.5,
            "stock": 12,
            "status": "ACTIVE",
        }
    ],
    "categoryId": 31,
    "category": {"id": 31, "name": "Scarves"},
    "tags": ["silk", "summer"],
    "status": "ACTIVE",
    "isActive": True,
    "isFeatured": False,
    "viewCount": 318,
    "createdAt": "2026-01-05T08:00:00Z",
    "updatedAt": "2026-03-14T18:02:11Z",
}
NEW_PRODUCT = {"store": "atelier-moda", "name": "Silk scarf, red", "sku": "SCARF-RED", "price": 40.0, "stock": 12}
VARIANT: Json = {
    **PRODUCT,
    "id": 502,
    "sku": "SCARF-RED-L",
    "name": "Silk scarf, red - Large",
    "slug": "silk-scarf-red-large",
    "parentId": 501,
    "options": {"Size": "Large"},
    "variants": [{**PRODUCT["variants"][0], "id": 502, "sku": "SCARF-RED-L", "options": {"Size": "Large"}}],
}
NEW_VARIANT = {"options": {"Size": "Large"}, "sku": "SCARF-RED-L", "price": 48.0, "stock": 5}
BULK = {
    "store": "atelier-moda",
    "products": [
        {"sku": "SCARF-RED", "price": 38.0, "stock": 20},
        {"sku": "SCARF-BLU", "name": "Silk scarf, blue", "price": 40.0},
        {"sku": "SCARF-GRN", "price": 40.0},
    ],
}
BULK_ANSWER: Json = {
    "created": 1,
    "updated": 1,
    "unchanged": 0,
    "refused": 1,
    "rows": [
        {"sku": "SCARF-RED", "outcome": "updated", "productId": 501, "errors": {}},
        {"sku": "SCARF-BLU", "outcome": "created", "productId": 503, "errors": {}},
        {
            "sku": "SCARF-GRN",
            "outcome": "refused",
            "productId": None,
            "errors": {"name": ["Enter this for a new product."]},
        },
    ],
}
COUPON: Json = {
    "store": "atelier-moda",
    "id": 9,
    "code": "SPRING10",
    "kind": "percent",
    "value": 10.0,
    "minimumSubtotal": 30.0,
    "currency": "EUR",
    "startsAt": "2026-03-01T00:00:00Z",
    "endsAt": None,
    "usageLimit": 100,
    "isActive": True,
    "usesReserved": 4,
    "timesUsed": 3,
    "totalSalesAmount": 210.4,
}
NEW_COUPON = {"store": "atelier-moda", "code": "SPRING10", "kind": "percent", "value": 10.0, "usageLimit": 100}

PAYMENT_METHOD: Json = {
    "store": "atelier-moda",
    "id": 6,
    "code": "INVOICE",
    "label": "Invoice",
    "terms": "invoice",
    "dueDays": 30,
    "isActive": True,
}
NEW_PAYMENT_METHOD = {
    "store": "atelier-moda", "code": "NET_14", "label": "Invoice, 14 days", "terms": "invoice", "dueDays": 14,
}  # fmt: skip

SENT_ADDRESS = {"street": "Calle Mayor 1", "city": "Madrid", "state": "", "country": "ES", "postalCode": "28013"}
KEPT_ADDRESS = {"name": "", **SENT_ADDRESS}
NEW_ORDER = {
    "store": "atelier-moda",
    "customerId": 4711,
    "items": [{"productId": 501, "quantity": 2}],
    "couponCode": "SPRING10",
    "shippingAddress": SENT_ADDRESS,
    "paymentMethod": "CREDIT_CARD",
    "taxAmount": 15.12,
    "shippingFee": 4.9,
}
ORDER_ROW: Json = {
    "id": 90001,
    "store": "atelier-moda",
    "orderNumber": "ORD-20260314-0001",
    "customerId": 4711,
    "customer": {"id": 4711, "name": "Ana Ruiz", "email": "ana@example.com"},
    "status": "PROCESSING",
    "paymentStatus": "PAID",
    "currency": "EUR",
    "totalAmount": 92.02,
    "outstanding": 0.0,
    "overpaid": 0.0,
    "refundedAmount": 0.0,
    "couponCode": "SPRING10",
    "country": "ES",
    "channel": "api",
    "tags": ["gift"],
    "paymentMethod": "CREDIT_CARD",
    "paymentMethodCode": "CREDIT_CARD",
    "placedAt": "2026-03-14T18:02:11Z",
    "updatedAt": "2026-03-14T18:02:40Z",
    "version": 2,
}
PAYMENT: Json = {
    "id": 70001,
    "transactionNumber": "TXN-0000070001",
    "kind": "payment",
    "status": "approved",
    "amount": 92.02,
    "currency": "EUR",
    "method": "CREDIT_CARD",
    "gatewayTransactionId": "pi_3Nxq",
    "gatewayResponse": {"outcome": "authorized", "card": {"brand": "visa", "number": "***"}},
    "createdAt": "2026-03-14T18:02:11Z",
    "settledAt": "2026-03-14T18:02:40Z",
}
TRANSACTION = {
    **PAYMENT, "store": "atelier-moda", "orderId": 90001, "orderNumber": "ORD-20260314-0001", "customerId": 4711,
}  # fmt: skip
ITEM = {
    "id": 95001,
    "productId": 501,
    "name": "Silk scarf, red",
    "sku": "SCARF-RED",
    "imageUrl": "/media/products/scarf-red.png",
    "unitPrice": 40.0,
    "unitCost": 18.5,
    "quantity": 2,
    "lineTotal": 80.0,
    "discount": 8.0,
    "taxAmount": 15.12,
    "refundedAmount": 0.0,
    "refundedQuantity": 0,
}
PAID = {
    "kind": "paid",
    "at": "2026-03-14T18:02:40Z",
    "actor": "payment provider",
    "fromStatus": "PENDING",
    "toStatus": "PROCESSING",
    "fromPaymentStatus": "PENDING",
    "toPaymentStatus": "PAID",
    "amount": 92.02,
    "note": "",
}
ORDER: Json = {
    **ORDER_ROW,
    "source": None,
    "subtotal": 80.0,
    "discount": 8.0,
    "taxAmount": 15.12,
    "shippingFee": 4.9,
    "tip": 0.0,
    "capturedAmount": 92.02,
    "shippingAddress": KEPT_ADDRESS,
    "billingAddress": KEPT_ADDRESS,
    "paymentTerms": "prepaid",
    "dueOn": None,
    "ipAddress": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "notes": "",
    "internalNotes": "Wrap it.",
    "paidAt": "2026-03-14T18:02:40Z",
    "shippedAt": None,
    "deliveredAt": None,
    "completedAt": "2026-03-14T18:02:40Z",
    "expiredAt": None,
    "canceledAt": None,
    "refundedAt": None,
    "editedAt": None,
    "items": [ITEM],
    "fulfillments": [],
    "refunds": [],
    "transactions": [PAYMENT],
    "events": [PAID],
}
NEW_REFUND = {"lines": [{"itemId": 95001, "quantity": 1}], "reason": "wrong size", "restock": True}
REFUND = {
    "id": 60001,
    "amount": 36.0,
    "currency": "EUR",
    "reason": "wrong size",
    "restock": True,
    "gatewayTransactionId": "",
    "createdAt": "2026-03-16T09:12:00Z",
    "settledAt": "2026-03-16T09:12:00Z",
    "lines": [{"itemId": 95001, "quantity": 1, "amount": 36.0}],
    "order": {**ORDER_ROW, "paymentStatus": "PARTIALLY_REFUNDED", "refundedAmount": 36.0, "version": 3},
}
NEW_DRAFT = {
    "store": "atelier-moda",
    "customerId": 4711,
    "items": [{"productId": 501, "quantity": 2}],
    "paymentMethod": "INVOICE",
    "shippingFee": 4.9,
}
DRAFT_ROW: Json = {
    "id": 310,
    "store": "atelier-moda",
    "isConfirmed": False,
    "orderId": None,
    "orderNumber": None,
    "customerId": 4711,
    "items": [{"productId": 501, "quantity": 2}],
    "couponCode": "",
    "paymentMethod": "INVOICE",
    "taxAmount": 0.0,
    "shippingFee": 4.9,
    "tip": 0.0,
    "currency": "EUR",
    "tags": [],
    "createdAt": "2026-03-14T17:40:00Z",
    "updatedAt": "2026-03-14T17:40:00Z",
    "confirmedAt": None,
    "version": 1,
}
DRAFT: Json = {
    **DRAFT_ROW,
    "shippingAddress": {**KEPT_ADDRESS},
    "billingAddress": {**KEPT_ADDRESS},
    "notes": "",
    "internalNotes": "Called at noon.",
    "quote": {"subtotal": 80.0, "discount": 0.0, "totalAmount": 84.9},
    "problem": "",
}
NEW_EDIT = {
    "lines": [{"itemId": 95001, "quantity": 1}],
    "shippingFee": 0,
    "reason": "one was enough",
    "refundDifference": True,
    "version": 2,
}
EDITED = {
    "dryRun": False,
    "editId": 410,
    "changes": {
        "lines": [{
            "itemId": 95001, "productId": 501, "name": "Silk scarf, red", "sku": "SCARF-RED", "unitPrice": 40.0,
            "quantityBefore": 2, "quantityAfter": 1,
        }],
        "amounts": [
            {"name": "discount", "before": 8.0, "after": 4.0},
            {"name": "taxAmount", "before": 15.12, "after": 7.56},
            {"name": "shippingFee", "before": 4.9, "after": 0.0},
            {"name": "totalAmount", "before": 92.02, "after": 43.56},
        ],
    },
    "subtotal": 40.0,
    "discount": 4.0,
    "taxAmount": 7.56,
    "shippingFee": 0.0,
    "tip": 0.0,
    "totalAmount": 43.56,
    "capturedAmount": 92.02,
    "outstanding": 0.0,
    "overpaid": 0.0,
    "currency": "EUR",
    "refund": {
        "id": 60002,
        "amount": 48.46,
        "currency": "EUR",
        "reason": "one was enough",
        "restock": False,
        "gatewayTransactionId": "",
        "createdAt": "2026-03-16T09:12:00Z",
        "settledAt": "2026-03-16T09:12:00Z",
        "lines": [],
    },
    "order": {
        **ORDER_ROW, "paymentStatus": "PARTIALLY_REFUNDED", "totalAmount": 43.56, "refundedAmount": 48.46, "version": 4,
    },
}  # fmt: skip
REPORT = {
    "eventId": "evt_1Nxq", "type": "payment.approved", "orderNumber": "ORD-20260314-0001", "amount": 92.02,
    "gatewayTransactionId": "pi_3Nxq", "occurredAt": "2026-03-14T18:02:38Z",
}  # fmt: skip

UPLOAD: Json = {
    "id": 12,
    "store": "atelier-moda",
    "kind": "products",
    "status": "ready",
    "fileName": "prices.xlsx",
    "size": 48_213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "preview": {
        "columns": ["price", "stock"],
        "rows": 3,
        "updated": 1,
        "unchanged": 1,
        "refused": 1,
        "changes": [
            {"line": 2, "sku": "SCARF-RED", "name": "Silk scarf, red", "changes": {"price": ["40.00", "38.00"]}}
        ],
        "problems": [{"line": 4, "sku": "SCARF-BLU", "problem": "There is no product with this SKU in this store."}],
    },
    "receipt": {},
    "error": "",
    "createdBy": "ana@example.com",
    "createdAt": "2026-03-14T18:02:11Z",
    "finishedAt": None,
    "expiresAt": "2026-03-21T18:02:11Z",
}
SYNC_ORDER = {
    "externalId": "A-1001",
    "name": "#1001",
    "placedAt": "2026-03-14T18:02:11Z",
    "updatedAt": "2026-03-16T10:00:00Z",
    "currency": "EUR",
    "lines": [
        {
            "name": "Silk scarf, red",
            "sku": "SCARF-RED",
            "unitPrice": 40.0,
            "quantity": 2,
            "discount": 8.0,
        }
    ],
    "tax": 15.12,
    "shipping": 4.9,
    "payments": [{"at": "2026-03-14T18:02:40Z", "amount": 92.02, "reference": "pi_3Nxq"}],
    "refunds": [
        {
            "at": "2026-03-16T10:00:00Z",
            "amount": 43.56,
            "reason": "too small",
            "lines": [{"line": 0, "quantity": 1, "amount": 36.0}],
        }
    ],
    "fulfillment": {"at": "2026-03-15T08:00:00Z", "trackingNumber": "1Z999AA10123456784", "carrier": "UPS"},
    "email": "ada@example.com",
    "customerName": "Ada Lovelace",
    "shippingAddress": {"street": "Via Roma 1", "city": "Milano", "country": "IT", "postalCode": "20121"},
    "paymentMethod": "Visa",
    "url": "https://erp.example.com/orders/A-1001",
}
SYNC = {"store": "atelier-moda", "source": "erp", "orders": [SYNC_ORDER]}
SYNCED = {
    "store": "atelier-moda",
    "source": "erp",
    "results": [{"externalId": "A-1001", "result": "new", "amount": 48.46, "reason": ""}],
}
