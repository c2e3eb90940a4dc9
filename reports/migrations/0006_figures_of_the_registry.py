"""What the columns mean stands in the registry of figures: only help texts go, no table changes."""

import dealport.kit.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_schedules")]

    operations = [
        migrations.AlterField(model_name="dailymetrics", name="revenue", field=dealport.kit.fields.SumField()),
        migrations.AlterField(model_name="dailymetrics", name="sales", field=dealport.kit.fields.SumField()),
    ]
