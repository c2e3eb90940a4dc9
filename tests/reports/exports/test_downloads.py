"""Who may fetch a file is decided on each click; a link is good for minutes and for the person who got it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers import tokens
from customers.actions import update_user
from customers.models import User
from dealport.kit.storage import StorageAway
from reports.exporting import request_export, run_export
from reports.models import ExportJob, ScheduledExport
from tests.builders import a_product, a_store, a_user
from tests.exports import content, exported
from tests.s3_server import ACCESS_KEY, REGION, S3Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> User:
    a_product(a_store(), name="Tea")
    return a_user(User.Role.ADMIN)


def read(user: User, job: ExportJob) -> dict[str, Any]:
    """Return the export as the API has it, or the refusal."""
    headers = {"Authorization": f"Bearer {tokens.log_in(user).access}"}
    answer: dict[str, Any] = json.loads(Client().get(f"/api/v1/admin/reports/export/{job.pk}", headers=headers).content)
    return answer.get("data") or answer


def fetched(link: str) -> Any:
    return Client().get(link.removeprefix("http://testserver"))


def test_the_link_in_the_answer_brings_the_file(owner: User) -> None:
    job = exported(owner, "products")
    answer = fetched(read(owner, job)["downloadUrl"])
    assert (answer.status_code, answer.getvalue()) == (200, content(job))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{job.file_name}"'
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_answer_has_the_receipt(owner: User) -> None:
    job = exported(owner, "products")
    found = read(owner, job)
    assert (found["status"], found["rowCount"], found["progress"]) == ("succeeded", 1, {"rowsDone": 1, "rowsTotal": 1})
    assert (found["sha256"], found["definitionVersion"], found["isMasked"]) == (job.receipt["sha256"], "1", True)
    assert found["controlTotals"] == [
        {"currency": "GBP", "name": "products", "file": 1, "dashboard": None, "agrees": None},
        {"currency": "GBP", "name": "outOfStock", "file": 0, "dashboard": None, "agrees": None},
    ]


def test_a_link_expires(owner: User) -> None:
    link = read(owner, exported(owner, "products"))["downloadUrl"]
    with time_machine.travel(timezone.now().timestamp() + 301):
        answer = fetched(link)
    assert (answer.status_code, b"This link has expired" in answer.content) == (403, True)


@pytest.mark.parametrize("changed", ["x", ":x", "%00", "a" * 3000])
def test_a_tampered_link_leads_nowhere(owner: User, changed: str) -> None:
    link = read(owner, exported(owner, "products"))["downloadUrl"]
    assert fetched(link + changed).status_code == 404
    assert fetched(link[:-1]).status_code == 404


def test_a_link_to_one_file_does_not_open_another(owner: User) -> None:
    first, second = exported(owner, "products"), exported(owner, "coupons")
    link = read(owner, first)["downloadUrl"]
    assert fetched(link.replace(str(first.pk), str(second.pk))).status_code == 404


@pytest.mark.parametrize("changes", [{"status": "SUSPENDED"}, {"role": User.Role.STAFF}])
def test_rights_that_are_gone_close_the_link(owner: User, changes: dict[str, Any]) -> None:
    link = read(owner, exported(owner, "products"))["downloadUrl"]
    update_user(user=owner, changes=changes, actor=a_user(User.Role.SUPER_ADMIN))
    assert fetched(link).status_code == 404


def test_personal_data_in_the_clear_is_for_who_is_a_super_admin_now() -> None:
    owner = a_user(User.Role.SUPER_ADMIN)
    job = exported(owner, "customers")
    link = read(owner, job)["downloadUrl"]
    update_user(user=owner, changes={"role": User.Role.ADMIN}, actor=a_user(User.Role.SUPER_ADMIN))
    owner.refresh_from_db()
    assert (job.is_masked, read(owner, job)["downloadUrl"]) == (False, None)
    assert fetched(link).status_code == 404
    assert read(a_user(User.Role.SUPER_ADMIN), job)["downloadUrl"] is not None


def test_nobody_sees_the_exports_of_others_but_super_admins_and_who_they_are_mailed_to(owner: User) -> None:
    reader, stranger = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    schedule = ScheduledExport.objects.create(
        owner=owner,
        name="Daily",
        dataset="products",
        cron="0 6 * * *",
        recipients=[reader.email],
        next_run_at=timezone.now(),
    )
    job = exported(owner, "products", schedule=schedule)
    assert [read(user, job)["status"] for user in (owner, reader, a_user(User.Role.SUPER_ADMIN))] == ["succeeded"] * 3
    headers = {"Authorization": f"Bearer {tokens.log_in(reader).access}"}
    assert Client().delete(f"/api/v1/admin/reports/export/{job.pk}", headers=headers).status_code == 403
    assert read(stranger, job)["code"] == "RESOURCE_NOT_FOUND"
    assert read(a_user(User.Role.STAFF, a_store()), job)["code"] == "RESOURCE_NOT_FOUND"
    assert read(a_user(User.Role.USER), job)["code"] == "PERMISSION_DENIED"


def test_a_file_that_is_not_there_yet_or_not_any_more_has_no_link(owner: User) -> None:
    job = request_export(owner=owner, dataset="products", filters={}, format="csv")
    assert read(owner, job)["downloadUrl"] is None
    run_export(str(job.pk))
    link = read(owner, job)["downloadUrl"]
    ExportJob.objects.update(status="expired", file_key="")
    assert (read(owner, job)["downloadUrl"], fetched(link).status_code) == (None, 404)


def test_the_page_leads_to_a_fresh_link_and_strangers_to_the_login(owner: User) -> None:
    job = exported(owner, "products")
    page, client = f"/reports/exports/{job.pk}/download", Client()
    assert client.get(page).headers["Location"] == f"/login/?next={page}"
    client.force_login(owner)
    assert fetched(client.get(page).headers["Location"]).getvalue() == content(job)
    client.force_login(a_user(User.Role.ADMIN))
    assert client.get(page).status_code == 404


def test_from_a_bucket_the_file_comes_by_a_presigned_link(owner: User, settings: Any, s3: S3Server) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ENDPOINT_URL, settings.EXPORT_REGION = s3.a_bucket(), s3.endpoint, REGION
    settings.EXPORT_ACCESS_KEY_ID, settings.EXPORT_SECRET_ACCESS_KEY = ACCESS_KEY, s3.secret
    job = exported(owner, "products", format="xlsx")
    link = read(owner, job)["downloadUrl"]
    assert link.startswith(s3.endpoint)
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == content(job)
        assert job.file_name in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(link.replace(str(job.pk), str(job.pk)[::-1]))


def test_a_store_that_is_away_is_no_failure_of_the_answer(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = exported(owner, "products")

    def away(*args: object, **kwargs: object) -> str:
        raise StorageAway("away")

    monkeypatch.setattr("dealport.kit.storage.local.LocalStore.link", away)
    assert read(owner, job)["downloadUrl"] is None
    client = Client()
    client.force_login(owner)
    page = client.get(f"/reports/exports/{job.pk}/download")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
