"""The worker's sign of life: progress written by a thread, and the word that the job is not this run's any more."""

from __future__ import annotations

import threading
from types import TracebackType

import psycopg
import structlog
from django.db import connection

from reports.models import ExportJob

BEAT_SECONDS = 1.0
log = structlog.get_logger(__name__)
_BEAT = """
UPDATE reports_exportjob SET alive_at = now(), rows_done = %(done)s, rows_total = coalesce(%(total)s, rows_total)
WHERE id = %(job)s AND attempt = %(attempt)s AND status = 'running'
"""


class NotOurs(Exception):
    """The job was canceled, or another worker took it over."""


class Pulse:
    """Beats every second on a connection of its own, since the writing one holds a read-only snapshot.

    When a beat finds that the job is not this run's any more, the statement that runs is canceled and `check` raises
    NotOurs. A beat that cannot reach the database is left out: whoever misses the beats takes the job over.
    """

    def __init__(self, job: ExportJob) -> None:
        self._job, self._attempt = job.pk, job.attempt
        self._done, self._total = 0, job.rows_total
        self._over, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="export pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._parameters = {**connection.get_connection_params(), "autocommit": True}
        for unknown in ("cursor_factory", "context", "pool"):
            self._parameters.pop(unknown, None)
        self._writing = connection.connection
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Raise NotOurs if the job is not this run's any more."""
        if self._lost.is_set():
            raise NotOurs

    def done(self, rows: int) -> None:
        """Note how many rows are written. Raises NotOurs."""
        self._done = rows
        self.check()

    def expect(self, rows: int) -> None:
        """Note how many rows there are."""
        self._total = rows

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with psycopg.connect(**self._parameters) as beating:
                    self._beat_on(beating)
            except psycopg.Error as error:
                log.warning("export pulse missed", job=str(self._job), reason=type(error).__name__)

    def _beat_on(self, beating: psycopg.Connection) -> None:
        parameters = {"job": self._job, "attempt": self._attempt}
        while not self._over.is_set():
            values = {**parameters, "done": self._done, "total": self._total}
            if not beating.execute(_BEAT, values).rowcount:
                self._lost.set()
                self._writing.cancel_safe()
                return
            self._over.wait(BEAT_SECONDS)
