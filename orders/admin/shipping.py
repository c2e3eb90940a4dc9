"""The page that ships pieces of an order: what leaves, and how to follow it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from customers.admin.base import user_of
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import IntegerInput, TextInput
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import Tracking, ship_order
from orders.actions.shipping import unshipped
from orders.admin.pages import OrderPages
from orders.models import Order, OrderItem


class ShipForm(forms.Form):
    """Carrier, number and address of a parcel, and the pieces in it: all that is left unless they are changed.

    `version` is the order as the person saw it, so that a form sent twice ships once.
    """

    carrier = forms.CharField(max_length=80, required=False, widget=TextInput)
    tracking_number = forms.CharField(max_length=100, required=False, widget=TextInput)
    tracking_url = forms.CharField(label=_("Tracking URL"), max_length=500, required=False, widget=TextInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, order: Order, items: list[OrderItem], left: dict[int, int], data: Any = None) -> None:
        super().__init__(data, initial={"version": order.version})
        self.items, self.left = items, left
        for item in items:
            self.fields[f"item_{item.pk}"] = forms.IntegerField(
                label=item.name,
                min_value=0,
                max_value=left[item.pk],
                required=False,
                initial=left[item.pk],
                disabled=left[item.pk] == 0,
                widget=IntegerInput,
            )

    @property
    def lines(self) -> list[tuple[OrderItem, int, forms.BoundField]]:
        """Return (line, pieces that have not left, field) for the table of lines."""
        return [(item, self.left[item.pk], self[f"item_{item.pk}"]) for item in self.items]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Return the visible fields besides the lines."""
        return [self[name] for name in ("carrier", "tracking_number", "tracking_url")]

    def clean(self) -> FieldValues:
        """Ask for at least one piece."""
        values = super().clean() or self.cleaned_data
        if not self.errors and any(self.left.values()) and not self._pieces(values):
            self.add_error(None, gettext("Enter a quantity for at least one item."))
        return values

    def request(self) -> FieldValues:
        """Return the valid form as arguments of `ship_order`."""
        values = self.cleaned_data
        tracking = Tracking(**{name: values[name] for name in ("tracking_number", "carrier", "tracking_url")})
        return {"lines": self._pieces(values) or None, "tracking": tracking, "version": values["version"]}

    def _pieces(self, values: FieldValues) -> dict[int, int]:
        named = {item.pk: values.get(f"item_{item.pk}") or 0 for item in self.items}
        return {pk: pieces for pk, pieces in named.items() if pieces}


class ShipPages(OrderPages):
    """The page, for the orders' admin."""

    def ship_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Ask what leaves, and ship it."""
        order = self.order_or_404(request, order_id)
        items = list(OrderItem.objects.filter(order=order).order_by("pk"))
        form = ShipForm(order, items, unshipped(order, items), request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                shipped = ship_order(order=order, actor=user_of(request), **form.request())
            except REFUSALS as refusal:
                form.add_error(None, text_of(refusal))
            else:
                is_whole = shipped.status == Order.Status.SHIPPED
                text = gettext("{order}: shipped.") if is_whole else gettext("{order}: shipped in part.")
                messages.success(request, text.format(order=order))
                return self.to_page(order)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Ship {order}").format(order=order),
            "opts": self.opts,
            "original": order,
            "order": order,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/orders/order/ship.html", context)
