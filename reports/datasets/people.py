"""Datasets of customers, what they pay regularly and their credits."""

from __future__ import annotations

from customers.models import Customer, Subscription
from reports.datasets.comparing import with_credits, with_store_totals, with_subscriptions
from reports.datasets.model import Column, Dataset, Filter, Kind, Total
from reports.datasets.rows import CURRENCY, STORE, local_day, table_rows

_WHO = (
    Column("customerId", "c.id", Kind.ID),
    Column("customerName", "c.name", is_personal=True),
    Column("customerEmail", "c.email", is_personal=True),
)
_CUSTOMER_FILTERS = (
    Filter("tier", "c.tier", tuple(Customer.Tier.values)),
    Filter("status", "c.status", tuple(Customer.Status.values)),
)
_CUSTOMER_COLUMNS = (
    Column("customerId", "c.id", Kind.ID),
    STORE,
    Column("name", "c.name", is_personal=True),
    Column("firstName", "c.first_name", is_personal=True),
    Column("lastName", "c.last_name", is_personal=True),
    Column("email", "c.email", is_personal=True),
    Column("phone", "c.phone", is_personal=True),
    Column("avatar", "c.avatar", is_personal=True),
    Column("status", "c.status"),
    Column("tags", "array_to_string(c.tags, ', ')"),
    Column("notes", "c.notes", is_personal=True),
    Column("acceptsMarketing", "c.accepts_marketing", Kind.FLAG),
    Column("marketingConsentAt", "c.marketing_consent_at", Kind.MOMENT),
    Column("registeredDay", local_day("c.created_at"), Kind.DAY),
    Column("createdAt", "c.created_at", Kind.MOMENT),
    Column("updatedAt", "c.updated_at", Kind.MOMENT),
    Column("emailConfirmedAt", "c.email_confirmed_at", Kind.MOMENT),
    Column("tier", "c.tier"),
    Column("totalOrders", "c.total_orders", Kind.INTEGER),
    Column("completedOrders", "c.completed_orders", Kind.INTEGER),
    CURRENCY,
    Column("totalSpent", "c.total_spent", Kind.MONEY),
    Column("averageOrderValue", "c.average_order_value", Kind.MONEY),
    Column("lastOrderAt", "c.last_order_at", Kind.MOMENT),
    Column("creditBalance", "c.credit_balance", Kind.MONEY),
    Column("deletedAt", "c.deleted_at", Kind.MOMENT),
)
CUSTOMERS = Dataset(
    name="customers",
    title="Customers",
    meaning="One row per customer registered in the period, also those deleted since, but none merged into another.",
    columns=_CUSTOMER_COLUMNS,
    parts=table_rows(
        "customers_customer c JOIN {stores} ON s.id = c.store_id",
        _CUSTOMER_COLUMNS,
        when="c.created_at",
        where="c.merged_into_id IS NULL",
        filters=_CUSTOMER_FILTERS,
    ),
    totals=(
        Total("customers", "count(*)", is_count=True),
        Total("newCustomers", 'count("emailConfirmedAt")', is_count=True),
        Total("totalSpent", 'sum("totalSpent")'),
    ),
    order="customerId",
    compare=with_store_totals("customers", "newCustomers", basis="placed"),
    filters=_CUSTOMER_FILTERS,
)

_SUBSCRIPTION_FILTERS = (Filter("status", "p.status", tuple(Subscription.Status.values)),)
_SUBSCRIPTION_COLUMNS = (
    Column("subscriptionId", "p.id", Kind.ID),
    STORE,
    *_WHO,
    Column("plan", "p.plan"),
    Column("status", "p.status"),
    CURRENCY,
    Column("monthlyAmount", "p.monthly_amount", Kind.MONEY),
    Column("currentPeriodEnd", "p.current_period_end", Kind.MOMENT),
    Column("createdAt", "p.created_at", Kind.MOMENT),
    Column("updatedAt", "p.updated_at", Kind.MOMENT),
)
SUBSCRIPTIONS = Dataset(
    name="subscriptions",
    title="Subscriptions",
    meaning="One row per subscription, as it stands now.",
    columns=_SUBSCRIPTION_COLUMNS,
    parts=table_rows(
        "customers_subscription p JOIN customers_customer c ON c.id = p.customer_id JOIN {stores} ON s.id = p.store_id",
        _SUBSCRIPTION_COLUMNS,
        when=None,
        filters=_SUBSCRIPTION_FILTERS,
    ),
    totals=(
        Total("activeSubscriptions", "count(*) FILTER (WHERE \"status\" = 'active')", is_count=True),
        Total("monthlyRecurringRevenue", 'coalesce(sum("monthlyAmount") FILTER (WHERE "status" = \'active\'), 0)'),
    ),
    order="subscriptionId",
    compare=with_subscriptions("activeSubscriptions", "monthlyRecurringRevenue"),
    filters=_SUBSCRIPTION_FILTERS,
    has_period=False,
)

_CREDIT_COLUMNS = (
    Column("entryId", "e.id", Kind.ID),
    STORE,
    *_WHO,
    Column("eventDay", local_day("e.created_at"), Kind.DAY),
    Column("createdAt", "e.created_at", Kind.MOMENT),
    CURRENCY,
    Column("amount", "e.amount", Kind.MONEY),
    Column("balanceAfter", "e.balance_after", Kind.MONEY),
    Column("reason", "e.reason", is_personal=True),
    Column("createdBy", "coalesce(u.email, '')", is_personal=True),
)
CREDITS = Dataset(
    name="credits",
    title="Store credit",
    meaning="One row per grant (above zero) or spending (below zero) of store credit in the period.",
    columns=_CREDIT_COLUMNS,
    parts=table_rows(
        "customers_creditentry e JOIN customers_customer c ON c.id = e.customer_id JOIN {stores} ON s.id = e.store_id "
        "LEFT JOIN customers_user u ON u.id = e.created_by_id",
        _CREDIT_COLUMNS,
        when="e.created_at",
    ),
    totals=(
        Total("creditsGranted", 'coalesce(sum("amount") FILTER (WHERE "amount" > 0), 0)'),
        Total("creditsSpent", 'coalesce(-sum("amount") FILTER (WHERE "amount" < 0), 0)'),
        Total("balance", 'sum("amount")'),
    ),
    order="entryId",
    compare=with_credits("creditsGranted", "creditsSpent", "balance"),
)
