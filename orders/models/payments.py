"""Money in and out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from dealport.kit.fields import MoneyField, are_numbers
from dealport.kit.money import coded_text

NUMBER_PREFIX = "TXN-"


class PaymentTerms(models.TextChoices):
    """When an order is to be paid; only a prepaid one that stays unpaid expires by itself."""

    PREPAID = "prepaid", "Prepaid"
    ON_DELIVERY = "on_delivery", "On delivery"
    INVOICE = "invoice", "Invoice"


class PaymentMethod(models.Model):
    """A way to pay that a store offers: what orders name by its code, and when they are to be paid.

    A trigger gives every new store `orders.payment_methods.STARTING`. Orders copy code, terms and due date, so that a
    change here moves none of them. `due_days` is for invoices: days from placing until they are due.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(
        max_length=40,
        validators=[RegexValidator(r"\A[A-Z0-9_]+\Z", "Use capital letters, digits and _ only.")],
    )
    label = models.CharField(max_length=80)
    terms = models.CharField(max_length=11, choices=PaymentTerms.choices, default=PaymentTerms.PREPAID)
    due_days = models.PositiveSmallIntegerField(default=0, help_text="Days until an invoice is due.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="orders_payment_method_code_once_per_store"),
            models.CheckConstraint(
                condition=Q(due_days=0) | Q(terms="invoice"), name="orders_payment_method_only_invoices_are_due"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Transaction(models.Model):
    """What a payment provider or a person said about the money of an order.

    Order, kind, amount, currency and method never change (a trigger refuses it). What is awaited is PENDING, counts in
    no figure and becomes APPROVED, REFUSED or CANCELED once: `requested_at` is then when it was asked for and
    `created_at` when it ended, which is the day its money counts on. `gateway_response` is masked.

    An order can be captured in parts: `tax_amount` is the tax in such a part, and what falls on the lines are its
    `CaptureShare`s; null: the payment captured the whole order at once.
    """

    class Kind(models.TextChoices):
        """Which way the money went."""

        PAYMENT = "payment", "Payment"
        REFUND = "refund", "Refund"

    class Status(models.TextChoices):
        """Pending until the provider or staff decide; an approved one alone is in the figures."""

        PENDING = "pending", "Pending"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        CANCELED = "canceled", "Canceled"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="transactions")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    amount = MoneyField()
    tax_amount = MoneyField(null=True, blank=True, editable=False)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=40, blank=True)
    gateway_transaction_id = models.CharField(max_length=100, blank=True)
    gateway_response = models.JSONField(null=True, blank=True, editable=False)
    requested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            are_numbers("orders_transaction_are_numbers", "amount", "tax_amount"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="orders_transaction_amount_not_negative"),
        ]
        indexes = [
            # lists newest first; money by day on the booked basis
            models.Index(fields=["store", "-created_at", "-id"], name="orders_transaction_by_store"),
            # the newest of all stores, or of several
            models.Index(fields=["-created_at", "-id"], include=["store"], name="orders_transaction_by_created"),
            # the payment that a provider's statement names
            models.Index(
                fields=["gateway_transaction_id"],
                name="orders_transaction_by_gateway",
                condition=~Q(gateway_transaction_id=""),
            ),
            # search by a part of that id
            GinIndex(
                fields=["gateway_transaction_id"], opclasses=["gin_trgm_ops"], name="orders_transaction_by_id_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status} {coded_text(self.amount, self.currency)}"

    @property
    def number(self) -> str:
        """What people call it: unique, as it is made of the primary key."""
        return f"{NUMBER_PREFIX}{self.pk:010d}"

    @property
    def began_at(self) -> datetime:
        """When it was asked for."""
        return self.requested_at or self.created_at

    @property
    def settled_at(self) -> datetime | None:
        """When it was approved, refused or canceled; None while it is pending."""
        return None if self.status == self.Status.PENDING else self.created_at


def id_of_number(text: str) -> int | None:
    """Return the primary key in a transaction's number, None for other texts."""
    digits = text.strip().upper().removeprefix(NUMBER_PREFIX)
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 18 and digits != text.strip().upper()
    return int(digits) if is_number else None


class CaptureShare(models.Model):
    """What a payment of a part of its order moved on one line, net of tax; signed, as a cent can move between lines."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="shares")
    item = models.ForeignKey("orders.OrderItem", on_delete=models.PROTECT, related_name="capture_shares")
    amount = MoneyField()

    class Meta:
        constraints = [
            are_numbers("orders_capture_share_is_a_number", "amount"),
            models.UniqueConstraint(fields=["transaction", "item"], name="orders_capture_share_once_per_item"),
        ]

    def __str__(self) -> str:
        return f"part of payment {self.transaction_id} for line {self.item_id}"


class AmountPart(models.Model):
    """What a step moved of the discounts in what was captured (of one line), or of the tip that is kept (no line).

    With `is_tax`: of the tax on one line, or of the tax included in prices (no line), besides that of a payment that
    captured the whole order at once. Signed. Those of an order add up to `Order.parts`; figures by the day of the
    transaction are made of them.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="amount_parts")
    item = models.ForeignKey(
        "orders.OrderItem", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    amount = MoneyField()
    is_tax = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [are_numbers("orders_amount_part_is_a_number", "amount")]
        indexes = [
            # by day on the booked basis
            models.Index(fields=["store", "at"], name="orders_amount_part_by_store"),
        ]

    def __str__(self) -> str:
        if self.item_id is None:
            return f"{'included tax' if self.is_tax else 'tip'} of order {self.order_id}"
        return f"{'tax' if self.is_tax else 'discount'} of line {self.item_id}"


class Refund(models.Model):
    """Money given back for an order, in full or in part.

    `tax_amount` is the part of `amount` that is tax, 0 while it waits; signed, as a later refund that names lines can
    move a cent of an earlier one.
    `shipping_amount` is the part that its source named as shipping, null where no parts were named.
    `overpayment_amount` is the part that was paid above the order's total after an edit; it falls on no line.
    `settled_at` is when it took effect. A refund that a provider reports before the payment it refunds waits with
    `settled_at` null and takes effect with the payment.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()
    tax_amount = MoneyField(default=Decimal("0.00"), editable=False)
    shipping_amount = MoneyField(null=True, blank=True, editable=False)
    overpayment_amount = MoneyField(default=Decimal("0.00"), db_default=Decimal("0.00"), editable=False)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200, blank=True)
    restock = models.BooleanField(default=False)
    gateway_transaction_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("customers.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            are_numbers("orders_refund_are_numbers", "amount", "tax_amount", "shipping_amount", "overpayment_amount"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="orders_refund_amount_not_negative"),
        ]
        indexes = [
            # refunds by day on the booked basis
            models.Index(fields=["store", "settled_at"], name="orders_refund_by_store_day"),
        ]

    def __str__(self) -> str:
        return f"refund of {coded_text(self.amount, self.currency)}"


class RefundShare(models.Model):
    """What one refund moved on one line: `amount` net of tax, `quantity` pieces if the refund named the line.

    `amount` is signed: a later refund naming another line can move a cent of an earlier one between lines. Per
    refund the shares plus its part of tax and shipping add up to the refund.
    """

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="shares")
    item = models.ForeignKey("orders.OrderItem", on_delete=models.PROTECT, related_name="refund_shares")
    quantity = models.PositiveIntegerField(default=0)
    amount = MoneyField()

    class Meta:
        constraints = [
            are_numbers("orders_refund_share_is_a_number", "amount"),
            models.UniqueConstraint(fields=["refund", "item"], name="orders_refund_share_once_per_item"),
        ]

    def __str__(self) -> str:
        return f"part of refund {self.refund_id} for line {self.item_id}"
