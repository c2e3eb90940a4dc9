"""Connections to the systems that stores sell with, and what these report."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dealport.kit.fields import SumField, are_numbers


class Connection(models.Model):
    """A store's orders followed at their source. Disconnected ones stay, without credentials.

    `problem` is a sentence while something is wrong, in whatever state; `retry_at` says when the source is asked next
    after a failure. `poll_cursor` is the source's own clock: everything it changed before that is here. API is any
    system that sends its orders itself (`POST /orders/sync`): `address` is what it calls itself, and it is never asked.
    """

    class Kind(models.TextChoices):
        """The systems a store can be connected to; each has its own way of signing and reading."""

        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        API = "api", "Another system"

    class State(models.TextChoices):
        """BLOCKED: refused access until somebody changes something. Webhooks are kept in all but the last."""

        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        BLOCKED = "blocked", "Needs attention"
        DISCONNECTED = "disconnected", "Disconnected"

    class Backfill(models.TextChoices):
        """How far the orders from `sync_from` on are."""

        NONE = "none", "Not requested"
        REQUESTED = "requested", "Requested"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="In webhook addresses.")
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="connections")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    address = models.CharField(max_length=200, help_text="Domain in Shopify, address of the WooCommerce site, or name.")
    state = models.CharField(max_length=20, choices=State.choices, default=State.ACTIVE)
    problem = models.CharField(max_length=500, blank=True)
    credentials = models.TextField(blank=True, help_text="Encrypted with CREDENTIALS_KEYS.")
    token = models.TextField(blank=True, help_text="Access token of the client credentials grant, encrypted.")
    token_expires_at = models.DateTimeField(null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    reads_days = models.PositiveIntegerField(null=True, blank=True, help_text="Days back it can read; empty: all.")
    poll_cursor = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(default=timezone.now)
    retry_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0)
    sync_from = models.DateField(null=True, blank=True)
    backfill = models.CharField(max_length=20, choices=Backfill.choices, default=Backfill.NONE)
    backfill_job = models.CharField(
        max_length=200, blank=True, help_text="Bulk operation, or next page, at the source."
    )
    backfill_orders = models.PositiveIntegerField(default=0)
    backfill_until = models.DateTimeField(null=True, blank=True, help_text="A worker has it until then.")
    last_event_at = models.DateTimeField(null=True, blank=True)
    last_poll_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "address"],
                condition=~Q(state="disconnected") & ~Q(kind="api"),
                name="orders_connection_once",
            ),
            models.UniqueConstraint(
                fields=["store", "address"],
                condition=~Q(state="disconnected") & Q(kind="api"),
                name="orders_connection_api_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"

    @property
    def source_name(self) -> str:
        """What people call the source."""
        return self.address if self.kind == self.Kind.API else self.get_kind_display()

    def order_url(self, external_id: str) -> str:
        """Return where people change an order at the source; "" where only the source knows."""
        if self.kind == self.Kind.API:
            return ""
        if self.kind == self.Kind.SHOPIFY:
            return f"https://{self.address}/admin/orders/{external_id}"
        return f"{self.address.rstrip('/')}/wp-admin/post.php?post={external_id}&action=edit"


class SourceEvent(models.Model):
    """A webhook of a source, stored before anything is done with it. One delivery is one row.

    `subject` is what it is about; events of one subject are applied one after the other. `next_try_at` lies in the
    future while a worker has it or after a failure.
    """

    class State(models.TextChoices):
        """IGNORED: nothing here follows it. PARKED: tried too often, somebody must look."""

        WAITING = "waiting", "Waiting"
        APPLIED = "applied", "Applied"
        IGNORED = "ignored", "Ignored"
        PARKED = "parked", "Parked"

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="events", db_index=False)
    delivery_id = models.CharField(max_length=100)
    topic = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "delivery_id"], name="orders_source_event_once"),
        ]
        indexes = [
            models.Index(
                fields=["connection", "subject"], condition=Q(state="waiting"), name="orders_source_event_waiting"
            ),
            models.Index(
                fields=["connection", "next_try_at"], condition=Q(state="waiting"), name="orders_source_event_due"
            ),
            models.Index(fields=["connection"], condition=Q(state="parked"), name="orders_source_event_parked"),
            models.Index(fields=["connection", "-id"], name="orders_source_event_newest"),
            models.Index(fields=["done_at"], condition=~Q(body=""), name="orders_source_event_bodies"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.delivery_id}"


class SourceDifference(models.Model):
    """A day on which a source and the orders here differed when they were compared, before and after the repair.

    Amounts are captured payments less refunds in the store's currency, by the local day the orders were placed on.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="differences", db_index=False)
    day = models.DateField()
    found_at = models.DateTimeField(default=timezone.now)
    source_orders = models.PositiveIntegerField()
    source_amount = SumField()
    orders = models.PositiveIntegerField(help_text="Here, before the repair.")
    amount = SumField(help_text="Here, before the repair.")
    fetched = models.PositiveIntegerField(default=0, help_text="Orders fetched again.")
    is_repaired = models.BooleanField(default=False)

    class Meta:
        constraints = [are_numbers("orders_difference_are_numbers", sums=("source_amount", "amount"))]
        indexes = [models.Index(fields=["connection", "-id"], name="orders_difference_newest")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.day}"


class PrivacyRequest(models.Model):
    """What a source asked for on behalf of a person: a copy of their data, to be handed to the store's owner.

    Erasures are carried out when they arrive and kept here as proof, without the person.
    """

    class Kind(models.TextChoices):
        """The three requests that Shopify makes."""

        REPORT = "customers/data_request", "Report a customer's data"
        ERASE = "customers/redact", "Erase a customer"
        ERASE_STORE = "shop/redact", "Erase all customers"

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="privacy_requests")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    order_ids = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    erased = models.PositiveIntegerField(default=0, help_text="Customers and orders of guests that were erased.")

    def __str__(self) -> str:
        return f"{self.kind} of connection {self.connection_id}"
