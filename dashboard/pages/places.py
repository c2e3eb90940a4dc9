"""Where a person can go: the sections of the rail, the pages of each, and what the page of settings leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.urls import ResolverMatch, reverse

from customers.models import Store, User
from dealport.kit.texts import lazy_text as _

ACCOUNT = ("account", "second-factor", "notifications", "api-docs", "api-docs-part")
OF_A_STORE = {"store-dashboard", "store-snapshot", "changed-past", "explain", "bridge"}
"""Pages whose address names the store."""
NAMES_STORE = ("home", "analytics", "explore")
"""Pages whose query names the store."""


def works_in_stores(user: User) -> bool:
    """Answer whether the account sees pages of stores: any role but USER."""
    return user.is_staff


def works_in_all(user: User) -> bool:
    """Answer whether the account sees all stores: admins and super admins."""
    return user.sees_all_stores


def may_query(user: User) -> bool:
    """Super admins, where the SQL console is switched on."""
    return user.is_superuser and settings.DEALPORT_SQL_CONSOLE


@dataclass(frozen=True)
class Place:
    """A page one can go to. `view` is a view's name, or `app_model` of a list of the admin."""

    label: str
    view: str
    audience: Callable[[User], bool] = works_in_stores
    also: tuple[str, ...] = ()
    """Further views that belong to it."""
    name: str = ""
    """Of a ready report: which it is."""

    @property
    def is_list(self) -> bool:
        """Whether it is a list of the admin."""
        return "_" in self.view and ":" not in self.view

    @property
    def is_of_a_store(self) -> bool:
        """Whether it shows one store alone."""
        return self.view in OF_A_STORE or bool(self.name)

    def address(self, store: Store | None) -> str:
        """Return where it is, narrowed to a store if one is chosen."""
        if self.is_list:
            return reverse(f"admin:{self.view}_changelist") + (f"?in_store={store.pk}" if store else "")
        if self.name:
            return reverse(self.view, args=[self.name]) + (f"?store={store.slug}" if store else "")
        if self.view in OF_A_STORE:
            return reverse(self.view, args=[store.slug]) if store else reverse("overview")
        return reverse(self.view) + (f"?store={store.slug}" if store and self.view in NAMES_STORE else "")

    def holds(self, match: ResolverMatch) -> bool:
        """Answer whether a page is this one or belongs to it."""
        if self.is_list:
            return match.namespace == "admin" and str(match.url_name).startswith(f"{self.view}_")
        if self.name:
            return match.view_name == self.view and match.kwargs.get("name") == self.name
        return match.view_name in (self.view, *self.also)

    def is_open(self, match: ResolverMatch) -> bool:
        """Answer whether a page is this one itself."""
        if self.is_list:
            return match.view_name == f"admin:{self.view}_changelist"
        return self.holds(match) and match.view_name == self.view


@dataclass(frozen=True)
class Section:
    """An entry of the rail: its first place that a person may open is where it leads."""

    key: str
    label: str
    places: tuple[Place, ...]


SECTIONS = (
    Section("home", _("Home"), (Place(_("Home"), "home"),)),
    Section("orders", _("Orders"), (
        Place(_("Orders"), "orders_order"), Place(_("Items"), "orders_orderitem"),
        Place(_("Drafts"), "orders_draftorder"), Place(_("Fulfillments"), "orders_fulfillment"),
    )),
    Section("products", _("Products"), (
        Place(_("Products"), "orders_product"), Place(_("Categories"), "orders_category"),
        Place(_("Inventory"), "ready", name="inventory"), Place(_("Stock changes"), "orders_stockmovement"),
    )),
    Section("customers", _("Customers"), (
        Place(_("Customers"), "customers_customer"), Place(_("Subscriptions"), "customers_subscription"),
        Place(_("Addresses"), "customers_address"),
    )),
    Section("discounts", _("Discounts"), (Place(_("Discounts"), "orders_coupon"),)),
    Section("analytics", _("Analytics"), (
        Place(_("Dashboard"), "store-dashboard", also=("overview", "explain", "bridge")),
        Place(_("Reports"), "analytics", also=("view", "ready", "ready-row")),
        Place(_("Explore"), "explore", also=("explain-stores",)),
        Place(_("Last 30 days"), "store-snapshot"),
        Place(_("All stores"), "company", works_in_all, also=("company-explain",)),
        Place(_("Time series"), "reports-series"),
    )),
    Section("finance", _("Finance"), (
        Place(_("Transactions"), "orders_transaction"), Place(_("Refunds"), "orders_refund"),
        Place(_("Store credit"), "customers_creditentry"), Place(_("Changes to closed months"), "changed-past"),
        Place(_("Daily figures"), "reports_dailymetrics"),
    )),
    Section("exports", _("Exports"), (
        Place(_("Exports"), "reports-exports", also=("export",)),
        Place(_("Schedules"), "reports-schedules", also=("schedule", "schedule-new", "schedule-delete")),
        Place("SQL", "reports-sql", may_query),
    )),
    Section("connections", _("Connections"), (
        Place(_("Connections"), "connections", also=("connection", "connection-new")),
        Place(_("Uploads"), "uploads", also=("upload", "upload-new")),
        Place(_("Imported orders"), "orders_sourcerecord"),
    )),
    Section("settings", _("Settings"), (
        Place(_("Settings"), "admin:index", also=ACCOUNT),
    )),
)  # fmt: skip
SETTINGS = (
    (_("Stores"), _("Name, time zone, currency, ways to pay."), (
        Place(_("Stores"), "customers_store"), Place(_("Payment methods"), "orders_paymentmethod"),
    )),
    (_("People"), _("Who works here, in which stores, and what they changed."), (
        Place(_("Accounts"), "customers_user"), Place(_("Access to stores"), "customers_membership"),
        Place(_("Audit trail"), "customers_auditentry"),
    )),
    (_("Your account"), _("Profile, password, second factor, sessions."), (
        Place(_("Profile and sessions"), "account"), Place(_("Change password"), "admin:password_change"),
        Place(_("Second factor"), "second-factor"),
    )),
    (_("Connections"), _("Where orders come from: connected stores, and files of orders and prices."), (
        Place(_("Connections"), "connections"), Place(_("Uploads"), "uploads"),
    )),
    (_("Notifications"), _("Which emails you get when something goes wrong."), (
        Place(_("Notifications"), "notifications"),
    )),
    (_("Data"), _("How figures are checked, and how programs reach this product."), (
        Place(_("Verification of figures"), "dashboard_verification"), Place(_("API documentation"), "api-docs"),
    )),
)  # fmt: skip
