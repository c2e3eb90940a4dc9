"""Amounts that figures are computed from, and what providers reported, are kept as they were written.

Exceptions, each by its name (`dealport.kit.history`):
- a refund that waits for its payment takes effect once, and says with that what of it is what;
- a report of an order that is not here gets its order once;
- 'withdraw money' may delete a refund and its shares, which its source states no more;
- 'erase' may replace the reason of a refund, and a deleted account leaves its refunds;
- the flush of a test database (`test_…`) may truncate.

Events and transactions have no exception for `seed_demo --clear` any more: as the tables' owner it switches the triggers
off, and what anybody can name ('clear demo') would have been one outside of demo mode too.
"""

from importlib import import_module

from django.db import migrations

CREATE = """
CREATE FUNCTION orders_amount_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'orders_refundshare'
            AND current_setting('dealport.history', true) = 'withdraw money' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are kept as they were: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION orders_refund_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := coalesce(current_setting('dealport.history', true), '');
    settled text[] := ARRAY['settled_at', 'amount', 'tax_amount', 'shipping_amount', 'overpayment_amount'];
BEGIN
    IF TG_OP = 'DELETE' AND purpose = 'withdraw money' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL AND to_jsonb(OLD) - settled = to_jsonb(NEW) - settled THEN
            RETURN NEW;
        END IF;
        IF NEW.created_by_id IS NULL AND to_jsonb(OLD) - 'created_by_id' = to_jsonb(NEW) - 'created_by_id' THEN
            RETURN NEW;
        END IF;
        IF purpose = 'erase' AND to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a refund is kept as it was: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION orders_report_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.order_id IS NULL AND to_jsonb(OLD) - 'order_id' = to_jsonb(NEW) - 'order_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a report of a provider is kept as it was: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
FUNCTIONS = {
    "orders_amountpart": "orders_amount_is_kept",
    "orders_captureshare": "orders_amount_is_kept",
    "orders_refundshare": "orders_amount_is_kept",
    "orders_refund": "orders_refund_is_kept",
    "orders_webhookevent": "orders_report_is_kept",
}
TRIGGERS = """
CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE TRIGGER {table}_is_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT WHEN (NOT starts_with(current_database(), 'test_')) EXECUTE FUNCTION {function}();
"""
DROP = """
DROP TRIGGER {table}_is_never_truncated ON {table};
DROP TRIGGER {table}_is_kept ON {table};
"""
CLEAR_DEMO = """    IF TG_OP = 'DELETE' AND purpose = 'clear demo' THEN
        RETURN OLD;
    END IF;
"""


def functions_of_before():
    """Return the functions of events and transactions as earlier migrations made them."""
    events = import_module("orders.migrations.0010_append_only_history").CREATE
    events = events[: events.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    transactions = import_module("orders.migrations.0045_withdrawn_payments")
    return events + transactions.BODY.format(withdrawn="purpose = 'withdraw money'")


def each(statement):
    """Return a statement for every table that is kept."""
    return "".join(statement.format(table=table, function=function) for table, function in FUNCTIONS.items())


class Migration(migrations.Migration):
    dependencies = [("orders", "0046_left_out_rows")]
    operations = [
        migrations.RunSQL(functions_of_before().replace(CLEAR_DEMO, ""), functions_of_before()),
        migrations.RunSQL(
            CREATE + each(TRIGGERS),
            each(DROP) + "".join(f"DROP FUNCTION {function}();" for function in sorted(set(FUNCTIONS.values()))),
        ),
    ]
