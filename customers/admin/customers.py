"""Customers and their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from customers.actions import (
    add_credits,
    confirm_email,
    delete_address,
    delete_customer,
    register_customer,
    restore_customer,
    save_address,
    update_customer,
)
from customers.admin.base import Inline, SoftDeleteAdmin, StoreOwnedAdmin, user_of
from customers.admin.credits import CreditEntryInline
from customers.admin.filters import store_filter
from customers.admin.own_views import OwnViews
from customers.admin.people import PeoplePages
from customers.admin.uploading import TakesPictures
from customers.models import Address, Customer
from customers.search import search_customers
from dealport.kit.admin.amounts import amount_field
from dealport.kit.admin.base import ActionForm, save_through
from dealport.kit.admin.display import badge, moment, money
from dealport.kit.admin.filters import DeletedFilter
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import AmountField, CountrySelect, TextInput
from dealport.kit.formats import country_name, money_text
from dealport.kit.money import places_of
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

TIER_TONES = {
    Customer.Tier.BRONZE: "neutral",
    Customer.Tier.SILVER: "info",
    Customer.Tier.GOLD: "warning",
    Customer.Tier.PLATINUM: "success",
}
STATUS_TONES = {
    Customer.Status.ACTIVE: "success",
    Customer.Status.INACTIVE: "neutral",
    Customer.Status.BLOCKED: "danger",
}
ADDRESS_FIELDS = ["kind", "is_default", "street", "city", "state", "country", "postal_code"]


class SinceFilter(admin.DateFieldListFilter):
    """Since when somebody is a customer, in the words of the column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("customer since")


class AddressForm(ActionForm):
    """An address; its country is chosen by name."""

    class Meta:
        model = Address
        fields = ADDRESS_FIELDS
        widgets = {"country": CountrySelect}
        help_texts = {"country": ""}


class AddressInline(Inline):
    """The address book on the customer's page; saved by the actions of addresses."""

    model = Address
    form = AddressForm
    fields = ADDRESS_FIELDS


class CreditsForm(forms.Form):
    """How many credits to grant, and why."""

    amount = AmountField(min_value=0)
    reason = forms.CharField(max_length=200, widget=TextInput)

    def __init__(self, currencies: Iterable[str], data: Any = None) -> None:
        super().__init__(data)
        # each customer's action refuses the decimals that its own currency does not have
        self.fields["amount"] = amount_field(max(currencies, key=places_of, default=""), min_value=0)


@admin.register(Customer)
class CustomerAdmin(TakesPictures, PeoplePages, OwnViews, SoftDeleteAdmin):
    """Shoppers. Their figures follow the orders, their balance the ledger of credits."""

    fieldsets = [
        (
            None,
            {
                "fields": [
                    "store",
                    ("first_name", "last_name"),
                    ("email", "phone"),
                    ("status", "accepts_marketing"),
                    "avatar",
                    "tags",
                    "notes",
                ]
            },
        ),
        (_("Dates"), {"fields": [("registered", "confirmed"), ("updated", "deleted")]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "store",
                    ("first_name", "last_name"),
                    ("email", "phone"),
                    "accepts_marketing",
                    "tags",
                    "notes",
                ]
            },
        ),
    ]
    readonly_fields = ["registered", "confirmed", "updated", "deleted"]
    inlines = [AddressInline, CreditEntryInline]
    list_display = [
        "__str__",
        "email",
        "status_badge",
        "tier_badge",
        "total_orders",
        "spent",
        "last_ordered",
        "store",
    ]
    list_filter = [DeletedFilter, store_filter(), "tier", "status", ("created_at", SinceFilter)]
    list_select_related = ["store"]
    search_fields = ["name", "email", "phone"]
    search_help_text = _("Any part of name, email address or phone number")
    sortable_by = ["total_orders", "spent", "last_ordered"]
    nothing_yet = _("Customers come along with their orders, or you add them one by one.")
    comes_with_orders = True
    ordering = ["-id"]
    actions = ["confirm_emails", "grant_credits", "restore_rows"]

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> object:
        """Return the fields for a new customer or for one that exists."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_inlines(self, request: HttpRequest, obj: Customer | None) -> object:
        """Show addresses and credits of customers that exist."""
        return self.inlines if obj else []

    @admin.display(description=_("tier"))
    def tier_badge(self, customer: Customer) -> str:
        """Return the tier as a label."""
        return badge(customer.get_tier_display(), TIER_TONES[Customer.Tier(customer.tier)])

    @admin.display(description=_("status"))
    def status_badge(self, customer: Customer) -> str:
        """Return the status as a label."""
        return badge(customer.get_status_display(), STATUS_TONES[Customer.Status(customer.status)])

    @admin.display(description=_("confirmed"), boolean=True)
    def is_confirmed(self, customer: Customer) -> bool:
        """Answer whether the email address was confirmed."""
        return customer.email_confirmed_at is not None

    @admin.display(description=_("spent"), ordering="total_spent")
    def spent(self, customer: Customer) -> str:
        """Return the lifetime spend in the store's currency."""
        return money(customer.total_spent, customer.store.currency)

    @admin.display(description=_("customer since"))
    def registered(self, customer: Customer) -> str:
        """Return when the customer registered, in the store's zone."""
        return moment(customer.created_at, customer.store.zone)

    @admin.display(description=_("email confirmed"))
    def confirmed(self, customer: Customer) -> str:
        """Return when the email address was confirmed, in the store's zone."""
        return moment(customer.email_confirmed_at, customer.store.zone)

    @admin.display(description=_("last order"), ordering=F("last_order_at").desc(nulls_last=True))
    def last_ordered(self, customer: Customer) -> str:
        """Return when the customer ordered last, in the store's zone."""
        return moment(customer.last_order_at, customer.store.zone)

    @admin.display(description=_("changed"))
    def updated(self, customer: Customer) -> str:
        """Return when the customer was last changed, in the store's zone."""
        return moment(customer.updated_at, customer.store.zone)

    @admin.display(description=_("deleted"))
    def deleted(self, customer: Customer) -> str:
        """Return when the customer was deleted, in the store's zone."""
        return moment(customer.deleted_at, customer.store.zone)

    def search(self, request: HttpRequest, queryset: Any, term: str) -> QuerySet[Model]:
        """Search by any part of name, email address or phone number."""
        return search_customers(queryset, term)

    def create(self, request: HttpRequest, values: FieldValues) -> Customer:
        """Register the customer. Raises ValidationError by field, Conflict for an email address the store knows."""
        return register_customer(**values, actor=user_of(request))

    def update(self, request: HttpRequest, row: Customer, changes: FieldValues) -> Customer:
        """Apply the changes. Raises ValidationError by field, Conflict for an email address the store knows."""
        return update_customer(customer=row, changes=changes, actor=user_of(request))

    def delete(self, request: HttpRequest, row: Customer) -> None:
        """Hide a customer, and say what credits are left."""
        gone = delete_customer(customer=row, actor=user_of(request))
        if gone.credit_balance:
            left = money_text(gone.credit_balance, row.store.currency)
            messages.warning(request, f"{row}: store credit of {left} is left and stays with the deleted customer.")

    def restore(self, request: HttpRequest, row: Customer) -> None:
        """Undo the deletion. Raises Conflict where another customer has the email address now."""
        restore_customer(customer=row, actor=user_of(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: object, change: bool) -> None:
        """Save and delete addresses one by one, each with its audit row."""
        actor = user_of(request)

        def save(entry: forms.ModelForm) -> Address:
            values = {name: entry.cleaned_data[name] for name in ADDRESS_FIELDS}
            known = entry.instance if entry.instance.pk else None
            return save_address(customer=form.instance, address=known, values=values, actor=actor)

        save_through(formset, save=save, delete=lambda address: delete_address(address=address, actor=actor))

    @admin.action(description=_("Confirm email address"), permissions=["change"])
    def confirm_emails(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """Record the confirmation of each ticked customer's email address."""
        for customer in queryset:
            try:
                confirm_email(customer=customer, actor=user_of(request))
                messages.success(request, gettext("{customer}: email address confirmed.").format(customer=customer))
            except REFUSALS as refusal:
                messages.error(request, f"{customer}: {text_of(refusal)}")

    @admin.action(description=_("Grant credits…"), permissions=["change"])
    def grant_credits(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse:
        """Ask for amount and reason, then grant them to each ticked customer."""
        customers = queryset.select_related("store")
        currencies = {customer.store.currency for customer in customers}
        form = CreditsForm(currencies, request.POST if "amount" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Grant credits"),
                "opts": self.opts,
                "form": form,
                "customers": customers,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/customers/customer/grant_credits.html", context)
        for customer in customers:
            self._grant(request, customer, form.cleaned_data)
        return HttpResponseRedirect(request.get_full_path())

    def _grant(self, request: HttpRequest, customer: Customer, values: FieldValues) -> None:
        try:
            entry = add_credits(customer=customer, **values, actor=user_of(request))
        except REFUSALS as refusal:
            messages.error(request, f"{customer}: {text_of(refusal)}")
        else:
            balance = money_text(entry.balance_after, customer.store.currency)
            messages.success(
                request, gettext("{customer}: balance now {balance}.").format(customer=customer, balance=balance)
            )


@admin.register(Address)
class AddressAdmin(StoreOwnedAdmin):
    """Addresses of all customers, to find one by postal code; changed as on the customer's page."""

    form = AddressForm
    fields = ["customer", *ADDRESS_FIELDS]
    fixed_fields = ["customer"]
    autocomplete_fields = ["customer"]
    list_display = ["address", "country_shown", "customer", "kind", "is_default", "store"]
    list_filter = ["kind", "is_default", store_filter()]
    list_select_related = ["customer", "store"]
    search_fields = ["^customer__email", "=postal_code"]
    nothing_yet = _("Addresses are added on the page of a customer.")
    ordering = ["-id"]

    @admin.display(description=_("address"))
    def address(self, row: Address) -> str:
        """Return street, postal code and city."""
        return ", ".join(part for part in (row.street, row.postal_code, row.city) if part) or "–"

    @admin.display(description=_("country"))
    def country_shown(self, row: Address) -> str:
        """Return the country by its name."""
        return country_name(row.country)

    def create(self, request: HttpRequest, values: FieldValues) -> Address:
        """Add an address to the customer's book."""
        fields = {name: values[name] for name in ADDRESS_FIELDS}
        return save_address(customer=values["customer"], address=None, values=fields, actor=user_of(request))

    def update(self, request: HttpRequest, row: Address, changes: FieldValues) -> Address:
        """Apply the changes; one that becomes the default takes the place of the one that was."""
        return save_address(customer=row.customer, address=row, values=changes, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Address) -> None:
        """Take an address out of the book."""
        delete_address(address=obj, actor=user_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Address]) -> None:
        """Take the ticked addresses out of their books."""
        for address in queryset:
            delete_address(address=address, actor=user_of(request))
