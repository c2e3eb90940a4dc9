"""The views a statement may read: our figures and records, without credentials, tokens, sessions or secrets."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.figures import Document, shown_in
from dashboard.metrics.rollups import SHARED, rollup_by

SCHEMA = "reporting"


@dataclass(frozen=True)
class View:
    """One view: what it is for, its columns as (name, expression) and where they come from."""

    name: str
    about: str
    columns: tuple[tuple[str, str], ...]
    source: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.columns)

    @property
    def select(self) -> str:
        """The query behind the view."""
        columns = ", ".join(f'{expression} AS "{name}"' for name, expression in self.columns)
        return f"SELECT {columns} FROM {self.source}"


def _view(name: str, about: str, columns: str, source: str) -> View:
    """Read columns spelled `name` or `name=expression`, separated by `;`; a bare name is one of the table `t`."""
    pairs = []
    for part in columns.split(";"):
        column, _, expression = part.strip().partition("=")
        pairs.append((column.strip(), expression.strip() or f"t.{column.strip()}"))
    return View(name, about, tuple(pairs), source)


def _with_store(table: str) -> str:
    return f"{table} t JOIN public.customers_store s ON s.id = t.store_id"


_STORE = "store_id; store=s.slug"
_DAILY = [figure.column for figure in shown_in(Document.DAILY).values()]
_ROLLUPS = (
    ("sales_by_day", "Rollup by store, local day and basis (placed or booked), as of the last fold.", "", "day"),
    ("sales_by_month", "Rollup by store, month (its first day) and basis, as of the last fold.", "", "month"),
    ("sales_by_product_and_day", "Rollup by product and local day; sales without tax and shipping.", "product", "day"),
    ("sales_by_product_and_month", "Rollup by product and month (its first day); sales without tax and shipping.",
     "product", "month"),
    ("sales_by_country_and_day", "Rollup by country and local day; an empty country is unknown.", "country", "day"),
)  # fmt: skip


def _by_dimension() -> View:
    """Return the view of the rollups that share a table: `dimension` says which, `key` is the value."""
    rollup = rollup_by("day", SHARED[0])
    columns = [_STORE, "currency=s.currency", "basis", "day", "dimension", "key", *rollup.measures]
    about = f"Rollup by {', '.join(SHARED)} and local day; an empty key is none or unknown."
    return _view("sales_by_dimension_and_day", about, "; ".join(columns), _with_store(f"public.{rollup.table}"))


def _rollup(name: str, about: str, dimension: str, day: str) -> View:
    """Return the view of a rollup: its keys, names beside them, and its measures."""
    rollup = rollup_by(day, dimension)
    columns, source = [_STORE, "currency=s.currency", "basis", day], _with_store(f"public.{rollup.table}")
    if dimension == "product":
        columns += ["product_id", "product=p.name"]
        source += " LEFT JOIN public.orders_product p ON p.id = t.product_id"
    elif dimension:
        columns.append(dimension)
    return _view(name, about, "; ".join([*columns, *rollup.measures]), source)


ALL = (
    _view("stores", "Every store.", "id; slug; name; currency; timezone; is_active; created_at",
          "public.customers_store t"),
    _view("customers", "Customers with what they bought so far.",
          f"id; {_STORE}; email; name; first_name; last_name; phone; status; tags=array_to_string(t.tags, ', ');"
          " accepts_marketing; marketing_consent_at; updated_at; tier; total_orders; completed_orders; total_spent;"
          " average_order_value; last_order_at; credit_balance; created_at; email_confirmed_at;"
          " is_deleted=t.deleted_at IS NOT NULL", _with_store("public.customers_customer")),
    _view("categories", "Groups of the stores' products; parent_id is the one a category is below.",
          f"id; {_STORE}; name; slug; parent_id; description; sort_order; created_at; updated_at;"
          " is_deleted=t.deleted_at IS NOT NULL", _with_store("public.orders_category")),
    _view("products", "What is sold. Stock is null where it is not counted; parent_id is what a variant is one of.",
          f"id; {_STORE}; sku; name; slug; parent_id; options=t.options::text; category_id; category=c.name; price;"
          " cost_price; compare_at_price; currency=s.currency; stock; low_stock_threshold; status;"
          " is_active=t.status = 'ACTIVE'; is_featured; tags=array_to_string(t.tags, ', '); view_count; created_at;"
          " updated_at; is_deleted=t.deleted_at IS NOT NULL",
          _with_store("public.orders_product") + " LEFT JOIN public.orders_category c ON c.id = t.category_id"),
    _view("coupons", "Discounts. Used and sales follow completed orders.",
          f"id; {_STORE}; code; kind; value; minimum_subtotal; starts_at; ends_at; usage_limit; is_active; times_used;"
          " total_sales_amount; is_deleted=t.deleted_at IS NOT NULL", _with_store("public.orders_coupon")),
    _view("orders", "One row an order; order_day is the day in the store's zone.",
          f"id; {_STORE}; number; customer_id; status; payment_status; currency; subtotal; discount; tax_amount;"
          " shipping_fee; tip; included_tax; total_amount; captured_amount; refunded_amount;"
          " sales=t.captured_amount - t.refunded_amount; coupon_code; country; payment_method;"
          " payment_code; payment_terms; due_on; channel; placed_by; tags;"
          " order_day; placed_at; completed_at; expired_at; canceled_at;"
          " refunded_at; shipped_at; delivered_at; edited_at; updated_at; is_imported; is_first",
          _with_store("public.orders_order")),
    _view("order_items", "The lines of the orders; net is without tax and shipping.",
          f"id; {_STORE}; order_id; order_number=o.number; order_status=o.status; order_day=o.order_day;"
          " placed_at=o.placed_at; product_id; name; sku; currency=o.currency; unit_price; unit_cost; quantity;"
          " line_total; discount_share; tax_share; net=t.line_total - t.discount_share;"
          " captured_amount=coalesce(t.captured_amount, CASE WHEN o.captured_amount > 0"
          " THEN t.line_total - t.discount_share ELSE 0 END); refunded_amount; refunded_quantity",
          _with_store("public.orders_orderitem") + " JOIN public.orders_order o ON o.id = t.order_id"),
    _view("fulfillments", "What was sent to customers, and how to follow it.",
          f"id; {_STORE}; order_id; order_number=o.number; tracking_number; carrier; tracking_url; shipped_at;"
          " delivered_at",
          _with_store("public.orders_fulfillment") + " JOIN public.orders_order o ON o.id = t.order_id"),
    _view("order_edits", "What was changed of orders after they were placed; captured, refunded and tax_amount are what"
          " an edit moved of them, signed.",
          f"id; {_STORE}; order_id; order_number=o.number; edited_at=t.at; reason; changes=t.changes::text; tax_amount;"
          " captured=(SELECT coalesce(sum(l.captured), 0) FROM public.orders_ordereditline l WHERE l.edit_id = t.id);"
          " refunded=(SELECT coalesce(sum(l.refunded), 0) FROM public.orders_ordereditline l WHERE l.edit_id = t.id)",
          _with_store("public.orders_orderedit") + " JOIN public.orders_order o ON o.id = t.order_id"),
    _view("transactions", "Payments and refunds as the provider reported them.",
          f"id; {_STORE}; order_id; order_number=o.number; customer_id=o.customer_id; kind; status; amount; currency;"
          " method; gateway_transaction_id; requested_at; created_at",
          _with_store("public.orders_transaction") + " JOIN public.orders_order o ON o.id = t.order_id"),
    _view("refunds", "What was given back, and when it was settled.",
          f"id; {_STORE}; order_id; order_number=o.number; amount; currency; reason; created_at; settled_at",
          _with_store("public.orders_refund") + " JOIN public.orders_order o ON o.id = t.order_id"),
    _view("credits", "The ledger of the customers' credits.",
          f"id; {_STORE}; customer_id; amount; balance_after; currency=s.currency; reason; created_at",
          _with_store("public.customers_creditentry")),
    _view("subscriptions", "Subscriptions of customers.",
          f"id; {_STORE}; customer_id; plan; status; monthly_amount; currency=s.currency; current_period_end;"
          " created_at; updated_at", _with_store("public.customers_subscription")),
    _view("daily_metrics", "Figures of days that are over; a row without a store is all stores of a currency.",
          f"store_id; store=s.slug; day; currency; {'; '.join(_DAILY)}; computed_at",
          "public.daily_metrics t LEFT JOIN public.customers_store s ON s.id = t.store_id"),
    *(_rollup(*described) for described in _ROLLUPS),
    _by_dimension(),
)  # fmt: skip
BY_NAME = {view.name: view for view in ALL}
