"""Models of the dashboard house."""

from dashboard.models.ledger import Basis, FoldTotals, MetricDelta
from dashboard.models.rollups import (
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByProduct,
    StoreMonthlySales,
    StoreMonthlySalesByProduct,
)
from dashboard.models.verification import Verification

__all__ = [
    "Basis",
    "FoldTotals",
    "MetricDelta",
    "StoreDailySales",
    "StoreDailySalesByCountry",
    "StoreDailySalesByProduct",
    "StoreMonthlySales",
    "StoreMonthlySalesByProduct",
    "Verification",
]
