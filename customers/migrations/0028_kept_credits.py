"""Credits are a ledger: its entries are added and never changed or removed, also by the application's own user.

Exceptions, each by its name:
- deleting an account empties `created_by` of its entries;
- `SET LOCAL dealport.history = 'erase'` (the erasure of personal data) may replace `reason`;
- `SET LOCAL dealport.history = 'merge'` may give entries to another customer, where customers are merged;
- the flush of a test database (`test_…`) may truncate.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION customers_credit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := coalesce(current_setting('dealport.history', true), '');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.created_by_id IS NULL AND to_jsonb(OLD) - 'created_by_id' = to_jsonb(NEW) - 'created_by_id' THEN
            RETURN NEW;
        END IF;
        IF purpose = 'erase' AND to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason' THEN
            RETURN NEW;
        END IF;
        IF purpose = 'merge' AND to_jsonb(OLD) - 'customer_id' = to_jsonb(NEW) - 'customer_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the ledger of credits is append-only: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER customers_credit_is_kept BEFORE UPDATE OR DELETE ON customers_creditentry
    FOR EACH ROW EXECUTE FUNCTION customers_credit_is_kept();
CREATE TRIGGER customers_credit_is_never_truncated BEFORE TRUNCATE ON customers_creditentry
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_'))
    EXECUTE FUNCTION customers_credit_is_kept();
"""
DROP = """
DROP TRIGGER customers_credit_is_never_truncated ON customers_creditentry;
DROP TRIGGER customers_credit_is_kept ON customers_creditentry;
DROP FUNCTION customers_credit_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0027_language")]
    operations = [migrations.RunSQL(CREATE, DROP)]
