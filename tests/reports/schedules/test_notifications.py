"""Who is told of trouble: who wants to be, of their stores and schedules, once, by a row that is mailed afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import AuditEntry, Membership, Store, User
from dashboard.models import Verification
from orders.models import Connection
from reports import tasks
from reports.models import NotificationChoice, ScheduledExport, ScheduleMail, Trouble
from reports.notifying.choices import choose_notifications
from tests.admin_pages import logged_in
from tests.builders import a_store, a_user
from tests.reports.schedules.plans import a_schedule, mails
from tests.reports.schedules.smtp_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/settings/notifications/"
EVERY = Trouble.Kind.values


@pytest.fixture
def store() -> Store:
    return a_store(name="Tea house")


def blocked(store: Store) -> Connection:
    return Connection.objects.create(
        store=store, kind="woocommerce", address="https://tea.example", state="blocked", problem="The key was refused."
    )


def wants(user: User, *kinds: str) -> User:
    choose_notifications(user=user, kinds=kinds or EVERY, actor=user)
    return user


def later(**time: int) -> None:
    """Let what goes on have begun earlier, and what ended have ended earlier."""
    for row in Trouble.objects.all():
        row.began_at -= timedelta(**time)
        row.ended_at = row.ended_at and row.ended_at - timedelta(**time)
        row.save(update_fields=["began_at", "ended_at"])


def told() -> int:
    """Look, wait, look again; return how many mails that wrote."""
    before = tasks.look_for_trouble()
    later(minutes=11)
    return before + tasks.look_for_trouble()


def test_people_who_want_to_are_told_of_their_own_stores_connections_once(
    store: Store, mail_server: MailServer
) -> None:
    wants(a_user("staff", store, email="ada@example.com"))
    wants(a_user("admin", email="bob@example.com"), "connection")
    wants(a_user("staff", a_store(), email="elsewhere@example.com"))
    wants(a_user("staff", store, email="figures@example.com"), "figures")
    a_user("staff", store, email="silent@example.com")
    wants(a_user("staff", store, email="gone@example.com", status="INACTIVE"))
    row = blocked(store)

    assert [tasks.look_for_trouble(), tasks.look_for_trouble()] == [0, 0]  # it may be over soon
    later(minutes=11)
    assert [tasks.look_for_trouble() for _ in range(3)] == [2, 0, 0]
    assert mails() == [("ada@example.com", "waiting"), ("bob@example.com", "waiting")]
    assert [tasks.send_schedule_mails() for _ in range(2)] == [2, 0]

    assert mail_server.addressees() == ["ada@example.com", "bob@example.com"]
    text = mail_server.deliveries[0].text()
    for words in (
        "Tea house: WooCommerce https://tea.example: A connection is in trouble or behind",
        "The key was refused.",
        f"https://office.example.com/connections/{row.pk}/",
        "https://office.example.com/settings/notifications/",
    ):
        assert words in text, text


def test_what_is_over_soon_is_told_to_nobody_and_what_comes_back_soon_not_again(store: Store) -> None:
    wants(a_user("staff", store))
    row = blocked(store)
    tasks.look_for_trouble()
    Connection.objects.update(state="active", problem="")
    later(minutes=11)
    assert tasks.look_for_trouble() == 0

    Connection.objects.update(state="blocked")
    later(hours=7)
    assert told() == 1  # another trouble than seven hours ago
    Connection.objects.update(state="active")
    tasks.look_for_trouble()
    later(hours=5)
    Connection.objects.update(state="blocked")
    assert told() == 0
    assert Trouble.objects.get().subject_id == row.pk
    assert ScheduleMail.objects.count() == 1


def test_wrong_figures_and_a_failing_schedule_are_told(store: Store) -> None:
    ada, bob = (wants(a_user("staff", store, email=f"{name}@example.com")) for name in ("ada", "bob"))
    day = date(2026, 11, 1)
    check = {"store": store, "first_day": day, "last_day": day, "wrong_buckets": 3}
    Verification.objects.create(**check)
    Verification.objects.create(**{**check, "store": a_store(), "is_repaired": True})
    schedule = a_schedule(ada, filters={"period": "yesterday", "store": store.slug})
    ScheduledExport.objects.filter(pk=schedule.pk).update(failures=1, last_error="No disk.")
    assert told() == 3
    rows = ScheduleMail.objects.values_list("recipient", "trouble__kind", "trouble__detail")
    assert sorted(rows) == [
        (ada.email, "figures", "2026-11-01 – 2026-11-01, 3"),
        (ada.email, "schedule", "No disk."),
        (bob.email, "figures", "2026-11-01 – 2026-11-01, 3"),
    ]


def test_a_mail_is_withheld_from_who_no_longer_may_or_wants_to_know(store: Store, mail_server: MailServer) -> None:
    away, silent = (wants(a_user("staff", store, email=f"{name}@example.com")) for name in ("away", "silent"))
    blocked(store)
    assert told() == 2
    Membership.objects.filter(user=away).delete()
    choose_notifications(user=silent, kinds=[], actor=silent)
    assert tasks.send_schedule_mails() == 0
    assert mails() == [("away@example.com", "withheld"), ("silent@example.com", "withheld")]


def test_the_page_shows_and_sets_what_a_person_gets(store: Store) -> None:
    user = a_user("staff", store)
    client = logged_in(user)
    assert f'href="{PAGE}"' in client.get("/admin/").content.decode()
    page = client.get(PAGE).content.decode()
    assert ("Tea house" in page, page.count(" checked")) == (True, 0)

    chosen = client.post(PAGE, {"kind": ["figures", "connection", "nothing"]}, follow=True).content.decode()
    assert ("Your notifications are saved." in chosen, chosen.count(" checked")) == (True, 2)
    assert set(NotificationChoice.objects.values_list("user", "kind")) == {
        (user.pk, "connection"),
        (user.pk, "figures"),
    }
    assert AuditEntry.objects.get(object_type="customers.user").changes == {
        "notifications": [[], ["connection", "figures"]]
    }
    client.post(PAGE, {})
    assert not NotificationChoice.objects.exists()


def test_the_page_is_for_people_who_work_in_stores_and_each_sets_their_own(store: Store) -> None:
    other = wants(a_user("admin"))
    assert Client().get(PAGE).status_code == 302
    assert logged_in(a_user("user")).get(PAGE).status_code == 404
    assert logged_in(a_user("user")).post(PAGE, {"kind": "figures"}).status_code == 404
    logged_in(a_user("staff", store)).post(PAGE, {"kind": "figures"})
    assert NotificationChoice.objects.filter(user=other).count() == 3


def test_looking_costs_the_same_with_few_and_many_people_and_troubles(store: Store) -> None:
    counts = []
    for _ in range(2):
        for number in range(3):
            wants(a_user("staff", store))
            Connection.objects.create(
                store=store, kind="woocommerce", address=f"https://{number}{len(counts)}.example", state="blocked"
            )
        tasks.look_for_trouble()
        later(minutes=11)
        with CaptureQueriesContext(connection) as statements:
            assert tasks.look_for_trouble() > 0
        counts.append(len(statements))
    assert counts[0] == counts[1]
