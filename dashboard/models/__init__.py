"""Models of the dashboard app."""

from dashboard.models.activity import ActivityBatch, DailyActivity, MinuteActivity
from dashboard.models.cache import DashboardCache, ScopeVersion, StaleScope
from dashboard.models.ledger import Basis, FoldTotals, MetricDelta
from dashboard.models.rollups import (
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByDimension,
    StoreDailySalesByProduct,
    StoreMonthlySales,
    StoreMonthlySalesByDimension,
    StoreMonthlySalesByProduct,
    StoreYearlySalesByProduct,
)
from dashboard.models.verification import Verification, VerificationRun

__all__ = [
    "ActivityBatch",
    "Basis",
    "DailyActivity",
    "DashboardCache",
    "FoldTotals",
    "MetricDelta",
    "MinuteActivity",
    "ScopeVersion",
    "StaleScope",
    "StoreDailySales",
    "StoreDailySalesByCountry",
    "StoreDailySalesByDimension",
    "StoreDailySalesByProduct",
    "StoreMonthlySales",
    "StoreMonthlySalesByDimension",
    "StoreMonthlySalesByProduct",
    "StoreYearlySalesByProduct",
    "Verification",
    "VerificationRun",
]
