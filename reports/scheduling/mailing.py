"""Handing mails over to the mail server: each claimed by a conditional update, its row kept until a server took it."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPServerDisconnected

import structlog
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from customers.models import User
from dealport.kit.causes import mail_problem
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from reports.notifying.choices import may_be_told
from reports.scheduling.messages import message_of
from reports.scheduling.recipients import entitled

BATCH = 200
CLAIMED = timedelta(minutes=10)
"""Longer than handing one over takes (EMAIL_TIMEOUT for each answer): who has not said more by then is dead."""
SOONEST, LATEST = timedelta(seconds=30), timedelta(hours=1)
TRIED = timedelta(days=7)
"""How long a mail without a file is tried; one with a file as long as the file is kept."""
State = ScheduleMail.State
log = structlog.get_logger(__name__)


class Refused(Exception):
    """The server will never take this mail; the text tells why."""


def send_mails() -> int:
    """Hand over what waits; return how many mails the server took.

    A server that is away leaves the rows for the next time; an address it refuses keeps no other from its mail.
    """
    _give_up()
    waiting = _due().order_by("next_try_at", "pk").values_list("pk", flat=True)[:BATCH]
    if not (keys := list(waiting)):
        return 0
    connection, sent = django_mail.get_connection(), 0
    try:
        connection.open()
        for pk in keys:
            sent += _send(pk, connection)
    except OSError as error:
        _due().filter(pk__in=keys).update(error=_away(error))
        log.warning("mail server away", waiting=len(keys) - sent, reason=_away(error))
    finally:
        _close(connection)
    return sent


def _due() -> QuerySet[ScheduleMail]:
    return ScheduleMail.objects.filter(state=State.WAITING, next_try_at__lte=timezone.now())


def _give_up() -> None:
    """End what is of no use any more: mails whose file is gone, and those that were tried long enough."""
    now = timezone.now()
    late = Q(job__isnull=True, created_at__lt=now - TRIED) | Q(job__expires_at__lt=now)
    late |= Q(job__isnull=False) & ~Q(job__status=ExportJob.Status.SUCCEEDED)
    for mail in _due().filter(late).select_related("schedule"):
        _end(mail, State.GIVEN_UP, mail.error or "Nobody handed it over in time.")


def _send(pk: int, connection: BaseEmailBackend) -> bool:
    """Claim one mail and hand it over; answer whether the server took it. Raises OSError where it is away."""
    mail = _claim(pk)
    if mail is None:
        return False
    if not _may_be_told(mail):
        gone = "The account may not see this any more, or does not want to."
        _end(mail, State.WITHHELD, gone if mail.trouble_id else "The account may not open exports any more.")
        return False
    try:
        _hand_over(mail, connection)
    except Refused as refused:
        _end(mail, State.REFUSED, str(refused))
        return False
    except OSError as error:
        _put_off(mail, error)
        if isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected):
            # the server answered: the next mail may fare better
            return False
        raise
    _end(mail, State.SENT, "")
    return True


def _claim(pk: int) -> ScheduleMail | None:
    """Take the mail for CLAIMED, unless somebody else has."""
    if not _due().filter(pk=pk).update(attempts=F("attempts") + 1, next_try_at=timezone.now() + CLAIMED):
        return None
    return ScheduleMail.objects.select_related("schedule__owner", "job", "trouble").filter(pk=pk).first()


def _may_be_told(mail: ScheduleMail) -> bool:
    """Answer whether the address is, now, that of somebody who may know."""
    if mail.trouble is not None:
        person = User.objects.filter(email=mail.recipient).first()
        return person is not None and may_be_told(person, mail.trouble)
    if mail.schedule is not None and mail.job_id is None:
        return User.objects.filter(pk=mail.schedule.owner_id, email=mail.recipient, is_active=True).exists()
    return bool(mail.job and entitled([mail.recipient], mail.job.filters))


def _hand_over(mail: ScheduleMail, connection: BaseEmailBackend) -> None:
    """Give one mail to the server. Raises Refused, OSError (which those of SMTP are)."""
    try:
        connection.send_messages([message_of(mail)])
    except SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        _refuse_for_good(code, text, error)
    except SMTPDataError as error:
        _refuse_for_good(error.smtp_code, error.smtp_error, error)
    except (SMTPNotSupportedError, ValueError, LookupError) as error:
        raise Refused(f"It cannot be written or sent: {type(error).__name__}: {error}"[:400]) from error


def _refuse_for_good(code: int, text: bytes | str, error: SMTPException) -> None:
    """Raise Refused for an answer of 5xx; others mean that it may be tried again."""
    if 500 <= code < 600:
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        raise Refused(f"The mail server refused it: {code} {words}"[:400]) from error
    raise error


def _put_off(mail: ScheduleMail, error: OSError) -> None:
    """Let it wait, longer each time."""
    pause: timedelta = min(SOONEST * 2 ** min(mail.attempts - 1, 10), LATEST)
    ScheduleMail.objects.filter(pk=mail.pk, state=State.WAITING).update(
        next_try_at=timezone.now() + pause, error=_away(error)
    )
    log.warning("mail put off", mail=mail.pk, attempt=mail.attempts, reason=_away(error))


def _end(mail: ScheduleMail, state: State, error: str) -> None:
    """Write down how it ended; the owner reads of a mail that nobody got at the schedule."""
    now: datetime = timezone.now()
    sent_at = now if state == State.SENT else None
    ScheduleMail.objects.filter(pk=mail.pk).update(state=state, error=error, sent_at=sent_at)
    if state != State.SENT and mail.schedule_id:
        words = f"The mail to {mail.recipient} was not sent. {error}"[:500]
        ScheduledExport.objects.filter(pk=mail.schedule_id).update(last_error=words)
    of_the_job = set(ScheduleMail.objects.filter(job=mail.job_id).values_list("state", flat=True))
    if mail.job_id and State.SENT in of_the_job and State.WAITING not in of_the_job:
        ExportJob.objects.filter(pk=mail.job_id, mailed_at=None).update(mailed_at=now)


def _away(error: OSError) -> str:
    return mail_problem(error)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (SMTPException, OSError):
        log.info("mail server went away")
