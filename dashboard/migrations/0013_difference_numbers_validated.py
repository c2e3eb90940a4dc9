from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('dashboard', '0012_difference_numbers')]
    operations = [
        ValidateConstraint(model_name='foldtotals', name='dashboard_fold_totals_is_a_number'),
        ValidateConstraint(model_name='verification', name='dashboard_verification_is_a_number'),
        ValidateConstraint(model_name='verificationrun', name='dashboard_verification_run_is_a_number'),
    ]
