"""Text of customers as a search compares it: folded by a function, kept up to date by a trigger.

Punctuation becomes a space but for @, which tells an email address. The extensions are trusted: the owner of the database may create them. `dealport_fold` is immutable as long as nobody
changes the rules of unaccent, which is what lets an index depend on it.
"""

from django.db import migrations, models

EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
"""
FOLD = r"""
CREATE FUNCTION public.dealport_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN ' ' || btrim(regexp_replace(
        lower(public.unaccent('public.unaccent'::regdictionary, normalize(value, NFC))),
        '[\s!-/:-?\[-`{-~]+', ' ', 'g'
    ));
END $$;
"""
FOLLOW = """
CREATE FUNCTION customers_fold_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_text := public.dealport_fold(
        concat_ws(' ', NEW.name, NEW.email, NEW.phone, regexp_replace(NEW.phone, '[^0-9]', '', 'g'))
    );
    RETURN NEW;
END $$;
CREATE TRIGGER customers_customer_folded BEFORE INSERT OR UPDATE OF name, email, phone ON customers_customer
    FOR EACH ROW EXECUTE FUNCTION customers_fold_customer();
"""
UNFOLLOW = """
DROP TRIGGER customers_customer_folded ON customers_customer;
DROP FUNCTION customers_fold_customer();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_split_names")]

    operations = [
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(FOLD, "DROP FUNCTION public.dealport_fold(text)"),
        migrations.AddField(
            model_name="customer",
            name="search_text",
            field=models.TextField(
                db_default="",
                default="",
                editable=False,
                help_text="Name, email and phone, folded; written by a trigger.",
            ),
        ),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
    ]
