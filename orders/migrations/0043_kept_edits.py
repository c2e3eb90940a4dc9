"""What edits changed is kept as it was written, as the events they belong to are: figures are computed from it.

Exceptions, each by its name: `SET LOCAL dealport.history = 'erase'` (the erasure of personal data) may replace
`reason`; the flush of a test database (`test_…`) may truncate. Transactions are not truncated either.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION orders_edit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('dealport.history', true) = 'erase'
            AND to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an edit is kept as it was: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER orders_edit_is_kept BEFORE UPDATE OR DELETE ON orders_orderedit
    FOR EACH ROW EXECUTE FUNCTION orders_edit_is_kept();
CREATE TRIGGER orders_edit_is_never_truncated BEFORE TRUNCATE ON orders_orderedit
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_')) EXECUTE FUNCTION orders_edit_is_kept();
CREATE TRIGGER orders_edit_line_is_kept BEFORE UPDATE OR DELETE ON orders_ordereditline
    FOR EACH ROW EXECUTE FUNCTION orders_edit_is_kept();
CREATE TRIGGER orders_edit_line_is_never_truncated BEFORE TRUNCATE ON orders_ordereditline
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_')) EXECUTE FUNCTION orders_edit_is_kept();
CREATE TRIGGER orders_transaction_is_never_truncated BEFORE TRUNCATE ON orders_transaction
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_'))
    EXECUTE FUNCTION orders_transaction_is_kept();
"""
DROP = """
DROP TRIGGER orders_transaction_is_never_truncated ON orders_transaction;
DROP TRIGGER orders_edit_line_is_never_truncated ON orders_ordereditline;
DROP TRIGGER orders_edit_line_is_kept ON orders_ordereditline;
DROP TRIGGER orders_edit_is_never_truncated ON orders_orderedit;
DROP TRIGGER orders_edit_is_kept ON orders_orderedit;
DROP FUNCTION orders_edit_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0042_source_read")]
    operations = [migrations.RunSQL(CREATE, DROP)]
