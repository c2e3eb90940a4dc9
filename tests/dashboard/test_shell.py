"""The frame of every page: where a person can go, in which store they are, what is open."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from customers.models import User
from orders.models import Order
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

LABELS = [
    "Home",
    "Orders",
    "Products",
    "Customers",
    "Discounts",
    "Analytics",
    "Finance",
    "Exports",
    "Connections",
    "Settings",
]


def rail(client: Client, address: str) -> dict[str, str]:
    """Return the links of the rail by label."""
    return {entry.label: entry.address for entry in client.get(address).context["shell"].entries}


@pytest.mark.parametrize("address", ["/home/", "/dashboard/", "/admin/orders/order/", "/admin/", "/reports/exports/"])
def test_every_page_has_the_same_rail_and_one_current_entry(address: str) -> None:
    a_store()
    a_store()
    client = logged_in(a_user(User.Role.ADMIN))
    text = client.get(address).content.decode()
    assert list(rail(client, address)) == LABELS
    main = text[text.index('aria-label="Main"') : text.index("</nav>", text.index('aria-label="Main"'))]
    assert len(re.findall('aria-current="page"', main)) == 1
    assert text.count("<h1") == 1
    assert 'lang="en"' in text


def test_every_link_of_the_frame_answers_for_every_role() -> None:
    store = a_store()
    a_store()
    an_order(store)
    for role in (User.Role.STAFF, User.Role.ADMIN, User.Role.SUPER_ADMIN):
        client = logged_in(a_user(role, store))
        shown = client.get(f"/home/?store={store.slug}").context["shell"]
        addresses = {entry.address for entry in shown.entries}
        for address in list(addresses):
            addresses |= {entry.address for entry in client.get(address, follow=True).context["shell"].places}
        addresses |= {link.address for group in shown.settings for link in group.links}
        answers = {address: client.get(address, follow=True).status_code for address in addresses}
        assert {address: status for address, status in answers.items() if status != 200} == {}


def test_only_super_admins_are_led_to_technical_tables() -> None:
    store = a_store()
    titles = {
        role: [group.title for group in logged_in(a_user(role, store)).get("/admin/").context["shell"].settings]
        for role in (User.Role.STAFF, User.Role.SUPER_ADMIN)
    }
    assert "System" not in titles[User.Role.STAFF]
    assert "People" in titles[User.Role.STAFF]  # the audit trail of the own stores
    assert "System" in titles[User.Role.SUPER_ADMIN]
    assert "Stale scopes" not in logged_in(a_user(User.Role.STAFF, store)).get("/admin/").content.decode()


def test_the_chosen_store_goes_along_and_the_menu_leads_to_the_same_page_of_others() -> None:
    one, other = a_store(), a_store()
    client = logged_in(a_user(User.Role.ADMIN))
    assert rail(client, f"/dashboard/{one.slug}/")["Orders"] == f"/admin/orders/order/?in_store={one.pk}"
    assert rail(client, f"/admin/orders/order/?in_store={one.pk}")["Analytics"] == f"/dashboard/{one.slug}/"
    shown = client.get(f"/dashboard/{one.slug}/?period=yearly&year=2025").context["shell"]
    assert shown.store == one
    assert {entry.key: entry.address for entry in shown.store_entries} == {
        one.slug: f"/dashboard/{one.slug}/?period=yearly&year=2025",
        other.slug: f"/dashboard/{other.slug}/?period=yearly&year=2025",
    }
    lists = client.get("/admin/orders/order/").context["shell"]
    assert lists.store is None
    assert {entry.address for entry in lists.store_entries} == {
        f"/admin/orders/order/?in_store={store.pk}" for store in (one, other)
    }


def test_a_foreign_store_is_not_in_the_menu() -> None:
    own, foreign = a_store(name="Own"), a_store(name="Foreign")
    client = logged_in(a_user(User.Role.STAFF, own, a_store()))
    for query in (f"in_store={foreign.pk}", "in_store=%00", "in_store=x", f"store={foreign.slug}"):
        answer = client.get(f"/admin/orders/order/?{query}", follow=True)
        assert "Foreign" not in answer.content.decode()


def test_the_rail_counts_what_is_to_ship_and_what_is_low_of_the_own_stores() -> None:
    own, foreign = a_store(), a_store()
    for store in (own, foreign):
        an_order(store, paid=True)
        a_product(store, stock=3)
    an_order(own)
    counts = {}
    for user in (a_user(User.Role.STAFF, own), a_user(User.Role.ADMIN)):
        cache.clear()
        counts[user.role] = {
            entry.key: entry.count for entry in logged_in(user).get("/account/").context["shell"].entries if entry.count
        }
    assert counts == {
        User.Role.STAFF: {"orders": "1", "products": "1"},
        User.Role.ADMIN: {"orders": "2", "products": "2"},
    }


def test_the_chosen_appearance_is_kept_in_this_browser() -> None:
    client = logged_in(a_user(User.Role.STAFF, a_store()))
    answer = client.post("/account/appearance/", {"theme": "dark", "next": "/account/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert '<html lang="en" data-theme="dark">' in client.get("/account/").content.decode()
    assert (
        client.post("/account/appearance/", {"theme": "", "next": "https://elsewhere.example/"})["Location"] == "/home/"
    )
    assert '<html lang="en">' in client.get("/account/").content.decode()


def test_the_admin_sends_the_policy_of_every_page_and_nothing_of_it_is_written_into_the_markup() -> None:
    store = a_store()
    order = an_order(store)
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    policy = client.get("/home/")["Content-Security-Policy"]
    for address in (page(Order), page(Order, "change", order.pk), page(Order, "history", order.pk), "/admin/"):
        answer = client.get(address)
        text = answer.content.decode()
        assert answer["Content-Security-Policy"] == policy
        assert not re.search(r"<style| style=|<script>| on[a-z]+=", text)


def test_a_list_without_matches_names_the_search_and_how_to_leave_it() -> None:
    a_store()
    text = logged_in(a_user(User.Role.ADMIN)).get("/admin/orders/order/?q=nowhere").content.decode()
    assert "No orders match “nowhere”" in text
    assert "Clear search" in text


@pytest.mark.parametrize(
    ("path", "text", "leads_home"),
    [
        ("/admin/orders/order/", "Orders come by themselves from a connected store", True),
        ("/admin/orders/draftorder/", "Prepare an order that a customer makes by phone", False),
        ("/admin/orders/product/", "Products come along with orders", True),
        ("/admin/customers/customer/", "Customers come along with their orders", True),
        ("/admin/orders/coupon/", "A discount takes a percentage or an amount off an order.", False),
        ("/admin/orders/transaction/", "Every payment and every refund of an order stands here", True),
        ("/admin/orders/refund/", "Refund an order on its page", False),
        ("/admin/orders/fulfillment/", "Ship an order on its page", False),
    ],
)
def test_an_empty_list_of_a_store_says_what_will_be_in_it(path: str, text: str, leads_home: bool) -> None:
    empty, other = a_store(), a_store()
    an_order(other)
    client = logged_in(a_user(User.Role.ADMIN))
    body = client.get(f"{path}?in_store={empty.pk}").content.decode()
    assert text in body
    assert (f'href="/home/?store={empty.slug}">How orders come in<' in body) is leads_home
    assert "match these filters" not in body
    assert text not in client.get(f"{path}?in_store={empty.pk}&q=nothing").content.decode()


def test_a_page_of_a_row_is_about_its_store() -> None:
    store = a_store(name="Southern Track")
    a_store()
    order = an_order(store, paid=True)
    client = logged_in(a_user(User.Role.ADMIN))
    product = order.items.get().product_id
    for path in (f"product/{product}/change/", f"order/{order.pk}/change/", f"order/{order.pk}/refund/"):
        body = client.get(f"/admin/orders/{path}").content.decode()
        assert '<span class="menu-value">Southern Track</span>' in body
    assert '<span class="menu-value">All stores</span>' in client.get("/admin/orders/product/").content.decode()
    assert "<h1>Accounts</h1>" in client.get("/admin/customers/user/").content.decode()


def test_the_inventory_is_found_beside_the_products_of_a_store() -> None:
    store, other = a_store(), a_store()
    client = logged_in(a_user(User.Role.ADMIN))
    address = f"/analytics/reports/inventory/?store={store.slug}"
    products = client.get(f"/admin/orders/product/?in_store={store.pk}").context["shell"]
    assert [place.address for place in products.places if place.label == "Inventory"] == [address]
    assert not [
        place for place in client.get("/admin/orders/product/").context["shell"].places if "reports" in place.address
    ]

    inventory = client.get(address).context["shell"]
    assert [entry.key for entry in inventory.entries if entry.is_current] == ["products"]
    assert [place.label for place in inventory.places if place.is_current] == ["Inventory"]
    assert f"/analytics/reports/inventory/?store={other.slug}" in [one.address for one in inventory.store_entries]
    others = client.get(f"/analytics/reports/return-rate/?store={store.slug}").context["shell"]
    assert [entry.key for entry in others.entries if entry.is_current] == ["analytics"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/home/?store={slug}", "/home/"),
        (
            "/analytics/explore/?store={slug}&figures=totalSales&by=country&page=2",
            "/analytics/explore/?figures=totalSales&by=country",
        ),
        ("/analytics/?store={slug}", "/analytics/"),
        ("/admin/orders/product/?in_store={pk}", "/admin/orders/product/"),
        ("/dashboard/{slug}/", "/dashboard/"),
        ("/analytics/reports/inventory/?store={slug}", "/dashboard/"),
    ],
)
def test_all_stores_is_the_same_page_where_it_shows_several(path: str, address: str) -> None:
    store = a_store()
    a_store()
    client = logged_in(a_user(User.Role.ADMIN))
    assert client.get(path.format(slug=store.slug, pk=store.pk)).context["shell"].all_stores == address
