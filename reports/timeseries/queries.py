"""Query parameters of time series: of the operations and of the page."""

from __future__ import annotations

from dashboard.api.inputs import DaysQuery, compare_parameter
from dashboard.figures import GRANULARITIES
from dashboard.figures.comparisons import NONE
from dashboard.models import Basis
from dealport.kit.rest.queries import ChoiceParameter, StoreParameter


class SeriesQuery(DaysQuery):
    """A store or all, days and their granularity."""

    store = StoreParameter(help_text="Id or slug of a store; left out, all stores.")
    granularity = ChoiceParameter(
        GRANULARITIES,
        default="daily",
        help_text="Days, ISO weeks or months in the store's zone, cut off where the range begins and ends.",
    )


class RevenueQuery(SeriesQuery):
    """The same, with a comparison and a basis."""

    compare = compare_parameter(NONE)
    basis = ChoiceParameter(Basis.values, default=str(Basis.PLACED))
