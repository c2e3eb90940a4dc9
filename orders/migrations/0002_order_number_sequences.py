"""One sequence per store for order numbers, made by a trigger so that no way of inserting a store forgets it."""

from django.db import migrations

CREATE = """
CREATE FUNCTION orders_create_number_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS orders_number_%s', NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER orders_number_sequence AFTER INSERT ON customers_store
FOR EACH ROW EXECUTE FUNCTION orders_create_number_sequence();
DO $$ DECLARE store bigint; BEGIN
    FOR store IN SELECT id FROM customers_store LOOP
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS orders_number_%s', store);
    END LOOP;
END $$;
"""
DROP = """
DROP TRIGGER orders_number_sequence ON customers_store;
DROP FUNCTION orders_create_number_sequence();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("customers", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
