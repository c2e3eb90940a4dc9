"""Who reaches the pages of exports, and the list of files."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import User
from reports.models import ExportJob
from tests.builders import a_store, a_user
from tests.reports.export_pages.browser import (
    HOSTILE,
    LIST,
    a_job,
    address,
    browser_of,
    filled,
    page_of,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_plain_users_have_none_of_it_and_staff_not_the_exports_of_others(admin: User) -> None:
    job = a_job(admin)
    paths = [LIST, f"{LIST}?type=orders", address(job), address(job, "state")]
    posts = [LIST, address(job, "cancel"), address(job, "retry")]
    staff, plain = browser_of(a_user("staff", a_store())), browser_of(a_user("user"))
    assert [staff.get(path).status_code for path in paths] == [200, 200, 404, 404]
    assert [staff.post(path).status_code for path in posts[1:]] == [404] * 2
    assert [plain.get(path).status_code for path in paths] == [404] * 4
    assert [plain.post(path).status_code for path in posts] == [404] * 3
    assert [Client().get(path).headers["Location"].split("?")[0] for path in paths] == ["/login/"] * 4
    assert ExportJob.objects.count() == 1


def test_the_wrong_method_changes_nothing(client: Client, admin: User) -> None:
    job = a_job(admin)
    assert [client.get(address(job, step)).status_code for step in ("cancel", "retry")] == [405, 405]
    assert [client.post(address(job, step)).status_code for step in ("", "state")] == [405, 405]
    assert client.delete(LIST).status_code == 405
    assert list(ExportJob.objects.values_list("pk", "status")) == [(job.pk, "failed")]


def test_every_post_needs_the_token_of_its_form(admin: User) -> None:
    job = a_job(admin)
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    posts = [(LIST, filled()), (address(job, "cancel"), {}), (address(job, "retry"), {})]
    assert [client.post(path, data).status_code for path, data in posts] == [403] * 3
    assert ExportJob.objects.count() == 1


def test_the_list_is_empty_with_advice_then_paged_newest_first(client: Client, admin: User) -> None:
    assert "No file yet." in page_of(client, LIST)
    start = timezone.now() - timedelta(hours=1)
    jobs = [a_job(admin, title=f"File {n}", requested_at=start + timedelta(minutes=n)) for n in range(21)]
    first, second = page_of(client, LIST), page_of(client, LIST, {"page": "2"})
    pattern = rf'href="{LIST}([\w-]+)/"'
    assert re.findall(pattern, first) == [str(job.pk) for job in reversed(jobs[1:])]
    assert re.findall(pattern, second) == [str(jobs[0].pk)]
    assert ("?page=2#history" in first, "?page=1#history" in second) == (True, True)
    assert page_of(client, LIST, {"page": HOSTILE}).count("failed") == first.count("failed")


def test_the_list_says_how_far_and_how_large_the_files_are(client: Client, admin: User) -> None:
    a_job(admin, status="running", error="", rows_done=2000, rows_total=5000)
    a_job(admin, status="succeeded", error="", rows_done=1, file_key="k", file_size=2048, filters={"tier": "gold"})
    text = text_of(page_of(client, LIST))
    assert re.search(r"Succeeded 1 2\.0 KB \w+ \d+, \d{4}", text)
    assert re.search(r"Running 2,000 of 5,000 – \w+ \d+, \d{4}", text)
    assert "All stores · From the beginning until now · Tier: gold" in text


def test_the_list_asks_as_often_for_three_files_as_for_thirty() -> None:
    boss = browser_of(a_user("super_admin"))
    page_of(boss, LIST)

    def queries_with(jobs: int) -> int:
        while ExportJob.objects.count() < jobs:
            store = a_store()
            a_job(a_user("admin"), filters={"store": store.slug})
        with CaptureQueriesContext(connection) as seen:
            page_of(boss, LIST)
        return len(seen)

    assert queries_with(3) == queries_with(30)
