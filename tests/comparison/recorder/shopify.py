"""Files in the layout of Shopify's orders export: the same on every run."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

COLUMNS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Currency", "Subtotal",
    "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Created at", "Lineitem quantity",
    "Lineitem name", "Lineitem price", "Lineitem sku", "Billing Name", "Shipping Country", "Notes", "Cancelled at",
    "Payment Method", "Payment Reference", "Refunded Amount", "Lineitem discount",
)  # fmt: skip
STATUSES = ("paid", "paid", "paid", "partially_refunded", "refunded", "pending", "partially_paid", "voided", "expired")
GOODS = (("Mug", "MUG", "9.99"), ("Tea pot", "POT", "34.50"), ("=Tea, loose", "TEA", "4.05"), ("Gift box", "", "60.00"))
COUNTRIES = ("GB", "US", "DE", "FR", "", "JP")
Row = dict[str, str]


def write(path: Path, rows: list[Row]) -> Path:
    """Write an export."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def orders(count: int, *, seed: int, currency: str, first: datetime) -> list[Row]:
    """Return the rows of `count` orders, nine days apart on average."""
    chance, at, rows = random.Random(seed), first, []
    for number in range(1, count + 1):
        at += timedelta(hours=chance.randrange(1, 216), minutes=chance.randrange(60))
        rows += _order(chance, f"#{1000 + number}", at, currency, STATUSES[number % len(STATUSES)])
    return rows


def _order(chance: random.Random, name: str, at: datetime, currency: str, status: str) -> list[Row]:
    lines = [(*chance.choice(GOODS), chance.randrange(1, 4)) for _ in range(chance.randrange(1, 4))]
    goods = sum((Decimal(price) * quantity for _, _, price, quantity in lines), Decimal(0))
    discount = (goods / 10).quantize(Decimal("0.01")) if chance.random() < 0.4 else Decimal("0.00")
    shipping, tax = Decimal(chance.choice(("0.00", "4.90"))), (goods / 20).quantize(Decimal("0.01"))
    total = goods - discount + shipping + tax
    refunded = {"refunded": total, "partially_refunded": (total / 3).quantize(Decimal("0.01"))}.get(status, Decimal(0))
    is_paid = status in ("paid", "partially_refunded", "refunded")
    head = {
        "Email": f"buyer{chance.randrange(25)}@example.com" if chance.random() < 0.9 else "",
        "Financial Status": status,
        "Paid at": _moment(at + timedelta(minutes=chance.randrange(600))) if is_paid else "",
        "Fulfillment Status": chance.choice(("fulfilled", "unfulfilled")) if is_paid else "unfulfilled",
        "Currency": currency,
        "Subtotal": str(goods - discount),
        "Shipping": str(shipping),
        "Taxes": str(tax),
        "Total": str(total),
        "Discount Code": "SPRING" if discount else "",
        "Discount Amount": str(discount),
        "Cancelled at": _moment(at + timedelta(days=2)) if is_paid and chance.random() < 0.1 else "",
        "Billing Name": "Zoë Müller",
        "Shipping Country": chance.choice(COUNTRIES),
        "Payment Method": "card",
        "Refunded Amount": str(refunded),
    }
    return [
        {
            **(head if not index else {"Email": head["Email"]}),
            "Name": name,
            "Created at": _moment(at),
            "Lineitem quantity": str(quantity),
            "Lineitem name": goods_name,
            "Lineitem sku": sku,
            "Lineitem price": price,
        }
        for index, (goods_name, sku, price, quantity) in enumerate(lines)
    ]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S +0000}"
