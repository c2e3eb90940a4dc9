from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('orders', '0017_numbers')]
    operations = [
        ValidateConstraint(model_name='captureshare', name='orders_capture_share_is_a_number'),
        ValidateConstraint(model_name='coupon', name='orders_coupon_are_numbers'),
        ValidateConstraint(model_name='order', name='orders_order_are_numbers'),
        ValidateConstraint(model_name='orderevent', name='orders_order_event_is_a_number'),
        ValidateConstraint(model_name='orderitem', name='orders_order_item_are_numbers'),
        ValidateConstraint(model_name='product', name='orders_product_are_numbers'),
        ValidateConstraint(model_name='refund', name='orders_refund_are_numbers'),
        ValidateConstraint(model_name='refundshare', name='orders_refund_share_is_a_number'),
        ValidateConstraint(model_name='transaction', name='orders_transaction_are_numbers'),
    ]
