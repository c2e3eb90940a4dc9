"""Datasets of what is sold, and for how much less."""

from __future__ import annotations

from orders.models import Coupon, Product
from orders.models.catalogue import branch_sql
from reports.datasets.comparing import with_nothing
from reports.datasets.model import Column, Dataset, Filter, Kind, Total
from reports.datasets.rows import CURRENCY, STORE, table_rows

_PRODUCT_FILTERS = (
    Filter("status", "p.status", tuple(Product.Status.values)),
    Filter("categoryId", f"p.category_id IN ({branch_sql('{value}')})", kind=Kind.ID),
)
_PRODUCT_COLUMNS = (
    Column("productId", "p.id", Kind.ID),
    STORE,
    Column("sku", "p.sku"),
    Column("name", "p.name"),
    Column("slug", "p.slug"),
    Column("parentId", "p.parent_id", Kind.ID),
    Column("options", "(SELECT coalesce(string_agg(key || ': ' || value, ', '), '') FROM jsonb_each_text(p.options))"),
    Column("category", "coalesce(k.name, '')"),
    CURRENCY,
    Column("price", "p.price", Kind.MONEY),
    Column("costPrice", "p.cost_price", Kind.MONEY),
    Column("compareAtPrice", "p.compare_at_price", Kind.MONEY),
    Column("stock", "p.stock", Kind.INTEGER),
    Column("lowStockThreshold", "p.low_stock_threshold", Kind.INTEGER),
    Column("status", "p.status"),
    Column("isActive", "p.status = 'ACTIVE'", Kind.FLAG),
    Column("isFeatured", "p.is_featured", Kind.FLAG),
    Column("tags", "array_to_string(p.tags, ', ')"),
    Column("viewCount", "p.view_count", Kind.INTEGER),
    Column("description", "p.description"),
    Column("createdAt", "p.created_at", Kind.MOMENT),
    Column("updatedAt", "p.updated_at", Kind.MOMENT),
)
PRODUCTS = Dataset(
    name="products",
    title="Products",
    meaning="One row per product in the catalog now; an empty stock is one that is not counted.",
    columns=_PRODUCT_COLUMNS,
    parts=table_rows(
        "orders_product p JOIN {stores} ON s.id = p.store_id LEFT JOIN orders_category k ON k.id = p.category_id",
        _PRODUCT_COLUMNS,
        when=None,
        where="p.deleted_at IS NULL",
        filters=_PRODUCT_FILTERS,
    ),
    totals=(
        Total("products", "count(*)", is_count=True),
        Total("outOfStock", 'count(*) FILTER (WHERE "stock" = 0)', is_count=True),
    ),
    order="productId",
    compare=with_nothing,
    filters=_PRODUCT_FILTERS,
    has_period=False,
)

_COUPON_FILTERS = (Filter("kind", "k.kind", tuple(Coupon.Kind.values)),)
_COUPON_COLUMNS = (
    Column("couponId", "k.id", Kind.ID),
    STORE,
    Column("code", "k.code"),
    Column("kind", "k.kind"),
    CURRENCY,
    Column("value", "k.value", Kind.MONEY),
    Column("minimumSubtotal", "k.minimum_subtotal", Kind.MONEY),
    Column("startsAt", "k.starts_at", Kind.MOMENT),
    Column("endsAt", "k.ends_at", Kind.MOMENT),
    Column("usageLimit", "k.usage_limit", Kind.INTEGER),
    Column("isActive", "k.is_active", Kind.FLAG),
    Column("usesReserved", "k.uses_reserved", Kind.INTEGER),
    Column("timesUsed", "k.times_used", Kind.INTEGER),
    Column("totalSalesAmount", "k.total_sales_amount", Kind.MONEY),
    Column("deletedAt", "k.deleted_at", Kind.MOMENT),
)
COUPONS = Dataset(
    name="coupons",
    title="Discounts",
    meaning="One row per discount, also those deleted since, with the completed orders that used it up to now.",
    columns=_COUPON_COLUMNS,
    parts=table_rows(
        "orders_coupon k JOIN {stores} ON s.id = k.store_id", _COUPON_COLUMNS, when=None, filters=_COUPON_FILTERS
    ),
    totals=(
        Total("timesUsed", 'sum("timesUsed")', is_count=True),
        Total("totalSalesAmount", 'sum("totalSalesAmount")'),
    ),
    order="couponId",
    compare=with_nothing,
    filters=_COUPON_FILTERS,
    has_period=False,
)
