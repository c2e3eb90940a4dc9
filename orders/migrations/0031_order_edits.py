"""Edits of orders: what they moved, by line, with their moment.

New columns of large tables are null or have a constant default; constraints are validated beside running writes. The
trigger on transactions lets a payment that captured its whole order say once what of it is tax: before an edit.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

import dealport.kit.fields

KINDS = [
    ("placed", "Placed"), ("authorized", "Payment authorized"), ("paid", "Paid"), ("processed", "Processed"),
    ("refused", "Payment refused"), ("expired", "Expired unpaid"), ("reopened", "Reopened by its source"), ("shipped", "Shipped"),
    ("partly_shipped", "Partly shipped"), ("delivered", "Delivered"), ("canceled", "Canceled"),
    ("refund_announced", "Refund announced before payment"), ("refunded", "Refunded"), ("edited", "Edited"),
]
ORDER_NUMBERS = dealport.kit.fields.are_numbers(
    "orders_order_are_numbers", "subtotal", "discount", "tax_amount", "shipping_fee", "tip", "total_amount",
    "captured_amount", "captured_tax", "refunded_amount", "refunded_tax", "overpayment_refunded",
)
REFUND_NUMBERS = dealport.kit.fields.are_numbers(
    "orders_refund_are_numbers", "amount", "tax_amount", "shipping_amount", "overpayment_amount"
)
HAS_PIECES = models.CheckConstraint(
    condition=~Q(quantity=0) | Q(removed_at__isnull=False), name="orders_item_without_pieces_was_removed"
)
BODY = """
CREATE OR REPLACE FUNCTION orders_transaction_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := coalesce(current_setting('dealport.history', true), '');
    said text[] := ARRAY['status', 'created_at', 'tax_amount', 'gateway_transaction_id', 'gateway_response'];
BEGIN
    IF TG_OP = 'DELETE' AND purpose = 'clear demo' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = 'pending' AND NEW.status <> 'pending' AND to_jsonb(OLD) - said = to_jsonb(NEW) - said THEN
            RETURN NEW;
        END IF;
        IF purpose = 'erase' AND to_jsonb(OLD) - 'gateway_response' = to_jsonb(NEW) - 'gateway_response' THEN
            RETURN NEW;
        END IF;
{whole}    END IF;
    RAISE EXCEPTION 'a transaction is kept as it was: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
WHOLE = """        IF OLD.tax_amount IS NULL AND OLD.status = 'approved'
            AND to_jsonb(OLD) - 'tax_amount' = to_jsonb(NEW) - 'tax_amount' THEN
            RETURN NEW;
        END IF;
"""


def money(**options):
    return dealport.kit.fields.MoneyField(default=0, **options)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0030_uploads_in_parts")]

    operations = [
        migrations.AddField("order", "edited_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "order", "overpayment_refunded",
            dealport.kit.fields.MoneyField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField("orderitem", "removed_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "refund", "overpayment_amount", dealport.kit.fields.MoneyField(db_default=0, default=0, editable=False)
        ),
        migrations.AlterField("orderevent", "kind", models.CharField(choices=KINDS, max_length=16)),
        migrations.CreateModel(
            "OrderEdit",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("changes", models.JSONField()),
                ("tax_amount", money()),
                ("event", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="edit", to="orders.orderevent"
                )),
                ("order", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="edits", to="orders.order"
                )),
                ("store", models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.store"
                )),
            ],
            {
                "indexes": [models.Index(fields=["store", "at"], name="orders_edit_by_store_day")],
                "constraints": [dealport.kit.fields.are_numbers("orders_edit_is_a_number", "tax_amount")],
            },
        ),
        migrations.CreateModel(
            "OrderEditLine",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.IntegerField(default=0)),
                ("units_sold", models.IntegerField(default=0)),
                ("captured", money()),
                ("refunded", money()),
                ("orders", models.SmallIntegerField(default=0)),
                ("edit", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.orderedit"
                )),
                ("item", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="edit_lines", to="orders.orderitem"
                )),
            ],
            {
                "constraints": [
                    dealport.kit.fields.are_numbers("orders_edit_line_are_numbers", "captured", "refunded"),
                    models.UniqueConstraint(fields=["edit", "item"], name="orders_edit_line_once_per_item"),
                    models.CheckConstraint(condition=Q(orders__in=(0, 1)), name="orders_edit_line_counts_once"),
                ],
            },
        ),
        migrations.RemoveConstraint("order", ORDER_NUMBERS.name),
        AddConstraintNotValid("order", ORDER_NUMBERS),
        ValidateConstraint("order", ORDER_NUMBERS.name),
        migrations.RemoveConstraint("refund", REFUND_NUMBERS.name),
        AddConstraintNotValid("refund", REFUND_NUMBERS),
        ValidateConstraint("refund", REFUND_NUMBERS.name),
        migrations.RemoveConstraint("orderitem", "orders_item_quantity_not_zero"),
        AddConstraintNotValid("orderitem", HAS_PIECES),
        ValidateConstraint("orderitem", HAS_PIECES.name),
        migrations.RunSQL(BODY.replace("{whole}", WHOLE), BODY.replace("{whole}", "")),
    ]
