"""The steps of an order's life, for ticked orders and for the one on the page: each calls the order's action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from customers.admin.base import StoreOwnedAdmin, user_of
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.texts import lazy_text as _
from orders.actions import cancel_order, deliver_order, mark_paid, process_order, refund_order, ship_order
from orders.admin.confirming import Confirmation, ConfirmForm, is_allowed
from orders.lifecycle import Step
from orders.models import Order


@dataclass(frozen=True)
class Choice:
    """A step a person can take: what it is called, what it calls, and what is said afterwards."""

    step: Step
    label: str
    action: Callable[..., object]
    done: str


CHOICES = {
    choice.step.value: choice
    for choice in (
        Choice(Step.PAY, _("Mark paid"), mark_paid, _("marked paid")),
        Choice(Step.PROCESS, _("Process"), process_order, _("being processed")),
        Choice(Step.SHIP, _("Ship"), ship_order, _("shipped")),
        Choice(Step.DELIVER, _("Deliver"), deliver_order, _("delivered")),
        Choice(Step.CANCEL, _("Cancel"), cancel_order, _("canceled")),
        Choice(Step.REFUND, _("Refund remaining amount"), refund_order, _("refunded")),
    )
}


def choices_for(order: Order) -> list[Choice]:
    """Return the steps that the order's status and its money allow."""
    return [choice for choice in CHOICES.values() if is_allowed(choice.step, order)]


def take_step(request: HttpRequest, order: Order, choice: Choice, **details: object) -> None:
    """Take the step and say how it went. A refused one has changed nothing."""
    try:
        choice.action(order=order, actor=user_of(request), **details)
    except REFUSALS as refusal:
        messages.error(request, f"{order}: {text_of(refusal)}")
    else:
        messages.success(request, f"{order}: {choice.done}.")


class StepActions(StoreOwnedAdmin):
    """The list's actions: one step for each ticked order, each in its own transaction."""

    actions = ["mark_paid", "process", "ship", "deliver", "cancel", "refund"]

    @admin.action(description=_("Mark paid"), permissions=["change"])
    def mark_paid(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Record the payment of the ticked orders."""
        self._take(request, queryset, Step.PAY)

    @admin.action(description=_("Process"), permissions=["change"])
    def process(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Take up the ticked orders."""
        self._take(request, queryset, Step.PROCESS)

    @admin.action(description=_("Ship"), permissions=["change"])
    def ship(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Ship what is left of each ticked order that may be shipped; without tracking, which its own page asks for."""
        self._take(request, queryset, Step.SHIP)

    @admin.action(description=_("Deliver"), permissions=["change"])
    def deliver(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Deliver each ticked order that was shipped; the others are named in the message."""
        self._take(request, queryset, Step.DELIVER)

    @admin.action(description=_("Cancel; refund if paid"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        """Cancel the ticked orders, after a confirmation if money goes back."""
        return self.confirm_and_take(request, list(queryset.order_by("pk")), Step.CANCEL)

    @admin.action(description=_("Refund remaining amount"), permissions=["change"])
    def refund(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        """Refund the ticked orders in full, after a confirmation."""
        return self.confirm_and_take(request, list(queryset.order_by("pk")), Step.REFUND)

    def confirm_and_take(self, request: HttpRequest, orders: list[Order], step: Step) -> HttpResponse | None:
        """Take a step that gives money back once it is confirmed; return the page that asks, None when it is done."""
        confirmation, details = Confirmation(step, orders), {}
        if confirmation.moving:
            form = confirmation.form(request.POST)
            if not form.is_valid():
                return self._confirmation_page(request, confirmation, form)
            details = {name: form.cleaned_data[name] for name in ("reason", "restock") if name in form.cleaned_data}
        for order in orders:
            take_step(request, order, CHOICES[step.value], **details)
        return None

    def _confirmation_page(
        self, request: HttpRequest, confirmation: Confirmation, form: ConfirmForm
    ) -> TemplateResponse:
        kept = [name for name in request.POST if name not in {*form.fields, "csrfmiddlewaretoken"}]
        context = {
            **self.admin_site.each_context(request),
            **confirmation.page(form),
            "opts": self.opts,
            "media": self.media + form.media,
            "repeated": [(name, value) for name in kept for value in request.POST.getlist(name)],
            "back": request.get_full_path() if "action" in kept else "../../change/",
        }
        return TemplateResponse(request, "admin/orders/order/confirm.html", context)

    def _take(self, request: HttpRequest, queryset: QuerySet[Order], step: Step) -> None:
        for order in queryset.order_by("pk"):
            take_step(request, order, CHOICES[step.value])
