"""The admin of jobs by the clock, where it needs more than its own package gives it."""

from django.contrib import admin
from django.db.models import DateTimeField
from django_celery_beat.admin import ClockedScheduleAdmin, PeriodicTaskAdmin
from django_celery_beat.models import ClockedSchedule, PeriodicTask

from dealport.kit.admin.theme import SplitDateTime

admin.site.unregister([ClockedSchedule, PeriodicTask])


@admin.register(ClockedSchedule)
class NamedClockedScheduleAdmin(ClockedScheduleAdmin):
    """Moments at which a job runs once; date and time have names for screen readers."""

    formfield_overrides = {DateTimeField: {"widget": SplitDateTime}}


@admin.register(PeriodicTask)
class NamedPeriodicTaskAdmin(PeriodicTaskAdmin):
    """Jobs; without the package's inline script, which the content security policy blocks."""

    formfield_overrides = {DateTimeField: {"widget": SplitDateTime}}
    change_form_template = "admin/change_form.html"
