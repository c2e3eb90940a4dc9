"""Recalculations as rows, results of the nightly comparison, and when a row's standings were taken."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_credit_index"),
        ("reports", "0002_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "dailymetrics",
            "standings_at",
            models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.RunSQL("UPDATE daily_metrics SET standings_at = computed_at", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Recalculation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(help_text="Included.")),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("rows_written", models.IntegerField(blank=True, null=True)),
                (
                    "error",
                    models.CharField(blank=True, help_text="Why the last attempt failed.", max_length=500),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.store",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(attempts__lt=5, finished_at__isnull=True),
                        fields=["id"],
                        name="reports_recalculation_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(started_at__isnull=True),
                        fields=("store", "first_day", "last_day"),
                        name="reports_recalculation_equal_waiting_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(last_day__gte=F("first_day")), name="reports_recalculation_days_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MetricsComparison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(help_text="Included.")),
                ("rows_compared", models.IntegerField()),
                ("rows_moved", models.IntegerField()),
                ("differences", models.IntegerField()),
                (
                    "details",
                    models.JSONField(
                        blank=True, default=list, help_text="The first of what is left, then of what moved."
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-checked_at", "-id"], name="reports_comparison_newest")],
            },
        ),
    ]
