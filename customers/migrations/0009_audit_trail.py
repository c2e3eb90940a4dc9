"""The audit trail, and the trigger that keeps it as it was written."""

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# TRUNCATE is what empties the tables of a test database, whose name Django begins with test_.
APPEND_ONLY = """
CREATE FUNCTION customers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND starts_with(current_database(), 'test_') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Rows of % are permanent: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER customers_auditentry_permanent BEFORE UPDATE OR DELETE ON customers_auditentry
    FOR EACH ROW EXECUTE FUNCTION customers_refuse_change();
CREATE TRIGGER customers_auditentry_permanent_all BEFORE TRUNCATE ON customers_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION customers_refuse_change();
"""
CHANGEABLE = """
DROP TRIGGER customers_auditentry_permanent ON customers_auditentry;
DROP TRIGGER customers_auditentry_permanent_all ON customers_auditentry;
DROP FUNCTION customers_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_folded_emails")]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("object_type", models.CharField(help_text="App and model, such as orders.product.", max_length=60)),
                ("object_id", models.BigIntegerField(null=True)),
                (
                    "object_label",
                    models.CharField(help_text="What the object was called after the change.", max_length=254),
                ),
                (
                    "action",
                    models.CharField(
                        help_text="What was done, such as created, changed or deleted.", max_length=40
                    ),
                ),
                (
                    "changes",
                    models.JSONField(
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        help_text="Field: [before, after]; secrets are masked.",
                    ),
                ),
                ("actor_id", models.BigIntegerField(help_text="The account; null for the system.", null=True)),
                (
                    "actor_label",
                    models.CharField(blank=True, help_text="The account's email at that moment.", max_length=254),
                ),
                (
                    "surface",
                    models.CharField(
                        choices=[
                            ("api", "API"),
                            ("admin", "Admin"),
                            ("page", "Page"),
                            ("webhook", "Webhook"),
                            ("task", "Task"),
                            ("import", "Import"),
                            ("command", "Command"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.store",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["object_type", "object_id", "-id"], name="customers_audit_by_object"),
                    models.Index(fields=["store", "-id"], name="customers_audit_by_store"),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
