"""Who may see an export and download its file: decided at every request.

A file with personal data unmasked is for super admins, whoever asked for it and whatever they were then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.http import Http404
from django.urls import reverse

from customers.access import sees_all_stores
from customers.models import User
from dealport.kit.storage import store
from reports.exporting.running import CONTENT_TYPES
from reports.exporting.scopes import store_keys
from reports.models import ExportFormat, ExportJob

FAILED = timedelta(days=7)
_SIGNER = signing.TimestampSigner(salt="reports.export-file")


class LinkExpired(Exception):
    """The link is too old; whoever may fetch the file gets a new one."""


def visible_jobs(user: User) -> QuerySet[ExportJob]:
    """Return the exports `user` may see: their own, those mailed to them, and every one for super admins.

    Who does not work in all stores sees those of their stores of now. Those that failed were not mailed: the reason
    may quote a customer.
    """
    if not user.is_staff:
        return ExportJob.objects.none()
    if user.is_superuser:
        return ExportJob.objects.all()
    mailed = Q(schedule__recipients__contains=[user.email]) & ~Q(status=ExportJob.Status.FAILED)
    jobs = ExportJob.objects.filter(Q(owner=user) | mailed)
    return (
        jobs
        if sees_all_stores(user)
        else jobs.annotate(of_store=KT("filters__store")).filter(of_store__in=store_keys(user))
    )


def failed_exports(user: User, now: datetime) -> QuerySet[ExportJob]:
    """Return the person's exports that failed within FAILED, which Home counts (index reports_export_by_owner)."""
    own = visible_jobs(user).filter(owner=user, requested_at__gte=now - FAILED)
    return own.filter(status=ExportJob.Status.FAILED)


def job_or_404(user: User, pk: object) -> ExportJob:
    """Return the export if `user` may see it. Raises Http404 otherwise."""
    try:
        key = UUID(str(pk))
    except ValueError:
        raise Http404("no such export") from None
    job = visible_jobs(user).select_related("owner").filter(pk=key).first()
    if job is None:
        raise Http404("no such export")
    return job


def may_change(user: User, job: ExportJob) -> bool:
    """Answer whether `user`, who may see the job, may cancel or retry it: not who only got it mailed."""
    return user.is_superuser or job.owner_id == user.pk


def may_download(user: User, job: ExportJob) -> bool:
    """Answer whether `user`, who may see the job, may fetch its file now."""
    return job.status == ExportJob.Status.SUCCEEDED and (job.is_masked or user.is_superuser)


def download_link(user: User, job: ExportJob) -> str:
    """Return where `user` can fetch the file for some minutes: at the store, or (a path) from the product itself.

    Raises Http404 where they may not, StorageAway where the store does not answer.
    """
    if not may_download(user, job):
        raise Http404("no such file")
    link = store().link(
        job.file_key,
        file_name=job.file_name,
        content_type=CONTENT_TYPES[ExportFormat(job.format)],
        seconds=settings.EXPORT_LINK_SECONDS,
    )
    return link or reverse("export-file", args=[_SIGNER.sign(f"{job.pk}:{job.attempt}:{user.pk}")])


def read_link(token: str) -> ExportJob:
    """Return the job whose file a signed link names, if who got it may still fetch it.

    Raises Http404 for a link we did not write or rights that are gone, LinkExpired for one that is too old.
    """
    try:
        pk, attempt, user_pk = _SIGNER.unsign(token, max_age=settings.EXPORT_LINK_SECONDS).split(":")
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise Http404("no such file") from error
    user = User.objects.filter(pk=user_pk).first()
    job = job_or_404(user, pk) if user else None
    if user is None or job is None or str(job.attempt) != attempt or not may_download(user, job):
        raise Http404("no such file")
    return job
