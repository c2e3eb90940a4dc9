"""The audit trail."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.timezone import now

from dealport.kit import surface
from dealport.kit.fields import MoneyField
from dealport.kit.money import in_currency


class AuditEntry(models.Model):
    """One change by an action: what changed, from what to what, who did it, when and through which surface.

    Never changed or deleted: a trigger refuses it (migration 0009). It outlives what it names, so nothing here is
    constrained by other tables. Placing an order and the steps of its life are in `OrderEvent` instead.
    """

    class Surface(models.TextChoices):
        """The way the change came in."""

        API = surface.API, "API"
        ADMIN = surface.ADMIN, "Admin"
        PAGE = surface.PAGE, "Page"
        WEBHOOK = surface.WEBHOOK, "Webhook"
        TASK = surface.TASK, "Task"
        IMPORT = surface.IMPORT, "Import"
        COMMAND = surface.COMMAND, "Command"

    at = models.DateTimeField(default=now)
    store = models.ForeignKey(
        "customers.Store",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    object_type = models.CharField(max_length=60, help_text="App and model, such as orders.product.")
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=254, help_text="What the object was called after the change.")
    action = models.CharField(max_length=40, help_text="What was done, such as created, changed or deleted.")
    changes = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="Field: [before, after]; secrets are masked."
    )
    actor_id = models.BigIntegerField(null=True, help_text="The account; null for the system.")
    actor_label = models.CharField(max_length=254, blank=True, help_text="The account's email at that moment.")
    surface = models.CharField(max_length=10, choices=Surface.choices)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            # the history of one object, newest first
            models.Index(fields=["object_type", "object_id", "-id"], name="customers_audit_by_object"),
            # what happened in a store, newest first
            models.Index(fields=["store", "-id"], name="customers_audit_by_store"),
        ]

    def __str__(self) -> str:
        return f"{self.object_label} {self.action}"

    @property
    def changed(self) -> list[tuple[str, list[object]]]:
        """Return each field with its value before and after as pages show it.

        Choices have their labels in the reader's language, amounts the decimals of the store's currency.
        """
        amounts, labels = _fields_of(self.object_type)
        currency = self.store.currency if self.store else ""

        def shown(name: str, value: object) -> object:
            if name in amounts and currency and value:
                return in_currency(Decimal(str(value)), currency)
            return str(labels[name].get(value, value)) if name in labels and value is not None else value

        return [(name, [shown(name, value) for value in pair]) for name, pair in self.changes.items()]


@cache
def _fields_of(label: str) -> tuple[frozenset[str], dict[str, dict[object, object]]]:
    """Return the names of a model's amounts, and the labels of each field that is a choice by its values."""
    try:
        fields = apps.get_model(label)._meta.concrete_fields
    except (LookupError, ValueError):
        return frozenset(), {}
    amounts = frozenset(field.name for field in fields if isinstance(field, MoneyField))
    return amounts, {field.name: dict(field.flatchoices) for field in fields if field.choices}
