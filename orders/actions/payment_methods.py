"""The payment methods of a store."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from customers.auditing import record, values_of
from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues
from orders.models import PaymentMethod, PaymentTerms
from orders.payment_methods import OTHER

METHOD_FIELDS = {"label", "terms", "due_days", "is_active"}


def method_or_refused(store: Store, code: str) -> PaymentMethod:
    """Return the store's active payment method of a code. Raises ValidationError naming the codes there are."""
    methods = PaymentMethod.objects.filter(store=store, is_active=True)
    method = methods.filter(code=code).first()
    if method is None:
        raise invalid(
            "paymentMethod",
            gettext("Choose one of: {choices}.").format(
                choices=", ".join(sorted(methods.values_list("code", flat=True)))
            ),
        )
    return method


@transaction.atomic
def create_payment_method(
    *,
    store: Store,
    code: str,
    label: str,
    terms: str = PaymentTerms.PREPAID.value,
    due_days: int = 0,
    is_active: bool = True,
    actor: User | None,
) -> PaymentMethod:
    """Add a payment method to a store's list. Raises ValidationError, Conflict for a taken code."""
    method = PaymentMethod(store=store, code=code, label=label, terms=terms, due_days=due_days, is_active=is_active)
    _check(method)
    try:
        with transaction.atomic():
            method.save()
    except IntegrityError as error:
        raise Conflict(
            gettext("This store already has a payment method with the code {code}.").format(code=code)
        ) from error
    record("created", method, actor=actor)
    return method


@transaction.atomic
def update_payment_method(*, method: PaymentMethod, changes: FieldValues, actor: User | None) -> PaymentMethod:
    """Change label, terms, due days or whether it is offered; orders keep what they were placed with."""
    method = PaymentMethod.objects.select_for_update(no_key=True).select_related("store").get(pk=method.pk)
    before = values_of(method)
    names = sorted(METHOD_FIELDS & changes.keys())
    for name in names:
        setattr(method, name, changes[name])
    if "terms" in changes and changes["terms"] != PaymentTerms.INVOICE and "due_days" not in changes:
        method.due_days, names = 0, [*names, "due_days"]
    _check(method)
    method.save(update_fields=names)
    record("changed", method, before=before, actor=actor)
    return method


@transaction.atomic
def delete_payment_method(*, method: PaymentMethod, actor: User | None) -> None:
    """Take a payment method off the list; orders keep its code. Raises Conflict for OTHER, which stands for others."""
    if method.code == OTHER:
        raise Conflict(gettext("Keep OTHER: it stands for every method the list does not name. You can deactivate it."))
    before = values_of(method)
    record("deleted", method, before=before, after={}, actor=actor)
    method.delete()


def _check(method: PaymentMethod) -> None:
    method.full_clean(validate_constraints=False, validate_unique=False)
    if method.due_days and method.terms != PaymentTerms.INVOICE:
        raise invalid("dueDays", gettext("Only invoices have days until they are due."))
