"""Connections to the systems that stores sell with, their webhooks, differences and privacy requests."""

import dealport.kit.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
        ('orders', '0022_item_cost'),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, help_text='In webhook addresses.', unique=True)),
                ('kind', models.CharField(choices=[('shopify', 'Shopify'), ('woocommerce', 'WooCommerce')], max_length=20)),
                ('address', models.CharField(help_text='Domain in Shopify, or address of the WooCommerce site.', max_length=200)),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('blocked', 'Needs attention'), ('disconnected', 'Disconnected')], default='active', max_length=20)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('credentials', models.TextField(blank=True, help_text='Encrypted with CREDENTIALS_KEYS.')),
                ('token', models.TextField(blank=True, help_text='Access token of the client credentials grant, encrypted.')),
                ('token_expires_at', models.DateTimeField(blank=True, null=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('reads_days', models.PositiveIntegerField(blank=True, help_text='Days back it can read; empty: all.', null=True)),
                ('poll_cursor', models.DateTimeField(blank=True, null=True)),
                ('next_poll_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retry_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('sync_from', models.DateField(blank=True, null=True)),
                ('backfill', models.CharField(choices=[('none', 'Not requested'), ('requested', 'Requested'), ('running', 'Running'), ('done', 'Done')], default='none', max_length=20)),
                ('backfill_job', models.CharField(blank=True, help_text='Bulk operation, or next page, at the source.', max_length=200)),
                ('backfill_orders', models.PositiveIntegerField(default=0)),
                ('last_event_at', models.DateTimeField(blank=True, null=True)),
                ('last_poll_at', models.DateTimeField(blank=True, null=True)),
                ('reconciled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='connections', to='customers.store')),
            ],
        ),
        migrations.CreateModel(
            name='PrivacyRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('customers/data_request', "Report a customer's data"), ('customers/redact', 'Erase a customer'), ('shop/redact', 'Erase all customers')], max_length=30)),
                ('order_ids', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('erased', models.PositiveIntegerField(default=0, help_text='Customers and orders of guests that were erased.')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='privacy_requests', to='orders.connection')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
            ],
        ),
        migrations.CreateModel(
            name='SourceDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source_orders', models.PositiveIntegerField()),
                ('source_amount', dealport.kit.fields.SumField()),
                ('orders', models.PositiveIntegerField(help_text='Here, before the repair.')),
                ('amount', dealport.kit.fields.SumField(help_text='Here, before the repair.')),
                ('fetched', models.PositiveIntegerField(default=0, help_text='Orders fetched again.')),
                ('is_repaired', models.BooleanField(default=False)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='orders.connection')),
            ],
        ),
        migrations.CreateModel(
            name='SourceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery_id', models.CharField(max_length=100)),
                ('topic', models.CharField(max_length=60)),
                ('subject', models.CharField(max_length=120)),
                ('body', models.TextField(blank=True)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('applied', 'Applied'), ('ignored', 'Ignored'), ('parked', 'Parked')], default='waiting', max_length=20)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='orders.connection')),
            ],
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'disconnected'), _negated=True), fields=('kind', 'address'), name='orders_connection_once'),
        ),
        migrations.AddIndex(
            model_name='sourcedifference',
            index=models.Index(fields=['connection', '-id'], name='orders_difference_newest'),
        ),
        migrations.AddConstraint(
            model_name='sourcedifference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source_amount', models.Value('NaN')), _negated=True), models.Q(('amount', models.Value('NaN')), _negated=True)), name='orders_difference_are_numbers'),
        ),
        migrations.AddIndex(
            model_name='sourceevent',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['connection', 'subject'], name='orders_source_event_waiting'),
        ),
        migrations.AddIndex(
            model_name='sourceevent',
            index=models.Index(fields=['connection', '-id'], name='orders_source_event_newest'),
        ),
        migrations.AddIndex(
            model_name='sourceevent',
            index=models.Index(condition=models.Q(('body', ''), _negated=True), fields=['done_at'], name='orders_source_event_bodies'),
        ),
        migrations.AddConstraint(
            model_name='sourceevent',
            constraint=models.UniqueConstraint(fields=('connection', 'delivery_id'), name='orders_source_event_once'),
        ),
    ]
