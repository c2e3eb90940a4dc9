"""Celery beat's schedule in the database, for clocks that step, databases that go away and edits in the admin."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog
from django.db import Error, close_old_connections
from django.db.models import Q
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from dealport import heartbeats

# A clock that is slewed moves by milliseconds in the seconds between two looks at it.
STEP_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
# Without workers, a job every two seconds would fill Redis in some days.
LONGEST_QUEUE = 1000

log = structlog.get_logger(__name__)


class Entry(ModelEntry):
    """One job; its row is made where it is missing, and belongs to the admin from then on."""

    @classmethod
    def from_entry(cls, name: str, app: object = None, **entry: object) -> Entry:
        """Return the job of a name: from its row as it was edited, or from a row made as declared.

        The task is the program's own: a row follows when a task moves.
        """
        row = PeriodicTask.objects.filter(name=name).first()
        if row is None:
            row, _ = PeriodicTask.objects.get_or_create(name=name, defaults=cls._unpack_fields(**entry))
        elif row.task != entry["task"]:
            row.task = entry["task"]
            row.save(update_fields=["task"])
        return cls(row, app=app)

    @classmethod
    def _unpack_options(cls, expires: int | None = None, **options: object) -> dict[str, object]:
        """Return the fields of a row. Celery's name is `expires`, the row's `expire_seconds`: either is taken."""
        return dict(super()._unpack_options(**{"expire_seconds": expires, **options}))


class Scheduler(DatabaseScheduler):
    """Runs what is due, also after the clock or the database was wrong, and says that it lives."""

    Entry = Entry
    _heartbeat_at = 0.0

    def setup_schedule(self) -> None:
        """Read the schedule; what it says of the future is of a clock that was ahead."""
        self._offset = _clock_offset()
        self._unqueued: set[str] = set()
        _forget_the_future()
        super().setup_schedule()

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send one job that is due; return the seconds until the next look."""
        try:
            self._heed_the_clock()
            self._show_life()
            return float(super().tick(*args, **kwargs))
        except Error as error:
            log.error("the schedule could not be read", reason=f"{type(error).__name__}: {error}")
            close_old_connections()
            return float(self.max_interval)

    def apply_entry(self, entry: Any, producer: object = None) -> None:
        """Queue a job. One that cannot be queued comes with the next interval; a nightly one within five minutes.

        While a queue is long nothing is added that would expire in it.
        """
        try:
            if entry.options.get("expires") and self._length(entry, producer) >= LONGEST_QUEUE:
                return
            self.apply_async(entry, producer=producer, advance=False)
            self._unqueued.discard(entry.name)
        except Exception as error:  # whatever the queue says: beat goes on with the next job
            if entry.name not in self._unqueued:  # one line a job for each time the broker is away
                log.error("job not queued", job=entry.name, reason=f"{type(error).__name__}: {error}")
            self._unqueued.add(entry.name)
            if not entry.options.get("expires"):
                entry.model.last_run_at = entry.last_run_at

    def _length(self, entry: Any, producer: Any) -> int:
        queue = entry.options.get("queue") or self.app.conf.task_default_queue
        return int(producer.channel._size(queue))

    def _heed_the_clock(self) -> None:
        before, self._offset = self._offset, _clock_offset()
        if self._offset < before - STEP_SECONDS:
            log.warning("the clock stepped back", seconds=round(before - self._offset, 1))
            self.sync()
            _forget_the_future()
            self._schedule = self.all_as_schedule()
            self._heap = None

    def _show_life(self) -> None:
        now = time.monotonic()
        if now - self._heartbeat_at >= HEARTBEAT_SECONDS:
            self._heartbeat_at = now
            heartbeats.beat(heartbeats.BEAT)

    def _get_crontab_exclude_query(self) -> Q:
        """Leave no job out: one whose hour has passed while beat was away is due now."""
        return Q(pk__in=[])


def _clock_offset() -> float:
    return time.time() - time.monotonic()


def _forget_the_future() -> None:
    """Set to now what claims to have run later than now."""
    now = timezone.now()
    late = PeriodicTask.objects.filter(last_run_at__gt=now + timedelta(seconds=STEP_SECONDS))
    if count := late.update(last_run_at=now):
        log.warning("jobs had run in the future", jobs=count)
