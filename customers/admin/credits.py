"""Subscriptions and the ledger of credits."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.access import stores_for
from customers.actions import create_or_update_subscription
from customers.admin.base import ReadOnlyAdmin, ReadOnlyInline, ZonedFormAdmin, user_of
from customers.admin.filters import store_filter
from customers.models import CreditEntry, Store, Subscription
from dealport.kit.admin.display import badge, link_to, moment, money
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

SUBSCRIPTION_TONES = {
    Subscription.Status.ACTIVE: "success",
    Subscription.Status.PAST_DUE: "warning",
    Subscription.Status.CANCELED: "neutral",
}


@admin.register(Subscription)
class SubscriptionAdmin(ZonedFormAdmin):
    """What customers pay every month. A subscription ends by its status."""

    fields = ["customer", "plan", "status", "current_period_end", "monthly_amount"]
    fixed_fields = ["customer"]
    autocomplete_fields = ["customer"]
    list_display = ["plan", "customer_link", "status_badge", "monthly", "ends", "store"]
    list_filter = ["status", store_filter()]
    list_select_related = ["customer", "store"]
    search_fields = ["^plan", "^customer__email"]
    nothing_yet = _("Add what a customer pays every month, and see the monthly recurring revenue on the dashboard.")
    ordering = ["-id"]

    @admin.display(description=_("customer"))
    def customer_link(self, subscription: Subscription) -> str:
        """Return the customer who pays for it as a link."""
        return link_to(subscription.customer)

    @admin.display(description=_("status"))
    def status_badge(self, subscription: Subscription) -> str:
        """Return the status as a label."""
        return badge(subscription.get_status_display(), SUBSCRIPTION_TONES[Subscription.Status(subscription.status)])

    @admin.display(description=_("monthly"))
    def monthly(self, subscription: Subscription) -> str:
        """Return the monthly amount in the store's currency."""
        return money(subscription.monthly_amount, subscription.store.currency)

    @admin.display(description=_("period ends"))
    def ends(self, subscription: Subscription) -> str:
        """Return the end of the paid period in the store's zone."""
        return moment(subscription.current_period_end, subscription.store.zone)

    def chosen_store(self, request: HttpRequest) -> Store | None:
        """Return the store of the customer whom the form of a new subscription names."""
        chosen = request.POST.get("customer", "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
            return super().chosen_store(request)
        return stores_for(user_of(request)).filter(customers=int(chosen)).first()

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """Answer no: a subscription is canceled, so that its history stays."""
        return False

    def create(self, request: HttpRequest, values: FieldValues) -> Subscription:
        """Set the subscription of the customer, who has one at most."""
        return create_or_update_subscription(**values, actor=user_of(request))

    def update(self, request: HttpRequest, row: Subscription, changes: FieldValues) -> Subscription:
        """Set plan, status, end of the period and monthly amount, in the currency of the store."""
        names = ("plan", "status", "current_period_end", "monthly_amount")
        return create_or_update_subscription(
            customer=row.customer, **{name: getattr(row, name) for name in names}, actor=user_of(request)
        )


@admin.register(CreditEntry)
class CreditEntryAdmin(ReadOnlyAdmin):
    """Every change of a credit balance."""

    fields = ["customer", "store", "amount", "balance_after", "reason", "created_at", "created_by"]
    list_display = ["created_at", "customer_link", "signed", "balance", "reason", "created_by", "store"]
    list_filter = [store_filter(), ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["customer", "store", "created_by"]
    search_fields = ["^customer__email"]
    nothing_yet = _("Grant store credit to customers in their list; every change of a balance then stands here.")
    ordering = ["-id"]

    @admin.display(description=_("customer"))
    def customer_link(self, entry: CreditEntry) -> str:
        """Return the customer whose balance changed as a link."""
        return link_to(entry.customer)

    @admin.display(description=_("amount"))
    def signed(self, entry: CreditEntry) -> str:
        """Return the change in the store's currency."""
        return money(entry.amount, entry.store.currency)

    @admin.display(description=_("balance after"))
    def balance(self, entry: CreditEntry) -> str:
        """Return the balance the change led to."""
        return money(entry.balance_after, entry.store.currency)


class CreditEntryInline(ReadOnlyInline):
    """A customer's credits, newest first."""

    model = CreditEntry
    fields = ["happened", "amount", "balance_after", "reason", "created_by"]
    readonly_fields = ["happened"]
    ordering = ["-id"]

    @admin.display(description=_("at"))
    def happened(self, entry: CreditEntry) -> str:
        """Return when the balance changed, in the store's zone."""
        return moment(entry.created_at, entry.customer.store.zone)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Read who did it and the store's zone along."""
        return super().get_queryset(request).select_related("created_by", "customer__store")
