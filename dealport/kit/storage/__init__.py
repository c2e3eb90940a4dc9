"""The place where files are kept: a private bucket, or a folder of this machine.

Keys begin with what the files are for and the installation's id: `exports/`, `uploads/`, `pictures/`. Whoever cleans
up looks below a prefix of its own alone.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from dealport.kit.storage.contract import FileStore, MissingFile, StorageAway, StorageRefused
from dealport.kit.storage.local import LocalStore

__all__ = ["FileStore", "MissingFile", "StorageAway", "StorageRefused", "readiness", "store"]


def store() -> FileStore:
    """Return the place the settings name: the bucket EXPORT_BUCKET, or without one the folder EXPORT_ROOT."""
    if not settings.EXPORT_BUCKET:
        return LocalStore(Path(settings.EXPORT_ROOT))
    return _bucket(
        os.getpid(),
        settings.EXPORT_BUCKET,
        settings.EXPORT_ENDPOINT_URL,
        settings.EXPORT_REGION,
        settings.EXPORT_ACCESS_KEY_ID,
        settings.EXPORT_SECRET_ACCESS_KEY,
    )


def readiness() -> str:
    """Return why files cannot be kept now; empty when they can (`/health/ready`)."""
    return store().check()


@lru_cache(maxsize=4)
def _bucket(process: int, bucket: str, endpoint_url: str, region: str, key_id: str, secret: str) -> FileStore:
    """Keep the clients, which are slow to make, per process: a child must not share its parent's connections."""
    from dealport.kit.storage.s3 import S3Store  # boto3 is 30 MB that nobody without a bucket should carry

    return S3Store(bucket, endpoint_url=endpoint_url, region=region, key_id=key_id, secret=secret)
