"""Break sales down into goods, discounts, returns, shipping and tips; by country every measure of orders.

The columns come with a default in the database, so that what still runs the code of before can go on writing. The
buckets of each store are computed anew slice by slice (`dashboard.metrics.recomputing`), which this only asks for.
"""

from decimal import Decimal

from django.db import migrations, models

import dealport.kit.fields

FIRST_DAY = "1900-01-01"
BY_PRODUCT = ("net", "discounts", "returns")
BY_STORE = (*BY_PRODUCT, "tips")
TABLES = {
    "metricdelta": ("delta", BY_STORE, ()),
    "storedailysales": ("daily", BY_STORE, ()),
    "storemonthlysales": ("monthly", BY_STORE, ()),
    "storedailysalesbyproduct": ("daily_product", BY_PRODUCT, ()),
    "storemonthlysalesbyproduct": ("monthly_product", BY_PRODUCT, ()),
    "storedailysalesbycountry": (
        "daily_country", ("tax", *BY_STORE), ("completed", "refunded", "expired", "with_coupon"),
    ),
}  # fmt: skip
ASK = f"""
INSERT INTO dashboard_verificationrun (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '{FIRST_DAY}', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
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
    """Yield the operations that add amounts, each with its refusal of NaN, and counts."""
    for model, (short, amounts, counts) in TABLES.items():
        is_ledger = model == "metricdelta"
        money = dealport.kit.fields.MoneyField if is_ledger else dealport.kit.fields.SumField
        for name in amounts:
            yield column(model, name, money(default=Decimal("0.00")), f"numeric({14 if is_ledger else 24}, 2)")
        for name in counts:
            yield column(model, name, models.IntegerField(default=0), "integer")
        yield are_numbers(model, short, amounts)


def are_numbers(model, short, amounts):
    """Return the operation that refuses NaN, not validated: every row has the default still."""
    names = {name: f"dashboard_{short}_{name}_is_a_number" for name in amounts}
    adds = ", ".join(
        f"DROP CONSTRAINT IF EXISTS {key}, ADD CONSTRAINT {key} CHECK (NOT ({name} = 'NaN')) NOT VALID"
        for name, key in names.items()
    )
    return migrations.RunSQL(
        f"ALTER TABLE dashboard_{model} {adds}",
        f"ALTER TABLE dashboard_{model} " + ", ".join(f"DROP CONSTRAINT {key}" for key in names.values()),
        state_operations=[
            migrations.AddConstraint(
                model, models.CheckConstraint(condition=~models.Q(**{name: models.Value("NaN")}), name=key)
            )
            for name, key in names.items()
        ],
    )


def validations():
    """Yield the operations that validate the refusals: they lock nobody out."""
    for model, (short, amounts, _) in TABLES.items():
        for name in amounts:
            yield migrations.RunSQL(
                f"ALTER TABLE dashboard_{model} VALIDATE CONSTRAINT dashboard_{short}_{name}_is_a_number",
                migrations.RunSQL.noop,
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0009_units"), ("customers", "0001_initial"), ("orders", "0024_amount_parts")]

    operations = [
        *columns(),
        *validations(),
        migrations.AddField(
            "verificationrun",
            "recomputes",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="The buckets are computed anew, as an upgrade needs, not compared.",
            ),
        ),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
