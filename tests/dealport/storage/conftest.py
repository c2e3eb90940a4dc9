"""Both kinds of places: a folder, and a bucket of a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dealport.kit.storage import FileStore
from dealport.kit.storage.local import LocalStore
from dealport.kit.storage.s3 import S3Store
from tests.s3_server import ACCESS_KEY, REGION, S3Server

OpenBucket = Callable[..., S3Store]


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "exports")


@pytest.fixture
def open_bucket(s3: S3Server) -> OpenBucket:
    """Return a function that opens a new bucket, or says otherwise."""

    def open_it(**changed: Any) -> S3Store:
        bucket = changed.pop("bucket", None) or s3.a_bucket()
        access = {"endpoint_url": s3.endpoint, "region": REGION, "key_id": ACCESS_KEY, "secret": s3.secret}
        return S3Store(bucket, **{**access, **changed})

    return open_it


@pytest.fixture
def bucket(open_bucket: OpenBucket) -> S3Store:
    return open_bucket()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> FileStore:
    found: FileStore = request.getfixturevalue(request.param)
    return found
