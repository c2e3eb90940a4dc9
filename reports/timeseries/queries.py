"""Query parameters of time series: of the operations and of the page."""

from __future__ import annotations

from dashboard.api.inputs import DaysQuery
from dashboard.figures import COMPARISONS, GRANULARITIES
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

    compare = ChoiceParameter(
        COMPARISONS, help_text="As many buckets before, or the same days a year before (weeks: 52 weeks before)."
    )
    basis = ChoiceParameter(Basis.values, default=str(Basis.PLACED))
