"""Exports: requested, written by a worker, downloaded, and deleted when they expire."""

from reports.exporting.access import (
    LinkExpired,
    download_link,
    job_or_404,
    may_change,
    may_download,
    read_link,
    visible_jobs,
)
from reports.exporting.cleaning import clean, sweep
from reports.exporting.estimating import RowCount, expected_rows
from reports.exporting.requests import cancel_export, request_export, retry_export
from reports.exporting.running import run_export

__all__ = [
    "LinkExpired",
    "RowCount",
    "cancel_export",
    "clean",
    "download_link",
    "expected_rows",
    "job_or_404",
    "may_change",
    "may_download",
    "read_link",
    "request_export",
    "retry_export",
    "run_export",
    "sweep",
    "visible_jobs",
]
