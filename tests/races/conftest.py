"""What every race needs: processes on the test's database, one race at a time, no deadlock in any."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.races.crew import Crew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the races serial: each of them takes all processors."""
    for item in items:
        if "races" in item.path.parts:
            item.add_marker(pytest.mark.serial)


@pytest.fixture
def crew(process_environment: dict[str, str]) -> Iterator[Crew]:
    """Return a way to start processes on the test's database; they are gone before its data is."""
    crew = Crew(process_environment)
    yield crew
    crew.stop()


@pytest.fixture(autouse=True)
def no_deadlock(transactional_db: None) -> Iterator[None]:
    """Fail a race in which PostgreSQL had to break a deadlock."""
    from tests.races.checks import deadlocks

    before = deadlocks()
    yield
    assert deadlocks() == before
