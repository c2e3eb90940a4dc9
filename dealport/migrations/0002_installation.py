from django.db import migrations, models

from dealport.kit.installation import new_id


def make_the_row(apps, schema_editor):
    apps.get_model("dealport", "Installation").objects.create(is_only=True, id=new_id())


class Migration(migrations.Migration):
    dependencies = [("dealport", "0001_heartbeat")]
    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("is_only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                (
                    "id",
                    models.CharField(
                        help_text="Part of every key in Redis and of every name of an export file.", max_length=12
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("is_only", True)), name="dealport_one_installation")
                ],
            },
        ),
        migrations.RunPython(make_the_row, migrations.RunPython.noop),
    ]
