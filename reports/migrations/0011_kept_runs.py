"""What was asked in the SQL console is kept: a run is completed once and never changed or removed after it.

Exceptions: a deleted account leaves its runs with its address; the flush of a test database (`test_…`) may truncate.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION reports_run_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    completed text[] := ARRAY['outcome', 'reason', 'row_count', 'is_truncated', 'elapsed_ms'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.outcome = 'running' AND NEW.outcome <> 'running'
                AND to_jsonb(OLD) - completed = to_jsonb(NEW) - completed THEN
            RETURN NEW;
        END IF;
        IF NEW.user_id IS NULL AND to_jsonb(OLD) - 'user_id' = to_jsonb(NEW) - 'user_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a query that was run is kept as it was: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER reports_queryrun_is_kept BEFORE UPDATE OR DELETE ON reports_queryrun
    FOR EACH ROW EXECUTE FUNCTION reports_run_is_kept();
CREATE TRIGGER reports_queryrun_is_never_truncated BEFORE TRUNCATE ON reports_queryrun
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_')) EXECUTE FUNCTION reports_run_is_kept();
"""
DROP = """
DROP TRIGGER reports_queryrun_is_never_truncated ON reports_queryrun;
DROP TRIGGER reports_queryrun_is_kept ON reports_queryrun;
DROP FUNCTION reports_run_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0010_saved_views")]
    operations = [migrations.RunSQL(CREATE, DROP)]
