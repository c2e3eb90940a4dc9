"""Orders: to be read, noted on, and moved by the steps of their life."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext

from customers.admin.base import user_of
from customers.admin.filters import store_filter
from customers.admin.own_views import OwnViews
from customers.models import AuditEntry
from dealport.kit.admin.display import badge, link_to, moment, money
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.formats import money_text
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import change_order_details, refund_order
from orders.actions.notes import DETAILS
from orders.actions.ownership import source_of
from orders.admin.confirming import REFUNDING
from orders.admin.disputes import DisputeActions
from orders.admin.editing import EditPages
from orders.admin.order_page import OrderPapers, order_page
from orders.admin.refunding import RefundForm
from orders.admin.search import AttentionFilter, MoreFilter, OrderDayFilter, ViewFilter
from orders.admin.shipping import ShipPages
from orders.admin.steps import CHOICES, StepActions, choices_for, take_step
from orders.history import order_history
from orders.lifecycle import EDITABLE, Step
from orders.models import Order, OrderItem
from orders.models.order_querysets import DISPUTED
from orders.search import search_orders

STATUS_TONES = {
    Order.Status.PENDING: "warning",
    Order.Status.PROCESSING: "info",
    Order.Status.SHIPPED: "info",
    Order.Status.DELIVERED: "success",
    Order.Status.CANCELED: "neutral",
    Order.Status.EXPIRED: "neutral",
    Order.Status.REFUNDED: "danger",
}
PAYMENT_TONES = {
    Order.PaymentStatus.PENDING: "warning",
    Order.PaymentStatus.AUTHORIZED: "info",
    Order.PaymentStatus.PARTIALLY_PAID: "warning",
    Order.PaymentStatus.PAID: "success",
    Order.PaymentStatus.FAILED: "danger",
    Order.PaymentStatus.PARTIALLY_REFUNDED: "warning",
    Order.PaymentStatus.REFUNDED: "danger",
}


@admin.register(Order)
class OrderAdmin(OrderPapers, EditPages, ShipPages, OwnViews, DisputeActions, StepActions):
    """Orders. Only notes and tags are typed in here; everything else moves by an action."""

    fieldsets: Any = [(_("Notes and tags"), {"fields": ["notes", "internal_notes", "tags"]})]
    fixed_fields = ()
    actions = [*StepActions.actions, "mark_disputed", "end_dispute", "print_packing_slips", "print_summaries"]
    list_display = ["number", "placed", "customer_link", "total", "status_badge", "payment_badge", "store"]
    list_filter = [
        ViewFilter,
        store_filter(),
        AttentionFilter,
        "status",
        "payment_status",
        "channel",
        "payment_terms",
        ("order_day", OrderDayFilter),
        MoreFilter,
    ]
    list_select_related = ["customer", "store"]
    search_fields = ["number"]
    search_help_text = _("Any part of order number, customer (name, email, phone), SKU or payment id")
    nothing_yet = _("Orders come by themselves from a connected store, or from a file that you upload.")
    comes_with_orders = True
    ordering = ["-placed_at", "-id"]
    sortable_by = ["placed", "total"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: orders are placed, not typed in."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Refuse: an order is canceled."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> list[str]:
        """Keep everything but notes and tags."""
        return [name for name in flatten_fieldsets(self.fieldsets) if name not in DETAILS]

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by number, customer, SKU or payment."""
        return search_orders(user_of(request), queryset, term)

    def update(self, request: HttpRequest, row: Order, changes: FieldValues) -> Order:
        """Replace notes and tags, all of an order that may be typed over; the rest moves by its own actions."""
        changes = {name: changes[name] for name in DETAILS if name in changes}
        return change_order_details(order=row, changes=changes, actor=user_of(request)) if changes else row

    def history_of(self, row: Order) -> list[AuditEntry]:
        """Return the steps of an order with the other changes, newest first."""
        return order_history(row)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the steps and of the refund page."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:order_id>/step/<slug:step>/", wrap(self.step_view), name="orders_order_step"),
            path("<int:order_id>/edit/", wrap(self.edit_view), name="orders_order_edit"),
            path("<int:order_id>/ship/", wrap(self.ship_view), name="orders_order_ship"),
            path("<int:order_id>/refund/", wrap(self.refund_view), name="orders_order_refund"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Show the views of the list as tabs."""
        page = super().changelist_view(request, extra_context)
        if isinstance(page, TemplateResponse) and page.context_data and (cl := page.context_data.get("cl")):
            tabs = [spec for spec in cl.filter_specs if isinstance(spec, ViewFilter)]
            page.context_data["views"] = [choice for spec in tabs for choice in spec.choices(cl)]
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Offer the steps that the order's status allows."""
        order = self.get_object(request, object_id)
        kept = source_of(order) if order else None
        may_step = order and kept is None and self.has_change_permission(request, order)
        steps = choices_for(order) if order and may_step else []
        context = {
            "kept": kept,
            "steps": [choice for choice in steps if choice.step not in (Step.REFUND, Step.SHIP)],
            "can_ship": any(choice.step == Step.SHIP for choice in steps),
            "can_edit": bool(may_step) and order.status in EDITABLE,
            "can_refund": any(choice.step == Step.REFUND for choice in steps) and order.sales > 0,
            **(order_page(order) | self._badges(order) if order else {}),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def _badges(self, order: Order) -> dict[str, str]:
        disputed = badge(gettext("Disputed"), "danger") if DISPUTED in order.tags else ""
        return {
            "status": self.status_badge(order),
            "payment_status": self.payment_badge(order),
            "disputed": disputed,
        }

    def step_view(self, request: HttpRequest, order_id: int, step: str) -> HttpResponse:
        """Take one step of the order on the page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        order = self.order_or_404(request, order_id)
        if step not in CHOICES:
            raise Http404
        if CHOICES[step].step in REFUNDING:
            return self.confirm_and_take(request, [order], CHOICES[step].step) or self.to_page(order)
        take_step(request, order, CHOICES[step])
        return self.to_page(order)

    def refund_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Ask what to refund, and refund it."""
        order = self.order_or_404(request, order_id)
        items = list(OrderItem.objects.filter(order=order).order_by("pk"))
        form = RefundForm(order, items, request.POST if request.method == "POST" else None)
        if form.is_valid() and "preview" not in request.POST:
            try:
                refund = refund_order(order=order, actor=user_of(request), **form.request())
            except REFUSALS as refusal:
                form.add_error(None, text_of(refusal))
            else:
                messages.success(
                    request,
                    gettext("{order}: {amount} refunded.").format(
                        order=order, amount=money_text(refund.amount, refund.currency)
                    ),
                )
                return self.to_page(order)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Refund {order}").format(order=order),
            "opts": self.opts,
            "original": order,
            "order": order,
            "form": form,
            "verb": form.verb(),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/orders/order/refund.html", context)

    @admin.display(description=_("customer"))
    def customer_link(self, order: Order) -> str:
        """Return the customer who placed it as a link, or `guest`."""
        return link_to(order.customer, gettext("Guest"))

    @admin.display(description=_("placed"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        """Return when it was placed, in the store's zone: its order day."""
        return moment(order.placed_at, order.store.zone)

    @admin.display(description=_("total"), ordering="total_amount")
    def total(self, order: Order) -> str:
        """Return what the customer owes or paid."""
        return money(order.total_amount, order.currency)

    @admin.display(description=_("status"))
    def status_badge(self, order: Order) -> str:
        """Return the status as a label."""
        return badge(order.get_status_display(), STATUS_TONES[Order.Status(order.status)])

    @admin.display(description=_("payment"))
    def payment_badge(self, order: Order) -> str:
        """Return the payment status as a label."""
        return badge(order.get_payment_status_display(), PAYMENT_TONES[Order.PaymentStatus(order.payment_status)])
