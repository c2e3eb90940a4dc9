"""What a mail says: the receipt of a file and a link that asks for the login, or why a schedule stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, override

from customers.languages import language_of
from customers.models import User
from dealport.kit import formats
from dealport.kit.money import places_of
from dealport.kit.values import FieldValues, Json
from reports.models import ExportJob, ScheduleMail, Trouble

_LINE_ENDS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class ControlLine:
    """A control total as it is shown; `verdict` says what the dashboard has for it."""

    name: str
    value: str
    verdict: str


def message_of(mail: ScheduleMail) -> EmailMultiAlternatives:
    """Return the mail, to one person alone and in their language, as text and as HTML."""
    with override(language_of(User.objects.filter(email=mail.recipient).first())):
        return _of_trouble(mail, mail.trouble) if mail.trouble else _message(mail, mail.job)


def _of_trouble(mail: ScheduleMail, trouble: Trouble) -> EmailMultiAlternatives:
    """Return the mail about something that went wrong."""
    title = _LINE_ENDS.sub(" ", f"{trouble.label}: {gettext(Trouble.Kind(trouble.kind).label)}").strip()
    context: dict[str, object] = {
        "title": title,
        "detail": _LINE_ENDS.sub(" ", trouble.detail),
        "since": _shown_moment(trouble.began_at, trouble.store.zone if trouble.store else ZoneInfo("UTC")),
        "link": settings.DEALPORT_URL + address_of(trouble),
        "choices": settings.DEALPORT_URL + reverse("notifications"),
    }
    return _written(mail, "trouble", title, context)


def address_of(trouble: Trouble) -> str:
    """Return the page on which something that went wrong can be looked into."""
    if trouble.kind == Trouble.Kind.CONNECTION:
        return reverse("connection", args=[trouble.subject_id])
    if trouble.kind == Trouble.Kind.SCHEDULE:
        return reverse("schedule", args=[trouble.subject_id])
    return reverse("store-dashboard", args=[trouble.store.slug]) if trouble.store else reverse("overview")


def _message(mail: ScheduleMail, job: ExportJob | None) -> EmailMultiAlternatives:
    if job is None:
        kind, subject = "stopped", gettext("stopped")
    else:
        kind, rows = "finished", formats.number_text(job.receipt["rowCount"])
        subject = gettext("{rows} rows").format(rows=rows)
    context = _stopped(mail) if job is None else _finished(mail, job)
    assert mail.schedule is not None
    # a line end would begin a header of its own
    return _written(mail, kind, _LINE_ENDS.sub(" ", f"{mail.schedule.name}: {subject}").strip(), context)


def _written(mail: ScheduleMail, kind: str, subject: str, context: dict[str, object]) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"reports/mail/{kind}.txt", context),
        to=[mail.recipient],
        # the same each time, so that a mail sent once more is known for what it is
        headers={"Message-ID": f"<schedulemail-{mail.pk}@{_host()}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"reports/mail/{kind}.html", context), "text/html")
    return message


def _finished(mail: ScheduleMail, job: ExportJob) -> dict[str, object]:
    assert mail.schedule is not None
    receipt, zone = job.receipt, ZoneInfo(mail.schedule.timezone)
    return {
        "schedule": _LINE_ENDS.sub(" ", mail.schedule.name),
        "title": _LINE_ENDS.sub(" ", gettext(job.title)),
        "period": shown_period(job.filters),
        "store": job.filters.get("store", ""),
        "rows": formats.number_text(receipt["rowCount"]),
        "totals": list(_control_lines(receipt)),
        "agrees": receipt.get("agreesWithDashboard"),
        "sha256": receipt.get("sha256", ""),
        "snapshot": _shown_moment(receipt.get("snapshotAt"), zone),
        "file_name": job.file_name,
        "expires": _shown_moment(job.expires_at, zone),
        "for_super_admins": not job.is_masked,
        "link": f"{settings.DEALPORT_URL}/reports/exports/{job.pk}/",
    }


def _stopped(mail: ScheduleMail) -> dict[str, object]:
    assert mail.schedule is not None
    return {
        "schedule": _LINE_ENDS.sub(" ", mail.schedule.name),
        "failures": mail.schedule.failures,
        "reason": mail.reason,
        "link": f"{settings.DEALPORT_URL}/reports/schedules/{mail.schedule_id}/",
    }


def shown_period(filters: FieldValues) -> str:
    """Return the days of resolved filters in words; empty where they name none."""
    if "from" not in filters:
        return ""
    first, last = date.fromisoformat(filters["from"]), date.fromisoformat(filters["to"])
    return formats.days_text(first, last)


def _shown_moment(moment: datetime | str | None, zone: ZoneInfo) -> str:
    if not moment:
        return ""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return formats.zoned_moment_text(known, zone)


def _control_lines(receipt: Json) -> Iterator[ControlLine]:
    for line in receipt.get("controlTotals", []):
        shown = {None: "", True: gettext("the dashboard says the same")}
        currency = line["currency"]
        said = gettext("THE DASHBOARD SAYS {amount}").format(amount=_amount(line["dashboard"], currency))
        verdict = shown.get(line["agrees"], said)
        yield ControlLine(f"{line['name']} {currency}", _amount(line["file"], currency), verdict)


def _amount(value: object, currency: str) -> str:
    if isinstance(value, int):
        return formats.number_text(value)
    return formats.number_text(Decimal(str(value)), places_of(currency))


def _host() -> str:
    return urlsplit(settings.DEALPORT_URL).hostname or "localhost"
