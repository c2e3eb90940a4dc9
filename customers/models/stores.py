"""Stores and who works in them."""

from __future__ import annotations

import secrets
import zoneinfo
from datetime import datetime
from functools import cache, cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext

from dealport.kit.currencies import CURRENCIES


@cache
def _time_zones() -> set[str]:
    return zoneinfo.available_timezones()  # walks some six hundred files


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` is a key of the IANA time zone database, the same on every machine."""
    if value == "localtime" or value not in _time_zones():
        raise ValidationError(
            gettext("%(value)s is not an IANA time zone such as Europe/London"), params={"value": value}
        )


def validate_currency(value: str) -> None:
    """Raise ValidationError unless `value` is the ISO 4217 code of a currency in use."""
    if value not in CURRENCIES:
        raise ValidationError(gettext("Enter the ISO 4217 code of a currency in use, such as EUR."))


def validate_slug_has_letter(value: str) -> None:
    """Raise ValidationError for digits alone: addresses take a store's id or slug and could not tell which it is."""
    if value.isdigit():
        raise ValidationError(gettext("needs at least one letter"))


def new_webhook_secret() -> str:
    """Return 256 random bits for signing payment webhooks."""
    return secrets.token_urlsafe(32)


class Store(models.Model):
    """One online store: its own currency and its own calendar days.

    A webhook secret is shown once, when it is made; the one before works on until `former_secret_until`.
    """

    slug = models.SlugField(max_length=60, unique=True, validators=[validate_slug_has_letter])
    name = models.CharField(max_length=150)
    currency = models.CharField(max_length=3, validators=[validate_currency])
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    webhook_secret = models.CharField(max_length=64, default=new_webhook_secret, editable=False)
    former_webhook_secret = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    former_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone whose midnights bound the store's days."""
        return zoneinfo.ZoneInfo(self.timezone)

    def webhook_secrets(self, now: datetime) -> list[str]:
        """Return the secrets that sign webhooks now."""
        is_former_good = self.former_secret_until is not None and now < self.former_secret_until
        return [self.webhook_secret, *([self.former_webhook_secret] if is_former_good else [])]


class Membership(models.Model):
    """A staff account's access to one store."""

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="memberships")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "store"], name="customers_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.store}"
