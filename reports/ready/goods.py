"""Reports of products: what comes back, what is in stock and how long it lasts, what is bought together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext

from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.reading import Row, percentage, rows
from dashboard.models import Basis
from dealport.kit.formats import number_text
from dealport.kit.values import FieldValues
from reports.datasets import Kind
from reports.explore.files import MOST_ROWS
from reports.ready.model import MOST_ORDERS, PER_PAGE, Heading, Report, Scope, cut
from reports.ready.money import ALL, NEWEST

MOST_PAIRS = 50
MOST_LINES = 40
"""Products of an order that pairs are made of: the number of pairs is that of the products squared."""
BASKETS = (
    f"newest AS MATERIALIZED (SELECT id FROM ({NEWEST}) AS newest LIMIT {MOST_ORDERS}), "
    "sold AS MATERIALIZED (SELECT DISTINCT i.order_id, coalesce(p.parent_id, p.id) AS product "
    "FROM orders_orderitem i JOIN newest ON newest.id = i.order_id JOIN orders_product p ON p.id = i.product_id "
    "WHERE i.quantity > 0), "
    f"few AS (SELECT order_id FROM sold GROUP BY order_id HAVING count(*) BETWEEN 2 AND {MOST_LINES})"
)
"""SQL of the products of each of the newest orders (`sold`), and of the orders that pairs are made of (`few`)."""


def _page(scope: Scope) -> FieldValues:
    """Return the parameters of the page, or of all that a file holds."""
    if scope.page is None:
        return {"offset": 0, "limit": MOST_ROWS}
    return {"offset": (scope.page - 1) * PER_PAGE, "limit": PER_PAGE}


def _sold(scope: Scope) -> tuple[str, FieldValues]:
    """Return SQL of what was sold of each product in the period, and all parameters."""
    lines, parameters = figures.lines_by("product", StoreScope(scope.store), scope.days, Basis.PLACED)
    return lines, {**parameters, **_page(scope)}


def return_rate(scope: Scope) -> Report:
    """Return the share of the units sold that came back, by what is sold, the most units back first."""
    lines, parameters = _sold(scope)
    found = rows(
        "SELECT p.id, p.name, p.sku, line.units_sold, line.units_returned, line.sales, count(*) OVER () AS count, "
        "sum(line.units_sold) OVER () AS all_sold, sum(line.units_returned) OVER () AS all_returned, "
        f"sum(line.sales) OVER () AS all_sales FROM ({lines}) AS line JOIN orders_product p ON p.id = line.product_id "
        "WHERE line.units_sold <> 0 OR line.units_returned <> 0 "
        "ORDER BY line.units_returned DESC, line.units_sold DESC, p.id OFFSET %(offset)s LIMIT %(limit)s",
        **parameters,
    )
    whole = found[0] if found else {"all_sold": 0, "all_returned": 0, "all_sales": 0, "count": 0}
    return Report(
        gettext("Return rate"),
        gettext("Units of the orders of the period that came back, out of those that were sold."),
        [
            Heading(gettext("Product"), "product"),
            Heading("SKU", "sku"),
            Heading(gettext("Units sold"), "unitsSold", Kind.INTEGER, opens="unitsSold"),
            Heading(gettext("Units returned"), "unitsReturned", Kind.INTEGER, opens="unitsReturned"),
            Heading(gettext("Return rate"), "returnRate", Kind.PERCENT, opens="unitsReturned"),
            Heading(gettext("Net sales"), "netSales", Kind.MONEY, opens="netSales"),
        ],
        [
            [
                row["name"],
                row["sku"],
                int(row["units_sold"]),
                int(row["units_returned"]),
                percentage(row["units_returned"], row["units_sold"]),
                figures.cents(row["sales"]),
            ]
            for row in found
        ],
        bar=4,
        keys=[row["id"] for row in found],
        places=[str(row["id"]) for row in found],
        compared=4,
        total=[
            gettext("All"),
            "",
            int(whole["all_sold"]),
            int(whole["all_returned"]),
            percentage(Decimal(whole["all_returned"]), Decimal(whole["all_sold"])),
            figures.cents(whole["all_sales"]),
        ],
        count=whole["count"],
    )


def inventory(scope: Scope) -> Report:
    """Return what is in stock and how many days it lasts at the pace of the period, what runs out first on top."""
    found = _stocked(scope)
    whole = found[0] if found else {"all_stock": 0, "all_sold": 0, "dead": 0, "count": 0}
    days = min(scope.days.count, max((scope.today - scope.days.first).days + 1, 1))
    return Report(
        gettext("Inventory"),
        gettext(
            "Products whose stock is counted, what runs out first on top. Days of cover is the stock at the pace "
            "of the period; sell-through is what was sold out of that and the stock; dead stock sold nothing in the "
            "period, low stock is down to the threshold of the product."
        ),
        [
            Heading(gettext("Product"), "product"),
            Heading("SKU", "sku"),
            Heading(gettext("Stock"), "stock", Kind.INTEGER),
            Heading(gettext("Sold"), "unitsSold", Kind.INTEGER, opens="unitsSold"),
            Heading(gettext("Days of cover"), "daysOfCover", Kind.INTEGER),
            Heading(gettext("Sell-through"), "sellThrough", Kind.PERCENT),
            Heading(gettext("Value at price"), "value", Kind.MONEY),
            Heading(gettext("State"), "state"),
        ],
        [
            [
                row["name"],
                row["sku"],
                row["stock"],
                int(row["sold"]),
                _cover(row["stock"], row["sold"], days),
                percentage(row["sold"], row["sold"] + row["stock"]),
                row["price"] * row["stock"],
                _state(row["stock"], row["sold"], row["is_low"]),
            ]
            for row in found
        ],
        bar=5,
        keys=[row["id"] for row in found],
        places=[str(row["id"]) for row in found],
        compared=3,
        total=[
            gettext("All"),
            "",
            int(whole["all_stock"]),
            int(whole["all_sold"]),
            None,
            percentage(Decimal(whole["all_sold"]), Decimal(whole["all_sold"] + whole["all_stock"])),
            None,
            gettext("{dead} dead").format(dead=number_text(whole["dead"])),
        ],
        count=whole["count"],
    )


def _stocked(scope: Scope) -> list[Row]:
    """Return a page of the products whose stock is counted with what they sold, and the sums of all of them."""
    lines, parameters = _sold(scope)
    return rows(
        "SELECT p.id, p.name, p.sku, p.stock, coalesce(line.units_sold, 0) AS sold, p.price, "
        "p.stock <= p.low_stock_threshold AS is_low, "
        "count(*) OVER () AS count, "
        "sum(p.stock) OVER () AS all_stock, sum(coalesce(line.units_sold, 0)) OVER () AS all_sold, "
        "count(*) FILTER (WHERE p.stock > 0 AND coalesce(line.units_sold, 0) <= 0) OVER () AS dead "
        f"FROM orders_product p LEFT JOIN ({lines}) AS line ON line.product_id = p.id "
        "WHERE p.store_id = %(store)s AND p.deleted_at IS NULL AND NOT p.has_variants AND p.stock IS NOT NULL "
        "ORDER BY CASE WHEN line.units_sold > 0 THEN p.stock / line.units_sold END NULLS LAST, p.stock DESC, p.id "
        "OFFSET %(offset)s LIMIT %(limit)s",
        **parameters,
    )


def _cover(stock: int, sold: Decimal, days: int) -> int | None:
    return int(stock * days / sold) if sold > 0 else None


def _state(stock: int, sold: Decimal, is_low: bool) -> str:
    if stock == 0:
        return gettext("Sold out")
    if sold <= 0:
        return gettext("Dead stock")
    return gettext("Low stock") if is_low else ""


def bought_together(scope: Scope, pairs: Sequence[tuple[int, int]] | None = None) -> Report:
    """Return the pairs of products that are most often in one order, or how often the named ones are."""
    chosen = (
        ""
        if pairs is None
        else ("AND (one.product, other.product) IN (SELECT * FROM unnest(%(ones)s::bigint[], %(others)s::bigint[])) ")
    )
    ones, others = ([pair[place] for pair in pairs or ()] for place in (0, 1))
    found = rows(
        f"WITH {BASKETS}, alone AS (SELECT product, count(*) AS orders FROM sold GROUP BY product) "
        "SELECT pair.a, pair.b, a.name AS first, b.name AS second, pair.orders, "
        "x.orders AS with_first, y.orders AS with_second, "
        "(SELECT count(*) FROM newest) AS read FROM (SELECT one.product AS a, other.product AS b, count(*) AS orders "
        "FROM few JOIN sold one ON one.order_id = few.order_id JOIN sold other ON other.order_id = few.order_id "
        f"AND one.product < other.product {chosen}GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {MOST_PAIRS}) AS pair "
        "JOIN orders_product a ON a.id = pair.a JOIN orders_product b ON b.id = pair.b "
        "JOIN alone x ON x.product = pair.a JOIN alone y ON y.product = pair.b "
        "ORDER BY pair.orders DESC, pair.a, pair.b",
        ones=ones,
        others=others,
        **scope.parameters,
    )
    return Report(
        gettext("Bought together"),
        gettext(
            "Pairs of products in the orders of the period that were paid in full. The shares say how many of the "
            "orders with one product contain the other."
        ),
        [
            Heading(gettext("Product"), "product"),
            Heading(gettext("And"), "otherProduct"),
            Heading(gettext("Orders"), "orders", Kind.INTEGER, opens=ALL),
            Heading(gettext("Of the first's orders"), "shareOfFirst", Kind.PERCENT),
            Heading(gettext("Of the other's orders"), "shareOfOther", Kind.PERCENT),
        ],
        [
            [
                row["first"],
                row["second"],
                row["orders"],
                percentage(Decimal(row["orders"]), Decimal(row["with_first"])),
                percentage(Decimal(row["orders"]), Decimal(row["with_second"])),
            ]
            for row in found
        ],
        bar=2,
        keys=[(row["a"], row["b"]) for row in found],
        places=[f"{row['a']}-{row['b']}" for row in found],
        compared=2,
        note=gettext(
            "The {most_pairs} pairs most often bought. Orders with more than {most_lines} products are left out. {cut}"
        )
        .format(
            most_pairs=MOST_PAIRS,
            most_lines=MOST_LINES,
            cut=cut(found[0]["read"] + (found[0]["read"] == MOST_ORDERS) if found else 0),
        )
        .strip(),
    )
