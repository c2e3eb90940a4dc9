"""Heartbeats: beat's own, and those of the tasks it sends through each queue to see whether a worker does them.

Moments and ages are the database's, so that no other clock matters.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

BEAT, MAIL = "beat", "mail"
# Beat sends and writes them every ten seconds (dealport/settings/beat.py); a mail server is asked every minute.
LATE_SECONDS = {MAIL: 300.0}
LATE = 60.0

_ALIVE = """
INSERT INTO dealport_heartbeat (name, at, problem) VALUES (%s, clock_timestamp(), '')
ON CONFLICT (name) DO UPDATE SET at = excluded.at, problem = ''
"""
_FAILED = """
INSERT INTO dealport_heartbeat (name, at, problem) VALUES (%s, NULL, %s)
ON CONFLICT (name) DO UPDATE SET problem = excluded.problem
"""
_AGES = "SELECT name, extract(epoch FROM clock_timestamp() - at)::float, problem FROM dealport_heartbeat"


@dataclass(frozen=True)
class Heartbeat:
    """How many seconds ago a part last worked, infinity for never, and what it said when it last did not."""

    age_seconds: float = float("inf")
    problem: str = ""
    late_seconds: float = LATE

    @property
    def reason(self) -> str:
        """Why the part counts as away; empty if it does not."""
        if self.age_seconds <= self.late_seconds:
            return ""
        since = "Not seen yet." if self.age_seconds == float("inf") else f"Last seen {self.age_seconds:.0f} s ago."
        return f"{since} {self.problem}".strip()


def beat(name: str, problem: str = "") -> None:
    """Note that a part works, or why it does not."""
    with connection.cursor() as cursor:
        if problem:
            cursor.execute(_FAILED, [name, problem[:500]])
        else:
            cursor.execute(_ALIVE, [name])


def read() -> dict[str, Heartbeat]:
    """Return the heartbeats of beat, of the worker of each queue and, where one is set, of the mail server.

    A worker in the middle of a long task shows by its progress that it lives (`settings.PROGRESS`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_AGES)
        rows = {name: (age, problem) for name, age, problem in cursor.fetchall()}
    heartbeats = {}
    mail = {MAIL: MAIL} if settings.EMAIL_HOST else {}
    for name, part in {BEAT: BEAT, **settings.QUEUES, **mail}.items():
        age, problem = rows.get(name, (None, ""))
        ages = [float("inf") if age is None else max(age, 0.0)]
        if part in settings.PROGRESS:
            ages.append(import_string(settings.PROGRESS[part])())
        heartbeats[part] = Heartbeat(min(ages), problem, LATE_SECONDS.get(part, LATE))
    return heartbeats
