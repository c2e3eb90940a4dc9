"""Models of the dashboard house."""

from dashboard.models.ledger import Basis, MetricDelta
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
    "MetricDelta",
    "StoreDailySales",
    "StoreDailySalesByCountry",
    "StoreDailySalesByProduct",
    "StoreMonthlySales",
    "StoreMonthlySalesByProduct",
    "Verification",
]
