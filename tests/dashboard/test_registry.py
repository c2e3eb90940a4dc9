"""The registry of figures: one entry a figure, and everything made from it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from dashboard.figures import EXPLAINED, FIGURES, Document, Kind, shown_in
from dashboard.figures.entries import Entries
from dashboard.metrics.measures import MEASURES, STORE_MEASURES
from dashboard.models import Basis
from reports.datasets import DATASETS
from reports.models import DailyMetrics
from reports.sql import views

DOCS = Path(__file__).resolve().parents[2] / "docs/metrics.md"


def test_the_tables_of_the_documentation_are_those_of_the_registry(capsys: pytest.CaptureFixture[str]) -> None:
    before = DOCS.read_text()

    call_command("document_figures", check=True)

    assert "up to date" in capsys.readouterr().out
    assert DOCS.read_text() == before
    assert all(f"| `{name}` |" in before for name in EXPLAINED)


def test_tables_that_are_not_up_to_date_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = tmp_path / "metrics.md"
    changed.write_text(DOCS.read_text().replace("Orders placed in", "Orders in"))

    with pytest.raises(SystemExit):
        call_command("document_figures", check=True, path=str(changed))
    call_command("document_figures", path=str(changed))

    assert changed.read_text() == DOCS.read_text()


def test_names_are_given_once() -> None:
    for names in (
        [figure.name for figure in FIGURES.values()],
        *([figure.documents.get(document) for figure in FIGURES.values()] for document in Document),
        [figure.column for figure in FIGURES.values()],
    ):
        given = [name for name in names if name]
        assert sorted(given) == sorted(set(given))


def test_a_figure_is_known_on_the_bases_that_explain_it() -> None:
    for figure in EXPLAINED.values():
        assert figure.bases == tuple(figure.entries), figure.key
        has_states = {*figure.inputs} & {measure.name for measure in MEASURES if measure.is_of_now}
        assert (figure.bases == (Basis.PLACED,)) == bool(has_states or figure.is_of_now), figure.key


def test_entries_know_neither_rollups_nor_the_ledger() -> None:
    def tables(entries: Entries) -> set[str]:
        return set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(entries.values())))

    for figure in EXPLAINED.values():
        assert not any(name.startswith("dashboard") for name in tables(figure.entries)), figure.key


def test_what_can_be_split_is_what_rollups_by_product_and_country_have() -> None:
    splits = {key: figure.dimensions for key, figure in FIGURES.items() if figure.dimensions}
    assert {key for key, dimensions in splits.items() if "product" in dimensions} == {
        "total_sales", "revenue", "gross_sales", "discounts", "returns", "net_sales", "total_orders", "units_sold",
        "units_returned", "cost", "margin", "margin_percent", "units_without_cost", "total_tax",
    }  # fmt: skip
    assert {key for key, dimensions in splits.items() if "product" not in dimensions} == {
        "shipping",
        "tips",
        "tax_included",
        "total_completed_orders",
        "total_expired_orders",
        "total_refunded_orders",
        "average_ticket",
        "orders_with_coupon",
        "orders_without_coupon",
    }
    assert all("country" in dimensions for dimensions in splits.values())


def test_only_what_is_one_measure_adds_up_over_days() -> None:
    for figure in FIGURES.values():
        if figure.sums_over_days and len(figure.inputs) == 1:
            assert figure.inputs[0] in (*STORE_MEASURES, "granted", "spent"), figure.key
        if figure.kind is Kind.RATIO:
            assert not figure.sums_over_days, figure.key


def test_daily_metrics_their_file_and_the_sql_console_have_a_column_for_each_figure() -> None:
    figures = shown_in(Document.DAILY)
    columns = [figure.column for figure in figures.values()]
    stored = {field.name for field in DailyMetrics._meta.get_fields()}
    view: Any = views.BY_NAME["daily_metrics"]
    dataset = DATASETS["daily-metrics"]

    assert set(columns) <= stored
    assert [name for name in view.names if name in columns] == columns
    assert [column.name for column in dataset.columns if column.name in figures] == list(figures)


def test_views_of_rollups_have_every_measure() -> None:
    for name in ("sales_by_day", "sales_by_month"):
        assert set(STORE_MEASURES) <= set(views.BY_NAME[name].names)
