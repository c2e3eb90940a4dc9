"""What the query string of a dashboard says: shared by the API and the pages, so that both refuse the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from customers.access import Viewer, store_or_404, stores_for
from customers.models import Store
from dashboard.figures.periods import FIRST_YEAR, ISO_DATE, LAST_YEAR, MAX_DAYS
from dashboard.models import Basis
from dealport.kit.errors import invalid

ISO_WEEK = re.compile(r"\d{4}-W\d{2}", re.ASCII)
VIEW_PARAMETERS = ("period", "year", "month", "startDate", "endDate", "basis")


def single_values(query: QueryDict, *allowed: str) -> dict[str, str]:
    """Return each parameter's one value. Raises ValidationError naming every unknown or repeated parameter."""
    values = {name: query.getlist(name) for name in query}
    wrong = {name: ["unknown parameter"] for name in values if name not in allowed}
    wrong |= {name: ["given more than once"] for name in values if len(values[name]) > 1}
    if wrong:
        raise ValidationError(wrong)
    return {name: value for name, (value,) in values.items()}


def parse_basis(params: Mapping[str, str]) -> str:
    """Return the basis, `placed` by default. Raises ValidationError naming it."""
    basis = params.get("basis", Basis.PLACED)
    if basis not in Basis.values:
        raise invalid("basis", f"must be one of {', '.join(Basis.values)}")
    return basis


def requested_store(user: Viewer, params: Mapping[str, str], name: str = "store") -> Store:
    """Return the store the caller named, or the only one there is for them.

    Raises ValidationError naming the parameter if it is left out and not clear, Http404 if it is missing or foreign.
    """
    if "store" in params:
        return store_or_404(user, params["store"])
    stores = stores_for(user)[:2]
    if len(stores) != 1:
        raise invalid(name, "is needed: the id or slug of one of your stores")
    return stores[0]


def parse_flag(params: Mapping[str, str], name: str) -> bool:
    """Return whether a flag is `true`; left out it is not. Raises ValidationError naming it."""
    if params.get(name, "false") not in ("true", "false"):
        raise invalid(name, "must be true or false")
    return params.get(name) == "true"


def parse_limit(params: Mapping[str, str], default: int, most: int) -> int:
    """Return `limit`. Raises ValidationError naming it."""
    text = params.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise invalid("limit", f"must be a number from 1 to {most}")
    return int(text)


def parse_days(params: Mapping[str, str], *names: str) -> dict[str, date]:
    """Return the days that are given. Raises ValidationError naming one that is malformed."""
    return {name: _day(params[name], name) for name in names if name in params}


def check_range(first: date, last: date) -> None:
    """Raise ValidationError naming `from` or `to` for a range that is reversed or too long."""
    if last < first:
        raise invalid("to", "must not be before from")
    if (last - first).days >= MAX_DAYS:
        raise invalid("from", f"a period has at most {MAX_DAYS} days")


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise invalid(name, "must be a date as YYYY-MM-DD")
    return day


def parse_week(params: Mapping[str, str], today: date) -> date:
    """Return the Monday of `week` (YYYY-Www), by default this week's. Raises ValidationError naming it."""
    this_week = today - timedelta(days=today.weekday())
    text = params.get("week")
    if text is None:
        return this_week
    try:
        monday = date.fromisocalendar(int(text[:4]), int(text[6:]), 1) if ISO_WEEK.fullmatch(text) else None
    except ValueError:
        monday = None
    if monday is None or not FIRST_YEAR <= monday.year <= LAST_YEAR or monday > this_week:
        raise invalid("week", "must be a week that has begun, as YYYY-Www")
    return monday
