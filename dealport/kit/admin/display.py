"""How values look in lists and on pages; the classes are in dealport/static/dealport/admin.css."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from dealport.kit.formats import money_text, zoned_moment_text


def badge(text: str, tone: str = "neutral") -> str:
    """Return a colored label; `tone` is success, info, warning, danger or neutral."""
    return format_html('<span class="dp-badge dp-{}">{}</span>', tone, text)


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency, thousands grouped, on one line."""
    return format_html('<span class="dp-money">{}</span>', money_text(amount, currency))


def moment(at: datetime | None, zone: tzinfo) -> str:
    """Return a moment as the clocks of the store's zone show it."""
    if at is None:
        return "-"
    return format_html('<span class="dp-moment">{}</span>', zoned_moment_text(at, zone))


def link_to(row: Model | None, empty: str = "-") -> str:
    """Return a link to the row's page."""
    if row is None:
        return empty
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="dp-link" href="{}">{}</a>', url, row)


def link_to_list(model: type[Model], text: str, **lookups: object) -> str:
    """Return a link to the model's list, narrowed by `lookups`."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = "&".join(f"{name}={value}" for name, value in lookups.items())
    return format_html('<a class="dp-link" href="{}?{}">{}</a>', url, query, text)
