"""A refusal can be stated no more by its source, as a payment can: a refused payment may become canceled then."""

from importlib import import_module

from django.db import migrations

APPROVED = "purpose = 'withdraw money' AND OLD.status = 'approved'"
EITHER = "purpose = 'withdraw money' AND OLD.status IN ('approved', 'refused')"


def function(withdrawn):
    """Return the trigger's function as migration 0047 left it, with what may be withdrawn."""
    clear_demo = import_module("orders.migrations.0047_kept_amounts").CLEAR_DEMO
    body = import_module("orders.migrations.0045_withdrawn_payments").BODY.replace(clear_demo, "")
    return body.format(withdrawn="purpose = 'withdraw money'").replace(APPROVED, withdrawn)


class Migration(migrations.Migration):
    dependencies = [("orders", "0048_erased_orders")]
    operations = [migrations.RunSQL(function(EITHER), function(APPROVED))]
