"""A disk that fills up in the middle, or at the last byte: the job fails and says so, no cut file is handed over."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from customers.models import User
from dealport.kit.storage.local import LocalStore
from reports.models import ExportJob
from tests.builders import a_product, a_store, a_user
from tests.exports import exported

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system cut what is written beyond so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("missing", [1, 600])
def test_a_file_that_does_not_fit_on_the_disk_is_no_file(format: str, missing: int) -> None:
    store, owner = a_store(), a_user(User.Role.ADMIN)
    for _ in range(5):
        a_product(store, description="words " * 200)
    whole = exported(owner, "products", format=format).file_size
    assert whole is not None
    with files_of_at_most(whole - missing):
        job = exported(owner, "products", format=format)
    assert (job.status, job.file_key, job.error) == ("failed", "", "There is no room left on the worker's disk.")
    assert ExportJob.objects.filter(status="succeeded").count() == 1


def test_a_file_that_does_not_fit_into_the_store_leaves_nothing_there(export_root: Path) -> None:
    a_product(a_store())
    put = LocalStore.put

    def with_little_room(self: LocalStore, key: str, path: Path, **more: Any) -> None:
        with files_of_at_most(path.stat().st_size - 1):
            put(self, key, path, **more)

    with mock.patch("dealport.kit.storage.local.LocalStore.put", with_little_room):
        job = exported(a_user(User.Role.ADMIN), "products")
    assert (job.status, job.error) == ("failed", "The file is larger than this machine allows.")
    assert [path for path in export_root.rglob("*") if path.is_file()] == []


def test_what_is_written_on_the_way_is_for_nobody_else_and_goes() -> None:
    a_product(a_store())
    seen: list[Path] = []
    put = LocalStore.put

    def look(self: LocalStore, key: str, path: Path, **more: Any) -> None:
        assert path.parent.stat().st_mode & 0o777 == 0o700
        seen.append(path)
        put(self, key, path, **more)

    with mock.patch("dealport.kit.storage.local.LocalStore.put", look):
        exported(a_user(User.Role.ADMIN), "products", format="xlsx")
    assert [path.parent.exists() for path in seen] == [False]
