"""History is append-only for the application's own user too: a trigger refuses to change or remove what happened.

Exceptions, each by its name:
- deleting an account empties `actor` of its events (their `actor_label` stays);
- `SET LOCAL dealport.history = 'erase'` (the erasure of personal data) may replace `actor_label` and `note`;
- `SET LOCAL dealport.history = 'clear demo'` may delete rows, where the demo clears its own data;
- the flush of a test database (`test_…`) may truncate.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION orders_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := coalesce(current_setting('dealport.history', true), '');
    kept jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' AND starts_with(current_database(), 'test_') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND purpose = 'clear demo' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        kept := to_jsonb(OLD) - 'actor_id';
        IF NEW.actor_id IS NULL AND kept = to_jsonb(NEW) - 'actor_id' THEN
            RETURN NEW;
        END IF;
        IF purpose = 'erase' AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id
                AND kept - 'actor_label' - 'note' = to_jsonb(NEW) - 'actor_id' - 'actor_label' - 'note' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the history of orders is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER orders_orderevent_is_append_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH ROW EXECUTE FUNCTION orders_history_is_append_only();
CREATE TRIGGER orders_orderevent_is_never_truncated BEFORE TRUNCATE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION orders_history_is_append_only();
"""
DROP = """
DROP TRIGGER orders_orderevent_is_append_only ON orders_orderevent;
DROP TRIGGER orders_orderevent_is_never_truncated ON orders_orderevent;
DROP FUNCTION orders_history_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_words")]
    operations = [migrations.RunSQL(CREATE, DROP)]
