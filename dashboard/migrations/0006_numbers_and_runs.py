import dealport.kit.fields
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

# A NaN may be there from before: as a 0 it is a difference that the verification finds and a repair corrects.
TABLES = (
    "dashboard_metricdelta", "dashboard_storedailysales", "dashboard_storedailysalesbycountry",
    "dashboard_storedailysalesbyproduct", "dashboard_storemonthlysales", "dashboard_storemonthlysalesbyproduct",
)
ZERO = [f"UPDATE {table} SET sales = 0 WHERE sales = 'NaN'" for table in TABLES]


CONSTRAINTS = {
    "metricdelta": "dashboard_delta_is_a_number",
    "storedailysales": "dashboard_daily_is_a_number",
    "storedailysalesbycountry": "dashboard_daily_country_is_a_number",
    "storedailysalesbyproduct": "dashboard_daily_product_is_a_number",
    "storemonthlysales": "dashboard_monthly_is_a_number",
    "storemonthlysalesbyproduct": "dashboard_monthly_product_is_a_number",
}
"""Each table by itself, and looked at while everybody goes on: in one transaction they would all be locked to its end."""


class Refuse(AddConstraintNotValid):
    """Adds the constraint anew where a run that was cut off has added it."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        """Drop it if it is there, then add it."""
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {self.constraint.name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def is_a_number(name):
    """Return the constraint that refuses a NaN."""
    return models.CheckConstraint(condition=models.Q(("sales", models.Value("NaN")), _negated=True), name=name)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0007_credit_index"), ("dashboard", "0005_snapshot_cache")]

    operations = [
        *(Refuse(model_name=model, constraint=is_a_number(name)) for model, name in CONSTRAINTS.items()),
        migrations.RunSQL(ZERO, migrations.RunSQL.noop),
        *(ValidateConstraint(model_name=model, name=name) for model, name in CONSTRAINTS.items()),
        migrations.CreateModel(
            name="VerificationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(help_text="When the first slice was compared.", null=True)),
                ("next_day", models.DateField()),
                ("wrong_buckets", models.PositiveIntegerField(default=0)),
                ("difference", dealport.kit.fields.SumField(default=Decimal("0.00"))),
                ("details", models.JSONField(blank=True, default=list)),
                (
                    "not_before",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="Later than now after a failure."
                    ),
                ),
                (
                    "error",
                    models.TextField(blank=True, help_text="Why the last slice could not be compared."),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.store"
                    ),
                ),
            ],
            options={
                "verbose_name": "verification under way",
                "verbose_name_plural": "verifications under way",
            },
        ),
    ]
