"""Mails about scheduled exports as rows, and whether a schedule took note of how its export ended."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_comparisons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ScheduleMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.EmailField(max_length=254)),
                ("reason", models.CharField(blank=True, help_text="Why the schedule stopped.", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("withheld", "Withheld: the account may not open exports any more"),
                            ("refused", "Refused by the mail server"),
                            ("given_up", "Given up: no mail server took it in time"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="exportjob",
            name="settled_at",
            field=models.DateTimeField(blank=True, help_text="When its schedule took note of how it ended.", null=True),
        ),
        migrations.AlterField(
            model_name="exportjob",
            name="mailed_at",
            field=models.DateTimeField(blank=True, help_text="When the last of its mails was handed over.", null=True),
        ),
        migrations.AddIndex(
            model_name="exportjob",
            index=models.Index(
                condition=models.Q(("schedule__isnull", False), ("settled_at__isnull", True)),
                fields=["finished_at"],
                name="reports_export_to_settle",
            ),
        ),
        migrations.AddField(
            model_name="schedulemail",
            name="job",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="reports.exportjob",
            ),
        ),
        migrations.AddField(
            model_name="schedulemail",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mails", to="reports.scheduledexport"
            ),
        ),
        migrations.AddIndex(
            model_name="schedulemail",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="reports_mail_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="schedulemail",
            constraint=models.UniqueConstraint(fields=("job", "recipient"), name="reports_mail_once_for_a_job"),
        ),
    ]
