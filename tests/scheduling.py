"""How `make test` shares the tests among its processes: whole files, the longest first, serial files one by one.

A whole file, so that what its tests share is built once. pytest-xdist has groups for this (`--dist loadgroup`), but
its release 3.8 writes them where pytest 9.2 no longer looks, so that no group held.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
SERIAL, SERVERS, BROWSER = "serial", "servers", "tests/browser"
MARKS = (SERIAL, SERVERS)
"""Marks of files that disturb each other: those of one mark run one after the other, in one process."""
WALK = f"{BROWSER}/test_every_page.py"
"""As long as all others in the browser together."""
# Units of five seconds of processor time and more, that of their databases, servers and browsers included. `make test`
# begins with them, `make test-fast` leaves them out. To measure: `make test ARGS=--durations=200` on a quiet machine.
LONG = {
    SERIAL: 180,
    SERVERS: 150,  # most of it waits
    BROWSER: 130,
    WALK: 100,
    "tests/authorisation/test_matrix.py": 24,
    "tests/benchmarks/test_benchmarks.py": 70,
    "tests/checklist/test_demo_accounts.py": 6,
    "tests/customers/test_api_auth.py": 10,
    "tests/customers/test_api_customers.py": 6,
    "tests/customers/test_audit.py": 9,
    "tests/customers/test_email_addresses.py": 7,
    "tests/customers/test_pictures.py": 9,
    "tests/customers/test_second_factor.py": 8,
    "tests/customers/test_sessions.py": 6,
    "tests/customers/test_store_clocks.py": 5,
    "tests/customers/test_tokens_end.py": 12,
    "tests/dashboard/test_admin_every_model.py": 35,
    "tests/dashboard/test_admin_foreign_stores.py": 20,
    "tests/dashboard/test_admin_hostile.py": 19,
    "tests/dashboard/test_analytics.py": 12,
    "tests/dashboard/test_analytics_plan.py": 11,
    "tests/dashboard/test_api_store_dashboard.py": 6,
    "tests/dashboard/test_cache.py": 7,
    "tests/dashboard/test_cache_differential.py": 14,
    "tests/dashboard/test_clocks.py": 7,
    "tests/dashboard/test_comparisons_everywhere.py": 8,
    "tests/dashboard/test_customer_types.py": 6,
    "tests/dashboard/test_every_amount.py": 38,
    "tests/dashboard/test_explain_stores.py": 9,
    "tests/dashboard/test_explain_until.py": 12,
    "tests/dashboard/test_express.py": 12,
    "tests/dashboard/test_figures.py": 19,
    "tests/dashboard/test_folding.py": 13,
    "tests/dashboard/test_highlights.py": 9,
    "tests/dashboard/test_months_of_dimensions.py": 5,
    "tests/dashboard/test_pages_hostile.py": 10,
    "tests/dashboard/test_pages_overview.py": 18,
    "tests/dashboard/test_pages_portuguese.py": 6,
    "tests/dashboard/test_pages_snapshot.py": 7,
    "tests/dashboard/test_pages_uploads.py": 7,
    "tests/dashboard/test_rendered.py": 6,
    "tests/dashboard/test_shell.py": 13,
    "tests/dashboard/test_snapshot.py": 14,
    "tests/dashboard/test_store_comparisons.py": 35,
    "tests/dashboard/test_taxes.py": 8,
    "tests/dashboard/test_two_dimensions.py": 18,
    "tests/dealport/storage/test_contract.py": 6,
    "tests/dealport/storage/test_s3.py": 11,
    "tests/dealport/storage/test_s3_interruptions.py": 10,
    "tests/dealport/test_beat.py": 11,
    "tests/dealport/test_conventions.py": 18,
    "tests/dealport/test_health.py": 6,
    "tests/dealport/test_logs.py": 5,
    "tests/dealport/test_metrics.py": 8,
    "tests/dealport/test_schema.py": 15,
    "tests/dealport/test_upgrade.py": 45,
    "tests/faults/test_limits.py": 5,
    "tests/fuzzing/test_document.py": 40,
    "tests/fuzzing/test_hostile_bodies.py": 12,
    "tests/orders/test_admin_orders.py": 5,
    "tests/orders/test_admin_pages_of_things.py": 6,
    "tests/orders/test_api_hostile.py": 12,
    "tests/orders/test_api_lists.py": 7,
    "tests/orders/test_bulk.py": 7,
    "tests/orders/test_connected_orders.py": 6,
    "tests/orders/test_connection_faults.py": 6,
    "tests/orders/test_connection_replay.py": 10,
    "tests/orders/test_connections.py": 6,
    "tests/orders/test_import_concurrency.py": 9,
    "tests/orders/test_import_files.py": 17,
    "tests/orders/test_import_orders.py": 11,
    "tests/orders/test_import_real_store.py": 50,
    "tests/orders/test_import_refusals.py": 13,
    "tests/orders/test_reading_is_linear.py": 7,
    "tests/orders/test_search.py": 21,
    "tests/orders/test_seed_command.py": 21,
    "tests/orders/test_seed_data.py": 10,
    "tests/orders/test_source_details.py": 8,
    "tests/orders/test_source_ends.py": 6,
    "tests/orders/test_source_is_never_refused.py": 12,
    "tests/orders/test_source_orders.py": 11,
    "tests/orders/test_steps.py": 6,
    "tests/orders/test_three_decimals.py": 9,
    "tests/orders/test_webhook.py": 6,
    "tests/properties/test_days.py": 11,
    "tests/properties/test_edited_lives.py": 12,
    "tests/properties/test_local_days.py": 12,
    "tests/properties/test_provider_events.py": 30,
    "tests/properties/test_refund_shares.py": 7,
    "tests/properties/test_source_orders.py": 12,
    "tests/properties/test_store_lives.py": 40,
    "tests/reports/export_pages/test_form.py": 11,
    "tests/reports/exports/test_analytics_dataset.py": 7,
    "tests/reports/exports/test_attacks_lives.py": 8,
    "tests/reports/exports/test_attacks_lost.py": 5,
    "tests/reports/exports/test_attacks_numbers.py": 6,
    "tests/reports/exports/test_datasets.py": 13,
    "tests/reports/exports/test_downloads.py": 8,
    "tests/reports/exports/test_hostile_content.py": 6,
    "tests/reports/exports/test_jobs.py": 10,
    "tests/reports/schedules/test_api_schedules.py": 7,
    "tests/reports/schedules/test_mailing.py": 6,
    "tests/reports/schedules/test_pages_schedules.py": 5,
    "tests/reports/schedules/test_processes.py": 7,
    "tests/reports/schedules/test_running.py": 7,
    "tests/reports/sql/test_answers.py": 10,
    "tests/reports/sql/test_generated.py": 33,
    "tests/reports/sql/test_growth.py": 8,
    "tests/reports/sql/test_memory.py": 6,
    "tests/reports/sql/test_second_layer.py": 5,
    "tests/reports/test_aggregation.py": 11,
    "tests/reports/test_api_analytics.py": 7,
    "tests/reports/test_comparison.py": 6,
    "tests/reports/test_pages_explore.py": 6,
    "tests/reports/test_pages_home.py": 8,
    "tests/reports/test_pages_series.py": 5,
    "tests/reports/test_previous_links.py": 16,
    "tests/reports/test_ready_reports.py": 8,
    "tests/reports/test_ready_rows.py": 8,
    "tests/reports/test_recalculation.py": 6,
    "tests/reports/test_saved_views.py": 5,
    "tests/reports/test_series_differential.py": 5,
}


class WholeFiles(LoadScopeScheduling):
    """One unit of work for each file, and one for all files of a mark."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return the file of a test; its mark when the file or the conftest.py of its folder has one, or BROWSER."""
    name = nodeid.partition("::")[0]
    if mark := _mark_of(ROOT / name):
        return mark
    return BROWSER if name.startswith(f"{BROWSER}/") and name != WALK else name  # one browser serves them all


def is_slow(nodeid: str) -> bool:
    """Tell whether `make test-fast` leaves a test out."""
    return unit_of(nodeid) in LONG


@cache
def _mark_of(file: Path) -> str:
    sources = [one.read_text(encoding="utf-8") for one in (file, file.with_name("conftest.py")) if one.exists()]
    return next((mark for mark in MARKS if any(f"pytest.mark.{mark}" in source for source in sources)), "")


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests so that long units come first; each unit stays together."""
    units: dict[str, int] = {}
    for item in items:
        units.setdefault(unit_of(item.nodeid), len(units))
    items.sort(key=lambda item: (-LONG.get(unit_of(item.nodeid), 0), units[unit_of(item.nodeid)]))


def scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    """Return the scheduler that hands out units in the order of `longest_first`."""
    config.option.loadscopereorder = False
    return WholeFiles(config, log)
