"""The page before money goes back: how many orders, how much of each currency, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from dealport.kit.admin.theme import CheckboxInput, TextInput
from dealport.kit.formats import money_text
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import Json
from orders.lifecycle import IllegalStep, Step, command_effect
from orders.models import Order

REFUNDING = (Step.CANCEL, Step.REFUND)
"""The steps that give back whatever an order has left."""
LISTED = 20
"""How many of the orders the page names."""


def is_allowed(step: Step, order: Order) -> bool:
    """Tell whether the order's status and its money allow a step."""
    try:
        command_effect(step, order.status, order.money)
    except IllegalStep:
        return False
    return True


class ConfirmForm(forms.Form):
    """The reason, and what was shown: another sum than `seen` is asked about anew."""

    confirmed = forms.BooleanField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, required=False, widget=TextInput)
    restock = forms.BooleanField(label=_("Return the items to stock"), required=False, widget=CheckboxInput)

    def __init__(self, step: Step, sums: str, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"confirmed": True, "seen": sums})
        self.sums = sums
        if step == Step.CANCEL:
            del self.fields["restock"]  # what is canceled always returns

    def clean_seen(self) -> str:
        """Refuse a sum that is no longer true."""
        seen: str = self.cleaned_data["seen"]
        if seen != self.sums:
            raise forms.ValidationError(gettext("The orders have changed since. Check the amounts again."))
        return seen


@dataclass(frozen=True)
class Confirmation:
    """A step that gives money back, and the orders it was chosen for."""

    step: Step
    orders: Sequence[Order]

    @property
    def moving(self) -> list[Order]:
        """Return the orders with money left to give back."""
        return [order for order in self.orders if order.sales > 0 and is_allowed(self.step, order)]

    @property
    def sums(self) -> str:
        """Return what goes back, by currency: `NZ$50.25 and $10.00`."""
        sums: Counter[str] = Counter()
        for order in self.moving:
            sums[order.currency] += order.sales  # type: ignore[assignment]
        return gettext(" and ").join(money_text(Decimal(amount), currency) for currency, amount in sorted(sums.items()))

    @property
    def button(self) -> str:
        """Return what the button says it does."""
        return (
            gettext("Refund {sums}").format(sums=self.sums)
            if self.step == Step.REFUND
            else gettext("Cancel and refund {sums}").format(sums=self.sums)
        )

    def form(self, data: QueryDict) -> ConfirmForm:
        """Return the form, filled in with `data` once the person has answered it."""
        return ConfirmForm(self.step, self.sums, data if "confirmed" in data else None)

    def page(self, form: ConfirmForm) -> Json:
        """Return what the page shows."""
        count = len(self.orders)
        return {
            "title": f"{self.button}?",
            "form": form,
            "button": self.button,
            "count": count,
            "moving": self.moving[:LISTED],
            "more": max(len(self.moving) - LISTED, 0),
            "without": count - len(self.moving),
            "is_cancellation": self.step == Step.CANCEL,
        }
