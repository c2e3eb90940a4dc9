"""Files that people upload, to be read by a worker."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0021_customer_merges'),
        ('orders', '0026_source_keepers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('products', 'Prices and stock')], max_length=10)),
                ('status', models.CharField(choices=[('checking', 'Being checked'), ('ready', 'Ready to apply'), ('applying', 'Being applied'), ('applied', 'Applied'), ('failed', 'Failed'), ('canceled', 'Canceled')], default='checking', max_length=8)),
                ('file_name', models.CharField(max_length=150)),
                ('file_key', models.CharField(blank=True, max_length=300)),
                ('size', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('options', models.JSONField(blank=True, default=dict)),
                ('preview', models.JSONField(blank=True, default=dict)),
                ('receipt', models.JSONField(blank=True, default=dict)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='How often a worker began with what it does now.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False)),
                ('sent_at', models.DateTimeField(blank=True, help_text='When a worker was last told of it.', null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(help_text='When the file is deleted.')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-created_at', '-id'], name='orders_upload_by_store'), models.Index(condition=models.Q(('status__in', ('checking', 'applying'))), fields=['created_at'], name='orders_upload_to_sweep'), models.Index(condition=models.Q(('file_key', ''), _negated=True), fields=['expires_at'], name='orders_upload_to_delete')],
            },
        ),
    ]
