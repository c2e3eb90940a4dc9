"""The connection that keeps an order up to date, and what sends its orders itself."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0021_customer_merges'),
        ('orders', '0025_backfill_lease'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='orders_connection_once',
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='connection',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.connection'),
        ),
        migrations.AlterField(
            model_name='connection',
            name='address',
            field=models.CharField(help_text='Domain in Shopify, address of the WooCommerce site, or name.', max_length=200),
        ),
        migrations.AlterField(
            model_name='connection',
            name='kind',
            field=models.CharField(choices=[('shopify', 'Shopify'), ('woocommerce', 'WooCommerce'), ('api', 'Another system')], max_length=20),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='kind',
            field=models.CharField(choices=[('placed', 'Placed'), ('authorized', 'Payment authorized'), ('paid', 'Paid'), ('processed', 'Processed'), ('refused', 'Payment refused'), ('expired', 'Expired unpaid'), ('reopened', 'Reopened by its source'), ('shipped', 'Shipped'), ('partly_shipped', 'Partly shipped'), ('delivered', 'Delivered'), ('canceled', 'Canceled'), ('refund_announced', 'Refund announced before payment'), ('refunded', 'Refunded')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state', 'disconnected'), _negated=True), models.Q(('kind', 'api'), _negated=True)), fields=('kind', 'address'), name='orders_connection_once'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state', 'disconnected'), _negated=True), ('kind', 'api')), fields=('store', 'address'), name='orders_connection_api_once'),
        ),
    ]
