"""The page that gives money back for an order: everything, an amount, or named pieces."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from dealport.kit.admin.amounts import amount_field
from dealport.kit.admin.refusals import REFUSALS
from dealport.kit.admin.theme import AmountField, CheckboxInput, IntegerInput, RadioSelect, TextInput
from dealport.kit.formats import money_text
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import preview_refund
from orders.models import Order, OrderItem

EVERYTHING, AMOUNT, LINES = "everything", "amount", "lines"


class RefundForm(forms.Form):
    """What to give back. `version` is the order as the person saw it, so that a form sent twice refunds once."""

    what = forms.ChoiceField(label=_("What to refund"), widget=RadioSelect)
    amount = AmountField(required=False)
    reason = forms.CharField(max_length=200, required=False, widget=TextInput)
    restock = forms.BooleanField(label=_("Return the items to stock"), required=False, widget=CheckboxInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, order: Order, items: list[OrderItem], data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"what": EVERYTHING, "version": order.version})
        self.order, self.items = order, items
        self.fields["amount"] = amount_field(order.currency, required=False)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (EVERYTHING, gettext("Remaining amount: {sales}").format(sales=money_text(order.sales, order.currency))),
            (AMOUNT, gettext("An amount")),
            (LINES, gettext("Quantities of the items below")),
        ]
        for item in items:
            left = item.quantity - item.refunded_quantity
            self.fields[f"item_{item.pk}"] = forms.IntegerField(
                label=item.name,
                min_value=0,
                max_value=left,
                required=False,
                disabled=left == 0,
                widget=IntegerInput(
                    attrs={"aria-label": gettext("Quantity of {name} to refund").format(name=item.name)}
                ),
            )

    @property
    def lines(self) -> list[tuple[OrderItem, int, forms.BoundField]]:
        """Return (line, pieces not yet refunded, field) for the table of lines."""
        return [(item, item.quantity - item.refunded_quantity, self[f"item_{item.pk}"]) for item in self.items]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Return the visible fields besides the lines."""
        return [self[name] for name in ("what", "amount", "reason", "restock")]

    def clean(self) -> dict[str, object]:
        """Ask for what the choice needs, and for nothing that contradicts it."""
        values = super().clean() or self.cleaned_data
        pieces = self._pieces(values)
        what, amount = values.get("what"), values.get("amount")
        if what == AMOUNT and amount is None and "amount" not in self.errors:
            self.add_error("amount", gettext("Enter an amount."))
        if what == LINES and not pieces and not self.errors:
            self.add_error(None, gettext("Enter a quantity for at least one item."))
        if what in (EVERYTHING, LINES) and amount is not None:
            self.add_error("amount", gettext("Leave this empty, or choose to refund an amount."))
        if what in (EVERYTHING, AMOUNT) and pieces:
            self.add_error(None, gettext("Leave the quantities empty, or choose to refund items."))
        return values

    def verb(self) -> str:
        """Return what the button says: `Refund NZ$50.25`, the amount where the form says what to refund."""
        if not self.is_valid():
            return gettext("Refund")
        chosen = {name: self.request()[name] for name in ("amount", "lines")}
        try:
            amount = preview_refund(order=self.order, **chosen)
        except REFUSALS:
            return gettext("Refund")
        return gettext("Refund {sums}").format(sums=money_text(amount, self.order.currency))

    def request(self) -> FieldValues:
        """Return the valid form as arguments of `refund_order`."""
        values = self.cleaned_data
        return {
            "amount": values["amount"] if values["what"] == AMOUNT else None,
            "lines": self._pieces(values) if values["what"] == LINES else None,
            "reason": values["reason"],
            "restock": values["restock"],
            "version": values["version"],
        }

    def _pieces(self, values: FieldValues) -> dict[int, int]:
        named = {item.pk: values.get(f"item_{item.pk}") or 0 for item in self.items}
        return {pk: pieces for pk, pieces in named.items() if pieces}
