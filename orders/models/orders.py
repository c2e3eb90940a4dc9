"""Orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from dealport.kit.fields import MoneyField, are_numbers
from dealport.kit.local_days import local_day
from orders.lifecycle import COMPLETED_PAYMENTS, Money
from orders.models.order_querysets import DISPUTED, GOING_ON, UNPAID, OrderQuerySet
from orders.models.payments import PaymentTerms
from orders.models.standing import PartKey, parts_of, state_of
from orders.models.states import OrderFacts, OrderState, customer_type

if TYPE_CHECKING:
    from orders.models.items import OrderItem


class OrderDayField(models.DateField):  # type: ignore[type-arg]
    """The store's local calendar day of `placed_at`; worked out whenever an order is written."""

    def pre_save(self, model_instance: models.Model, add: bool) -> date:
        """Return the day the order was placed on, by its store's time zone."""
        assert isinstance(model_instance, Order)
        day = local_day(model_instance.placed_at, model_instance.store.zone)
        setattr(model_instance, self.attname, day)
        return day


class Order(models.Model):
    """One purchase. Money, stock and status change through `orders.actions` alone.

    `completed_at` (paid in full), `expired_at`, `refunded_at` (fully refunded) and `canceled_at` are set once and never
    cleared. `total_amount` is everything asked for, the tip included; `included_tax` is in
    the prices already. `captured_tax` is the tax in what was captured;
    null: all of it, once anything was. `edited_at` is when lines or amounts were edited last; `overpayment_refunded` is
    what refunds then gave back of money paid above the total, which falls on no line. `payment_method` is kept as
    it was written, `payment_code` is the store's code for it, `due_on` is in the store's days.
    """

    class Status(models.TextChoices):
        """Where the order stands; allowed steps in `orders.lifecycle`."""

        PENDING = "PENDING", "Pending"
        PROCESSING = "PROCESSING", "Processing"
        SHIPPED = "SHIPPED", "Shipped"
        DELIVERED = "DELIVERED", "Delivered"
        CANCELED = "CANCELED", "Canceled"
        EXPIRED = "EXPIRED", "Expired"
        REFUNDED = "REFUNDED", "Refunded"

    class PaymentStatus(models.TextChoices):
        """What was paid and refunded of an order; it moves with transactions, never with `status`."""

        PENDING = "PENDING", "Pending"
        AUTHORIZED = "AUTHORIZED", "Authorized"
        PARTIALLY_PAID = "PARTIALLY_PAID", "Partially paid"
        PAID = "PAID", "Paid"
        FAILED = "FAILED", "Failed"
        PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED", "Partially refunded"
        REFUNDED = "REFUNDED", "Refunded"

    Terms = PaymentTerms

    class Channel(models.TextChoices):
        """Where an order came from."""

        WEB = "web", "Online store"
        POS = "pos", "Point of sale"
        DRAFT = "draft", "Draft order"
        API = "api", "API"
        IMPORT = "import", "Import"
        OTHER = "other", "Other"

    CHANGED_BY_STEPS = (
        "status",
        "payment_status",
        "captured_amount",
        "captured_tax",
        "refunded_amount",
        "refunded_tax",
        "overpayment_refunded",
        "completed_at",
        "expired_at",
        "canceled_at",
        "refunded_at",
        "shipped_at",
        "delivered_at",
        "updated_at",
        "version",
    )
    """What a step after placing may change."""

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="orders", db_index=False)
    number = models.CharField(max_length=40)
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    payment_status = models.CharField(max_length=18, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    currency = models.CharField(max_length=3)
    subtotal = MoneyField()
    discount = MoneyField(default=Decimal("0.00"))
    tax_amount = MoneyField(default=Decimal("0.00"))
    shipping_fee = MoneyField(default=Decimal("0.00"))
    tip = MoneyField(default=Decimal("0.00"), db_default=Decimal("0.00"))
    included_tax = MoneyField(default=Decimal("0.00"), db_default=Decimal("0.00"), editable=False)
    total_amount = MoneyField()
    captured_amount = MoneyField(default=Decimal("0.00"))
    captured_tax = MoneyField(null=True, blank=True, editable=False)
    refunded_amount = MoneyField(default=Decimal("0.00"))
    refunded_tax = MoneyField(default=Decimal("0.00"), editable=False)
    overpayment_refunded = MoneyField(default=Decimal("0.00"), db_default=Decimal("0.00"), editable=False)
    coupon = models.ForeignKey(
        "orders.Coupon",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
    )
    coupon_code = models.CharField(
        "discount codes", max_length=255, blank=True, help_text="All codes of the order, with + between them."
    )
    country = models.CharField(
        max_length=2, blank=True, help_text="Where it goes to (ISO 3166-1 alpha-2); empty: unknown."
    )
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    payment_method = models.CharField(max_length=40, blank=True)
    payment_code = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    payment_terms = models.CharField(
        max_length=11, choices=PaymentTerms.choices, default=PaymentTerms.PREPAID, db_default=PaymentTerms.PREPAID
    )
    due_on = models.DateField("due date", null=True, blank=True)
    notes = models.TextField(blank=True)
    internal_notes = models.TextField(blank=True, default="", db_default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, db_default=[])
    channel = models.CharField(max_length=6, choices=Channel.choices, blank=True, default="", db_default="")
    placed_by = models.CharField(
        max_length=254,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Email of the account that placed it, or the source it came from.",
    )
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    user_agent = models.CharField(max_length=400, blank=True, default="", db_default="")
    placed_at = models.DateTimeField()
    order_day = OrderDayField(editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_imported = models.BooleanField(default=False, editable=False)
    is_first = models.BooleanField(default=False, db_default=False, editable=False, help_text="Its customer's first.")
    version = models.PositiveIntegerField(default=1)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            are_numbers(
                "orders_order_are_numbers",
                *("subtotal", "discount", "tax_amount", "shipping_fee", "tip", "total_amount", "captured_amount"),
                *("captured_tax", "refunded_amount", "refunded_tax", "overpayment_refunded"),
            ),
            are_numbers("orders_order_included_tax_is_a_number", "included_tax"),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("subtotal") - F("discount") + F("tax_amount") + F("shipping_fee") + F("tip")
                ),
                name="orders_order_totals_add_up",
            ),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0, discount__gte=0, tax_amount__gte=0, shipping_fee__gte=0, tip__gte=0)
                & Q(discount__lte=F("subtotal")),
                name="orders_order_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(captured_amount=0)
                | Q(payment_status__in=("PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED", "REFUNDED")),
                name="orders_order_captured_shows",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("captured_amount")),
                name="orders_order_refunded_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(refunded_tax__gte=0, refunded_tax__lte=F("tax_amount")),
                name="orders_order_refunded_tax_within_tax",
            ),
            models.CheckConstraint(
                condition=Q(refunded_at__isnull=True) | Q(payment_status="REFUNDED"),
                name="orders_order_refunded_at_means_refunded",
            ),
        ]
        indexes = [
            # lists newest first; the days of the placed basis; the page behind a figure
            models.Index(fields=["store", "-placed_at", "-id"], name="orders_order_by_store_placed"),
            # the newest orders of all stores, or of several
            models.Index(fields=["-placed_at", "-id"], include=["store"], name="orders_order_by_placed_in"),
            # search by any part of the number
            GinIndex(fields=["number"], opclasses=["gin_trgm_ops"], name="orders_order_by_number_part"),
            # lists by total, of one store and of all
            models.Index(fields=["store", "-total_amount", "-id"], name="orders_order_by_store_total"),
            models.Index(fields=["-total_amount", "-id"], name="orders_order_by_total"),
            # a customer's orders, newest first
            models.Index(
                fields=["customer", "-placed_at"],
                name="orders_order_by_customer",
                condition=Q(customer__isnull=False),
            ),
            # the beat job that expires what stays unpaid
            models.Index(fields=["placed_at"], name="orders_order_pending", condition=Q(status="PENDING")),
            # the views of the list, and what waits on Home
            models.Index(
                fields=["store", "-placed_at"],
                name="orders_order_unpaid",
                condition=Q(payment_status__in=UNPAID, status__in=GOING_ON),
            ),
            models.Index(fields=["store", "-placed_at"], name="orders_order_to_ship", condition=Q(status="PROCESSING")),
            models.Index(
                fields=["store", "-placed_at"],
                name="orders_order_refunded",
                condition=Q(payment_status__in=("REFUNDED", "PARTIALLY_REFUNDED")),
            ),
            models.Index(
                fields=["store", "-placed_at"],
                name="orders_order_on_delivery",
                condition=Q(payment_terms="on_delivery"),
            ),
            models.Index(
                fields=["store", "-placed_at"],
                name="orders_order_disputed",
                condition=Q(tags__contains=[DISPUTED]),
            ),
            models.Index(
                fields=["store", "expired_at"],
                name="orders_order_payment_failed",
                condition=Q(payment_status="FAILED"),
            ),
            # orders of one status, newest first
            models.Index(fields=["store", "status", "-placed_at"], name="orders_order_by_store_status"),
            # the orders a coupon was used on
            models.Index(fields=["coupon"], name="orders_order_by_coupon", condition=Q(coupon__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def facts(self) -> OrderFacts:
        """What figures are split by."""
        kind = customer_type(self.customer_id, self.is_first)
        return OrderFacts(
            self.placed_at, self.country, self.coupon_code, self.payment_code, self.channel, self.placed_by, kind
        )

    @property
    def is_completed(self) -> bool:
        """Paid and not fully refunded."""
        return self.payment_status in COMPLETED_PAYMENTS

    @property
    def last_updated_at(self) -> datetime:
        """When the order was changed last, its placing included."""
        return self.updated_at or self.placed_at

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid: nothing once the order is canceled, expired or refunded."""
        if self.status in (self.Status.CANCELED, self.Status.EXPIRED, self.Status.REFUNDED):
            return Decimal("0.00")
        outstanding: Decimal = max(self.total_amount - self.paid_amount, Decimal("0.00"))
        return outstanding

    @property
    def paid_amount(self) -> Decimal:
        """What was captured, less what refunds gave back of an overpayment."""
        paid: Decimal = self.captured_amount - self.overpayment_refunded
        return paid

    @property
    def overpaid(self) -> Decimal:
        """What was paid above the total and is still here: after an edit, the difference to refund."""
        kept = self.paid_amount if self.edited_at else self.sales
        overpaid: Decimal = max(min(kept - self.total_amount, self.sales), Decimal("0.00"))
        return overpaid

    @property
    def money(self) -> Money:
        """Where the money stands, as the table of steps asks."""
        owes_more = self.is_completed and self.outstanding > 0
        return Money(self.payment_status, self.sales > 0, self.payment_terms == self.Terms.PREPAID, owes_more)

    @property
    def sales(self) -> Decimal:
        """What the order adds to `totalSales` on the placed basis: captured payments less refunds."""
        sales: Decimal = self.captured_amount - self.refunded_amount
        return sales

    @property
    def tax(self) -> Decimal:
        """Captured tax less refunded tax."""
        whole = self.tax_amount if self.captured_amount else Decimal("0.00")
        tax: Decimal = (whole if self.captured_tax is None else self.captured_tax) - self.refunded_tax
        return tax

    def parts(self, items: Sequence[OrderItem]) -> dict[PartKey, Decimal]:
        """Return what its `AmountPart`s add up to, as the order and its items are now."""
        return parts_of(self, items)

    def state(self, items: Sequence[OrderItem]) -> OrderState:
        """Return what figures are made of, as the order and its items are now."""
        return state_of(self, items)
