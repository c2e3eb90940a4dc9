"""Split figures by coupon, payment method, channel and hour: dimensions of ledger rows, one rollup for all of them.

What still runs the code of before goes on writing rows without dimensions. The buckets of each store are computed anew
slice by slice (`dashboard.metrics.recomputing`), which this only asks for.
"""

import dealport.kit.fields
from decimal import Decimal
from django.db import migrations, models

ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0010_sales_breakdown'),
    ]

    operations = [
        migrations.AddField(
            model_name='metricdelta',
            name='channel',
            field=models.CharField(blank=True, db_default='', default='', max_length=6),
        ),
        migrations.AddField(
            model_name='metricdelta',
            name='coupon_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='metricdelta',
            name='event_hour',
            field=models.SmallIntegerField(help_text='Local hour of the change.', null=True),
        ),
        migrations.AddField(
            model_name='metricdelta',
            name='order_hour',
            field=models.SmallIntegerField(help_text='Local hour the order was placed in.', null=True),
        ),
        migrations.AddField(
            model_name='metricdelta',
            name='payment_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.CreateModel(
            name='StoreDailySalesByDimension',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('store_id', models.BigIntegerField()),
                ('basis', models.CharField(choices=[('placed', 'Order date'), ('booked', 'Transaction date')], max_length=6)),
                ('sales', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('tax', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('orders', models.IntegerField(default=0)),
                ('completed', models.IntegerField(default=0)),
                ('refunded', models.IntegerField(default=0)),
                ('expired', models.IntegerField(default=0)),
                ('with_coupon', models.IntegerField(default=0)),
                ('units_sold', models.BigIntegerField(default=0)),
                ('units_returned', models.BigIntegerField(default=0)),
                ('net', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('discounts', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('returns', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('tips', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('dimension', models.CharField(max_length=13)),
                ('day', models.DateField()),
                ('key', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'verbose_name_plural': 'store daily sales by dimension',
                'constraints': [models.UniqueConstraint(fields=('store_id', 'basis', 'dimension', 'day', 'key'), name='dashboard_daily_dimension_bucket'), models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_is_a_number'), models.CheckConstraint(condition=models.Q(('tax', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_tax_is_a_number'), models.CheckConstraint(condition=models.Q(('net', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_net_is_a_number'), models.CheckConstraint(condition=models.Q(('discounts', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_discounts_is_a_number'), models.CheckConstraint(condition=models.Q(('returns', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_returns_is_a_number'), models.CheckConstraint(condition=models.Q(('tips', models.Value('NaN')), _negated=True), name='dashboard_daily_dimension_tips_is_a_number')],
            },
        ),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
