"""Take amounts of three decimals (ADR 0022): no column of amounts has limits of its own."""

from django.db import migrations

from dealport.kit.amount_columns import lift_limits


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reports", "0008_words")]
    operations = [migrations.RunPython(lift_limits("reports"), migrations.RunPython.noop)]
