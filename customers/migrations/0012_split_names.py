"""Split the names of customers in two, and date their last change by what is known of it.

BATCH primary keys a transaction; may run again after an interruption.
"""


from django.db import migrations

from customers.names import split_name
from django.db.migrations.state import StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 5_000
UNSPLIT = """
SELECT id, name FROM customers_customer WHERE id > %s AND id <= %s AND first_name = '' AND last_name = ''
"""
FILL = """
UPDATE customers_customer c SET
    first_name = n.first, last_name = n.last,
    updated_at = greatest(c.created_at, c.email_confirmed_at, c.deleted_at)
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, first, last) WHERE c.id = n.id
"""


def split(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the columns of every customer."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM customers_customer")
        after, last = cursor.fetchone()
        while after < last:
            cursor.execute(UNSPLIT, [after, after + BATCH])
            rows = [(pk, *split_name(name)) for pk, name in cursor.fetchall()]
            if rows:
                cursor.execute(FILL, [list(column) for column in zip(*rows, strict=True)])
            after += BATCH


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0011_customer_fields")]

    operations = [migrations.RunPython(split, migrations.RunPython.noop)]
