"""Draft orders: prepared, changed and deleted on their page, placed on a page that shows what they cost."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from customers.access import get_or_404, stores_for
from customers.admin.base import StoreOwnedAdmin, user_of
from customers.admin.filters import store_filter
from dealport.kit.admin.base import ActionForm
from dealport.kit.admin.display import badge, link_to, moment
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import CheckboxInput, CountrySelect, NamedSelect, TextArea, TextInput
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues, Json
from orders.actions import ItemRequest, confirm_draft, create_draft, delete_draft, update_draft
from orders.actions.drafts import price_or_problem
from orders.method_labels import method_choices
from orders.models import DraftOrder, Product

LINE = re.compile(r"(\S.*?)\s+(\d{1,7})")
ADDRESS = ("street", "city", "state", "postal_code", "country")


class DraftForm(ActionForm):
    """A draft: its items are one a line, SKU and quantity; its address is where it goes."""

    lines = forms.CharField(
        label=_("Items"), widget=TextArea, help_text=_("One item a line: SKU and quantity, for example MUG-RED 2.")
    )
    street = forms.CharField(max_length=200, required=False, widget=TextInput)
    city = forms.CharField(max_length=100, required=False, widget=TextInput)
    state = forms.CharField(max_length=100, required=False, widget=TextInput)
    postal_code = forms.CharField(max_length=20, required=False, widget=TextInput)
    country = forms.RegexField(r"\A[A-Z]{2}\Z", required=False, widget=CountrySelect)

    class Meta:
        model = DraftOrder
        fields = [
            "store",
            "customer",
            "coupon_code",
            "payment_method",
            "shipping_fee",
            "tax_amount",
            "tip",
            "notes",
            "internal_notes",
        ]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        skus = dict(
            Product.objects.filter(pk__in=[item["productId"] for item in self.instance.items]).values_list("pk", "sku")
        )
        self.initial["lines"] = "\n".join(
            f"{skus.get(item['productId'], '?')} {item['quantity']}" for item in self.instance.items
        )
        known = self.instance.shipping_address
        self.initial.update({name: known.get("postalCode" if name == "postal_code" else name, "") for name in ADDRESS})

    def clean(self) -> FieldValues:
        """Turn the typed lines into `items` of products of the store; an unknown SKU is an error of `lines`."""
        values = super().clean() or self.cleaned_data
        store = self.instance.store if self.instance.pk else values.get("store")
        if store and values.get("lines"):
            try:
                values["items"] = [_item(store.pk, line) for line in values["lines"].splitlines() if line.strip()]
            except ValidationError as error:
                self.add_error("lines", error)
        return values


def _item(store_id: int, line: str) -> ItemRequest:
    """Return what a line asks for. Raises ValidationError."""
    parts = LINE.fullmatch(line.strip())
    if parts is None:
        raise ValidationError(
            gettext("Enter one item a line, SKU and quantity: “{strip}” is neither.").format(strip=line.strip()[:80])
        )
    product = Product.objects.filter(store=store_id, sku=parts[1], deleted_at=None).first()
    if product is None:
        raise ValidationError(
            gettext("There is no product with the SKU “{parts}” in this store.").format(parts=parts[1][:80])
        )
    return ItemRequest(product.pk, int(parts[2]))


class ConfirmDraftForm(forms.Form):
    """How to place it. `version` is the draft as the person saw it, so that a form sent twice places one order."""

    paid = forms.BooleanField(label=_("It is paid in full already"), required=False, widget=CheckboxInput)
    version = forms.IntegerField(widget=forms.HiddenInput)


@admin.register(DraftOrder)
class DraftOrderAdmin(StoreOwnedAdmin):
    """Orders that staff prepare: no figure, no stock, no number until they are confirmed."""

    form = DraftForm
    fieldsets = [
        (None, {"fields": ["store", "customer", "lines", "coupon_code"]}),
        (_("Money"), {"fields": ["payment_method", ("shipping_fee", "tax_amount", "tip")]}),
        (_("Addresses"), {"fields": ["street", ("postal_code", "city"), ("state", "country")]}),
        (_("Notes"), {"fields": ["notes", "internal_notes"]}),
    ]
    autocomplete_fields = ["customer"]
    list_display = ["__str__", "customer", "state_badge", "order_link", "updated", "store"]
    list_filter = [store_filter(), ("order", admin.EmptyFieldListFilter)]
    list_select_related = ["store", "customer", "order"]
    search_fields = ["=order__number"]
    nothing_yet = _("Prepare an order that a customer makes by phone or in person: add its items, then confirm it.")
    ordering = ["-id"]
    change_form_template = "admin/orders/draftorder/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: DraftOrder | None = None) -> bool:
        """Refuse for what became an order."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_confirmed)

    def has_delete_permission(self, request: HttpRequest, obj: DraftOrder | None = None) -> bool:
        """Refuse for what became an order."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_confirmed)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Any:
        """Offer the payment methods of the person's stores by their names."""
        if db_field.name == "payment_method":
            stores = stores_for(user_of(request))
            kwargs["widget"] = NamedSelect(lambda: method_choices(stores, is_offered=True))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_actions(self, request: HttpRequest) -> Json:
        """Delete drafts one by one: confirmed ones stay."""
        return {name: value for name, value in super().get_actions(request).items() if name != "delete_selected"}

    def get_fieldsets(self, request: HttpRequest, obj: DraftOrder | None = None) -> object:
        """Show of a confirmed draft what the model itself has."""
        if obj is None or not obj.is_confirmed:
            return self.fieldsets
        return [(None, {"fields": ["store", "customer", "coupon_code", "payment_method", "order_link"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: DraftOrder | None = None) -> object:
        """Add the order that it became."""
        fields: Any = super().get_readonly_fields(request, obj)
        return [*fields, "order_link"] if obj and obj.is_confirmed else fields

    def create(self, request: HttpRequest, values: FieldValues) -> DraftOrder:
        """Create the draft, which reserves no stock and is in no figure. Raises ValidationError by field."""
        return create_draft(store=values["store"], values=_values(values, set(values)), actor=user_of(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand over items and address in the form the action takes."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changes = _values(form.cleaned_data, set(form.changed_data))
        if changes:
            update_draft(draft=obj, changes=changes, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: DraftOrder) -> None:
        """Delete the draft for good: nothing refers to one that was not confirmed."""
        delete_draft(draft=obj, actor=user_of(request))

    def get_urls(self) -> list[URLPattern]:
        """Add the page that places the order."""
        view = self.admin_site.admin_view(self.confirm_view)
        return [path("<int:draft_id>/confirm/", view, name="orders_draftorder_confirm"), *super().get_urls()]

    def confirm_view(self, request: HttpRequest, draft_id: int) -> HttpResponse:
        """Show what the order costs now, and place it."""
        rows = DraftOrder.objects.select_related("store", "customer", "order")
        draft = get_or_404(rows, user_of(request), draft_id)
        if not super().has_change_permission(request, draft):
            raise Http404
        if draft.is_confirmed:
            messages.info(
                request, gettext("{draft} has been confirmed: {order}.").format(draft=draft, order=draft.order)
            )
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[draft.order_id]))
        totals, problem = price_or_problem(draft)
        form = ConfirmDraftForm(request.POST or None, initial={"version": draft.version})
        if form.is_valid():
            try:
                order = confirm_draft(draft=draft, **form.cleaned_data, actor=user_of(request))
            except REFUSALS as refusal:
                problem = text_of(refusal)
            else:
                messages.success(request, gettext("{order}: placed.").format(order=order))
                return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Confirm {draft}").format(draft=draft),
            "opts": self.opts,
            "draft": draft,
            "totals": totals,
            "problem": problem,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/orders/draftorder/confirm.html", context)

    @admin.display(description=_("state"))
    def state_badge(self, draft: DraftOrder) -> str:
        """Return whether it is open."""
        return badge("confirmed", "success") if draft.is_confirmed else badge("draft", "warning")

    @admin.display(description=_("order"))
    def order_link(self, draft: DraftOrder) -> str:
        """Return the way to what it became."""
        return link_to(draft.order)

    @admin.display(description=_("changed"))
    def updated(self, draft: DraftOrder) -> str:
        """Return when it was last changed, in the store's zone."""
        return moment(draft.updated_at, draft.store.zone)


def _values(values: FieldValues, changed: set[str]) -> FieldValues:
    """Return what changed as values of the actions."""
    named = {name: values[name] for name in DraftForm.Meta.fields if name in changed and name != "store"}
    if "lines" in changed:
        named["items"] = values["items"]
    if changed & set(ADDRESS):
        address = {"postalCode" if name == "postal_code" else name: values[name] for name in ADDRESS}
        named["shipping_address"] = address if any(address.values()) else {}
    return named
