"""A payment can be stated no more by its source, as a refund can be deleted: once approved, either may become canceled.

`SET LOCAL dealport.history = 'withdraw money'` is the exception's name now; nothing but the status may change.
"""

from django.db import migrations

BODY = """
CREATE OR REPLACE FUNCTION orders_transaction_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF OLD.tax_amount IS NULL AND OLD.status = 'approved'
            AND to_jsonb(OLD) - 'tax_amount' = to_jsonb(NEW) - 'tax_amount' THEN
            RETURN NEW;
        END IF;
        IF {withdrawn} AND OLD.status = 'approved'
            AND NEW.status = 'canceled' AND to_jsonb(OLD) - 'status' = to_jsonb(NEW) - 'status' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a transaction is kept as it was: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
REFUNDS = "purpose = 'withdraw refund' AND OLD.kind = 'refund'"


class Migration(migrations.Migration):
    dependencies = [("orders", "0044_variant_index")]

    operations = [
        migrations.RunSQL(BODY.format(withdrawn="purpose = 'withdraw money'"), BODY.format(withdrawn=REFUNDS))
    ]
