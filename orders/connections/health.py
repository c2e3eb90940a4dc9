"""What became of asking a source: a failure is kept on the connection, and nobody asks again before its time."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from orders.connections.problems import AccessRefused, SourceAway, SourceProblem
from orders.models import Connection

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
State = Connection.State


def backoff(failures: int) -> timedelta:
    """Return how long to wait after this many failures in a row: half a minute, doubled each time, at most an hour."""
    factor: int = 2 ** min(failures - 1, 10)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)


def note_failure(connection: Connection, problem: SourceProblem) -> None:
    """Keep what is wrong. Refused access blocks the connection until somebody changes it; the rest is tried again."""
    connection.problem = str(problem)[:500]
    connection.failures += 1
    wait = problem.wait if isinstance(problem, SourceAway) and problem.wait else backoff(connection.failures)
    connection.retry_at = timezone.now() + wait
    fields = {name: getattr(connection, name) for name in ("problem", "failures", "retry_at", "token")}
    Connection.objects.filter(pk=connection.pk).update(**fields)
    if isinstance(problem, AccessRefused):
        active = Connection.objects.filter(pk=connection.pk, state=State.ACTIVE)
        if active.update(state=State.BLOCKED):
            connection.state = State.BLOCKED


def note_success(connection: Connection) -> None:
    """Clear the problem and the count of failures after an answer of the source; one UPDATE, if there were any."""
    if connection.problem or connection.failures:
        connection.problem, connection.failures = "", 0
        Connection.objects.filter(pk=connection.pk, state=State.ACTIVE).update(problem="", failures=0)


def can_ask(connection: Connection) -> bool:
    """Answer whether the source may be asked now."""
    return connection.state == State.ACTIVE and connection.retry_at <= timezone.now()
