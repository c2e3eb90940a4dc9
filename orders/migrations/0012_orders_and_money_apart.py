"""Let an order and its money move independently: part payments, tips, terms of payment, what is known besides.

Every column comes without a value or with a constant of the database, so that nothing is rewritten and what still
runs the code of before can go on writing; constraints are validated beside running writes. No figure moves: nulls say
"captured whole", which all payments so far were.
"""

from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

import dealport.kit.fields

NOTHING = Decimal("0.00")
TOTALS = models.CheckConstraint(
    condition=Q(
        total_amount=F("subtotal") - F("discount") + F("tax_amount") + F("shipping_fee") + F("tip")
    ),
    name="orders_order_totals_add_up",
)
IN_RANGE = models.CheckConstraint(
    condition=Q(subtotal__gte=0, discount__gte=0, tax_amount__gte=0, shipping_fee__gte=0, tip__gte=0)
    & Q(discount__lte=F("subtotal")),
    name="orders_order_amounts_in_range",
)
SHOWS = models.CheckConstraint(
    condition=Q(captured_amount=0)
    | Q(payment_status__in=("PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED", "REFUNDED")),
    name="orders_order_captured_shows",
)
PAYMENT_STATUSES = [
    ("PENDING", "Pending"), ("AUTHORIZED", "Authorized"), ("PARTIALLY_PAID", "Partially paid"), ("PAID", "Paid"),
    ("FAILED", "Failed"), ("PARTIALLY_REFUNDED", "Partially refunded"), ("REFUNDED", "Refunded"),
]  # fmt: skip
EVENT_KINDS = [
    ("placed", "Placed"), ("authorized", "Payment authorized"), ("paid", "Paid"), ("processed", "Processed"),
    ("refused", "Payment refused"), ("expired", "Expired unpaid"), ("shipped", "Shipped"),
    ("delivered", "Delivered"), ("canceled", "Canceled"), ("refund_announced", "Refund announced before payment"),
    ("refunded", "Refunded"),
]  # fmt: skip
TERMS = [("prepaid", "Prepaid"), ("on_delivery", "On delivery"), ("invoice", "Invoice")]
CHANNELS = [
    ("web", "Online store"), ("pos", "Point of sale"), ("draft", "Draft order"), ("api", "API"),
    ("import", "Import"), ("other", "Other"),
]  # fmt: skip


def order(name, field):
    return migrations.AddField("order", name, field)


def text(**options):
    return models.TextField(blank=True, default="", db_default="", **options)


def moment(**options):
    return models.DateTimeField(null=True, blank=True, **options)


def replaced(constraint):
    """Yield what puts a constraint in the place of the one of the same name without holding up writes."""
    yield migrations.RemoveConstraint("order", constraint.name)
    yield AddConstraintNotValid("order", constraint)
    yield ValidateConstraint("order", constraint.name)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0011_product_details")]

    operations = [
        order("tip", dealport.kit.fields.MoneyField(default=NOTHING, db_default=NOTHING)),
        order("captured_tax", dealport.kit.fields.MoneyField(null=True, blank=True, editable=False)),
        order("payment_terms", models.CharField(max_length=11, choices=TERMS, default="prepaid", db_default="prepaid")),
        order("due_on", models.DateField("due date", null=True, blank=True)),
        order("internal_notes", text()),
        order(
            "tags",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=40), default=list, blank=True, db_default=[], size=None
            ),
        ),
        order("channel", models.CharField(max_length=6, choices=CHANNELS, blank=True, default="", db_default="")),
        order("ip_address", models.GenericIPAddressField("IP address", null=True, blank=True)),
        order("user_agent", models.CharField(max_length=400, blank=True, default="", db_default="")),
        order("shipped_at", moment()),
        order("delivered_at", moment()),
        order("updated_at", moment(editable=False)),
        migrations.AddField(
            "orderitem", "captured_amount", dealport.kit.fields.MoneyField(null=True, blank=True, editable=False)
        ),
        migrations.AddField(
            "transaction", "tax_amount", dealport.kit.fields.MoneyField(null=True, blank=True, editable=False)
        ),
        migrations.AlterField(
            "order", "payment_status", models.CharField(max_length=18, choices=PAYMENT_STATUSES, default="PENDING")
        ),
        migrations.AlterField("orderevent", "kind", models.CharField(max_length=16, choices=EVENT_KINDS)),
        migrations.CreateModel(
            name="CaptureShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", dealport.kit.fields.MoneyField()),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="orders.transaction",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="capture_shares",
                        to="orders.orderitem",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transaction", "item"), name="orders_capture_share_once_per_item"
                    ),
                ],
            },
        ),
        *replaced(TOTALS),
        *replaced(IN_RANGE),
        AddConstraintNotValid("order", SHOWS),
        ValidateConstraint("order", SHOWS.name),
        migrations.RemoveConstraint("order", "orders_order_captured_none_or_total"),
        migrations.RemoveConstraint("order", "orders_order_only_paid_moves_on"),
        migrations.RemoveConstraint("transaction", "orders_transaction_one_capture_per_order"),
    ]
