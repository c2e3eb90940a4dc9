"""Prices and stocks of ticked products in one form: typed in, shown as before → after, then saved together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext

from customers.admin.base import StoreOwnedAdmin, user_of
from dealport.kit.admin.amounts import amount_field
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import IntegerInput
from dealport.kit.formats import money_text, number_text
from dealport.kit.money import in_currency
from dealport.kit.texts import lazy_text as _
from orders.actions.revising import Revision, revise_products
from orders.models import Product

MOST = 100
"""How many products the form takes."""
EDIT, REVIEW, SAVE = "edit", "review", "save"


class RevisionForm(forms.Form):
    """One product of the form: its price and stock, and what they were when the form was opened."""

    stock = forms.IntegerField(min_value=0, max_value=2_147_483_647, required=False, widget=IntegerInput)
    seen_price = forms.DecimalField(widget=forms.HiddenInput)
    seen_stock = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, product: Product, data: QueryDict | None) -> None:
        price = in_currency(product.price, product.store.currency)
        initial = {"price": price, "stock": product.stock, "seen_price": price, "seen_stock": product.stock}
        sent = data if data is not None and f"product-{product.pk}-price" in data else None
        super().__init__(sent, initial=initial, prefix=f"product-{product.pk}", label_suffix="")
        self.product = product
        self.fields["price"] = amount_field(product.store.currency, min_value=0)
        for name, text in (("price", gettext("Price of {name}")), ("stock", gettext("Stock of {name}"))):
            self.fields[name].widget.attrs["aria-label"] = text.format(name=product.name)

    @property
    def revision(self) -> Revision:
        """What the valid form asks for."""
        values = self.cleaned_data
        return Revision(self.product, values["seen_price"], values["price"], values["seen_stock"], values["stock"])

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What changes, in words: name, before, after."""
        asked, currency, found = self.revision, self.product.store.currency, []
        if asked.changes_price:
            found.append((gettext("Price"), money_text(asked.seen_price, currency), money_text(asked.price, currency)))
        if asked.changes_stock:
            found.append((gettext("Stock"), _stock(asked.seen_stock), _stock(asked.stock)))
        return found


class BulkEditing(StoreOwnedAdmin):
    """Offers the form as an action on ticked products."""

    @admin.action(description=_("Edit prices and stock…"), permissions=["change"])
    def edit_rows(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        """Show the form, what it would change, or change it; None leads back to the list."""
        products = self._sold_ones(request)
        if not 0 < len(products) <= MOST:
            text = gettext("Choose 1 to {most} products that are sold; each variant counts as one.")
            messages.error(request, text.format(most=MOST))
            return None
        stage = request.POST.get("stage", "")
        rows = [RevisionForm(product, request.POST if stage else None) for product in products]
        if stage not in (REVIEW, SAVE):
            return self._form(request, rows)
        valid = [row.is_valid() for row in rows]  # each, so that all errors are shown
        if not all(valid):
            return self._form(request, rows, gettext("Correct what is marked below."))
        changing = [row for row in rows if row.changes]
        if not changing:
            return self._form(request, rows, gettext("Nothing was changed."))
        if stage == REVIEW:
            return self._form(request, rows, changing=changing)
        try:
            count = revise_products(revisions=[row.revision for row in changing], actor=user_of(request))
        except REFUSALS as refusal:
            return self._form(request, rows, text_of(refusal))
        text = ngettext("{count} product changed.", "{count} products changed.", count)
        messages.success(request, text.format(count=number_text(count)))
        return None

    def _sold_ones(self, request: HttpRequest) -> list[Product]:
        """Return the ticked products that are sold, one more than MOST at most: variants in place of their product.

        Those ticked, whatever the list shows by now: what is typed in must not get lost with a filter.
        """
        ticked = [int(pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if pk.isascii() and pk.isdigit()]
        own: QuerySet[Any] = self.get_queryset(request)
        rows = own.filter(Q(pk__in=ticked) | Q(parent__in=ticked), has_variants=False, deleted_at__isnull=True)
        return list(rows.select_related("store").order_by("name", "pk")[: MOST + 1])

    def _form(
        self, request: HttpRequest, rows: Sequence[RevisionForm], error: str = "", changing: Sequence[Any] = ()
    ) -> TemplateResponse:
        kept = [name for name in request.POST if not name.startswith("product-")]
        kept = [name for name in kept if name not in ("stage", "csrfmiddlewaretoken")]
        count = len(changing)
        save = ngettext("Save {count} product", "Save {count} products", count).format(count=number_text(count))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Check the changes") if changing else gettext("Edit prices and stock"),
            "opts": self.opts,
            "media": self.media,
            "rows": rows,
            "changing": changing,
            "save": save,
            "error": error,
            "repeated": [(name, value) for name in kept for value in request.POST.getlist(name)],
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/orders/product/bulk_edit.html", context)


def _stock(stock: int | None) -> str:
    return gettext("not counted") if stock is None else number_text(stock)
