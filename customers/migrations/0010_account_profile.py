"""Phone, avatar, status and time of the last change of accounts; whether one is active follows from its status.

While the upgrade is under way the release before can read accounts but not create or close one: `is_active` has
become a generated column.
"""

import django.core.validators
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


KEEP_CLOSED = "UPDATE customers_user SET status = 'INACTIVE' WHERE NOT is_active"
KEEP_CLOSED_BACK = "UPDATE customers_user SET is_active = false WHERE status <> 'ACTIVE'"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_audit_trail'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='avatar',
            field=models.CharField(blank=True, help_text='Address of a picture (https).', max_length=500, validators=[django.core.validators.RegexValidator('^(https://|/media/)[^\\s\\"\'<>\\\\]+\\Z', 'Enter an address that starts with https://.')]),
        ),
        migrations.AddField(
            model_name='user',
            name='phone',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='user',
            name='status',
            field=models.CharField(choices=[('ACTIVE', 'Active'), ('INACTIVE', 'Inactive'), ('SUSPENDED', 'Suspended')], default='ACTIVE', help_text='Inactive: not invited yet or not needed any more. Suspended: locked by an admin.', max_length=9),
        ),
        migrations.AddField(
            model_name='user',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False, help_text='When somebody last changed the account.'),
        ),
        migrations.RunSQL(KEEP_CLOSED, KEEP_CLOSED_BACK),
        migrations.RemoveField(model_name="user", name="is_active"),
        migrations.AddField(
            model_name='user',
            name='is_active',
            field=models.GeneratedField(db_persist=True, expression=models.Q(('status', 'ACTIVE')), output_field=models.BooleanField()),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'INACTIVE', 'SUSPENDED'])), name='customers_user_status'),
        ),
    ]
