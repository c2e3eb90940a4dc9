"""Which place the settings choose, and what readiness and system checks say about it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from dealport import checks, health
from dealport.kit.storage import StorageRefused, readiness, store
from dealport.kit.storage.local import LocalStore
from dealport.kit.storage.s3 import S3Store
from dealport.servers import use
from tests.dealport.storage.places import CSV, EVER, a_file, content, keys, put
from tests.s3_server import ACCESS_KEY, REGION, Line, S3Server


def choose(settings: Settings, s3: S3Server, **changed: str) -> None:
    values = {
        "EXPORT_BUCKET": "",
        "EXPORT_ENDPOINT_URL": s3.endpoint,
        "EXPORT_REGION": REGION,
        "EXPORT_ACCESS_KEY_ID": ACCESS_KEY,
        "EXPORT_SECRET_ACCESS_KEY": s3.secret,
    }
    for name, value in {**values, **changed}.items():
        setattr(settings, name, value)


def said(found: list[CheckMessage]) -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in found]


def test_a_bucket_is_used_where_one_is_named(settings: Settings, s3: S3Server, tmp_path: Path) -> None:
    choose(settings, s3, EXPORT_BUCKET=s3.a_bucket(), EXPORT_ROOT=str(tmp_path / "exports"))

    put(store(), "exports/a", a_file(tmp_path, 5))

    assert isinstance(store(), S3Store)
    assert store() is store(), "clients are slow to make"
    found = s3.client.list_objects_v2(Bucket=settings.EXPORT_BUCKET)["Contents"]
    assert [entry["Key"] for entry in found] == ["exports/a"]
    assert not (tmp_path / "exports").exists()
    assert readiness() == health._storage() == ""


def test_another_bucket_is_another_store(settings: Settings, s3: S3Server, tmp_path: Path) -> None:
    choose(settings, s3, EXPORT_BUCKET=s3.a_bucket())
    put(store(), "exports/a", a_file(tmp_path, 5))
    settings.EXPORT_BUCKET = s3.a_bucket()

    assert keys(store()) == []


def test_without_a_bucket_the_folder_is_used(settings: Settings, s3: S3Server, tmp_path: Path) -> None:
    choose(settings, s3, EXPORT_ROOT=str(tmp_path / "exports"))

    put(store(), "exports/a", a_file(tmp_path, 5))

    assert isinstance(store(), LocalStore)
    assert content(store(), "exports/a") == (tmp_path / "exports/exports/a").read_bytes()
    assert store().link("exports/a", **CSV, seconds=60) is None
    assert readiness() == health._storage() == ""


def test_who_needs_no_bucket_does_not_load_boto3() -> None:
    program = "import sys, dealport.kit.storage; print('boto3' in sys.modules, 'botocore' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], cwd=use.ROOT, capture_output=True, text=True, timeout=60)

    assert done.stdout == "False False\n"


def test_not_ready_while_the_bucket_is_away_or_wrong(settings: Settings, s3: S3Server, tmp_path: Path) -> None:
    choose(settings, s3, EXPORT_BUCKET="no-such-bucket")
    assert health._storage() == "The bucket does not exist."
    settings.EXPORT_BUCKET = s3.a_bucket()
    settings.EXPORT_SECRET_ACCESS_KEY = "guessed"
    assert (
        health._storage()
        == "The storage refused access: the secret does not belong to the access key (SignatureDoesNotMatch)."
    )
    with Line(s3.port, is_silent=True) as line:
        settings.EXPORT_ENDPOINT_URL = line.endpoint
        store()
        started = time.monotonic()
        assert health._storage() == "The storage did not answer in time."
        assert time.monotonic() - started < health.DEADLINE_SECONDS
    assert health._storage() == "The storage cannot be reached: the connection was refused."
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(a_file(tmp_path, 5))
    assert health._storage() == "The export folder is not a folder."


def test_the_credentials_of_the_machine_are_found_or_missed(
    settings: Settings, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(settings, s3, EXPORT_BUCKET=s3.a_bucket(), EXPORT_ACCESS_KEY_ID="", EXPORT_SECRET_ACCESS_KEY="")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(StorageRefused, match=r"There are no credentials for the storage\."):
        list(store().files("", before=EVER))
    assert readiness() == "There are no credentials for the storage."

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    settings.EXPORT_BUCKET = s3.a_bucket()
    assert readiness() == ""


@pytest.mark.parametrize(
    ("key_id", "secret", "endpoint", "expected"),
    [
        ("", "", "", []),
        ("id", "secret", "https://s3.example.com", []),
        ("id", "secret", "http://10.0.0.1:9000", []),
        ("id", "", "", ["dealport.E010"]),
        ("", "secret", "", ["dealport.E010"]),
        ("", "", "s3.example.com", ["dealport.E011"]),
        ("id", "", "s3.example.com:443", ["dealport.E010", "dealport.E011"]),
    ],
)
def test_half_a_key_pair_and_half_an_address_stop_the_start(
    settings: Settings, s3: S3Server, key_id: str, secret: str, endpoint: str, expected: list[str]
) -> None:
    given = {"EXPORT_ACCESS_KEY_ID": key_id, "EXPORT_SECRET_ACCESS_KEY": secret, "EXPORT_ENDPOINT_URL": endpoint}
    choose(settings, s3, EXPORT_BUCKET="exports", **given)

    assert [message.id for message in checks.check_exports()] == expected

    settings.EXPORT_BUCKET = ""
    assert checks.check_exports() == []


def test_production_without_a_bucket_is_warned(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = "/srv/exports"

    text = "EXPORT_BUCKET is not set: web and workers must share the folder /srv/exports."
    assert said(checks.check_exports()) == [("dealport.W002", text)]

    settings.EXPORT_BUCKET = "exports"
    assert checks.check_exports() == []
