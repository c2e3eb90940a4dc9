"""Page views and active accounts: counted in Redis, written once, by local day and by minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import User
from customers.tokens import log_in
from dashboard.answers.snapshot import get_dashboard_metrics
from dashboard.metrics import activity
from dashboard.models import ActivityBatch, DailyActivity, MinuteActivity
from tests.builders import a_store, a_user
from tests.dashboard.caching import own_redis

pytestmark = pytest.mark.django_db(transaction=True)

EVENING = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # 23:30 in London, 10:30 of the next day in Auckland


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    activity.BUFFER.push()
    activity.ask(lambda run: [("DEL", activity._counts_key(run), activity._taken_key(run))])
    with time_machine.travel(EVENING, tick=False) as moved:
        yield moved


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def flush() -> int:
    activity.BUFFER.push()
    return activity.flush()


def daily() -> set[tuple[Any, ...]]:
    return set(DailyActivity.objects.values_list("store__slug", "day", "user_id", "page_views"))


def test_views_count_on_the_stores_local_day_and_once_for_all_stores(clock: Any) -> None:
    london, auckland = a_store(slug="london"), a_store(slug="auckland", timezone="Pacific/Auckland")
    admin = a_user(User.Role.ADMIN)
    client = browser(admin)
    client.get("/dashboard/london/")
    client.get("/store/dashboard", {"store": london.pk})
    client.get("/api/v1/dashboard/metrics", {"tenant": "auckland"})
    client.get("/dashboard/")

    assert flush() == 4
    today, tomorrow = date(2026, 7, 1), date(2026, 7, 2)
    assert daily() == {
        ("london", today, admin.pk, 2),
        ("auckland", tomorrow, admin.pk, 1),
        (None, today, admin.pk, 3),
        (None, tomorrow, admin.pk, 1),
    }
    assert set(MinuteActivity.objects.values_list("store__slug", "minute", "page_views")) == {
        ("london", EVENING, 2),
        ("auckland", EVENING, 1),
        (None, EVENING, 4),
    }
    assert auckland.pk != london.pk


def test_who_only_writes_is_active_without_a_view_and_refusals_count_nothing() -> None:
    store = a_store(slug="london")
    user = a_user(User.Role.STAFF, store)
    token = {"Authorization": f"Bearer {log_in(user).access}"}
    client = Client(headers=token)
    client.post("/api/v1/categories", {"name": "Shelf", "store": "london"}, content_type="application/json")
    client.get("/api/v1/dashboard/metrics", {"tenant": "nowhere"})
    Client().get("/dashboard/")
    Client().get("/health")

    assert flush() == 1
    assert daily() == {(None, date(2026, 7, 1), user.pk, 0)}


def test_counting_costs_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(a_user(User.Role.ADMIN))
    client.get("/api/v1/dashboard/metrics")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/dashboard/metrics").status_code == 200
        return len(captured)

    counted = statements()
    monkeypatch.setattr(activity.BUFFER, "add", lambda *_: None)
    assert counted == statements()


def test_usage_shows_what_was_written(clock: Any) -> None:
    store = a_store(slug="london")
    before = get_dashboard_metrics(store)["usage"][-1]["pageViews"]
    for user in (a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)):
        browser(user).get("/dashboard/london/")
    flush()

    after = get_dashboard_metrics(store)["usage"][-1]
    everywhere = get_dashboard_metrics()["usage"][-1]

    assert (before, after["pageViews"], after["activeUsers"]) == (0, 2, 2)
    assert (everywhere["pageViews"], everywhere["activeUsers"]) == (2, 2)


def test_a_flush_that_died_before_it_was_done_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(slug="london")
    client = browser(a_user(User.Role.ADMIN))
    client.get("/dashboard/london/")
    activity.BUFFER.push()
    with monkeypatch.context() as dying:
        real = activity.ask
        dying.setattr(activity, "ask", lambda make: real(lambda run: [c for c in make(run) if c[0] != "DEL"]))
        assert activity.flush() == 1
    client.get("/dashboard/london/")
    activity.BUFFER.push()

    assert [activity.flush(), activity.flush(), activity.flush()] == [1, 1, 0]
    assert DailyActivity.objects.get(store=store).page_views == 2
    assert ActivityBatch.objects.count() == 2


def test_without_redis_nothing_is_counted_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(slug="london")
    client = browser(a_user(User.Role.STAFF, store))
    with own_redis(monkeypatch) as server:
        server.stop()
        assert client.get("/dashboard/london/").status_code == 200
        assert flush() == 0
    assert daily() == set()


def test_old_minutes_and_batches_are_pruned_and_days_stay(clock: Any) -> None:
    a_store(slug="london")
    browser(a_user(User.Role.ADMIN)).get("/dashboard/london/")
    flush()
    clock.shift(timedelta(days=7, seconds=1))

    assert activity.prune_activity() == 3
    assert (MinuteActivity.objects.count(), ActivityBatch.objects.count(), DailyActivity.objects.count()) == (0, 0, 2)
