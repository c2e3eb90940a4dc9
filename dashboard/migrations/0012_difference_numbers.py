from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# At once, without a look at the rows; the next migration looks at them while everybody goes on.


class Migration(migrations.Migration):

    dependencies = [('dashboard', '0011_dimensions')]
    operations = [
        AddConstraintNotValid(
            model_name='foldtotals',
            constraint=models.CheckConstraint(condition=models.Q(('seconds', models.Value('NaN')), _negated=True), name='dashboard_fold_totals_is_a_number'),
        ),
        AddConstraintNotValid(
            model_name='verification',
            constraint=models.CheckConstraint(condition=models.Q(('difference', models.Value('NaN')), _negated=True), name='dashboard_verification_is_a_number'),
        ),
        AddConstraintNotValid(
            model_name='verificationrun',
            constraint=models.CheckConstraint(condition=models.Q(('difference', models.Value('NaN')), _negated=True), name='dashboard_verification_run_is_a_number'),
        ),
    ]
