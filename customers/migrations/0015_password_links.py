"""Links of mails that set a password."""

import dealport.kit.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0014_search_indexes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='email',
            field=dealport.kit.fields.EmailAddressField(error_messages={'unique': 'There is an account with this email address already.'}, max_length=254, unique=True),
        ),
        migrations.CreateModel(
            name='PasswordLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reset', 'Forgotten password'), ('invitation', 'Invitation')], max_length=10)),
                ('email', dealport.kit.fields.EmailAddressField(max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('next_try_at', models.DateTimeField(default=django.utils.timezone.now, help_text='Empty: no mail waits.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('token_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('auth_version', models.PositiveIntegerField(help_text="The account's when the mail was sent.", null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['email', 'created_at'], name='customers_link_by_email'), models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='customers_link_due')],
            },
        ),
    ]
