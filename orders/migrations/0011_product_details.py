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

MADE = "CREATE TEMPORARY TABLE made_slugs (id bigint PRIMARY KEY, slug text NOT NULL) ON COMMIT DROP"
CHANGE = [
    """
    ALTER TABLE orders_product
        ADD COLUMN slug varchar(255) DEFAULT '' NOT NULL,
        ADD COLUMN status varchar(8) DEFAULT 'ACTIVE' NOT NULL,
        ADD COLUMN cost_price numeric NULL,
        ADD COLUMN compare_at_price numeric NULL,
        ADD COLUMN low_stock_threshold integer DEFAULT 10 NOT NULL CHECK (low_stock_threshold >= 0),
        ADD COLUMN tags varchar(60)[] DEFAULT '{}'::varchar(60)[] NOT NULL,
        ADD COLUMN is_featured boolean DEFAULT false NOT NULL,
        ADD COLUMN view_count bigint DEFAULT 0 NOT NULL,
        ADD COLUMN updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
        ADD CONSTRAINT orders_product_cost_not_negative CHECK (cost_price >= 0),
        ADD CONSTRAINT orders_product_compare_not_negative CHECK (compare_at_price >= 0),
        ALTER COLUMN name TYPE varchar(513),
        ALTER COLUMN sku TYPE varchar(255),
        ALTER COLUMN is_active SET DEFAULT true
    """,
    """
    UPDATE orders_product p SET slug = coalesce(made.slug, ''), updated_at = p.created_at,
        status = CASE WHEN p.is_active THEN 'ACTIVE' ELSE 'INACTIVE' END
    FROM orders_product q LEFT JOIN made_slugs AS made ON made.id = q.id WHERE q.id = p.id
    """,
    # what is deferred until the end of the transaction would stand in the way of changing the table
    "SET CONSTRAINTS ALL IMMEDIATE",
    "CREATE UNIQUE INDEX orders_product_slug_once_per_store ON orders_product (store_id, slug)"
    " WHERE (deleted_at IS NULL AND NOT (slug = ''))",
    "CREATE INDEX orders_product_by_tag ON orders_product USING gin (tags)",
]
CHANGE_BACK = [
    "UPDATE orders_product SET is_active = (status = 'ACTIVE')",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "DROP INDEX IF EXISTS orders_product_by_tag",
    "DROP INDEX IF EXISTS orders_product_slug_once_per_store",
    """
    ALTER TABLE orders_product
        DROP COLUMN slug CASCADE,
        DROP COLUMN status CASCADE,
        DROP COLUMN cost_price CASCADE,
        DROP COLUMN compare_at_price CASCADE,
        DROP COLUMN low_stock_threshold CASCADE,
        DROP COLUMN tags CASCADE,
        DROP COLUMN is_featured CASCADE,
        DROP COLUMN view_count CASCADE,
        DROP COLUMN updated_at CASCADE,
        ALTER COLUMN name TYPE varchar(250),
        ALTER COLUMN sku TYPE varchar(64),
        ALTER COLUMN is_active DROP DEFAULT
    """,
]


def make_slugs(apps, schema_editor):
    """Make every product a slug of its name, numbered where it is taken: before anybody waits for the table."""
    made, used = {}, {}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, store_id, name FROM orders_product ORDER BY id")
        for pk, store, name in cursor.fetchall():
            plain = slugify(name)[:247].strip("-_") or "product"
            taken = used.setdefault(store, {})
            number = taken.get(plain, 0) + 1
            while number > 1 and f"{plain}-{number}" in taken:
                number += 1
            taken[plain] = number
            made[pk] = plain if number == 1 else f"{plain}-{number}"
            taken.setdefault(made[pk], 1)
        cursor.execute(MADE)
        columns = [list(made), list(made.values())]
        cursor.execute("INSERT INTO made_slugs SELECT * FROM unnest(%s::bigint[], %s::text[])", columns)


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

    # one script, not operations: making Django's models anew for each of them took a second, with the table locked
    operations = [
        migrations.RunPython(make_slugs, migrations.RunPython.noop),
        migrations.RunSQL(
            CHANGE,
            CHANGE_BACK,
            state_operations=[
                add("slug", models.SlugField(blank=True, db_default="", db_index=False, default="", max_length=255)),
                add("status", models.CharField(choices=STATUSES, db_default="ACTIVE", default="ACTIVE", max_length=8)),
                add("cost_price", dealport.kit.fields.MoneyField(blank=True, null=True)),
                add(
                    "compare_at_price",
                    dealport.kit.fields.MoneyField(blank=True, null=True, verbose_name="compare-at price"),
                ),
                add(
                    "low_stock_threshold",
                    models.PositiveIntegerField(
                        db_default=10, default=10, help_text="The stock is low from here down."
                    ),
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
                migrations.AlterField(
                    "product", "sku", models.CharField(blank=True, max_length=255, verbose_name="SKU")
                ),
                migrations.RemoveField("product", "is_active"),
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
                    "product",
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="orders_product_by_tag"),
                ),
            ],
        ),
    ]
