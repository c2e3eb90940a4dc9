from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from customers.actions import update_user
from customers.models import User
from reports.models import ExportJob, SavedQuery, ScheduledExport
from reports.scheduling.actions import MAX_SCHEDULES, change_schedule, create_schedule
from tests.builders import a_store, a_user
from tests.reports.schedules.plans import a_schedule

pytestmark = pytest.mark.django_db

URL = "/api/v1/admin/reports/schedules"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def call(user: User, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    """Return the status and the body of a call with a session."""
    client = Client()
    client.force_login(user)
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = client.generic(method, URL + path, **sent)
    return answer.status_code, json.loads(answer.content) if answer.content else None


def a_plan(user: User, **fields: Any) -> dict[str, Any]:
    """Return a body that creates a schedule."""
    plan = {
        "name": "Sales of last month",
        "type": "orders",
        "filters": {"period": "last_month"},
        "format": "xlsx",
        "cron": "0 7 1 * *",
        "timezone": "Europe/London",
        "recipients": [user.email],
    }
    return {**plan, **fields}


def refused(user: User, body: Any) -> dict[str, list[str]]:
    """Return what a refused creation says, having left nothing behind."""
    status, answer = call(user, "POST", "", body)
    assert (status, ScheduledExport.objects.count()) == (400, 0), answer
    return dict(answer["errors"])


def test_a_schedule_is_created_with_its_next_moment() -> None:
    store = a_store(slug="tea-house")
    owner = a_user(User.Role.ADMIN, email="rosa@example.com")
    body = a_plan(
        owner,
        filters={"store": store.slug, "period": "last_month", "country": "GB"},
        cron=" 0  7 1 * * ",
        columns=["orderNumber", "sales"],
        recipients=["Rosa@Example.com"],
    )
    with time_machine.travel(NOW, tick=False):
        status, answer = call(owner, "POST", "", body)
    assert (status, answer["data"]) == (
        201,
        {
            "id": ScheduledExport.objects.get().pk,
            **body,
            "query": None,
            "cron": "0 7 1 * *",
            "recipients": ["rosa@example.com"],
            "isActive": True,
            "nextRunAt": "2026-12-01T07:00:00Z",
            "lastRunAt": None,
            "failures": 0,
            "lastError": "",
            "owner": "rosa@example.com",
            "createdAt": "2026-11-20T12:00:00Z",
        },
    )
    assert ExportJob.objects.count() == 0


def test_what_is_left_out_means_everything_in_utc_and_active() -> None:
    owner = a_user(User.Role.ADMIN)
    body = {name: value for name, value in a_plan(owner).items() if name not in ("filters", "timezone")}
    status, answer = call(owner, "POST", "", {**body, "type": "products"})
    assert status == 201
    wanted = {"filters": {}, "columns": [], "timezone": "UTC", "isActive": True, "query": None}
    assert {name: answer["data"][name] for name in wanted} == wanted


def test_a_schedule_may_be_created_paused() -> None:
    owner = a_user(User.Role.ADMIN)
    status, answer = call(owner, "POST", "", a_plan(owner, isActive=False))
    assert (status, answer["data"]["isActive"], answer["data"]["nextRunAt"]) == (201, False, None)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "Plan\r\nBcc: thief@example.com"}, "name"),
        ({"name": "Plan\u2028X"}, "name"),
        ({"name": "Plan \u202egnp.exe"}, "name"),
        ({"name": "Plan\0"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"type": "users"}, "type"),
        ({"type": ["orders"]}, "type"),
        ({"type": "orders; DROP TABLE"}, "type"),
        ({"filters": []}, "filters"),
        ({"filters": {"period": "next_month"}}, "filters.period"),
        ({"filters": {"period": ["last_month"]}}, "filters.period"),
        ({"filters": {"period": None}}, "filters.period"),
        ({"filters": {"period": ""}}, "filters.period"),
        ({"filters": {"from": "2026-01-01", "to": "2026-01-31"}}, "filters.from"),
        ({"filters": {"period": "last_month", "to": "2026-01-31"}}, "filters.to"),
        ({"filters": {"weather": "rain"}}, "filters.weather"),
        ({"filters": {"store": 1.5}}, "filters.store"),
        ({"filters": {"store": {"a": 1}}}, "filters.store"),
        ({"filters": {"store": "a\0b"}}, "filters.store"),
        ({"filters": {"basis": "guessed"}}, "filters.basis"),
        ({"filters": {str(number): "x" for number in range(30)}}, "filters"),
        ({"type": "products", "filters": {"period": "today"}}, "filters.period"),
        ({"columns": ["password"]}, "columns"),
        ({"columns": ["sales", "sales"]}, "columns"),
        ({"columns": "sales"}, "columns"),
        ({"format": "pdf"}, "format"),
        ({"format": None}, "format"),
        ({"cron": "every day"}, "cron"),
        ({"cron": "* * * * *"}, "cron"),
        ({"cron": "*/14 * * * *"}, "cron"),
        ({"cron": "0 6 31 2 *"}, "cron"),
        ({"cron": "0 6 29 2 mon"}, "cron"),
        ({"cron": "0 6 * * *; rm -rf /"}, "cron"),
        ({"cron": "1-99999999999999999999 6 * * *"}, "cron"),
        ({"cron": "0," * 49 + "0 6 * * *"}, "cron"),
        ({"cron": ["0 6 * * *"]}, "cron"),
        ({"timezone": "London"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"timezone": "+01:00"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"recipients": []}, "recipients"),
        ({"recipients": "rosa@example.com"}, "recipients"),
        ({"recipients": ["nobody@example.com"]}, "recipients"),
        ({"recipients": ["rosa@example.com", "ROSA@example.com"]}, "recipients"),
        ({"recipients": ["rosa@example.com\nBcc: thief@example.com"]}, "recipients"),
        ({"recipients": ["rosa@example.com,thief@example.com"]}, "recipients"),
        ({"recipients": ["Rosa <rosa@example.com>"]}, "recipients"),
        ({"recipients": ["rosa@example.com"] * 21}, "recipients"),
        ({"recipients": [None]}, "recipients.0"),
        ({"recipients": ["a\0@example.com"]}, "recipients.0"),
        ({"isActive": "yes"}, "isActive"),
        ({"query": 1}, "query"),
        ({"query": 2**63}, "query"),
        ({"query": "1"}, "query"),
        ({"owner": "other@example.com"}, "owner"),
        ({"nextRunAt": "2020-01-01T00:00:00Z"}, "nextRunAt"),
        ({"failures": 0}, "failures"),
    ],
)
def test_what_is_wrong_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    owner = a_user(User.Role.ADMIN, email="rosa@example.com")
    assert list(refused(owner, a_plan(owner, **fields))) == [named]


def test_everything_that_is_wrong_is_named_at_once() -> None:
    owner = a_user(User.Role.ADMIN)
    body = a_plan(
        owner, name="a\nb", cron="0 25 * * *", recipients=["x@example.com"], filters={"period": "soon"}, columns=["x"]
    )
    assert sorted(refused(owner, body)) == ["cron", "filters.period", "name", "recipients"]


@pytest.mark.parametrize("role", [User.Role.STAFF, User.Role.USER])
def test_a_recipient_must_be_somebody_who_may_open_the_export(role: str) -> None:
    owner = a_user(User.Role.ADMIN)
    clerk, gone = a_user(role, email="clerk@example.com"), a_user(User.Role.ADMIN, email="gone@example.com")
    update_user(user=gone, changes={"status": "SUSPENDED"}, actor=a_user(User.Role.SUPER_ADMIN))
    body = a_plan(owner, recipients=[owner.email, clerk.email, gone.email])
    assert refused(owner, body) == {
        "recipients": ["Nobody who may open this export has the address 'clerk@example.com', 'gone@example.com'."]
    }


def test_a_store_that_is_not_there_is_404() -> None:
    owner = a_user(User.Role.ADMIN)
    status, answer = call(owner, "POST", "", a_plan(owner, filters={"store": "nowhere", "period": "today"}))
    assert (status, answer["code"], ScheduledExport.objects.count()) == (404, "RESOURCE_NOT_FOUND", 0)


def test_saved_queries_are_for_super_admins_alone_while_there_is_a_console(settings: Any) -> None:
    boss, admin = a_user(User.Role.SUPER_ADMIN), a_user(User.Role.ADMIN)
    query = SavedQuery.objects.create(name="One", sql="SELECT 1", owner=boss)
    wanted = {"type": "query", "query": query.pk, "filters": {}}
    assert list(refused(boss, a_plan(boss, **wanted))) == ["query"]
    settings.DEALPORT_SQL_CONSOLE = True
    assert list(refused(admin, a_plan(admin, **wanted))) == ["query"]
    # nor does an admin learn which queries there are
    missing = {**wanted, "query": query.pk + 1}
    assert refused(admin, a_plan(admin, **wanted)) == refused(admin, a_plan(admin, **missing))
    assert list(refused(boss, a_plan(boss, **missing))) == ["query"]
    assert list(refused(boss, a_plan(boss, **{**wanted, "query": None}))) == ["query"]
    assert list(refused(boss, a_plan(boss, **{**wanted, "filters": {"period": "today"}}))) == ["filters"]
    assert list(refused(boss, a_plan(boss, **{**wanted, "columns": ["sales"]}))) == ["filters"]
    status, answer = call(boss, "POST", "", a_plan(boss, **wanted))
    assert (status, answer["data"]["type"], answer["data"]["query"]) == (201, "query", query.pk)
    # turned into another type it has no query any more
    path = f"/{answer['data']['id']}"
    status, answer = call(boss, "PATCH", path, {"type": "orders"})
    assert (status, answer["data"]["type"], answer["data"]["query"]) == (200, "orders", None)


def test_a_change_says_the_whole_again_and_moves_the_next_moment_only_with_the_rhythm() -> None:
    owner = a_user(User.Role.ADMIN)
    with time_machine.travel(NOW, tick=False) as clock:
        schedule = a_schedule(owner)
        due = timezone.now() + timedelta(minutes=5)
        ScheduledExport.objects.filter(pk=schedule.pk).update(next_run_at=due, failures=2, last_error="away")
        status, answer = call(owner, "PATCH", f"/{schedule.pk}", {"name": "Renamed"})
        assert (status, answer["data"]["name"], answer["data"]["nextRunAt"]) == (200, "Renamed", "2026-11-20T12:05:00Z")
        assert (answer["data"]["failures"], answer["data"]["lastError"]) == (2, "away")
        clock.move_to(NOW + timedelta(hours=1))
        status, answer = call(owner, "PATCH", f"/{schedule.pk}", {"cron": "30 13 * * *"})
        assert (status, answer["data"]["nextRunAt"]) == (200, "2026-11-20T13:30:00Z")
        status, answer = call(owner, "PATCH", f"/{schedule.pk}", {"timezone": "Asia/Tokyo"})
        assert (status, answer["data"]["nextRunAt"]) == (200, "2026-11-21T04:30:00Z")


def test_a_change_that_leaves_something_wrong_changes_nothing() -> None:
    owner, other = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    schedule = a_schedule(owner, recipients=[owner.email, other.email])
    User.objects.filter(pk=other.pk).update(role=User.Role.STAFF)
    status, answer = call(owner, "PATCH", f"/{schedule.pk}", {"name": "Renamed"})
    assert (status, list(answer["errors"])) == (400, ["recipients"])
    schedule.refresh_from_db()
    assert schedule.name == "Orders of yesterday"
    # but it can be paused, and mended
    assert call(owner, "PATCH", f"/{schedule.pk}", {"isActive": False})[0] == 200
    assert call(owner, "PATCH", f"/{schedule.pk}", {"isActive": True})[0] == 400
    assert call(owner, "PATCH", f"/{schedule.pk}", {"isActive": True, "recipients": [owner.email]})[0] == 200


def test_starting_a_stopped_schedule_forgets_its_failures() -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    stopped = {"is_active": False, "next_run_at": None, "failures": 5, "last_error": "away"}
    ScheduledExport.objects.filter(pk=schedule.pk).update(**stopped)
    with time_machine.travel(NOW, tick=False):
        status, answer = call(owner, "PATCH", f"/{schedule.pk}", {"isActive": True})
    told = {name: answer["data"][name] for name in ("isActive", "failures", "lastError", "nextRunAt")}
    assert (status, told) == (
        200,
        {"isActive": True, "failures": 0, "lastError": "", "nextRunAt": "2026-11-21T06:00:00Z"},
    )


def test_admins_see_their_own_schedules_and_super_admins_all() -> None:
    boss, ada, bob = a_user(User.Role.SUPER_ADMIN), a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    # a recipient sees the files, not the schedule
    mine = a_schedule(ada, name="Hers", recipients=[ada.email, bob.email])
    his = a_schedule(bob, name="His")
    seen = {user.pk: [row["name"] for row in call(user, "GET")[1]["data"]] for user in (boss, ada, bob)}
    assert seen == {boss.pk: ["His", "Hers"], ada.pk: ["Hers"], bob.pk: ["His"]}
    missing = call(ada, "GET", f"/{his.pk + 1000}")
    for method, body in (("GET", None), ("PATCH", {"isActive": False}), ("DELETE", None)):
        status, answer = call(ada, method, f"/{his.pk}", body)
        assert (status, answer["code"]) == (missing[0], missing[1]["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert call(boss, "PATCH", f"/{mine.pk}", {"name": "Still hers"})[1]["data"]["owner"] == ada.email
    assert ScheduledExport.objects.filter(is_active=True).count() == 2


def test_the_list_is_filtered_and_ordered_and_refuses_what_it_does_not_know() -> None:
    owner = a_user(User.Role.ADMIN)
    a_schedule(owner, name="B", dataset="customers")
    a_schedule(owner, name="A", is_active=False)
    names = {
        query: [row["name"] for row in call(owner, "GET", query)[1]["data"]]
        for query in (
            "?ordering=name",
            "?ordering=-name",
            "?isActive=true",
            "?type=orders",
        )
    }
    assert names == {
        "?ordering=name": ["A", "B"],
        "?ordering=-name": ["B", "A"],
        "?isActive=true": ["B"],
        "?type=orders": ["A"],
    }
    for query in ("?ordering=owner", "?isActive=perhaps", "?type=users", "?owner=1", "?page=0"):
        assert call(owner, "GET", query)[0] == 400


def test_deleting_really_deletes() -> None:
    owner = a_user(User.Role.ADMIN)
    schedule, other = a_schedule(owner), a_schedule(owner, name="Other")
    assert call(owner, "DELETE", f"/{schedule.pk}") == (204, None)
    assert call(owner, "DELETE", f"/{schedule.pk}")[0] == 404
    assert list(ScheduledExport.objects.all()) == [other]


@pytest.mark.parametrize("key", ["x", "1%00", "999999999999999999999", "-1", "1.0", "\u0661"])
def test_a_key_that_is_none_is_404(key: str) -> None:
    assert call(a_user(User.Role.SUPER_ADMIN), "GET", f"/{key}")[0] == 404


def test_an_account_has_so_many_schedules_and_no_more() -> None:
    owner = a_user(User.Role.ADMIN)
    first = a_schedule(owner)
    rows = [ScheduledExport(owner=owner, name="x", dataset="orders", cron="0 6 * * *", is_active=False)] * (
        MAX_SCHEDULES - 1
    )
    ScheduledExport.objects.bulk_create(rows)
    status, answer = call(owner, "POST", "", a_plan(owner))
    assert (status, answer["message"]) == (409, "You have 100 schedules: delete one first.")
    assert call(owner, "PATCH", f"/{first.pk}", {"name": "Still possible"})[0] == 200
    assert call(owner, "DELETE", f"/{first.pk}")[0] == 204
    assert call(owner, "POST", "", a_plan(owner))[0] == 201


def test_a_field_that_no_schedule_has_is_refused_by_its_name() -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    for call_action in (
        lambda values: change_schedule(schedule=schedule, values=values, actor=owner),
        lambda values: create_schedule(values=values, actor=owner),
    ):
        with pytest.raises(ValidationError) as refusal:
            call_action({"name": "Daily", "crom": "0 6 * * *"})
        assert list(refusal.value.detail) == ["crom"]
    assert ScheduledExport.objects.get().name == schedule.name
    assert call(owner, "PATCH", f"/{schedule.pk}", {"crom": "0 6 * * *"})[0] == 400
