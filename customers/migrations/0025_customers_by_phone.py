"""Find the customers without an email address by the digits of their phone number."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

DIGITS = models.Func(
    models.F("phone"), template="regexp_replace(%(expressions)s, '[^0-9+]', '', 'g')", output_field=models.TextField()
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0024_three_decimals")]
    operations = [
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("store"),
                DIGITS,
                name="customers_by_phone",
                condition=models.Q(("deleted_at__isnull", True), ("email", ""))
                & models.Q(("phone", ""), _negated=True),
            ),
        )
    ]
