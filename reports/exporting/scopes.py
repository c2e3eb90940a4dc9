"""The scope of an export: filters are validated when it is requested, and again as the owner when it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from rest_framework.exceptions import ValidationError

from customers.access import store_or_404
from customers.models import User
from customers.scopes import ALL_STORES, StoreScope
from dashboard.models import Basis
from dealport.kit.dates import DAY_EXPECTED, parse_day
from dealport.kit.errors import invalid
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
        raise invalid("filters.to", "Enter a day that is not before filters.from.")
    basis = texts.get("basis", str(Basis.PLACED))
    if basis not in Basis.values:
        raise invalid("filters.basis", f"Enter one of {', '.join(Basis.values)}.")
    scope = Scope(
        stores=StoreScope(store_or_404(owner, texts["store"])) if "store" in texts else ALL_STORES,
        first=first,
        last=last,
        basis=basis,
        values={known.name: _choice(known, texts[known.name]) for known in dataset.filters if known.name in texts},
    )
    if dataset.check:
        dataset.check(scope)
    return scope


def read_columns(dataset: Dataset, names: Sequence[str]) -> None:
    """Raise ValidationError unless each name is a column of the dataset, once."""
    known = [column.name for column in dataset.columns]
    for name in names:
        if name not in known:
            raise invalid("columns", f"There is no column {name!r}. Choose from {', '.join(known)}.")
    if len(set(names)) != len(names):
        raise invalid("columns", "Name each column once.")


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and name == "store":
        return str(value)
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise invalid(f"filters.{name}", "Enter a text of 1 to 100 characters.")
    return value


def _choice(known: Filter, value: str) -> str:
    if known.choices is not None and value not in known.choices:
        raise invalid(f"filters.{known.name}", f"Enter one of {', '.join(known.choices)}.")
    if known.kind is Kind.ID and not _ID.fullmatch(value):
        raise invalid(f"filters.{known.name}", "Enter an id.")
    if known.kind is Kind.MONEY and not _AMOUNT.fullmatch(value):
        raise invalid(f"filters.{known.name}", "Enter an amount such as 12.50.")
    return value


def _day(name: str, value: str) -> date:
    try:
        return parse_day(value)
    except ValueError as error:
        raise invalid(f"filters.{name}", DAY_EXPECTED) from error
