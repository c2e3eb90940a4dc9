"""Holding a store against the store in memory, after every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from customers.models import Customer, Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.explain import SOURCES, explain
from dashboard.figures.history import MonthAsOf, month_as_of
from dashboard.figures.movements import STORE, sums
from dashboard.figures.periods import Period, month_period
from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.measures import ORDER_MEASURES
from dashboard.metrics.rollups import ROLLUPS, SHARED
from dashboard.models import Basis, MetricDelta
from dealport.kit.day_range import DayRange
from orders.models import CaptureShare, Coupon, Order, OrderEvent, OrderItem, Product, Refund, RefundShare, Transaction
from orders.pricing import allocate
from tests.properties import expected
from tests.properties.model import NIL, Entry, Parts, PartsEntry, Purchase, StoreModel, WareEntry, gone, to_cents

EVER = Period(date(1990, 1, 1), date(2189, 12, 31))
A_DAY = timedelta(days=1)

# every row of the store, as text: what a refused step must leave as it was
_TABLES = {
    "orders_order": "store_id",
    "orders_orderitem": "store_id",
    "orders_refund": "store_id",
    "orders_transaction": "store_id",
    "orders_orderevent": "store_id",
    "orders_product": "store_id",
    "orders_coupon": "store_id",
    "customers_customer": "store_id",
    "dashboard_metricdelta": "store_id",
}
_CONTENT = " UNION ALL ".join(
    f"SELECT '{table}', coalesce(string_agg(t::text, '|' ORDER BY t.id), '') FROM {table} t WHERE {column} = %(store)s"
    for table, column in _TABLES.items()
)


def content(store: Store) -> list[tuple[str, str]]:
    """Return every row that belongs to the store."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT, {"store": store.pk})
        return list(cursor.fetchall())


def check_figures(store: Store, model: StoreModel, periods: list[Period], turn: int | None = None) -> None:
    """Every figure of every period on both bases, by every dimension, and the recount.

    After a step (`turn` is its number) only one of the dimensions, and the recount after every third: it reads the
    rows alone, so that what it has wrong stays wrong. Without `turn`, as at the end of each life, all of it.
    """
    if turn is None or turn % 3 == 0:
        assert recount.differences(store) == []
    for number, period in enumerate(periods):
        assert figures.order_states(store, period) == expected.standings(model, period), period
        for basis in Basis.values:
            where = (period, basis)
            assert figures.sales_summary(store, period, basis) == expected.summary(model, period, basis), where
            assert figures.sales_by_product(store, period, basis) == expected.by_product(model, period, basis), where
            assert figures.sales_by_country(store, period, basis) == expected.by_country(model, period, basis), where
            check_breakdown(store, model, period, basis)
            check_dimensions(store, model, period, basis, None if turn is None else turn + number)
    for basis in Basis.values:
        days = DayRange(periods[0].last - 9 * A_DAY, periods[0].last + A_DAY)
        assert figures.daily_sales(store, days, basis) == expected.daily(model, days.first, days.last, basis), basis
    assert (figures.first_month_with_orders(store), figures.last_month_with_orders(store)) == expected.months(model)
    ever = [figures.sales_summary(store, EVER, basis) for basis in Basis.values]
    assert ever[0] == ever[1]


def check_in_every_state_of_folding(
    store: Store, model: StoreModel, periods: list[Period], turn: int | None = None
) -> None:
    """The figures as they are, with half of what waits folded, and with all of it; then as it was."""
    check_figures(store, model, periods, turn)
    with transaction.atomic():
        fold_once(max(1, MetricDelta.objects.filter(store_id=store.pk).count() // 2))
        check_figures(store, model, periods, turn)
        fold_all()
        assert not MetricDelta.objects.filter(store_id=store.pk).exists()
        check_figures(store, model, periods, turn)
        transaction.set_rollback(True)


def check_opened(store: Store, model: StoreModel, period: Period, now: datetime, turn: int) -> None:
    """One metric in turn, opened to the rows behind it, and the month as it is known now."""
    metric = list(SOURCES)[turn % len(SOURCES)]
    for basis in SOURCES[metric]:
        tiles, standing = expected.summary(model, period, basis), expected.standings(model, period)
        days = DayRange(period.first, period.last)
        totals = figures.period_totals(StoreScope(store), days, basis).get(store.currency, {})
        shown = {
            "unitsSold": totals.get("units_sold", 0), "unitsReturned": totals.get("units_returned", 0),
            "totalSales": tiles.total_sales, "totalTax": tiles.total_tax,
            "averageTicket": tiles.total_sales, "totalOrders": tiles.total_orders,
            "totalCompletedOrders": tiles.total_completed_orders, "ordersWithCoupon": tiles.orders_with_coupon,
            "ordersWithoutCoupon": tiles.orders_without_coupon, "totalExpiredOrders": tiles.total_expired_orders,
            "totalRefundedOrders": tiles.total_refunded_orders, "totalCustomers": tiles.total_customers,
            "newCustomers": tiles.new_customers, "pendingOrders": standing.pending_orders,
            "canceledOrders": standing.canceled_orders,
            **_breakdown(tiles, expected.breakdown(model, period, basis, lambda entry: "").get("", Parts())),
            # the store of these tests has neither
            "activeSubscriptions": 0, "monthlyRecurringRevenue": NIL, "creditsOutstanding": NIL,
        }  # fmt: skip
        opened = explain(store, metric, period, basis, offset=0, limit=1_000)
        entries = sum((entry.amount for entry in opened.entries), NIL)
        assert (opened.total, entries, opened.count) == (shown[metric], shown[metric], len(opened.entries)), metric
    month = month_period(period.last.year, period.last.month)
    tiles = expected.summary(model, month, Basis.PLACED)
    assert month_as_of(store, month, now) == MonthAsOf(
        tiles.total_sales,
        tiles.total_orders,
        tiles.total_completed_orders,
        tiles.total_expired_orders,
        tiles.total_refunded_orders,
    )


def _breakdown(tiles: Any, parts: Parts) -> dict[str, Decimal | int]:
    """Return the figures that net and total sales are made of."""
    return {
        "grossSales": parts.net + parts.discounts + parts.returns,
        "discounts": parts.discounts,
        "returns": parts.returns,
        "netSales": parts.net,
        "tips": parts.tips,
        "cost": parts.cost,
        "margin": parts.net - parts.cost,
        "marginPercent": parts.net - parts.cost,
        "unitsWithoutCost": parts.unknown,
        "taxIncluded": parts.included,
        "shipping": tiles.total_sales - tiles.total_tax - parts.net - parts.tips,
    }


def check_rebuilt(store: Store, model: StoreModel, periods: list[Period]) -> None:
    """The figures built from the orders alone, with neither ledger nor rollups to start from."""
    MetricDelta.objects.filter(store_id=store.pk).delete()
    for rollup in ROLLUPS:
        rollup.model._default_manager.filter(store_id=store.pk).delete()
    recount.correct(store)
    check_figures(store, model, periods)


def periods_around(now: date, touched: date, seed: int) -> list[Period]:
    """Return today, a touched day's month, and in turn its year, ever, or a range that the day bounds."""
    some, many = seed % 70, 1 + seed % 400
    turn = [
        Period(touched - some * A_DAY, touched),
        Period(touched + A_DAY, touched + many * A_DAY),
        Period(date(touched.year, 1, 1), date(touched.year, 12, 31), "yearly"),
        Period(touched - many * A_DAY, touched - A_DAY),
        Period(touched, touched + some * A_DAY),
        EVER,
    ]
    return [Period(now, now, "today"), month_period(touched.year, touched.month), turn[seed % len(turn)]]


def check_rows(store: Store, model: StoreModel) -> None:
    """Orders, stock, coupons and customers are as the store in memory says."""
    _check_orders(store, model)
    stock = dict(Product.objects.filter(store=store).values_list("pk", "stock"))
    assert stock == {ware.key: ware.stock for ware in model.wares}
    coupons = Coupon.objects.filter(store=store).order_by("pk")
    assert list(coupons.values_list("pk", "uses_reserved", "times_used", "total_sales_amount")) == [
        (v.key, v.reserved, v.used, v.sales) for v in model.vouchers
    ]
    names = expected.ShopperFigures.__dataclass_fields__
    customers = {c.pk: {name: getattr(c, name) for name in names} for c in Customer.objects.filter(store=store)}
    assert customers == {s.key: vars(expected.shopper(model, s)) for s in model.shoppers}


_ORDER = (
    "pk", "status", "payment_status", "subtotal", "discount", "tax_amount", "shipping_fee", "total_amount",
    "captured_amount", "refunded_amount", "country", "placed_at", "completed_at", "expired_at", "canceled_at",
    "refunded_at", "version",
)  # fmt: skip


def _row(p: Purchase) -> tuple[Any, ...]:
    return (
        p.key, p.status, p.payment, p.subtotal, p.discount, p.tax, p.shipping, p.total, p.captured, p.refunded,
        p.country, p.placed_at, p.completed_at, p.expired_at, p.canceled_at, p.refunded_at, p.steps,
    )  # fmt: skip


def _check_orders(store: Store, model: StoreModel) -> None:
    stored = list(Order.objects.filter(store=store).order_by("pk").values_list(*_ORDER))
    assert stored == [_row(p) for p in model.purchases]
    held = OrderItem.objects.filter(store=store).order_by("pk")
    assert list(held.values_list("pk", "stock_taken", "refunded_quantity")) == [
        (line.key, line.held, line.back) for p in model.purchases for line in p.lines
    ]


def learn_lines(model: StoreModel, p: Purchase, day: date) -> None:
    """Read how discount, tax and refunds fall on an order's lines, hold it against the laws, book what moved."""
    order = Order.objects.get(pk=p.key)
    items = list(OrderItem.objects.filter(order_id=p.key).order_by("pk"))
    bought = [(item.product_id, item.unit_price, item.quantity, item.line_total) for item in items]
    assert bought == [(n.ware.key, n.price, n.pieces, n.price * n.pieces) for n in p.lines]
    for line, item in zip(p.lines, items, strict=True):
        charged = (item.pk, item.line_total - item.discount_share, item.tax_share)
        assert not line.key or charged == (line.key, line.net, line.tax), "what was charged never changes"
        line.key, line.net, line.tax = charged
        line.taken_off = item.refunded_amount
        line.got = item.captured_of(order)
        sold = line.got - line.taken_off
        model.ware_journal.append(WareEntry(day, line.ware, sold - line.sold))
        line.sold = sold
    got_tax = order.tax + order.refunded_tax
    shares = allocate(got_tax, [line.tax for line in p.lines]) if got_tax and p.subtotal > p.discount else []
    for line, share in zip(p.lines, shares, strict=False):
        line.got_tax = share
    kept = got_tax - refunded_tax(p, items, got_tax)
    model.journal.append(Entry(day, p.country, tax=kept - p.kept_tax))
    _learn_taxes(model, p, day, items, got_tax - kept)
    p.kept_tax = kept
    _learn_parts(model, p, day, got_tax)
    _check_laws(p, got_tax)
    _check_history(p, order)


def _learn_taxes(model: StoreModel, p: Purchase, day: date, items: list[OrderItem], refunded: Decimal) -> None:
    """Work out the tax that stays on each line: refunds take that of the lines they name, then of all; book it."""
    named = [min(item.refunded_tax_by_line, line.got_tax) for line, item in zip(p.lines, items, strict=True)]
    left = [line.got_tax - back for line, back in zip(p.lines, named, strict=True)]
    rest = refunded - sum(named, NIL) if any(left) else NIL
    for line, part, back in zip(p.lines, left, allocate(rest, left) if rest else [NIL] * len(left), strict=True):
        model.ware_journal.append(WareEntry(day, line.ware, tax=part - back - line.kept_tax))
        line.kept_tax = part - back


def _learn_parts(model: StoreModel, p: Purchase, day: date, got_tax: Decimal) -> None:
    """Work out which of the money is discount, returned goods, tip and tax in the prices; book what moved of each."""
    for line in p.lines:
        discount, share = line.price * line.pieces - line.net, Decimal(1)
        if line.net and line.got != line.net:
            share = line.got / line.net
        in_it = to_cents(discount * share) if p.captured else NIL
        cost, pieces = line.ware.cost, gone(p, line)
        parts = Parts(
            net=line.got - line.taken_off,
            discounts=in_it,
            returns=line.taken_off,
            cost=NIL if cost is None else cost * pieces,
            unknown=pieces if cost is None else 0,
        )
        model.parts_journal.append(PartsEntry(day, p.country, line.ware, parts - line.parts))
        line.parts = parts
    goods, given_back = sum((line.got for line in p.lines), NIL), sum((line.taken_off for line in p.lines), NIL)
    besides = p.captured - got_tax - goods
    left = besides - (p.refunded - (got_tax - p.kept_tax) - given_back)
    due = p.shipping + p.tip
    tip = NIL if not due else to_cents(p.tip * min(besides, due) / due)
    share = min((p.captured - p.refunded) / p.total, Decimal(1)) if p.total else NIL
    kept = Parts(tips=min(tip, left), included=to_cents(p.included * share))
    model.parts_journal.append(PartsEntry(day, p.country, None, kept - p.kept_tip))
    p.kept_tip = kept


def check_breakdown(store: Store, model: StoreModel, period: Period, basis: str) -> None:
    """Net sales, discounts, returns, tips and costs of the store, its countries and its products."""
    days = {"store": store.pk, "first": period.first, "last": period.last}
    (row,) = rows(sums(STORE, ("sales", "tax", *PARTS), basis=basis), **days)
    found = expected.breakdown(model, period, basis, lambda entry: "")
    assert _parts(row) == found.get("", Parts())
    shipping = row["sales"] - row["tax"] - row["net"] - row["tips"]
    assert basis == "booked" or shipping >= 0
    by_country = rows(sums(STORE, (*PARTS, "tax", "sales"), basis=basis, dimension="country"), **days)
    assert sum((row["tax"] for row in by_country), NIL) == row["tax"]
    countries = {line["country"]: _parts(line) for line in by_country}
    assert _moved(countries) == _moved(expected.breakdown(model, period, basis, lambda entry: entry.country))
    of_goods = (*(name for name in PARTS if name not in ("tips", "tax_included")), "tax")
    lines = rows(sums(STORE, of_goods, basis=basis, dimension="product"), **days)
    products = {line["product_id"]: _parts({**line, "tips": NIL, "tax_included": NIL}) for line in lines}
    taxes = {line["product_id"]: line["tax"] for line in lines if line["tax"]}
    assert taxes == expected.taxes_by_product(model, period, basis)
    by_ware = expected.breakdown(model, period, basis, lambda entry: entry.ware and entry.ware.key)
    assert _moved(products) == {key: parts for key, parts in _moved(by_ware).items() if key is not None}


def check_dimensions(store: Store, model: StoreModel, period: Period, basis: str, turn: int | None) -> None:
    """The cells of each dimension add up to the store's figures; those the model knows have its orders and sales.

    With `turn`, those of one dimension.
    """
    days = {"store": store.pk, "first": period.first, "last": period.last}
    (whole,) = rows(sums(STORE, ORDER_MEASURES, basis=basis), **days)
    dimensions = ("country", *SHARED)
    for dimension in dimensions if turn is None else dimensions[turn % len(dimensions) :][:1]:
        cells = rows(sums(STORE, ORDER_MEASURES, basis=basis, dimension=dimension), **days)
        added = {name: sum(cell[name] for cell in cells) for name in ORDER_MEASURES}
        assert added == whole, (dimension, basis)
        for cell in cells:
            assert cell["net"] + cell["returns"] >= 0 or basis == "booked", dimension
    if basis == "placed":
        for column, dimension, key in KEYS if turn is None else KEYS[turn % len(KEYS) :][:1]:
            cells = rows(sums(STORE, ("sales", "orders"), dimension=dimension), **days)
            found = {cell[column]: (cell["sales"], cell["orders"]) for cell in cells}
            assert found == _sales_by(model, period, key), dimension


def _customer_type(model: StoreModel, p: Purchase) -> str:
    if p.shopper is None:
        return "guest"
    theirs = [other for other in model.purchases if other.shopper is p.shopper]
    return "new" if min(theirs, key=lambda other: (other.placed_at, other.key)) is p else "returning"


KEYS: tuple[tuple[str, str, Callable[[StoreModel, Purchase], str]], ...] = (
    ("channel", "channel", lambda model, p: CHANNELS[p.terms]),
    ("coupon_code", "coupon", lambda model, p: p.voucher.code if p.voucher else ""),
    ("customer_type", "customerType", _customer_type),
    ("hour", "hour", lambda model, p: str(p.placed_at.astimezone(model.zone).hour)),
)


def _sales_by(
    model: StoreModel, period: Period, key: Callable[[StoreModel, Purchase], str]
) -> dict[str, tuple[Decimal, int]]:
    found: dict[str, tuple[Decimal, int]] = {}
    for p in model.purchases:
        if period.first <= model.day(p.placed_at) <= period.last:
            sales, orders = found.get(key(model, p), (NIL, 0))
            found[key(model, p)] = (sales + p.captured - p.refunded, orders + 1)
    return found


CHANNELS = {"prepaid": "web", "on_delivery": "pos", "invoice": ""}
"""Terms of payment → the channel that the machine's orders of them come from."""
PARTS = ("net", "discounts", "returns", "tips", "cost", "units_without_cost", "tax_included")


def _parts(row: dict[str, Any]) -> Parts:
    return Parts(*(Decimal(row[name]) for name in PARTS))


def _moved(parts: dict[Any, Parts]) -> dict[Any, Parts]:
    return {key: part for key, part in parts.items() if part != Parts()}


def refunded_tax(p: Purchase, items: list[OrderItem], tax: Decimal) -> Decimal:
    """Return the tax given back: of named pieces, and D'Hondt's part of what other refunds left of tax and shipping.

    Of two parties the first gets floor(a × (seats + 1) / (a + b)) seats, at most all.
    """
    named = sum((item.refunded_tax_by_line for item in items), NIL)
    goods = sum((line.got for line in p.lines), NIL)
    besides = p.refunded - sum((item.refunded_amount for item in items), NIL) - named
    a, b, seats = (int(amount * 100) for amount in (tax - named, p.captured - goods - tax, besides))
    return named + (Decimal(min(seats, a * (seats + 1) // (a + b))) / 100 if a + b else NIL)


def _check_laws(p: Purchase, tax: Decimal) -> None:
    goods = p.subtotal - p.discount
    assert sum((line.net for line in p.lines), NIL) == goods
    assert sum((line.tax for line in p.lines), NIL) == (p.tax if goods else NIL)
    for line in p.lines:
        assert NIL <= line.taken_off <= line.got <= line.net <= line.price * line.pieces
        assert line.tax >= 0
    besides = p.refunded - sum((line.taken_off for line in p.lines), NIL)
    got = sum((line.got for line in p.lines), NIL)
    assert NIL <= besides <= p.captured - got
    if p.captured >= p.total:
        assert ([line.got for line in p.lines], tax) == ([line.net for line in p.lines], p.tax if p.captured else NIL)
    else:
        parts = [(line.got, line.net) for line in p.lines] + [(tax, p.tax)]
        assert sum((part for part, _ in parts), NIL) <= p.captured
        for part, whole in parts:
            assert int(p.captured * whole / p.total * 100) <= part * 100 <= whole * 100
    if p.is_captured and p.refunded == p.captured:
        assert [line.taken_off for line in p.lines] == [line.got for line in p.lines]
    if not p.is_named and not p.is_partial and p.refunded:
        for line in p.lines:
            assert line.taken_off >= int(p.refunded * line.net / p.total * 100) / Decimal(100)


def _check_history(p: Purchase, order: Order) -> None:
    """One event per step; money, refunds and their shares by line add up to where the order stands."""
    events = list(OrderEvent.objects.filter(order_id=p.key).values_list("to_status", "to_payment_status", "amount"))
    assert len(events) == p.steps
    assert events[-1][:2] == (p.status, p.payment)
    assert sum((amount for *_, amount in events), NIL) == p.captured - p.refunded
    refunds = list(Refund.objects.filter(order_id=p.key).order_by("pk"))
    assert order.tax == p.kept_tax
    assert p.kept_tax == order.tax + order.refunded_tax - sum((refund.tax_amount for refund in refunds), NIL)
    assert p.kept_tax == 0 or p.refunded < p.captured
    assert sum((refund.amount for refund in refunds if refund.settled_at), NIL) == p.refunded
    assert [(refund.amount, refund.restock) for refund in refunds if not refund.settled_at] == p.waiting
    captured = list(Transaction.objects.filter(order_id=p.key, status="approved", kind="payment"))
    taxes = [order.tax_amount if payment.tax_amount is None else payment.tax_amount for payment in captured]
    assert sum(taxes, NIL) == order.tax + order.refunded_tax
    moved = CaptureShare.objects.filter(transaction__in=captured).values_list("item_id", "amount")
    for line in p.lines if any(payment.tax_amount is not None for payment in captured) else []:
        assert sum((amount for item, amount in moved if item == line.key), NIL) == line.got
    approved = Transaction.objects.filter(order_id=p.key, status="approved").values_list("kind", "amount")
    assert sum((amount for kind, amount in approved if kind == "payment"), NIL) == p.captured
    assert sum((amount for kind, amount in approved if kind == "refund"), NIL) == p.refunded
    shares = list(RefundShare.objects.filter(refund__order_id=p.key).values_list("item_id", "amount", "quantity"))
    for line in p.lines:
        assert sum((amount for item, amount, _ in shares if item == line.key), NIL) == line.taken_off
        assert sum(quantity for item, _, quantity in shares if item == line.key) == line.back
