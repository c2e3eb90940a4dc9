"""Discounts by code."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext

from customers.admin.base import SoftDeleteAdmin, ZonedFormAdmin, user_of
from customers.admin.filters import store_filter
from dealport.kit.admin.display import badge, link_to_list, moment, money
from dealport.kit.admin.filters import DeletedFilter
from dealport.kit.day_range import A_DAY, DayRange
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import create_coupon, delete_coupon, restore_coupon, update_coupon
from orders.models import Coupon, Order


class ValidityFilter(admin.SimpleListFilter):
    """Narrows discounts to those that can be used now, later, or no longer."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return what the list can be narrowed to."""
        return [("now", gettext("Usable now")), ("scheduled", gettext("Scheduled")), ("expired", gettext("Expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> QuerySet[Coupon]:
        """Return the discounts of the choice."""
        now = timezone.now()
        begun = Q(starts_at__isnull=True) | Q(starts_at__lte=now)
        going_on = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
        choices = {
            "now": begun & going_on & Q(is_active=True),
            "scheduled": Q(starts_at__gt=now) & going_on,
            "expired": Q(ends_at__lte=now),
        }
        chosen = choices.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


def state_of(coupon: Coupon) -> tuple[str, str]:
    """Return how a discount stands now, and the tone of its label."""
    now = timezone.now()
    if coupon.deleted_at is not None:
        return gettext("Deleted"), "neutral"
    if coupon.ends_at is not None and coupon.ends_at <= now:
        return gettext("Expired"), "danger"
    if not coupon.is_active:
        return gettext("Switched off"), "neutral"
    if coupon.starts_at is not None and coupon.starts_at > now:
        return gettext("Scheduled"), "info"
    if coupon.usage_limit is not None and coupon.uses_reserved >= coupon.usage_limit:
        return gettext("Used up"), "warning"
    return gettext("Active"), "success"


@admin.register(Coupon)
class CouponAdmin(ZonedFormAdmin, SoftDeleteAdmin):
    """Discounts by code; what was made of them follows the orders."""

    fieldsets = [
        (None, {"fields": ["store", "code", "kind", "value", "minimum_subtotal", "is_active"]}),
        (_("Limits"), {"fields": ["starts_at", "ends_at", "usage_limit"]}),
    ]
    figures = (_("Figures"), {"fields": ["uses_reserved", "times_used", "sales", "orders_link"]})
    readonly_fields = ["uses_reserved", "times_used", "sales", "orders_link"]
    list_display = ["code", "discount", "state", "ends", "uses", "times_used", "sales", "store"]
    list_filter = [ValidityFilter, DeletedFilter, store_filter(), "kind"]
    list_select_related = ["store"]
    search_fields = ["^code"]
    nothing_yet = _("A discount takes a percentage or an amount off an order. Add one, and see what it brings.")
    ordering = ["-id"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Name the days of last month, whose sales by discount are one click away, by the clocks of the list."""
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            last = timezone.localdate().replace(day=1) - A_DAY
            response.context_data["last_month"] = DayRange(last.replace(day=1), last)
        return response  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Coupon | None = None) -> object:
        """Show figures of coupons that exist."""
        return [*self.fieldsets, self.figures] if obj else self.fieldsets

    @admin.display(description=_("status"))
    def state(self, coupon: Coupon) -> str:
        """Return how it stands now as a label."""
        return badge(*state_of(coupon))

    @admin.display(description=_("ends"), ordering="ends_at")
    def ends(self, coupon: Coupon) -> str:
        """Return when it ends, in the store's zone."""
        return moment(coupon.ends_at, coupon.store.zone)

    @admin.display(description=_("discount"))
    def discount(self, coupon: Coupon) -> str:
        """Return the value as it is meant."""
        if coupon.kind == Coupon.Kind.PERCENT:
            return f"{coupon.value.normalize():f}%"
        return money(coupon.value, coupon.store.currency)

    @admin.display(description=_("reserved uses"))
    def uses(self, coupon: Coupon) -> str:
        """Return the uses that orders hold, of how many."""
        limit = "∞" if coupon.usage_limit is None else coupon.usage_limit
        return f"{coupon.uses_reserved} / {limit}"

    @admin.display(description=_("sales"))
    def sales(self, coupon: Coupon) -> str:
        """Return the sales made with the coupon."""
        return money(coupon.total_sales_amount, coupon.store.currency)

    @admin.display(description=_("orders"))
    def orders_link(self, coupon: Coupon) -> str:
        """Return the way to the orders with this coupon."""
        return link_to_list(Order, gettext("orders with this discount"), coupon__id__exact=coupon.pk)

    def create(self, request: HttpRequest, values: FieldValues) -> Coupon:
        """Create it in the store. Raises ValidationError by field, Conflict for a code the store has."""
        return create_coupon(store=values["store"], values=values, actor=user_of(request))

    def update(self, request: HttpRequest, row: Coupon, changes: FieldValues) -> Coupon:
        """Apply the changes; orders that used it keep their discount. Raises ValidationError by field."""
        return update_coupon(coupon=row, changes=changes, actor=user_of(request))

    def delete(self, request: HttpRequest, row: Coupon) -> None:
        """Delete it softly: new orders cannot use it, and it can be restored."""
        delete_coupon(coupon=row, actor=user_of(request))

    def restore(self, request: HttpRequest, row: Coupon) -> None:
        """Undo its deletion. Raises Conflict where another coupon has its code now."""
        restore_coupon(coupon=row, actor=user_of(request))
