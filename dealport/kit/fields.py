"""Model fields shared by all apps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import LessThanOrEqual

from dealport.kit.emails import fold_email
from dealport.kit.money import with_cents

MONEY_DIGITS = 15
MONEY_PLACES = 3
SUM_DIGITS = 25


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the currency of its store: Decimal, up to three places, below a million millions.

    The column is plain `numeric`: what it takes is said by `are_numbers` (ADR 0022). How many of the three places a
    currency has is for the actions to say (`dealport.kit.money.require_amount`).
    """

    digits = MONEY_DIGITS

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_digits"] = self.digits
        kwargs["decimal_places"] = MONEY_PLACES
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the type without limits of its own: limits of another scale would be a new table on disk."""
        return "numeric"

    def get_db_prep_save(self, value: object, connection: BaseDatabaseWrapper) -> object:
        """Return an amount with two places at least, as it is read again."""
        return super().get_db_prep_save(with_cents(value) if isinstance(value, Decimal) else value, connection)


class SumField(MoneyField):
    """A sum of amounts, wide enough for ten billion of the largest: one huge order must not stop a fold."""

    digits = SUM_DIGITS


def are_numbers(name: str, *fields: str, sums: Sequence[str] = ()) -> models.CheckConstraint:
    """Return the constraint of what amounts and `sums` of them can be: a finite number in range with three places.

    A numeric column takes NaN, and one would make every sum it enters NaN. Each table with amounts has one constraint
    over all of them. A migration adds it to a table unvalidated, and validates it then, which locks nobody out.
    """
    condition = models.Q()
    for field in (*fields, *sums):
        limit = 10 ** ((SUM_DIGITS if field in sums else MONEY_DIGITS) - MONEY_PLACES)
        # false of NaN as well, which is above every number
        condition &= models.Q(**{f"{field}__gt": -limit, f"{field}__lt": limit})
        places = models.Func(models.F(field), function="scale", output_field=models.IntegerField())
        condition &= models.Q(LessThanOrEqual(places, MONEY_PLACES))
    return models.CheckConstraint(condition=condition, name=name)


class EmailAddressField(models.EmailField):  # type: ignore[type-arg]
    """An email address, folded (`fold_email`) whatever way it is stored or looked up by its whole."""

    def to_python(self, value: object) -> object:
        """Return the address folded as accounts, locks and throttles fold it (NFKC and case)."""
        value = super().to_python(value)
        return fold_email(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Fold the address of the row in memory too."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
