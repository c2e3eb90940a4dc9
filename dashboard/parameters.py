"""What the query string of a dashboard says: shared by the API and the pages, so that both refuse the same."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from customers.access import Viewer, store_or_404, stores_for
from customers.errors import invalid
from customers.models import Store
from dashboard.models import Basis

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


def requested_store(user: Viewer, params: Mapping[str, str]) -> Store:
    """Return the store the caller named, or the only one there is for them.

    Raises ValidationError naming `store` if it is left out and not clear, Http404 if it is missing or foreign.
    """
    if "store" in params:
        return store_or_404(user, params["store"])
    stores = stores_for(user)[:2]
    if len(stores) != 1:
        raise invalid("store", "is needed: the id or slug of one of your stores")
    return stores[0]
