from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# At once, without a look at the rows; the next migration looks at them while everybody goes on. Each table by itself: in
# one transaction those who use the first would wait for whoever uses the last.


class Refuse(AddConstraintNotValid):
    """Adds the constraint anew where a run that was cut off has added it."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        """Drop it if it is there, then add it."""
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {self.constraint.name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('orders', '0016_fulfillments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Refuse(
            model_name='captureshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_capture_share_is_a_number'),
        ),
        Refuse(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('value', models.Value('NaN')), _negated=True), models.Q(('minimum_subtotal', models.Value('NaN')), _negated=True), models.Q(('total_sales_amount', models.Value('NaN')), _negated=True)), name='orders_coupon_are_numbers'),
        ),
        Refuse(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subtotal', models.Value('NaN')), _negated=True), models.Q(('discount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True), models.Q(('shipping_fee', models.Value('NaN')), _negated=True), models.Q(('tip', models.Value('NaN')), _negated=True), models.Q(('total_amount', models.Value('NaN')), _negated=True), models.Q(('captured_amount', models.Value('NaN')), _negated=True), models.Q(('captured_tax', models.Value('NaN')), _negated=True), models.Q(('refunded_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_tax', models.Value('NaN')), _negated=True)), name='orders_order_are_numbers'),
        ),
        Refuse(
            model_name='orderevent',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_order_event_is_a_number'),
        ),
        Refuse(
            model_name='orderitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('unit_price', models.Value('NaN')), _negated=True), models.Q(('line_total', models.Value('NaN')), _negated=True), models.Q(('discount_share', models.Value('NaN')), _negated=True), models.Q(('tax_share', models.Value('NaN')), _negated=True), models.Q(('captured_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_amount', models.Value('NaN')), _negated=True), models.Q(('refunded_by_line', models.Value('NaN')), _negated=True), models.Q(('refunded_tax_by_line', models.Value('NaN')), _negated=True)), name='orders_order_item_are_numbers'),
        ),
        Refuse(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('price', models.Value('NaN')), _negated=True), models.Q(('cost_price', models.Value('NaN')), _negated=True), models.Q(('compare_at_price', models.Value('NaN')), _negated=True)), name='orders_product_are_numbers'),
        ),
        Refuse(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True)), name='orders_refund_are_numbers'),
        ),
        Refuse(
            model_name='refundshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.Value('NaN')), _negated=True), name='orders_refund_share_is_a_number'),
        ),
        Refuse(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', models.Value('NaN')), _negated=True), models.Q(('tax_amount', models.Value('NaN')), _negated=True)), name='orders_transaction_are_numbers'),
        ),
    ]
