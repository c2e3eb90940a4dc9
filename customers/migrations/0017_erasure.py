"""Personal data of a customer can be erased: from the audit trail too, by the exception that is named here.

`SET LOCAL dealport.history = 'erase'` may replace `changes` and `object_label` of audit entries, nothing else.
"""

from django.db import migrations, models

WITH_EXCEPTION = """
CREATE OR REPLACE FUNCTION customers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND starts_with(current_database(), 'test_') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('dealport.history', true) = 'erase'
            AND to_jsonb(OLD) - 'changes' - 'object_label' = to_jsonb(NEW) - 'changes' - 'object_label' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are permanent: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
WITHOUT = """
CREATE OR REPLACE FUNCTION customers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND starts_with(current_database(), 'test_') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Rows of % are permanent: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_second_factors")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(WITH_EXCEPTION, WITHOUT),
    ]
