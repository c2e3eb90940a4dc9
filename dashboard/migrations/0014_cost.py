"""Count what sales cost the store: the cost of the units sold, and the units whose cost is not known.

The columns come with a default in the database, so that what still runs the code of before can go on writing. The
buckets of each store are computed anew slice by slice (`dashboard.metrics.recomputing`), which this only asks for;
rows that wait in the ledger say nothing of costs, and bucket and waiting rows together are right.
"""

from decimal import Decimal

from django.db import migrations, models

import dealport.kit.fields

TABLES = {
    "metricdelta": "delta",
    "storedailysales": "daily",
    "storemonthlysales": "monthly",
    "storedailysalesbyproduct": "daily_product",
    "storemonthlysalesbyproduct": "monthly_product",
    "storedailysalesbycountry": "daily_country",
    "storedailysalesbydimension": "daily_dimension",
}
ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


def column(model, name, field, sql):
    """Return the operation that adds a column, 0 by default in the database as well."""
    return migrations.RunSQL(
        f"ALTER TABLE dashboard_{model} ADD COLUMN IF NOT EXISTS {name} {sql} NOT NULL DEFAULT 0",
        f"ALTER TABLE dashboard_{model} DROP COLUMN {name}",
        state_operations=[migrations.AddField(model, name, field)],
    )


def columns():
    """Yield the operations that add both columns to each table, with the refusal of NaN, not validated yet."""
    for model, short in TABLES.items():
        is_ledger = model == "metricdelta"
        count = models.IntegerField if is_ledger else models.BigIntegerField
        key = f"dashboard_{short}_cost_is_a_number"
        yield column(model, "cost", dealport.kit.fields.SumField(default=Decimal("0.00")), "numeric(24, 2)")
        yield column(model, "units_without_cost", count(default=0), "integer" if is_ledger else "bigint")
        yield migrations.RunSQL(
            f"ALTER TABLE dashboard_{model} DROP CONSTRAINT IF EXISTS {key}, "
            f"ADD CONSTRAINT {key} CHECK (NOT (cost = 'NaN')) NOT VALID",
            f"ALTER TABLE dashboard_{model} DROP CONSTRAINT {key}",
            state_operations=[
                migrations.AddConstraint(
                    model, models.CheckConstraint(condition=~models.Q(cost=models.Value("NaN")), name=key)
                )
            ],
        )


def validations():
    """Yield the operations that validate the refusals: they lock nobody out."""
    for model, short in TABLES.items():
        yield migrations.RunSQL(
            f"ALTER TABLE dashboard_{model} VALIDATE CONSTRAINT dashboard_{short}_cost_is_a_number",
            migrations.RunSQL.noop,
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0013_difference_numbers_validated"), ("orders", "0022_item_cost")]

    operations = [*columns(), *validations(), migrations.RunSQL(ASK, migrations.RunSQL.noop)]
