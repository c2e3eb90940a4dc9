"""Staff export and schedule for their own stores: masked, and only while they work there."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Membership, Store, User
from reports.exporting import run_export, visible_jobs
from reports.models import ExportJob, ScheduledExport
from tests.builders import a_customer, a_store, a_user, an_order
from tests.exports import lines_of

pytestmark = pytest.mark.django_db(transaction=True)

EXPORT, SCHEDULES = "/api/v1/admin/reports/export", "/api/v1/admin/reports/schedules"


@pytest.fixture
def tea() -> Store:
    store = a_store(slug="tea")
    an_order(store, paid=True, customer=a_customer(store, name="Zoë Müller"))
    other = a_store(slug="koffie")
    an_order(other, paid=True)
    return store


def post(user: User, path: str, **body: Any) -> Any:
    client = APIClient()
    client.force_authenticate(user)
    return client.post(path, body, format="json")


def test_staff_export_their_own_store_masked_and_lose_the_file_with_the_store(tea: Store) -> None:
    rosa, colleague = a_user(User.Role.STAFF, tea), a_user(User.Role.STAFF, tea)
    assert post(rosa, EXPORT, type="orders", filters={"store": "koffie"}, format="csv").status_code == 404
    asked = post(rosa, EXPORT, type="orders", format="csv")
    assert asked.status_code == 202, asked.content
    job = ExportJob.objects.get()
    assert job.filters == {"store": "tea"}
    run_export(str(job.pk))
    job.refresh_from_db()
    assert [(row["store"], row["customerName"]) for row in lines_of(job)] == [("tea", "***")]
    assert (list(visible_jobs(rosa)), list(visible_jobs(colleague))) == ([job], [])
    # with a second store one is to be named
    Membership.objects.create(user=rosa, store=Store.objects.get(slug="koffie"))
    refused = post(rosa, EXPORT, type="orders", filters={}, format="csv")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["filters.store"])
    Membership.objects.filter(user=rosa, store=tea).delete()
    assert list(visible_jobs(rosa)) == []


def test_a_run_for_a_store_that_the_owner_left_is_refused(tea: Store) -> None:
    rosa = a_user(User.Role.STAFF, tea)
    post(rosa, EXPORT, type="orders", format="csv")
    Membership.objects.filter(user=rosa).delete()
    job = ExportJob.objects.get()
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error) == ("failed", "The account that asked for it may not export any more.")


def test_staff_schedule_for_people_of_the_store_alone(tea: Store) -> None:
    rosa, colleague, foreigner = (a_user(User.Role.STAFF, store) for store in (tea, tea, a_store()))
    plan = {
        "name": "Weekly",
        "type": "analytics",
        "filters": {"period": "last_week", "by": "country"},
        "format": "csv",
        "cron": "0 6 * * 1",
    }
    refused = post(rosa, SCHEDULES, **plan, recipients=[rosa.email, foreigner.email])
    assert refused.json()["errors"] == {
        "recipients": [f"Nobody who may open this export has the address '{foreigner.email}'."]
    }
    made = post(rosa, SCHEDULES, **plan, recipients=[rosa.email, colleague.email])
    assert made.status_code == 201, made.content
    assert ScheduledExport.objects.get().filters["store"] == "tea"
    client = APIClient()
    client.force_authenticate(foreigner)
    assert client.get(f"{SCHEDULES}/{made.json()['data']['id']}").status_code == 404
    assert post(a_user(User.Role.USER), SCHEDULES, **plan, recipients=[rosa.email]).status_code == 403
