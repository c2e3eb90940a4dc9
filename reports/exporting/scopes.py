"""The scope of an export: filters are validated when it is requested, and again as the owner when it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from customers.access import named_store, sees_all_stores, store_or_404, stores_for
from customers.models import User
from customers.scopes import ALL_STORES, StoreScope
from dashboard.models import Basis
from dealport.kit.dates import DAY_EXPECTED, parse_day
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues
from reports.datasets import Dataset, Filter, Scope
from reports.datasets.model import Kind

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_PRINTABLE = re.compile(r"[^\0-\x1f\x7f]{1,100}")


def read_scope(dataset: Dataset, filters: Mapping[str, object], owner: User) -> Scope:
    """Return the scope that `filters` (as of the API) mean to `owner`.

    Raises ValidationError naming the filter that is unknown or wrong, Http404 for a store the owner may not see.
    """
    unknown = {f"filters.{name}": ["Unknown filter."] for name in filters if name not in dataset.filter_names}
    if unknown:
        raise ValidationError(unknown)
    texts = {name: _text(name, value) for name, value in filters.items()}
    first, last = (_day(name, texts[name]) if name in texts else None for name in ("from", "to"))
    if first and last and last < first:
        raise invalid("filters.to", gettext("Enter a day that is not before filters.from."))
    basis = texts.get("basis", str(Basis.PLACED))
    if basis not in Basis.values:
        raise invalid("filters.basis", gettext("Enter one of {choices}.").format(choices=", ".join(Basis.values)))
    scope = Scope(
        stores=_stores(owner, texts.get("store")),
        first=first,
        last=last,
        basis=basis,
        values={known.name: _choice(known, texts[known.name]) for known in dataset.filters if known.name in texts},
    )
    if dataset.check:
        dataset.check(scope)
    return scope


def _stores(owner: User, key: str | None) -> StoreScope:
    """Return whose rows are meant: without a store all there are, or the only one of who does not work in all."""
    if key is not None:
        return StoreScope(store_or_404(owner, key))
    return ALL_STORES if sees_all_stores(owner) else StoreScope(named_store(owner, None, field="filters.store"))


def with_store(filters: Mapping[str, object], owner: User) -> FieldValues:
    """Return filters that name the store where the owner does not work in all. Raises ValidationError."""
    named = dict(filters)
    if "store" not in named and not sees_all_stores(owner):
        named["store"] = named_store(owner, None, field="filters.store").slug
    return named


def may_open(user: User, filters: Mapping[str, object]) -> bool:
    """Answer whether an account may open what is exported with such filters: all, or a store it works in."""
    if sees_all_stores(user):
        return True
    return user.is_staff and str(filters.get("store", "")) in store_keys(user)


def store_keys(user: User) -> set[str]:
    """Return what filters name the user's stores by."""
    return {str(key) for keys in stores_for(user).values_list("pk", "slug") for key in keys}


def read_columns(dataset: Dataset, names: Sequence[str]) -> None:
    """Raise ValidationError unless each name is a column of the dataset, once."""
    known = [column.name for column in dataset.columns]
    for name in names:
        if name not in known:
            raise invalid(
                "columns",
                gettext("There is no column {name!r}. Choose from {choices}.").format(
                    name=name, choices=", ".join(known)
                ),
            )
    if len(set(names)) != len(names):
        raise invalid("columns", gettext("Name each column once."))


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and name == "store":
        return str(value)
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise invalid(f"filters.{name}", gettext("Enter a text of 1 to 100 characters."))
    return value


def _choice(known: Filter, value: str) -> str:
    if known.choices is not None and value not in known.choices:
        raise invalid(
            f"filters.{known.name}", gettext("Enter one of {choices}.").format(choices=", ".join(known.choices))
        )
    if known.kind is Kind.ID and not _ID.fullmatch(value):
        raise invalid(f"filters.{known.name}", gettext("Enter an id."))
    if known.kind is Kind.MONEY and not _AMOUNT.fullmatch(value):
        raise invalid(f"filters.{known.name}", gettext("Enter an amount such as 12.50."))
    return value


def _day(name: str, value: str) -> date:
    try:
        return parse_day(value)
    except ValueError as error:
        raise invalid(f"filters.{name}", DAY_EXPECTED) from error
