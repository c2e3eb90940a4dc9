"""What Prometheus is told."""

import re
from typing import Any

import pytest
from django.test import Client

from customers.models import User
from dashboard.metrics.folding import fold_all
from dashboard.metrics.verification import verify_store
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def scrape(**extra: Any) -> dict[str, float]:
    answer = Client().get("/metrics", **extra)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    lines = (line for line in answer.content.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted_by_route_method_and_status() -> None:
    user = a_user(User.Role.ADMIN)
    store = a_store()
    client = Client()
    client.force_login(user)
    series = (
        'dealport_http_request_duration_seconds_count{method="GET",route="api/v1/stores/(?P<pk>[^/.]+)$",status="%d"}'
    )
    before = scrape()
    for key in (store.pk, store.slug, "missing"):
        client.get(f"/api/v1/stores/{key}")
    client.generic("BREW", "/nowhere/at/all")
    after = scrape()
    counted = {name: after[name] - before.get(name, 0) for name in after if name.startswith("dealport_http")}
    assert (counted[series % 200], counted[series % 404]) == (2, 1)
    assert not any(store.slug in name or "nowhere" in name or "BREW" in name for name in counted)
    queries = "dealport_database_query_duration_seconds_count"
    assert after[queries] > before[queries]


def test_the_ledger_the_folds_the_checks_and_the_orders_are_told() -> None:
    store = a_store(slug="tea")
    before = scrape()
    an_order(store, paid=True)
    waiting = scrape()
    assert waiting["dealport_ledger_rows"] == before["dealport_ledger_rows"] + 4
    assert waiting["dealport_ledger_oldest_seconds"] >= 0
    assert waiting["dealport_orders_placed"] == waiting["dealport_orders_completed"] == 1
    fold_all()
    verify_store(store)
    folded = scrape()
    assert (folded["dealport_ledger_rows"], folded["dealport_ledger_oldest_seconds"]) == (0, 0)
    assert folded["dealport_folded_rows_total"] - before["dealport_folded_rows_total"] == 4
    assert folded["dealport_folds_total"] - before["dealport_folds_total"] == 1
    assert folded["dealport_fold_seconds_total"] > before["dealport_fold_seconds_total"]
    assert folded['dealport_verification_wrong_buckets{store="tea"}'] == 0
    assert folded['dealport_verification_difference{store="tea"}'] == 0
    assert folded['dealport_verification_age_seconds{store="tea"}'] < 60
    assert "dealport_verification_sample_age_seconds" not in folded
    assert folded["dealport_orders_placed"] == 1


def test_this_machine_and_the_bearer_of_the_token_may_scrape(settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    far = {"REMOTE_ADDR": "203.0.113.7"}
    proxied = {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert scrape()
    assert scrape(**far, HTTP_AUTHORIZATION="Bearer scrape-me")
    for caller in (
        far,
        proxied,
        {**far, "HTTP_AUTHORIZATION": "Bearer wrong"},
        {**far, "HTTP_AUTHORIZATION": "Bearer "},
    ):
        assert Client().get("/metrics", **caller).status_code == 404
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", **far, HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_no_series_names_a_person() -> None:
    an_order(a_store(), paid=True)
    assert not [name for name in scrape() if re.search(r"@|[0-9]{5,}", name)]
