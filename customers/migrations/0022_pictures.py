"""Pictures that people upload or name by an address."""

import customers.models.pictures
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0021_customer_merges'),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=customers.models.pictures.new_token, editable=False, max_length=32, unique=True)),
                ('subject', models.CharField(help_text='What it shows: a model, such as orders.product.', max_length=40)),
                ('subject_id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Among the pictures of its subject.')),
                ('is_public', models.BooleanField(default=False)),
                ('source_url', models.CharField(blank=True, max_length=2000)),
                ('status', models.CharField(choices=[('waiting', 'Waiting for a worker'), ('ready', 'Ready'), ('failed', 'Failed')], default='waiting', max_length=7)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('incoming_key', models.CharField(blank=True, max_length=300)),
                ('file_key', models.CharField(blank=True, max_length=300)),
                ('thumbnail_key', models.CharField(blank=True, max_length=300)),
                ('width', models.PositiveIntegerField(blank=True, null=True)),
                ('height', models.PositiveIntegerField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('store', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'subject_id', 'position', 'id'], name='customers_picture_of'), models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at'], name='customers_picture_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'ready'), _negated=True), models.Q(models.Q(('file_key', ''), _negated=True), models.Q(('thumbnail_key', ''), _negated=True)), _connector='OR'), name='customers_picture_has_files')],
            },
        ),
    ]
