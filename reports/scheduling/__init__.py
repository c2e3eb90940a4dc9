"""Schedules: exports that are requested again and again, and mailed as links to people with an account."""

from reports.scheduling.access import schedule_or_404, visible_schedules
from reports.scheduling.actions import change_schedule, create_schedule, delete_schedule
from reports.scheduling.mailing import send_mails
from reports.scheduling.running import run_due
from reports.scheduling.settling import settle_finished

__all__ = [
    "change_schedule",
    "create_schedule",
    "delete_schedule",
    "run_due",
    "schedule_or_404",
    "send_mails",
    "settle_finished",
    "visible_schedules",
]
