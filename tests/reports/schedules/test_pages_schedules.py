from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from customers.models import User
from reports.models import ExportJob, SavedQuery, ScheduledExport, ScheduleMail
from reports.pages.schedule_when import When, in_words, when_of
from tests.builders import a_store, a_user
from tests.reports.schedules.plans import a_schedule

pytestmark = pytest.mark.django_db

LIST = "/reports/schedules/"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_form(user: User, **fields: Any) -> dict[str, Any]:
    """Return the fields of the form of orders, filled in."""
    form = {
        "type": "orders", "name": "Sales", "period": "last_month", "column": ["orderNumber", "sales"], "format": "csv",
        "rhythm": "monthly", "time": "07:30", "day": "1", "weekday": "1", "cron": "", "timezone": "Europe/London",
        "recipients": user.email,
    }  # fmt: skip
    return {**form, **fields}


def fields_with_errors(answer: Any) -> list[str]:
    """Return the fields that have an error in the form that is shown again."""
    return sorted(answer.context["errors"])


@pytest.mark.parametrize(
    ("cron", "words", "when"),
    [
        ("0 6 * * *", "Every day at 06:00", When("daily", "06:00", cron="0 6 * * *")),
        ("45 17 * * 0", "Every Sunday at 17:45", When("weekly", "17:45", weekday="0", cron="45 17 * * 0")),
        ("5 0 31 * *", "On day 31 of the month at 00:05", When("monthly", "00:05", day="31", cron="5 0 31 * *")),
        ("0 6 1 * 1", "Cron 0 6 1 * 1", When("cron", cron="0 6 1 * 1")),
        ("0 6 * * 1-5", "Cron 0 6 * * 1-5", When("cron", cron="0 6 * * 1-5")),
        ("*/15 * * * *", "Cron */15 * * * *", When("cron", cron="*/15 * * * *")),
        ("0 6 1 1 *", "Cron 0 6 1 1 *", When("cron", cron="0 6 1 1 *")),
    ],
)
def test_an_expression_is_said_in_words_and_comes_back_out_of_its_form(cron: str, words: str, when: When) -> None:
    assert (in_words(cron), when_of(cron), when_of(cron).expression) == (words, when, cron)


def test_a_filled_in_form_becomes_a_schedule() -> None:
    store, user = a_store(slug="tea"), a_user(User.Role.ADMIN, email="ada@example.com")
    other = a_user(User.Role.ADMIN, email="bob@example.com")
    form = a_form(user, store=store.slug, status="PROCESSING", recipients="ada@example.com,\r\n bob@example.com ;")
    answer = logged_in(user).post(f"{LIST}new/", form)
    schedule = ScheduledExport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{schedule.pk}/")
    assert (schedule.owner, schedule.name, schedule.dataset, schedule.filters, schedule.columns, schedule.format) == (
        user,
        "Sales",
        "orders",
        {"store": "tea", "period": "last_month", "status": "PROCESSING"},
        ["orderNumber", "sales"],
        "csv",
    )
    assert (schedule.cron, schedule.timezone, schedule.recipients) == (
        "30 7 1 * *",
        "Europe/London",
        ["ada@example.com", other.email],
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "a\r\nBcc: b@example.com"}, ["name"]),
        ({"name": "a\0"}, ["name"]),
        ({"period": "someday"}, ["period"]),
        ({"store": "nowhere"}, ["store"]),
        ({"store": "a\0b"}, ["store"]),
        ({"status": "LOST"}, ["status"]),
        ({"column": []}, ["columns"]),
        ({"column": ["password"]}, ["columns"]),
        ({"format": "exe"}, ["format"]),
        ({"rhythm": "hourly"}, ["rhythm"]),
        ({"rhythm": "weekly", "weekday": "8"}, ["rhythm"]),
        ({"day": "0"}, ["rhythm"]),
        ({"time": "25:00"}, ["time"]),
        ({"time": "\u0660\u0667:30"}, ["time"]),
        ({"rhythm": "cron", "cron": "* * * * *"}, ["cron"]),
        ({"rhythm": "cron", "cron": ""}, ["cron"]),
        ({"rhythm": "cron", "cron": "0 " * 5000}, ["cron"]),
        ({"timezone": "Mars"}, ["timezone"]),
        ({"recipients": ""}, ["recipients"]),
        ({"recipients": "nobody@example.com"}, ["recipients"]),
        ({"time": "", "name": "", "recipients": ""}, ["name", "recipients", "time"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_filled_in_stays(fields: Any, named: list[str]) -> None:
    user = a_user(User.Role.ADMIN)
    answer = logged_in(user).post(f"{LIST}new/", a_form(user, **fields))
    assert (answer.status_code, fields_with_errors(answer)) == (400, named)
    assert ScheduledExport.objects.count() == 0
    page = answer.content.decode()
    for name in named:
        assert f'href="#{"" if name in ("columns", "format") else "field-"}{name}"' in page


def test_errors_are_listed_in_the_order_of_the_form() -> None:
    user = a_user(User.Role.ADMIN)
    wrong = {"recipients": "", "time": "", "name": "", "period": "someday", "format": "exe", "timezone": "Mars"}
    answer = logged_in(user).post(f"{LIST}new/", a_form(user, **wrong))
    ids = [anchor for anchor, _ in answer.context["error_lines"]]
    assert ids == ["field-name", "field-period", "format", "field-time", "field-timezone", "field-recipients"]


def test_what_people_typed_is_shown_as_text_alone() -> None:
    user = a_user(User.Role.ADMIN)
    evil = "<script>alert(1)</script>\"'"
    schedule = a_schedule(user, name=evil)
    ScheduledExport.objects.update(last_error=evil, failures=1)
    job = ExportJob.objects.create(
        owner=user, schedule=schedule, dataset="orders", title=evil, format="csv", request_hash="h", error=evil
    )
    ScheduleMail.objects.create(schedule=schedule, job=job, recipient=user.email, state="refused", error=evil)
    client = logged_in(user)
    for path in ("", f"{schedule.pk}/", f"{schedule.pk}/delete"):
        page = client.get(LIST + path).content.decode()
        assert "<script>alert" not in page and escape(evil) in page


def test_a_type_that_is_none_leads_back_to_the_choice() -> None:
    boss = a_user(User.Role.SUPER_ADMIN)
    for query in ("?type=users", "?type=query", "?type=query&query=7", "?type=query&query=x", "?type=orders%00"):
        answer = logged_in(boss).get(f"{LIST}new/{query}")
        assert (answer.status_code, "there is nothing of the name you gave" in answer.content.decode()) == (400, True)


def test_saved_queries_are_offered_to_super_admins_while_there_is_a_console(settings: Any) -> None:
    boss, admin = a_user(User.Role.SUPER_ADMIN), a_user(User.Role.ADMIN)
    query = SavedQuery.objects.create(name="Orders a day", sql="SELECT 1 AS one", owner=boss)
    address = f"{LIST}new/?type=query&query={query.pk}"
    assert logged_in(boss).get(address).status_code == 400
    settings.DEALPORT_SQL_CONSOLE = True
    assert logged_in(admin).get(address).status_code == 400
    assert "Orders a day" not in logged_in(admin).get(f"{LIST}new/").content.decode()
    assert "Orders a day" in logged_in(boss).get(f"{LIST}new/").content.decode()
    assert "SELECT 1 AS one" in logged_in(boss).get(address).content.decode()
    form = {**a_form(boss), "type": "query", "query": str(query.pk)}
    assert logged_in(boss).post(f"{LIST}new/", form).status_code == 302
    made = ScheduledExport.objects.get()
    assert (made.dataset, made.query, made.filters, made.columns) == ("query", query, {}, [])
    assert logged_in(boss).get(f"{LIST}{made.pk}/").status_code == 200


def test_the_schedules_of_others_are_not_there_for_an_admin_whatever_is_tried() -> None:
    owner, other = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    schedule = a_schedule(owner, recipients=[owner.email, other.email])
    client = logged_in(other)
    assert schedule.name not in client.get(LIST).content.decode()
    for path in ("/", "/delete"):
        assert client.get(f"{LIST}{schedule.pk}{path}").status_code == 404
    for path in ("/", "/delete", "/pause", "/start"):
        assert client.post(f"{LIST}{schedule.pk}{path}", a_form(other)).status_code == 404
    assert list(ScheduledExport.objects.values()) == list(ScheduledExport.objects.filter(pk=schedule.pk).values())
    schedule.refresh_from_db()
    assert (schedule.is_active, schedule.name) == (True, "Orders of yesterday")


def test_nothing_is_changed_by_reading_or_without_the_token() -> None:
    user = a_user(User.Role.ADMIN)
    schedule = a_schedule(user)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for path in ("pause", "start"):
        assert client.get(f"{LIST}{schedule.pk}/{path}").status_code == 405
    assert client.get(f"{LIST}{schedule.pk}/delete").status_code == 200
    for path in ("new/", f"{schedule.pk}/", f"{schedule.pk}/pause", f"{schedule.pk}/delete"):
        assert client.post(LIST + path, a_form(user)).status_code == 403
    assert [row.is_active for row in ScheduledExport.objects.all()] == [True]


def test_a_schedule_that_could_not_run_is_not_started_and_says_why() -> None:
    user, other = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN, email="gone@example.com")
    schedule = a_schedule(user, recipients=[other.email], is_active=False)
    User.objects.filter(pk=other.pk).update(status="SUSPENDED")
    answer = logged_in(user).post(f"{LIST}{schedule.pk}/start", follow=True)
    assert "Nobody who may open this export has the address &#x27;gone@example.com&#x27;" in answer.content.decode()
    schedule.refresh_from_db()
    assert schedule.is_active is False


def test_the_list_costs_the_same_with_two_and_with_twenty_schedules(django_assert_max_num_queries: Any) -> None:
    user = a_user(User.Role.ADMIN)
    for number in range(20):
        a_schedule(user, name=f"Plan {number}")
    client = logged_in(user)
    with django_assert_max_num_queries(9):
        page = client.get(LIST).content.decode()
    assert page.count('class="panel plan"') == 20


def test_more_than_a_page_of_schedules_can_be_leafed_through() -> None:
    user = a_user(User.Role.ADMIN)
    for number in range(21):
        a_schedule(user, name=f"Plan {number:02}")
    first, second = (logged_in(user).get(f"{LIST}?page={page}").content.decode() for page in (1, 2))
    assert (first.count('class="panel plan"'), second.count('class="panel plan"')) == (20, 1)
    assert logged_in(user).get(f"{LIST}?page=x%00").status_code == 200


@pytest.mark.parametrize(
    ("period", "rhythm", "name"),
    [
        ("yesterday", "daily", "Orders, daily"),
        ("last_week", "weekly", "Orders, weekly"),
        ("", "monthly", "Orders, monthly"),
    ],
)
def test_a_new_form_has_the_rhythm_of_its_period_and_the_clock_of_its_store(
    period: str, rhythm: str, name: str
) -> None:
    a_store(slug="tea", timezone="Europe/London")
    a_store(slug="tracks", timezone="Pacific/Auckland")
    client = logged_in(a_user(User.Role.ADMIN))
    query = {"type": "orders", "store": "tracks", **({"period": period} if period else {})}
    form = client.get(f"{LIST}new/", query).context["form"]
    shown = {field: form.data[field] for field in ("period", "rhythm", "timezone", "name")}
    expected = {"period": period or "last_month", "rhythm": rhythm, "timezone": "Pacific/Auckland", "name": name}
    assert shown == expected


@pytest.mark.parametrize("slug", ["nowhere", "a\0b", ""])
def test_a_store_that_is_not_there_leaves_the_clock_of_the_first(slug: str) -> None:
    a_store(slug="tea", timezone="Europe/London")
    form = logged_in(a_user(User.Role.ADMIN)).get(f"{LIST}new/", {"type": "orders", "store": slug}).context["form"]
    assert form.data["timezone"] == "Europe/London"
