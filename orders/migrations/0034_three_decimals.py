"""Take amounts of three decimals (ADR 0022): no column of amounts has limits of its own, the conditions say them."""

from django.db import migrations

from dealport.kit.amount_columns import lift_limits
from dealport.kit.fields import are_numbers

CONDITIONS = {
    "amountpart": are_numbers("orders_amount_part_is_a_number", "amount"),
    "captureshare": are_numbers("orders_capture_share_is_a_number", "amount"),
    "coupon": are_numbers(
        "orders_coupon_are_numbers", "value", "minimum_subtotal", sums=("total_sales_amount",)
    ),
    "draftorder": are_numbers("orders_draft_are_numbers", "tax_amount", "shipping_fee", "tip"),
    "order": are_numbers(
        "orders_order_are_numbers",
        "subtotal", "discount", "tax_amount", "shipping_fee", "tip", "total_amount", "captured_amount", "captured_tax",
        "refunded_amount", "refunded_tax", "overpayment_refunded",
    ),
    "orderedit": are_numbers("orders_edit_is_a_number", "tax_amount"),
    "ordereditline": are_numbers("orders_edit_line_are_numbers", "captured", "refunded"),
    "orderevent": are_numbers("orders_order_event_is_a_number", "amount"),
    "orderitem": are_numbers(
        "orders_order_item_are_numbers",
        "unit_price", "unit_cost", "line_total", "discount_share", "tax_share", "captured_amount", "refunded_amount",
        "refunded_by_line", "refunded_tax_by_line",
    ),
    "product": are_numbers("orders_product_are_numbers", "price", "cost_price", "compare_at_price"),
    "refund": are_numbers(
        "orders_refund_are_numbers", "amount", "tax_amount", "shipping_amount", "overpayment_amount"
    ),
    "refundshare": are_numbers("orders_refund_share_is_a_number", "amount"),
    "sourcedifference": are_numbers("orders_difference_are_numbers", sums=("source_amount", "amount")),
    "transaction": are_numbers("orders_transaction_are_numbers", "amount", "tax_amount"),
}  # fmt: skip


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0033_unknown_reports")]
    operations = [
        *(migrations.AlterConstraint(model, known.name, known) for model, known in CONDITIONS.items()),
        migrations.RunPython(lift_limits("orders"), migrations.RunPython.noop),
    ]
