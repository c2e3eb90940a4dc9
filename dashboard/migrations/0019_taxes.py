"""Count the tax included in prices, and the tax of products.

The columns come with a default in the database, so that what still runs the code of before can go on writing. The
buckets of each store are computed anew slice by slice (`dashboard.metrics.recomputing`), which this only asks for.
"""

from decimal import Decimal

from django.db import migrations

from dealport.kit.fields import MoneyField, SumField, are_numbers

COLUMNS = {
    "metricdelta": ("delta", "tax_included"),
    "storedailysales": ("daily", "tax_included"),
    "storemonthlysales": ("monthly", "tax_included"),
    "storedailysalesbycountry": ("daily_country", "tax_included"),
    "storedailysalesbydimension": ("daily_dimension", "tax_included"),
    "storedailysalesbyproduct": ("daily_product", "tax"),
    "storemonthlysalesbyproduct": ("monthly_product", "tax"),
}
ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


def refused(short, column, is_sum):
    """Return the constraint of what a column can be."""
    name = f"dashboard_{short}_{column}_is_a_number"
    return are_numbers(name, sums=[column]) if is_sum else are_numbers(name, column)


def refuse_others(model, constraint):
    """Return the step that adds a constraint, not validated yet; again changes nothing."""

    def step(apps, schema_editor):
        sql = str(constraint.constraint_sql(apps.get_model("dashboard", model), schema_editor))
        schema_editor.execute(
            f"ALTER TABLE dashboard_{model} DROP CONSTRAINT IF EXISTS {constraint.name}, ADD {sql} NOT VALID"
        )

    return step


def columns():
    """Yield the operations that add the column to each table, with what it refuses."""
    for model, (short, column) in COLUMNS.items():
        is_sum = model != "metricdelta"
        field = (SumField if is_sum else MoneyField)(default=Decimal("0.00"))
        constraint = refused(short, column, is_sum)
        yield migrations.RunSQL(
            f"ALTER TABLE dashboard_{model} ADD COLUMN IF NOT EXISTS {column} numeric NOT NULL DEFAULT 0",
            f"ALTER TABLE dashboard_{model} DROP COLUMN {column}",
            state_operations=[migrations.AddField(model, column, field)],
        )
        yield migrations.SeparateDatabaseAndState(
            [migrations.RunPython(refuse_others(model, constraint), migrations.RunPython.noop)],
            [migrations.AddConstraint(model, constraint)],
        )
        yield migrations.RunSQL(
            f"ALTER TABLE dashboard_{model} VALIDATE CONSTRAINT {constraint.name}", migrations.RunSQL.noop
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0018_placed_by"), ("orders", "0041_taxes")]

    operations = [*columns(), migrations.RunSQL(ASK, migrations.RunSQL.noop)]
