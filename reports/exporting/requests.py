"""Asking for a file, calling it off, asking again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict, invalid
from reports.datasets import DATASETS
from reports.exporting import queue
from reports.exporting.scopes import read_columns, read_scope, with_store
from reports.models import ExportFormat, ExportJob, SavedQuery, ScheduledExport

MAX_UNFINISHED = 20
"""How many unfinished exports one account may have."""
QUERY = "query"


def request_export(
    *,
    owner: User,
    dataset: str,
    filters: Mapping[str, object],
    format: str,
    columns: Sequence[str] = (),
    query: SavedQuery | None = None,
    schedule: ScheduledExport | None = None,
) -> ExportJob:
    """Queue a file for `owner` and return its job; an equal request that is not finished yet is the same job.

    `dataset` is a key of DATASETS, or "query" with the saved query. Raises ValidationError naming the field, Http404
    for a store that is not there, Conflict where too many exports wait.
    """
    if format not in ExportFormat.values:
        raise invalid("format", gettext("Enter one of {choices}.").format(choices=", ".join(ExportFormat.values)))
    if query is None:
        filters = with_store(filters, owner)
    title, sql = _checked(owner, dataset, filters, columns, query)
    asked = [owner.pk, dataset, sql, dict(filters), list(columns), format, schedule and schedule.pk]
    request_hash = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    unfinished = ExportJob.objects.filter(owner=owner, status__in=ExportJob.UNFINISHED)
    if job := unfinished.filter(request_hash=request_hash).first():
        return job
    if unfinished.count() >= MAX_UNFINISHED:
        raise Conflict(
            gettext("{max_unfinished} of your exports are not finished yet: wait for one, or cancel one.").format(
                max_unfinished=MAX_UNFINISHED
            )
        )
    try:
        with transaction.atomic():
            job = ExportJob.objects.create(
                owner=owner,
                dataset=dataset,
                title=title,
                sql=sql,
                filters=dict(filters),
                columns=list(columns),
                format=format,
                request_hash=request_hash,
                schedule=schedule,
            )
    except IntegrityError:
        # an equal request was faster, and may even be done by now
        return ExportJob.objects.filter(owner=owner, request_hash=request_hash).latest("requested_at")
    _nudge(job)
    return job


def _checked(
    owner: User, dataset: str, filters: Mapping[str, object], columns: Sequence[str], query: SavedQuery | None
) -> tuple[str, str]:
    """Return the title and the SQL of what is requested. Raises ValidationError, Http404."""
    if query is not None:
        if not owner.is_superuser or not settings.DEALPORT_SQL_CONSOLE:
            raise invalid(
                "query", gettext("Only super admins can export a query, where the SQL console is switched on.")
            )
        if filters or columns:
            raise invalid("filters", gettext("A saved query takes neither filters nor columns."))
        return query.name, query.sql
    if dataset not in DATASETS:
        raise invalid("type", gettext("Enter one of {choices}.").format(choices=", ".join(DATASETS)))
    read_scope(DATASETS[dataset], filters, owner)
    read_columns(DATASETS[dataset], columns)
    return DATASETS[dataset].title, ""


def cancel_export(*, job: ExportJob) -> ExportJob:
    """Cancel an unfinished export; a worker that writes it stops within seconds. Raises Conflict if it is over."""
    canceled = ExportJob.objects.filter(pk=job.pk, status__in=ExportJob.UNFINISHED).update(
        status=ExportJob.Status.CANCELED, finished_at=timezone.now()
    )
    job.refresh_from_db()
    if not canceled and job.status != ExportJob.Status.CANCELED:
        raise Conflict(
            gettext("The export is {status}: only an unfinished one can be canceled.").format(status=_status(job))
        )
    return job


def retry_export(*, job: ExportJob) -> ExportJob:
    """Request an export again that failed, was canceled or expired; return the new job. Raises Conflict."""
    if job.is_unfinished or job.status == ExportJob.Status.SUCCEEDED:
        raise Conflict(
            gettext("The export is {status}: only a failed, canceled or expired one can be asked for again.").format(
                status=_status(job)
            )
        )
    query = SavedQuery(name=job.title, sql=job.sql) if job.dataset == QUERY else None
    return request_export(
        owner=job.owner, dataset=job.dataset, filters=job.filters, format=job.format, columns=job.columns, query=query
    )


def _nudge(job: ExportJob) -> None:
    """Queue the job once it is committed; where the broker is down, the sweep does."""
    transaction.on_commit(partial(queue.send, job.pk))


def _status(job: ExportJob) -> str:
    return gettext(job.get_status_display()).lower()
