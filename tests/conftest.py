"""Servers and settings for every test.

Without DATABASE_URL and REDIS_URL the test run starts servers of its own. They belong to the first pytest
process and disappear with it; the processes of pytest-xdist inherit their addresses.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from hypothesis import HealthCheck

from dealport.servers import use
from tests import prepared

# Some tests start programs of ours: without compiled files each would spend seconds compiling everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
gc.set_threshold(100_000)  # next to nothing of what loading and collecting make becomes garbage
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
if "PYTEST_XDIST_WORKER" not in os.environ:
    GIVEN = dict(os.environ)
    SERVERS = use.throwaway()
    os.environ.update(SERVERS.urls)
    if "DATABASE_URL" not in GIVEN:
        os.environ["DEALPORT_TEST_OWN_SERVER"] = "1"
        prepared.restore(SERVERS.urls["DATABASE_URL"])
# Each process has two Redis databases of its own, for the queue and the cache.
REDIS = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{2 * int(WORKER.removeprefix('gw'))}").geturl()
os.environ.update(
    DJANGO_SETTINGS_MODULE="dealport.settings",
    DEALPORT_TESTING="1",
    REDIS_URL=REDIS,
    SECRET_KEY="a key for tests alone, known to everybody who reads this",
)
for variable in ("DEBUG", "DEALPORT_DEMO", "CACHE_URL", "DATABASE_POOL_SIZE"):
    os.environ.pop(variable, None)

from django.conf import settings  # noqa: E402  (reads the variables above)

from dealport.kit import installation  # noqa: E402
from tests import emptying, scheduling, static_files  # noqa: E402
from tests.s3_server import S3Server  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # logging in is not what is slow
emptying.install()
static_files.install()
prepared.use(settings.DATABASES)
# on a busy machine Hypothesis would call any generator slow
hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("any machine")
installation.KNOWN.id = "no-database"  # of tests that have none
installation.watch = lambda: None  # in the process of the tests nobody replaces it behind their back


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Migrate once for all processes. Let each read the settings after it was given its databases, not when
    pytest-django sees the name."""
    if "DEALPORT_TEST_OWN_SERVER" in os.environ:
        prepared.make(os.environ["DATABASE_URL"])
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share whole files among the processes, unless `--dist` asks for another way (`make fuzz` shares one file)."""
    return scheduling.scheduler(config, log) if config.option.dist == "load" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what `make test-fast` leaves out: each process would."""
    left_out = config.option.markexpr == "not slow" and collection_path.suffix == ".py"
    return True if left_out and scheduling.is_slow(collection_path.relative_to(scheduling.ROOT).as_posix()) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what `make test-fast` leaves out."""
    if scheduling.is_slow(item.nodeid):
        item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end: modules, tests, models."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the processes begin with the longest files."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        scheduling.longest_first(items)


@pytest.fixture(autouse=True)
def unset_process() -> None:
    """Forget what `dealport.wsgi` set for a web process when a test imported it: children would inherit it."""
    for variable in ("DEALPORT_PROCESS", "DATABASE_POOL_SIZE"):
        os.environ.pop(variable, None)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Start each test with an empty cache."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Read the installation's id once: no test's statements are counted with that, and Redis has it without a test's
    right to the database. Prepare the recount."""
    from django.db import connection

    from tests import recounting  # needs the models

    recounting.install()
    with django_db_blocker.unblock():
        prepared.forget_origin()
        installation.read()
    if "DEALPORT_TEST_OWN_SERVER" in os.environ:
        name = connection.settings_dict["NAME"]
        prepared.keep(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl())


@pytest.fixture(scope="module")
def module_rows(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep the rows that fixtures of a module write until its last test; what each test writes is undone after it.

    For modules whose tests are all `django_db` without `transaction`. A test gets copies of the fixtures' objects, so
    that it cannot change what the next one gets.
    """
    from django.db import transaction

    for item in request.session.items:
        if item.path == request.path and "module_rows" in getattr(item, "fixturenames", ()):
            is_undone = item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())
            assert is_undone, f"what {item.name} writes would stay for the next test"
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """Return the environment for a child process that works on this test's database and queue."""
    from django.db import connection

    parts = urlsplit(os.environ["DATABASE_URL"])
    url = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(use.ROOT)}


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run an S3 server that is stopped with the tests; whoever stops it before starts it again."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()
