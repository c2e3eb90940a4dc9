"""Model fields shared by all apps."""

from __future__ import annotations

from typing import Any

from django.db import models

from dealport.kit.emails import fold_email

MONEY_DIGITS = 14
MONEY_PLACES = 2
SUM_DIGITS = 24


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the currency of its store: Decimal, two places, up to 999,999,999,999.99."""

    digits = MONEY_DIGITS

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_digits"] = self.digits
        kwargs["decimal_places"] = MONEY_PLACES
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


class SumField(MoneyField):
    """A sum of amounts, wide enough for ten billion of the largest: one huge order must not stop a fold."""

    digits = SUM_DIGITS


def are_numbers(name: str, *fields: str) -> models.CheckConstraint:
    """Return the constraint that refuses NaN, which numeric columns take: one would make every sum it enters NaN.

    Each table with amounts has one over all of them. A migration adds it to a table unvalidated, and the next one
    validates it, which locks nobody out.
    """
    condition = models.Q()
    for field in fields:
        condition &= ~models.Q(**{field: models.Value("NaN")})
    return models.CheckConstraint(condition=condition, name=name)


class EmailAddressField(models.EmailField):  # type: ignore[type-arg]
    """An email address, folded (`fold_email`) whatever way it is stored or looked up by its whole."""

    def to_python(self, value: object) -> object:
        """Return the folded address."""
        value = super().to_python(value)
        return fold_email(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Fold the address of the row in memory too."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
