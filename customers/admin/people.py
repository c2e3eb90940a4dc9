"""The pages that merge two customers, undo that, and erase a customer's personal data; each asks before it does."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from customers.access import get_or_404
from customers.actions import erase_customer, merge_customers, undo_merge
from customers.actions.merging import UNDO_DAYS
from customers.admin.base import StoreOwnedAdmin, user_of
from customers.models import Address, Customer, CustomerMerge
from customers.search import search_customers
from dealport.kit.admin.display import money
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import TextInput
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import Json

SHOWN = 10
"""How many customers a search offers."""
ERASE = "ERASE"
COMPARED = {
    "name": _("Name"),
    "email": _("Email"),
    "phone": _("Phone"),
    "status": _("Status"),
    "total_orders": _("Orders"),
    "total_spent": _("Spent"),
    "credit_balance": _("Store credit"),
    "tags": _("Tags"),
    "notes": _("Notes"),
}
"""Field → how it is called."""


class EraseForm(forms.Form):
    """The word that has to be typed before anything is erased."""

    typed = forms.CharField(label=_("Type ERASE to confirm"), max_length=20, widget=TextInput)

    def clean_typed(self) -> str:
        """Return the word. Raises ValidationError for any but the one that confirms."""
        typed: str = self.cleaned_data["typed"]
        if typed != ERASE:
            raise forms.ValidationError(gettext("Type ERASE in capital letters."))
        return typed


class PeoplePages(StoreOwnedAdmin):
    """The pages, for the customers' admin."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages to merge, to undo a merge and to erase."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:customer_id>/merge/", wrap(self.merge_view), name="customers_customer_merge"),
            path("<int:customer_id>/merge/undo/", wrap(self.undo_view), name="customers_customer_undo"),
            path("<int:customer_id>/erase/", wrap(self.erase_view), name="customers_customer_erase"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Json | None = None
    ) -> HttpResponse:
        """Offer what the person may do with this customer."""
        customer = self.get_object(request, object_id)
        is_there = isinstance(customer, Customer) and customer.deleted_at is None
        context = {
            "can_merge": is_there,
            "can_undo": is_there and _latest_merge(customer) is not None,
            "can_erase": isinstance(customer, Customer) and not customer.erased_at and user_of(request).sees_all_stores,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def merge_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Find the other customer, show both side by side, and merge them once that is confirmed."""
        customer = self._customer(request, customer_id)
        others = Customer.objects.present().filter(store=customer.store_id).exclude(pk=customer.pk)
        chosen = request.POST.get("other") or request.GET.get("other") or ""
        other = others.filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 19 else None
        if request.method == "POST" and other is not None:
            try:
                merge_customers(customer=customer, merged=other, actor=user_of(request))
            except REFUSALS as refusal:
                messages.error(request, text_of(refusal))
            else:
                done = gettext("{other} is now a part of {customer}. You can undo this for {undo_days} days.").format(
                    other=other, customer=customer, undo_days=UNDO_DAYS
                )
                messages.success(request, done)
                return self._to_page(customer)
        words = request.GET.get("q", "").replace("\0", "").strip()[:100]
        found = _found(others, words) if words and other is None else []
        context = {"other": other, "rows": _side_by_side(customer, other), "words": words, "found": found}
        return self._page(
            request, "merge", gettext("Merge a customer into {customer}").format(customer=customer), customer, **context
        )

    def undo_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Say what moves back, and undo the latest merge once that is confirmed."""
        customer = self._customer(request, customer_id)
        merge = _latest_merge(customer)
        if merge is None:
            messages.error(request, gettext("There is no merge to undo."))
            return self._to_page(customer)
        if request.method == "POST":
            try:
                undo_merge(merge=merge, actor=user_of(request))
            except REFUSALS as refusal:
                messages.error(request, text_of(refusal))
            else:
                messages.success(
                    request, gettext("{merged} is a customer of its own again.").format(merged=merge.merged)
                )
            return self._to_page(customer)
        return self._page(request, "undo_merge", gettext("Undo the merge"), customer, merge=merge, days=UNDO_DAYS)

    def erase_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """State what is erased and what stays, and erase it once the word is typed; for admins."""
        if not user_of(request).sees_all_stores:
            raise Http404
        customer = get_or_404(Customer.objects.select_related("store"), user_of(request), customer_id)
        form = EraseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            erase_customer(customer=customer, actor=user_of(request))
            messages.success(request, gettext("The personal data has been erased."))
            return self._to_page(customer)
        parts = Customer.objects.filter(merged_into=customer, erased_at=None)
        context = {
            "form": form,
            "parts": parts,
            "addresses": Address.objects.filter(customer=customer).count(),
            "credit": money(customer.credit_balance, customer.store.currency) if customer.credit_balance else "",
        }
        return self._page(
            request,
            "erase",
            gettext("Erase the personal data of {customer}").format(customer=customer),
            customer,
            **context,
        )

    def _customer(self, request: HttpRequest, customer_id: int) -> Customer:
        """Return the customer if the person may change it. Raises Http404 otherwise."""
        rows = Customer.objects.present().select_related("store")
        customer: Customer = get_or_404(rows, user_of(request), customer_id)
        if not self.has_change_permission(request, customer):
            raise Http404
        return customer

    def _to_page(self, customer: Customer) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]))

    def _page(
        self, request: HttpRequest, name: str, title: str, customer: Customer, **context: object
    ) -> TemplateResponse:
        known = {"title": title, "opts": self.opts, "customer": customer, "media": self.media}
        page = {**self.admin_site.each_context(request), **known, **context}
        return TemplateResponse(request, f"admin/customers/customer/{name}.html", page)


def _latest_merge(customer: Customer) -> CustomerMerge | None:
    merges = CustomerMerge.objects.filter(customer=customer, undone_at__isnull=True).select_related("merged")
    return merges.order_by("-pk").first()


def _found(others: QuerySet[Customer], words: str) -> list[Customer]:
    return list(search_customers(others, words).order_by("-pk")[:SHOWN])  # type: ignore[arg-type]


def _side_by_side(customer: Customer, other: Customer | None) -> list[tuple[str, str, str, bool]]:
    """Return (label, here, there, whether they differ) of what people recognize a customer by."""
    if other is None:
        return []
    rows = []
    for name, label in COMPARED.items():
        here, there = (_text(row, name, customer.store.currency) for row in (customer, other))
        rows.append((label, here, there, here != there))
    return rows


def _text(row: Customer, name: str, currency: str) -> str:
    value = getattr(row, name)
    if name in ("total_spent", "credit_balance"):
        return money(value, currency)
    return ", ".join(value) if isinstance(value, list) else str(value)
