"""Where accounts are logged in: browser sessions, and where tokens were last used from."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0017_erasure'),
    ]

    operations = [
        migrations.AddField(
            model_name='refreshtoken',
            name='address',
            field=models.GenericIPAddressField(null=True),
        ),
        migrations.AddField(
            model_name='refreshtoken',
            name='started_at',
            field=models.DateTimeField(help_text='When the login began.', null=True),
        ),
        migrations.AddField(
            model_name='refreshtoken',
            name='user_agent',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.CreateModel(
            name='BrowserSession',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_used_at', models.DateTimeField(default=django.utils.timezone.now, help_text='To five minutes.')),
                ('address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.CharField(blank=True, max_length=300)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
