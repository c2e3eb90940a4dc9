from django.db import migrations, models

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


def let_jobs_expire(apps, schema_editor):
    """Give jobs that run in intervals the expiry they were declared with, and which never reached their rows."""
    for job in apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(
        interval__isnull=False, expire_seconds=None, task__regex=r"^(customers|orders|dashboard|reports)\."
    ):
        job.expire_seconds = max(job.interval.every * SECONDS.get(job.interval.period, 1), 4)
        job.save(update_fields=["expire_seconds"])


class Migration(migrations.Migration):
    initial = True
    dependencies = [("django_celery_beat", "0019_alter_periodictasks_options")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(help_text="The last time it worked; empty: never.", null=True)),
                (
                    "problem",
                    models.CharField(blank=True, help_text="Why the newest attempt did not.", max_length=500),
                ),
            ],
        ),
        migrations.RunPython(let_jobs_expire, migrations.RunPython.noop),
    ]
