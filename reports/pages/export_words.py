"""An export in words: its request, its progress, its receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext

from customers.access import stores_for
from customers.models import Store, User
from dashboard.models import Basis
from dashboard.pages.period_picker import days
from dashboard.templatetags.dashboard_formats import count, country, money
from dealport.kit.day_range import DayRange
from reports.datasets import DATASETS
from reports.exporting.requests import QUERY
from reports.exporting.running import MAX_ATTEMPTS
from reports.models import ExportFormat, ExportJob, ScheduledExport

_PERIOD = ("from", "to")


def words(name: str) -> str:
    """Return `paymentStatus` as `Payment status`, and what programs call a coupon by the word of pages."""
    spaced = re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", name).lower()
    known = re.sub(r"\bcoupon( code)?\b", "discount code", spaced).capitalize()
    return gettext(re.sub(r"\bid\b", "ID", known))


def choice_words(value: str) -> str:
    """Return `PARTIALLY_REFUNDED` as `Partially refunded`."""
    return words(value.replace("_", " ").removeprefix("-")) + (
        gettext(", largest first") if value.startswith("-") else ""
    )


def repeat_query(job: ExportJob) -> str:
    """Return the query that fills in the form of a schedule like the export; empty for a query's, which names none.

    Its days are left out: a schedule has a period that moves on.
    """
    if job.dataset not in DATASETS:
        return ""
    named = {name: value for name, value in job.filters.items() if name not in _PERIOD}
    return urlencode({"type": job.dataset, **named, "format": job.format, "column": job.columns}, doseq=True)


def value_words(name: str, value: object) -> str:
    """Return the value of a filter as people read it: a country by its name, a code of ours in words."""
    text = str(value)
    if name == "country":
        return country(text)
    if name == "basis":
        return gettext(Basis(text).label)
    return choice_words(text) if text.isupper() and len(text) > 2 else text


def stores_of(jobs: Iterable[ExportJob | ScheduledExport], user: User) -> dict[str, Store]:
    """Return the stores that jobs or schedules are about, by the key they were requested with; one query."""
    keys = {str(job.filters["store"]) for job in jobs if "store" in job.filters}
    numbers = [key for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    if not keys:
        return {}
    found = stores_for(user).filter(Q(slug__in=keys) | Q(pk__in=numbers))
    return {key: store for store in found for key in (store.slug, str(store.pk))}


def zone_of(job: ExportJob, stores: Mapping[str, Store]) -> tzinfo:
    """Return the time zone of a job's page: its store's, UTC for several stores."""
    store = stores.get(str(job.filters.get("store", "")))
    return store.zone if store else UTC


def summary(job: ExportJob, stores: Mapping[str, Store]) -> str:
    """Return store, period and filters in one line."""
    if job.dataset == QUERY:
        return gettext("Saved query")
    known = DATASETS.get(job.dataset)
    parts = [_store_name(job, stores)]
    if known is None or known.has_period:
        parts.append(_period(job))
    return " · ".join([*parts, *(f"{label}: {value}" for label, value in _others(job))])


def asked(job: ExportJob, stores: Mapping[str, Store]) -> list[tuple[str, str]]:
    """Return the request as labels and values."""
    lines = [(gettext("Data"), gettext(job.title))]
    known = DATASETS.get(job.dataset)
    if job.dataset != QUERY:
        lines.append((gettext("Store"), _store_name(job, stores)))
        if known is None or known.has_period:
            lines.append((gettext("Period"), _period(job)))
        lines += _others(job)
        every = gettext("All {columns}").format(columns=len(known.columns)) if known else gettext("All")
        lines.append((gettext("Columns"), ", ".join(job.columns) if job.columns else every))
    return [*lines, (gettext("Format"), str(ExportFormat(job.format).label))]


def _store_name(job: ExportJob, stores: Mapping[str, Store]) -> str:
    key = str(job.filters.get("store", ""))
    return str(stores.get(key, key)) if key else gettext("All stores")


def _period(job: ExportJob) -> str:
    first, last = (_day(job.filters.get(name)) for name in _PERIOD)
    if first and last:
        return days(DayRange(first, last))
    if first:
        return gettext("From {first} on").format(first=days(DayRange(first, first)))
    return (
        gettext("Up to {last}").format(last=days(DayRange(last, last)))
        if last
        else gettext("From the beginning until now")
    )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _others(job: ExportJob) -> list[tuple[str, str]]:
    lines = []
    for name, value in job.filters.items():
        if name not in ("store", *_PERIOD):
            label = gettext("Counted") if name == "basis" else words(name)
            lines.append((label, value_words(name, value)))
    return lines


@dataclass(frozen=True)
class Progress:
    """How far an unfinished job is: in words, and rows (total None: not known).

    `aloud` is what is read out when it changes: every tenth percent, not every row.
    """

    line: str
    done: int
    total: int | None
    aloud: str


def progress(job: ExportJob) -> Progress:
    """Return how far the job is."""
    done, total = job.rows_done, job.rows_total
    if job.status == ExportJob.Status.QUEUED:
        line = gettext("Waiting for a worker.")
        if job.attempt:
            line = gettext(
                "Attempt {attempt} of {max_attempts} stopped. {error} It is tried again in a moment."
            ).format(attempt=job.attempt, max_attempts=MAX_ATTEMPTS, error=job.error)
        return Progress(line, 0, None, line)
    if total is None:
        # the rows of a query are not counted before they come
        line = gettext("{done} rows so far.").format(done=count(done)) if done else gettext("Reading.")
        return Progress(line, done, None, gettext("Reading."))
    if done >= total:
        line = gettext("All {total} rows are written; the file is being stored.").format(total=count(total))
        return Progress(line, done, total or None, line)
    percent = done * 100 // total
    line = gettext("{done} of {total} rows ({percent}%)").format(done=count(done), total=count(total), percent=percent)
    return Progress(line, done, total, f"{percent // 10 * 10}%")


@dataclass(frozen=True)
class TotalLine:
    """A control total, the dashboard's figure for the same (empty: it has none), and their difference if any."""

    currency: str
    label: str
    file: str
    dashboard: str
    difference: str


def total_lines(receipt: Mapping[str, Any]) -> Iterator[TotalLine]:
    """Yield the control totals of a receipt as a page writes them."""
    for line in receipt.get("controlTotals", []):
        code, ours, theirs = line["currency"], line["file"], line["dashboard"]
        is_equal = theirs is None or line["agrees"]
        difference = "" if is_equal else _signed(Decimal(ours) - Decimal(theirs), ours, code)
        shown = "" if theirs is None else _amount(theirs, code)
        yield TotalLine(code, words(line["name"]), _amount(ours, code), shown, difference)


def verdict(job: ExportJob, totals: Sequence[TotalLine]) -> str:
    """Return `agrees` or `differs`; `unknown` where the dashboard has none of the totals, nothing without a receipt."""
    agrees = job.receipt.get("agreesWithDashboard")
    if agrees is False:
        return "differs"
    if agrees and (not totals or any(line.dashboard for line in totals)):
        return "agrees"
    return "unknown" if job.receipt and job.dataset != QUERY else ""


def _amount(value: int | str, code: str) -> str:
    """Return a count as it is, an amount (text in the receipt) with its currency."""
    return count(value) if isinstance(value, int) else money(Decimal(value), code)


def _signed(difference: Decimal, like: int | str, code: str) -> str:
    shown = count(int(difference)) if isinstance(like, int) else money(difference, code)
    return f"+{shown}" if difference > 0 else shown
