"""Transactions are awaited first: PENDING, then APPROVED, REFUSED or CANCELED; a trigger keeps all else as it was.

Exceptions of the trigger, each by its name: `SET LOCAL dealport.history = 'erase'` may replace the provider's answer,
'clear demo' may delete rows, and the flush of a test database may truncate.
"""

from django.db import migrations, models

STATUSES = [("pending", "Pending"), ("approved", "Approved"), ("refused", "Refused"), ("canceled", "Canceled")]
CREATE = """
CREATE FUNCTION orders_transaction_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := coalesce(current_setting('dealport.history', true), '');
    said text[] := ARRAY['status', 'created_at', 'tax_amount', 'gateway_transaction_id', 'gateway_response'];
BEGIN
    IF TG_OP = 'DELETE' AND purpose = 'clear demo' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = 'pending' AND NEW.status <> 'pending' AND to_jsonb(OLD) - said = to_jsonb(NEW) - said THEN
            RETURN NEW;
        END IF;
        IF purpose = 'erase' AND to_jsonb(OLD) - 'gateway_response' = to_jsonb(NEW) - 'gateway_response' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a transaction is kept as it was: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER orders_transaction_is_kept BEFORE UPDATE OR DELETE ON orders_transaction
    FOR EACH ROW EXECUTE FUNCTION orders_transaction_is_kept();
"""
DROP = """
DROP TRIGGER orders_transaction_is_kept ON orders_transaction;
DROP FUNCTION orders_transaction_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0020_source_orders")]

    operations = [
        migrations.AlterField("transaction", "status", models.CharField(choices=STATUSES, max_length=8)),
        migrations.AddField(
            "transaction", "gateway_response", models.JSONField(blank=True, editable=False, null=True)
        ),
        migrations.AddField("transaction", "requested_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL(CREATE, DROP),
    ]
