"""Logs, documents and alarms that the product promises to who runs it."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
import yaml
from pytest_django import Settings

from customers.models import Store
from dealport.logs import configure_logs

ROOT = Path(__file__).resolve().parents[2]


def text_of(*names: str) -> str:
    return "\n".join((ROOT / name).read_text() for name in names)


@pytest.mark.django_db
@pytest.mark.parametrize("is_development", [True, False])
def test_g248_development_logs_each_statement_with_its_time_and_production_none(
    settings: Settings, is_development: bool
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    settings.DEBUG = is_development
    written = io.StringIO()
    try:
        configure_logs(level="DEBUG", json=True)
        (handler,) = root.handlers
        handler.setStream(written)  # type: ignore[attr-defined]
        assert not Store.objects.filter(slug="statement-canary").exists()
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
    lines = [line for line in map(json.loads, written.getvalue().splitlines()) if "customers_store" in line["event"]]
    assert bool(lines) is is_development
    assert all(line["logger"] == "django.db.backends" and line["event"].startswith("(0.") for line in lines)


def test_g067_g361_the_goal_of_cached_answers_is_written_down_and_has_an_alarm() -> None:
    rules = yaml.safe_load(text_of("deploy/prometheus/alerts.yml"))
    alarms = {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    alarm = alarms["DealPortCacheMissed"]
    assert "dealport_cache_reads_total" in alarm["expr"]
    assert "< 0.8" in alarm["expr"]
    assert "more than 80 % of the dashboard's answers come from the cache" in " ".join(
        text_of("docs/operations.md").split()
    )


def test_g370_documents_say_how_webhooks_are_set_up_and_what_commands_take() -> None:
    operations = text_of("docs/operations.md")
    for words in (
        "## Payment webhooks",
        "X-DealPort-Signature",
        "former secret",
        "--ttl-ms",
        "refresh_dashboard_cache",
    ):
        assert words in operations, words
    connections = text_of("docs/connections.md")
    for words in ("shows a webhook address", "the delivery URL is the address", "customers/redact"):
        assert words in connections, words
