from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('customers', '0019_numbers')]
    operations = [
        ValidateConstraint(model_name='creditentry', name='customers_credit_entry_are_numbers'),
        ValidateConstraint(model_name='customer', name='customers_customer_are_numbers'),
        ValidateConstraint(model_name='subscription', name='customers_subscription_is_a_number'),
    ]
