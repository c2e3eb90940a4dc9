"""The codes of payment methods every store starts with, and which of them an outside name means. Pure."""

from __future__ import annotations

import re

OTHER = "OTHER"
STARTING = (
    ("CREDIT_CARD", "Credit card", "prepaid", 0),
    ("DEBIT_CARD", "Debit card", "prepaid", 0),
    ("PAYPAL", "PayPal", "prepaid", 0),
    ("BANK_TRANSFER", "Bank transfer", "prepaid", 0),
    ("CASH_ON_DELIVERY", "Cash on delivery", "on_delivery", 0),
    ("INVOICE", "Invoice", "invoice", 30),
    ("GIFT_CARD", "Gift card", "prepaid", 0),
    (OTHER, "Other", "prepaid", 0),
)
"""Code, label, terms and days until an invoice is due."""

# Words of names as stores, gateways and exports write them; the first that fits decides.
_WORDS = (
    ("CASH_ON_DELIVERY", r"\bcod\b|cash on delivery|on delivery|contrassegno|nachnahme"),
    ("GIFT_CARD", r"gift ?card|voucher|store credit"),
    ("PAYPAL", r"paypal"),
    ("DEBIT_CARD", r"debit|debito|maestro|girocard"),
    ("BANK_TRANSFER", r"bank|transfer|wire|sepa|boleto|\bpix\b|\biban\b|ideal|sofort|klarna pay now|deposit"),
    ("INVOICE", r"invoice|net ?\d+|rechnung|on account|purchase order"),
    ("CREDIT_CARD", r"card|credit|cartao|visa|master|amex|american express|stripe|shopify payments|adyen|braintree"),
)
_PATTERNS = tuple((code, re.compile(words)) for code, words in _WORDS)
_CODES = frozenset(code for code, *_ in STARTING)


def code_of(written: str) -> str:
    """Return the starting code that a payment method's name means, OTHER if none; "" for no name."""
    if not written or written in _CODES:
        return written
    text = re.sub(r"[_\-\s]+", " ", written).lower()
    return next((code for code, words in _PATTERNS if words.search(text)), OTHER)
