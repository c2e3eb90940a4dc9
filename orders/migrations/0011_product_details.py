"""More of a product: slug, status, cost, compare-at price, threshold, tags, featured, views, last change.

The columns come with defaults in the database, so that what still runs the code of before can go on. `is_active` stays
in the table, true by default and no longer read, until a later release drops it.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.db import migrations, models
from django.utils.text import slugify

import dealport.kit.fields

FILL = """
UPDATE orders_product p SET slug = coalesce(made.slug, ''), updated_at = p.created_at,
    status = CASE WHEN p.is_active THEN 'ACTIVE' ELSE 'INACTIVE' END
FROM orders_product q LEFT JOIN unnest(%s::bigint[], %s::text[]) AS made (id, slug) ON made.id = q.id WHERE q.id = p.id
"""
MADE = {}


def make_slugs(apps, schema_editor):
    """Make every product a slug of its name, numbered where it is taken: before anybody waits for the table."""
    MADE.clear()
    used = {}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, store_id, name FROM orders_product ORDER BY id")
        for pk, store, name in cursor.fetchall():
            plain = slugify(name)[:247].strip("-_") or "product"
            taken = used.setdefault(store, {})
            number = taken.get(plain, 0) + 1
            while number > 1 and f"{plain}-{number}" in taken:
                number += 1
            taken[plain] = number
            MADE[pk] = plain if number == 1 else f"{plain}-{number}"
            taken.setdefault(MADE[pk], 1)


def fill(apps, schema_editor):
    """Map the flag to a status and write the slugs, in one pass."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL, [list(MADE), list(MADE.values())])
    MADE.clear()


def unfill(apps, schema_editor):
    """Map the status back to the flag."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE orders_product SET is_active = (status = 'ACTIVE')")


STATUSES = [("ACTIVE", "Active"), ("INACTIVE", "Inactive"), ("DRAFT", "Draft"), ("ARCHIVED", "Archived")]
PRESENT = models.Q(deleted_at__isnull=True)


def add(name, field):
    return migrations.AddField("product", name, field)


def not_negative(field, name):
    return migrations.AddConstraint(
        "product", models.CheckConstraint(condition=models.Q(**{f"{field}__gte": 0}), name=name)
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_append_only_history")]

    operations = [
        migrations.RunPython(make_slugs, migrations.RunPython.noop),
        add("slug", models.SlugField(blank=True, db_default="", db_index=False, default="", max_length=255)),
        add("status", models.CharField(choices=STATUSES, db_default="ACTIVE", default="ACTIVE", max_length=8)),
        add("cost_price", dealport.kit.fields.MoneyField(blank=True, null=True)),
        add("compare_at_price", dealport.kit.fields.MoneyField(
                blank=True, null=True, verbose_name="compare-at price"
            )),
        add(
            "low_stock_threshold",
            models.PositiveIntegerField(db_default=10, default=10, help_text="The stock is low from here down."),
        ),
        add(
            "tags",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), blank=True, db_default=[], default=list, size=None
            ),
        ),
        add("is_featured", models.BooleanField(db_default=False, default=False)),
        add("view_count", models.BigIntegerField(db_default=0, default=0, editable=False)),
        add(
            "updated_at",
            models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AlterField("product", "name", models.CharField(max_length=513)),
        migrations.AlterField("product", "sku", models.CharField(blank=True, max_length=255, verbose_name="SKU")),
        migrations.RunPython(fill, unfill),
        # what is deferred until the end of the transaction would stand in the way of changing the table
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE orders_product ALTER COLUMN is_active SET DEFAULT true",
            "ALTER TABLE orders_product ALTER COLUMN is_active DROP DEFAULT",
            state_operations=[migrations.RemoveField("product", "is_active")],
        ),
        migrations.AddConstraint(
            "product",
            models.UniqueConstraint(
                condition=PRESENT & ~models.Q(slug=""),
                fields=("store", "slug"),
                name="orders_product_slug_once_per_store",
            ),
        ),
        not_negative("cost_price", "orders_product_cost_not_negative"),
        not_negative("compare_at_price", "orders_product_compare_not_negative"),
        migrations.AddIndex(
            "product", django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="orders_product_by_tag")
        ),
    ]
