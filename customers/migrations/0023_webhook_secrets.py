"""The webhook secret of before, which works on for a while after a new one was made."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0022_pictures'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='former_secret_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='former_webhook_secret',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
    ]
