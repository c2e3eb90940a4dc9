"""Examples of the OpenAPI document: what the customers app is sent and answers with."""

from __future__ import annotations

from dealport.kit.values import Json

STORE: Json = {
    "id": 7,
    "slug": "atelier-moda",
    "name": "Atelier Moda",
    "currency": "EUR",
    "timezone": "Europe/Madrid",
    "isActive": True,
    "createdAt": "2026-01-05T08:00:00Z",
}
NEW_STORE = {"slug": "atelier-moda", "name": "Atelier Moda", "currency": "EUR", "timezone": "Europe/Madrid"}

USER: Json = {
    "id": 12,
    "email": "rosa@example.com",
    "name": "Rosa Prado",
    "role": "staff",
    "phone": "+34 600 000 000",
    "avatar": "https://pictures.example.com/rosa.png",
    "language": "pt-BR",
    "status": "ACTIVE",
    "createdAt": "2026-01-05T08:00:00Z",
    "updatedAt": "2026-03-01T09:30:00Z",
    "lastLoginAt": "2026-03-15T07:58:12Z",
    "stores": [{key: STORE[key] for key in ("id", "slug", "name", "currency", "timezone")}],
}
CREDENTIALS = {"email": "rosa@example.com", "password": "correct horse battery", "transport": "body"}
TOKENS = {
    "accessToken": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxMn0.c2lnbmF0dXJl",
    "expiresIn": 900,
    "user": USER,
    "refreshToken": "Jx1vQ0y8m2bq3t4w5z6A7B8C9D0E1F2G3H4I5J6K7L8",
}
REGISTRATION = {"email": "new@example.com", "password": "correct horse battery", "name": "New Person"}
REGISTERED = {
    **USER,
    "id": 13,
    "email": "new@example.com",
    "name": "New Person",
    "role": "user",
    "phone": "",
    "avatar": "",
    "language": None,
    "lastLoginAt": None,
    "stores": [],
}
ME = {
    "name": "Rosa Prado",
    "phone": "+34 600 000 000",
    "avatar": "https://pictures.example.com/rosa.png",
    "language": "pt-BR",
}
NEW_PASSWORD = {
    "currentPassword": "correct horse battery",
    "newPassword": "staple battery horse",
    "transport": "body",
}

FORGOTTEN = {"email": "rosa@example.com"}
MAILED = {"message": "If an account has this email address, a mail with a link is on its way."}
LINKED_PASSWORD = {"token": "Jx1vQ0y8m2bq3t4w5z6A7B8C9D0E1F2G3H4I5J6K7L8", "password": "staple battery horse"}
INVITATION = {"email": "new@example.com", "name": "New Person", "role": "staff", "stores": ["atelier-moda"]}
INVITED = {**REGISTERED, "role": "staff", "status": "INACTIVE"}

LOGINS = {
    "sessions": [
        {
            "id": "6f1f6c1e-4f0f-4a53-9d0b-2f3a8a3f5c11",
            "kind": "browser",
            "createdAt": "2026-03-15T07:58:12Z",
            "lastUsedAt": "2026-03-15T09:40:00Z",
            "address": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            "isCurrent": True,
        }
    ]
}
OTP_STATE = {"isEnabled": True, "isRequired": False, "recoveryCodesLeft": 10}
OTP_SETUP = {
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "uri": "otpauth://totp/DealPort%3Arosa%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=DealPort",
}
RECOVERY_CODES = {"recoveryCodes": ["abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"]}
PASSWORD = {"password": "correct horse battery"}
OTP_REMOVAL = {"password": "correct horse battery", "otp": "287082"}

ADDRESS = {
    "kind": "shipping",
    "isDefault": True,
    "street": "Calle Mayor 1",
    "city": "Madrid",
    "state": "",
    "country": "ES",
    "postalCode": "28013",
}
CUSTOMER: Json = {
    "id": 4711,
    "store": "atelier-moda",
    "email": "ana@example.com",
    "name": "Ana Ruiz",
    "firstName": "Ana",
    "lastName": "Ruiz",
    "phone": "+34 600 000 000",
    "avatar": "https://pictures.example/ana.png",
    "status": "ACTIVE",
    "tags": ["wholesale"],
    "acceptsMarketing": True,
    "marketingConsentAt": "2026-02-01T10:15:00Z",
    "createdAt": "2026-02-01T10:15:00Z",
    "updatedAt": "2026-03-02T07:45:30Z",
    "emailConfirmedAt": "2026-02-01T10:20:00Z",
    "currency": "EUR",
    "totalOrders": 3,
    "totalSpent": 120.5,
    "averageOrderValue": 60.25,
    "tier": "bronze",
    "lastOrderAt": "2026-03-14T18:02:11Z",
    "creditBalance": 5.0,
}
NEW_CUSTOMER = {
    "store": "atelier-moda",
    "email": "ana@example.com",
    "firstName": "Ana",
    "lastName": "Ruiz",
    "acceptsMarketing": True,
    "addresses": [ADDRESS],
}
SUBSCRIPTION = {
    "plan": "Box of the month",
    "status": "active",
    "currentPeriodEnd": "2026-04-01T00:00:00Z",
    "monthlyAmount": 19.9,
}
KEPT_SUBSCRIPTION = {**SUBSCRIPTION, "currency": "EUR"}
CUSTOMER_DETAIL = {**CUSTOMER, "notes": "Rings twice.", "addresses": [ADDRESS], "subscription": KEPT_SUBSCRIPTION}
MERGE = {
    "id": 3,
    "customerId": 4711,
    "mergedCustomerId": 4712,
    "mergedAt": "2026-03-15T09:00:00Z",
    "undoneAt": None,
}
CREDIT = {"amount": 5.0, "reason": "goodwill"}
CREDIT_ENTRY = {
    "id": 88,
    "amount": 5.0,
    "balanceAfter": 5.0,
    "currency": "EUR",
    "reason": "goodwill",
    "createdAt": "2026-03-15T09:00:00Z",
}

WEBHOOK_SECRET = {
    "secret": "u9fW3cXv8Zk1sTq2Lr6yHn0bEoGp5aJdMxQiKtVwRzY",
    "url": "https://dealport.example.com/api/v1/payments/webhook/atelier-moda",
    "formerValidUntil": "2026-03-15T18:02:11Z",
}
