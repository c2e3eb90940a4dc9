from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# At once, without a look at the rows; the next migration looks at them while everybody goes on.


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0018_browser_sessions'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='creditentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', models.Value('NaN')), _negated=True), models.Q(('balance_after', models.Value('NaN')), _negated=True)), name='customers_credit_entry_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('total_spent', models.Value('NaN')), _negated=True), models.Q(('average_order_value', models.Value('NaN')), _negated=True), models.Q(('credit_balance', models.Value('NaN')), _negated=True)), name='customers_customer_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('monthly_amount', models.Value('NaN')), _negated=True), name='customers_subscription_is_a_number'),
        ),
    ]
