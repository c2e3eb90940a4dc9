"""Payment methods of stores; orders get the code of theirs, what was written stays.

A trigger gives every store the methods it starts with, whatever way it is inserted. Orders are filled in batches of
their own transactions; a second run fills the same.
"""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from orders.payment_methods import STARTING, code_of

BATCH = 10_000
TERMS = [("prepaid", "Prepaid"), ("on_delivery", "On delivery"), ("invoice", "Invoice")]
ROWS = ", ".join(f"('{code}', '{label}', '{terms}', {days})" for code, label, terms, days in STARTING)
INSERT = (
    "INSERT INTO orders_paymentmethod (store_id, code, label, terms, due_days, is_active) "
    f"SELECT {{store}}, m.code, m.label, m.terms, m.days, true FROM (VALUES {ROWS}) AS m (code, label, terms, days)"
)
CREATE = f"""
CREATE FUNCTION orders_create_payment_methods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {INSERT.format(store="NEW.id")} ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_payment_methods AFTER INSERT ON customers_store
FOR EACH ROW EXECUTE FUNCTION orders_create_payment_methods();
{INSERT.format(store="s.id")} CROSS JOIN customers_store s ON CONFLICT DO NOTHING;
"""
DROP = """
DROP TRIGGER orders_payment_methods ON customers_store;
DROP FUNCTION orders_create_payment_methods();
"""
FILL = """
UPDATE orders_order o SET payment_code = v.code FROM unnest(%s::text[], %s::text[]) AS v (written, code)
WHERE o.payment_method = v.written AND o.payment_code = '' AND o.id > %s AND o.id <= %s
"""


def fill(apps, schema_editor):
    """Give orders the code their written method means, BATCH primary keys a transaction."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT payment_method FROM orders_order WHERE payment_method <> ''")
        written = [method for (method,) in cursor.fetchall()]
        codes = [code_of(method) for method in written]
        cursor.execute("SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM orders_order WHERE payment_method <> ''")
        after, last = cursor.fetchone()
        while written and after < last:
            cursor.execute(FILL, [written, codes, after, after + BATCH])
            after += BATCH


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0001_initial"), ("orders", "0014_search_indexes")]

    operations = [
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
                                r"\A[A-Z0-9_]+\Z", "Use capital letters, digits and _ only."
                            )
                        ],
                    ),
                ),
                ("label", models.CharField(max_length=80)),
                ("terms", models.CharField(choices=TERMS, default="prepaid", max_length=11)),
                (
                    "due_days",
                    models.PositiveSmallIntegerField(default=0, help_text="Days until an invoice is due."),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "code"), name="orders_payment_method_code_once_per_store"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_days", 0), ("terms", "invoice"), _connector="OR"),
                        name="orders_payment_method_only_invoices_are_due",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "order",
            "payment_code",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=40),
        ),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
