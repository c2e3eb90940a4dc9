"""A disk that fills up in the middle, or at the last byte: the job fails and says so, no cut file is handed over."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from customers.models import User
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
    shop, owner = a_store(), a_user(User.Role.ADMIN)
    for _ in range(5):
        a_product(shop, description="words " * 200)
    whole = exported(owner, "products", format=format).file_size
    assert whole is not None
    with files_of_at_most(whole - missing):
        job = exported(owner, "products", format=format)
    assert (job.status, job.file_key, job.error) == ("failed", "", "There is no room left on the worker's disk.")
    assert ExportJob.objects.filter(status="succeeded").count() == 1
