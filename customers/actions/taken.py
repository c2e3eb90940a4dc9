"""Values that must be unique."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_noop

from dealport.kit.errors import Conflict

TAKEN = {
    "customers_customer_email_once_per_store": gettext_noop(
        "This store already has a customer with that email address."
    ),
    "customers_store_slug_key": gettext_noop("There is a store with this slug already."),
    "customers_user_email_key": gettext_noop("There is an account with this email address already."),
}
"""What the unique constraints mean."""


@contextmanager
def refused_if_taken() -> Iterator[None]:
    """Turn the loser of two writes of one name at once into a Conflict; the database alone knows which came first."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        taken = TAKEN.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")
        if taken is None:
            raise
        raise Conflict(gettext(taken)) from error
