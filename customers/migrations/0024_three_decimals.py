"""Take amounts of three decimals (ADR 0022): no column of amounts has limits of its own, the conditions say them."""

from django.db import migrations

from dealport.kit.amount_columns import lift_limits
from dealport.kit.fields import are_numbers

CONDITIONS = {
    "creditentry": are_numbers("customers_credit_entry_are_numbers", "amount", sums=("balance_after",)),
    "customer": are_numbers(
        "customers_customer_are_numbers", "average_order_value", sums=("total_spent", "credit_balance")
    ),
    "subscription": are_numbers("customers_subscription_is_a_number", "monthly_amount"),
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0023_webhook_secrets")]
    operations = [
        *(migrations.AlterConstraint(model, known.name, known) for model, known in CONDITIONS.items()),
        migrations.RunPython(lift_limits("customers"), migrations.RunPython.noop),
    ]
