"""Customers get first and last names, a status, tags, notes, a picture and their consent to marketing."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_account_profile"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="accepts_marketing",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="customer",
            name="avatar",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Address of a picture.",
                max_length=500,
                validators=[
                    django.core.validators.RegexValidator(
                        r"\A(https://[^\s/]|/(?!/))\S*\Z", "Enter an address that begins with https:// or /."
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="first_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="customer",
            name="marketing_consent_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="notes",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="For staff alone.", max_length=5000
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="status",
            field=models.CharField(
                choices=[("ACTIVE", "Active"), ("INACTIVE", "Inactive"), ("BLOCKED", "Blocked")],
                db_default="ACTIVE",
                default="ACTIVE",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=50
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="updated_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False
            ),
        ),
    ]
