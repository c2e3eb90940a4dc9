"""Orders whose customer disputes the payment: a tag that staff set and remove, kept in the history as every tag is.

No money moves by it: what a bank takes back arrives as a refund of the source, or is refunded here.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import StoreOwnedAdmin, user_of
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.texts import lazy_text as _
from orders.actions import change_order_details
from orders.models import Order
from orders.models.order_querysets import DISPUTED


class DisputeActions(StoreOwnedAdmin):
    """The list's actions that put orders into the view "Disputed" and take them out of it."""

    @admin.action(description=_("Mark as disputed"), permissions=["change"])
    def mark_disputed(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Tag the ticked orders; those tagged already stay as they are."""
        self._tag(request, queryset, lambda tags: [*tags, DISPUTED])

    @admin.action(description=_("End dispute"), permissions=["change"])
    def end_dispute(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Remove the tag from the ticked orders."""
        self._tag(request, queryset, lambda tags: [tag for tag in tags if tag != DISPUTED])

    def _tag(self, request: HttpRequest, queryset: QuerySet[Order], changed: Callable[[list[str]], list[str]]) -> None:
        done = 0
        for ticked in queryset.order_by("pk"):
            try:
                with transaction.atomic():
                    # a tag that somebody else adds meanwhile stays
                    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticked.pk)
                    tags = list(dict.fromkeys(changed(order.tags)))
                    if tags != order.tags:
                        change_order_details(order=order, changes={"tags": tags}, actor=user_of(request))
                        done += 1
            except REFUSALS as refusal:
                messages.error(request, f"{ticked}: {text_of(refusal)}")
        if done:
            messages.success(request, gettext("Changed: {number}.").format(number=done))
