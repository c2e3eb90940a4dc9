"""Email addresses are stored as `fold_email` has them; the cached state of accounts gets a version of its own."""


import customers.models.stores
import dealport.kit.fields
from dealport.kit.emails import fold_email
from django.db import IntegrityError, migrations, models, transaction
from django.db.migrations.state import StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

UNFOLDED = "SELECT id, email FROM {table} WHERE octet_length(email) <> char_length(email) OR email <> lower(email)"


def fold_accounts(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fold the addresses of accounts. Raises RuntimeError for two that become one: a person decides which stays."""
    for pk, email in _unfolded(editor, "customers_user"):
        try:
            _update(editor, "customers_user", pk, fold_email(email))
        except IntegrityError as error:
            raise RuntimeError(
                f"Account {pk} has the email address {email!r}, which is another account's in another spelling. "
                "Change one of the two, then migrate again."
            ) from error


def fold_customers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fold the addresses of customers; of two that would become one in a store, the later keeps its spelling."""
    for pk, email in _unfolded(editor, "customers_customer"):
        try:
            _update(editor, "customers_customer", pk, fold_email(email))
        except IntegrityError:
            continue


def _unfolded(editor: BaseDatabaseSchemaEditor, table: str) -> list[tuple[int, str]]:
    with editor.connection.cursor() as cursor:
        cursor.execute(UNFOLDED.format(table=table) + " ORDER BY id")
        return [(pk, email) for pk, email in cursor.fetchall() if fold_email(email) != email]


def _update(editor: BaseDatabaseSchemaEditor, table: str, pk: int, email: str) -> None:
    with transaction.atomic(editor.connection.alias), editor.connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET email = %s WHERE id = %s", [email, pk])


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_credit_index")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="state_version",
            field=models.PositiveBigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Raised by every change the cached state must follow, the end of a login included.",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="email",
            field=dealport.kit.fields.EmailAddressField(blank=True, max_length=254),
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=dealport.kit.fields.EmailAddressField(max_length=254, unique=True),
        ),
        migrations.AlterField(
            model_name="store",
            name="currency",
            field=models.CharField(max_length=3, validators=[customers.models.stores.validate_currency]),
        ),
        migrations.RunPython(fold_accounts, migrations.RunPython.noop),
        migrations.RunPython(fold_customers, migrations.RunPython.noop),
    ]
