"""Take amounts of three decimals (ADR 0022): no column of amounts has limits of its own, the conditions say them."""

from django.db import migrations

from dealport.kit.amount_columns import lift_limits
from dealport.kit.fields import are_numbers

OF_PRODUCTS = ("sales", "net", "discounts", "returns", "cost")
OF_ORDERS = (*OF_PRODUCTS, "tax", "tips")
TABLES = {
    "metricdelta": ("delta", OF_ORDERS),
    "storedailysales": ("daily", OF_ORDERS),
    "storemonthlysales": ("monthly", OF_ORDERS),
    "storedailysalesbyproduct": ("daily_product", OF_PRODUCTS),
    "storemonthlysalesbyproduct": ("monthly_product", OF_PRODUCTS),
    "storedailysalesbycountry": ("daily_country", OF_ORDERS),
    "storedailysalesbydimension": ("daily_dimension", OF_ORDERS),
}


def conditions():
    """Yield the operations that say what the amounts of each table can be."""
    for model, (short, columns) in TABLES.items():
        for column in columns:
            name = f"dashboard_{short}{'' if column == 'sales' else f'_{column}'}_is_a_number"
            is_sum = model != "metricdelta" or column == "cost"
            known = are_numbers(name, sums=[column]) if is_sum else are_numbers(name, column)
            yield migrations.AlterConstraint(model, name, known)
    for model, short in (("verification", "verification"), ("verificationrun", "verification_run")):
        known = are_numbers(f"dashboard_{short}_is_a_number", sums=("difference",))
        yield migrations.AlterConstraint(model, known.name, known)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0014_cost")]
    operations = [*conditions(), migrations.RunPython(lift_limits("dashboard"), migrations.RunPython.noop)]
