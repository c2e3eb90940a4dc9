"""The page that edits an order: what is typed in, what it makes of the sums, and the confirmation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from customers.admin.base import user_of
from dealport.kit.admin.amounts import amount_field
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import CheckboxInput, IntegerInput, TextInput
from dealport.kit.money import places_of
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import EditRequest, ItemRequest, edit_order, preview_edit
from orders.actions.editing import Edited
from orders.admin.pages import OrderPages
from orders.lifecycle import EDITABLE
from orders.models import Order, OrderItem, Product
from orders.timeline import edit_text

ADDITIONS = range(1, 4)
AMOUNTS = ("shipping_fee", "discount", "tax_amount")


class EditForm(forms.Form):
    """Quantities, products to add by SKU, and amounts; what is left empty stays.

    `version` is the order as the person saw it. `seen` is the total that was shown: another one is asked about anew.
    """

    shipping_fee = forms.DecimalField(required=False)
    discount = forms.DecimalField(required=False)
    tax_amount = forms.DecimalField(label=_("Tax"), required=False)
    reason = forms.CharField(max_length=200, required=False, widget=TextInput)
    refund_difference = forms.BooleanField(
        label=_("Refund the amount that is overpaid then"), required=False, widget=CheckboxInput
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, order: Order, items: list[OrderItem], data: Any = None) -> None:
        super().__init__(data, initial={"version": order.version})
        self.order, self.items = order, items
        for name in AMOUNTS:
            label = self.fields[name].label
            self.fields[name] = amount_field(order.currency, label=label, required=False)
            known = f"{getattr(order, name):.{places_of(order.currency)}f}"
            self.fields[name].widget.attrs["placeholder"] = known
        for item in items:
            self.fields[f"item_{item.pk}"] = forms.IntegerField(
                label=item.name, min_value=0, required=False, initial=item.quantity, widget=IntegerInput
            )
        for number in ADDITIONS:
            self.fields[f"sku_{number}"] = forms.CharField(
                label=gettext("SKU of product {number} to add").format(number=number),
                max_length=255,
                required=False,
                widget=TextInput,
            )
            self.fields[f"pieces_{number}"] = forms.IntegerField(
                label=gettext("Quantity of product {number} to add").format(number=number),
                min_value=1,
                required=False,
                widget=IntegerInput,
            )

    @property
    def lines(self) -> list[tuple[OrderItem, forms.BoundField]]:
        """Return (line, field) for the table of lines."""
        return [(item, self[f"item_{item.pk}"]) for item in self.items]

    @property
    def additions(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return (SKU, quantity) fields of the products to add."""
        return [(self[f"sku_{number}"], self[f"pieces_{number}"]) for number in ADDITIONS]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Return the visible fields besides the lines."""
        return [self[name] for name in (*AMOUNTS, "reason", "refund_difference")]

    def clean(self) -> FieldValues:
        """Find the products to add."""
        values = super().clean() or self.cleaned_data
        self.added = []
        for number in ADDITIONS:
            sku, pieces = values.get(f"sku_{number}"), values.get(f"pieces_{number}")
            if not sku and not pieces:
                continue
            product = Product.objects.filter(store=self.order.store_id, sku=sku, deleted_at=None).first()
            if product is None:
                self.add_error(f"sku_{number}", ValidationError(gettext("Enter the SKU of a product of this store.")))
            else:
                self.added.append(ItemRequest(product.pk, pieces or 1))
        return values

    def request(self) -> EditRequest:
        """Return the valid form as what `edit_order` takes."""
        named = {item.pk: self.cleaned_data.get(f"item_{item.pk}") for item in self.items}
        quantities = {item.pk: named[item.pk] for item in self.items if named[item.pk] not in (None, item.quantity)}
        amounts: dict[str, Decimal | None] = {name: self.cleaned_data[name] for name in AMOUNTS}
        return EditRequest(quantities, self.added, **amounts)  # type: ignore[arg-type]


class EditPages(OrderPages):
    """The page, for the orders' admin."""

    def edit_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Show what an edit makes of the sums, and make it once the person has seen them."""
        order = self.order_or_404(request, order_id)
        items = list(OrderItem.objects.filter(order=order).order_by("pk"))
        form = EditForm(order, items, request.POST if request.method == "POST" else None)
        preview = _preview(form) if form.is_valid() else None
        if preview and "save" in request.POST and form.cleaned_data["seen"] == str(preview.order.total_amount):
            try:
                edited = edit_order(
                    order=order,
                    request=form.request(),
                    reason=form.cleaned_data["reason"],
                    refund_difference=form.cleaned_data["refund_difference"],
                    version=form.cleaned_data["version"],
                    actor=user_of(request),
                )
            except REFUSALS as refusal:
                form.add_error(None, text_of(refusal))
            else:
                messages.success(request, f"{order}: {edit_text(edited.changes, order.currency)}.")
                return self.to_page(order)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Edit {order}").format(order=order),
            "opts": self.opts,
            "original": order,
            "order": order,
            "form": form,
            "preview": preview,
            "can_be_edited": order.status in EDITABLE,
            "asks_again": preview is not None and "save" in request.POST,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/orders/order/edit.html", context)


def _preview(form: EditForm) -> Edited | None:
    """Return what the edit makes of the order; None, with the reason on the form, where it is refused."""
    try:
        return preview_edit(order=form.order, request=form.request())
    except REFUSALS as refusal:
        form.add_error(None, text_of(refusal))
        return None
