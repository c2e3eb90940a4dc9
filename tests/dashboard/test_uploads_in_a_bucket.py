"""An upload of orders from its first part to the end of its files, kept in a bucket of a real server all the while."""

from __future__ import annotations

import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import User
from dashboard.metrics import recount
from dealport.kit.installation import installation_id
from dealport.kit.storage.local import LocalStore
from orders import tasks
from orders.models import Order, Upload
from tests.builders import a_store, a_user
from tests.dashboard.test_pages_uploads import BAD
from tests.s3_server import ACCESS_KEY, REGION, S3Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(s3: S3Server, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.EXPORT_BUCKET, settings.EXPORT_ENDPOINT_URL, settings.EXPORT_REGION = s3.a_bucket(), s3.endpoint, REGION
    settings.EXPORT_ACCESS_KEY_ID, settings.EXPORT_SECRET_ACCESS_KEY = ACCESS_KEY, s3.secret
    settings.EXPORT_ROOT = str(tmp_path / "of-this-machine")

    def used(*args: object, **kwargs: object) -> None:
        raise AssertionError("the folder of one machine, which no other can read")

    for name in ("put", "open", "delete"):
        monkeypatch.setattr(LocalStore, name, used)
    name: str = settings.EXPORT_BUCKET
    return name


def keys(s3: S3Server, bucket: str) -> list[str]:
    return sorted(one["Key"] for one in s3.client.list_objects_v2(Bucket=bucket).get("Contents", ()))


def test_an_upload_lives_in_the_bucket_from_its_first_part_until_its_files_expire(
    s3: S3Server, bucket: str, settings: Any, tmp_path: Path
) -> None:
    settings.DEALPORT_UPLOAD_KEEP_DAYS = 7
    store, staff = a_store(slug="fresh", currency="USD"), Client()
    staff.force_login(a_user(User.Role.STAFF, store))
    begun = staff.post(
        "/uploads/begin/", {"store": "fresh", "kind": "orders", "fileName": "march.csv", "size": len(BAD)}
    ).json()
    for number, start in enumerate(range(0, len(BAD), 700)):
        part = BAD[start : start + 700]
        sent = staff.post(f"{begun['parts']}{number}/", part, content_type="application/octet-stream")
        assert sent.status_code == 200, sent.content
    upload = Upload.objects.get()
    prefix = f"uploads/{installation_id()}/"
    assert upload.status == "checking" and upload.parts > 1
    assert keys(s3, bucket) == [*upload.keys] and upload.file_key.startswith(prefix)

    tasks.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.error, upload.preview["refused"]["orders"]) == ("ready", "", 1)
    assert "Shopify orders export (CSV)" in staff.get(f"/uploads/{upload.pk}/").content.decode()
    assert not Order.objects.exists()

    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    tasks.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.receipt["new"]["orders"]) == ("applied", Order.objects.count())
    assert recount.differences(store) == []
    assert keys(s3, bucket) == sorted([*upload.keys, f"{upload.file_key}.refused.csv"])

    answer: Any = staff.get(f"/uploads/{upload.pk}/refused/")
    if answer.status_code == 302:
        rows = urllib.request.urlopen(answer["Location"]).read().decode()
    else:
        rows = b"".join(answer.streaming_content).decode()
    assert "#9999" in rows and "Refused because" in rows
    assert not Path(settings.EXPORT_ROOT).exists()

    Upload.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert (tasks.clean_uploads(), len(keys(s3, bucket))) == (0, upload.parts + 1)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (tasks.clean_uploads(), keys(s3, bucket)) == (1, [])
    assert staff.get(f"/uploads/{upload.pk}/refused/").status_code == 404
    assert f"/uploads/{upload.pk}/refused/" not in staff.get(f"/uploads/{upload.pk}/").content.decode()
