from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# At once, without a look at the rows; the next migration looks at them while everybody goes on.


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0016_fulfillments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='captureshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_capture_share_is_a_number'),
        ),
        AddConstraintNotValid(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('value', models.Value('NaN')), _negated=True), models.Q(('minimum_subtotal', models.Value('NaN')), _negated=True), models.Q(('total_sales_amount', models.Value('NaN')), _negated=True)), name='orders_coupon_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subtotal', models.Value('NaN')), _negated=True), models.Q(('discount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True), models.Q(('shipping_fee', models.Value('NaN')), _negated=True), models.Q(('tip', models.Value('NaN')), _negated=True), models.Q(('total_amount', models.Value('NaN')), _negated=True), models.Q(('captured_amount', models.Value('NaN')), _negated=True), models.Q(('captured_tax', models.Value('NaN')), _negated=True), models.Q(('refunded_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_tax', models.Value('NaN')), _negated=True)), name='orders_order_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='orderevent',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_order_event_is_a_number'),
        ),
        AddConstraintNotValid(
            model_name='orderitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('unit_price', models.Value('NaN')), _negated=True), models.Q(('line_total', models.Value('NaN')), _negated=True), models.Q(('discount_share', models.Value('NaN')), _negated=True), models.Q(('tax_share', models.Value('NaN')), _negated=True), models.Q(('captured_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_by_line', models.Value('NaN')), _negated=True), models.Q(('refunded_tax_by_line', models.Value('NaN')), _negated=True)), name='orders_order_item_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('price', models.Value('NaN')), _negated=True), models.Q(('cost_price', models.Value('NaN')), _negated=True), models.Q(('compare_at_price', models.Value('NaN')), _negated=True)), name='orders_product_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True)), name='orders_refund_are_numbers'),
        ),
        AddConstraintNotValid(
            model_name='refundshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_refund_share_is_a_number'),
        ),
        AddConstraintNotValid(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True)), name='orders_transaction_are_numbers'),
        ),
    ]
