"""Saved views: a query with a name, private or shared with the people of its store, on Home for who wants it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from rest_framework.test import APIClient

from customers.models import AuditEntry, Store, User
from reports.explore.saved import MAX_PINNED
from reports.models import SavedView, ScheduledExport
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db

API = "/api/v1/analytics/views"
QUERY = "store=tea&figures=totalSales,orders&by=country&period=last30"
KEPT = "figures=totalSales,orders&by=country&period=last30"


@pytest.fixture
def tea() -> Store:
    return a_store(slug="tea", name="Tea")


def as_(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_view(user: User, **fields: Any) -> dict[str, Any]:
    answer = as_(user).post(API, {"name": "Countries", "query": QUERY, **fields}, format="json")
    assert answer.status_code == 201, answer.content
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_a_view_is_saved_read_changed_and_deleted_and_its_history_names_who_did(tea: Store) -> None:
    rosa = a_user(User.Role.STAFF, tea)
    view = a_view(rosa)
    assert {name: view[name] for name in ("name", "query", "store", "isShared", "isPinned", "owner")} == {
        "name": "Countries",
        "query": f"{KEPT}&store=tea",
        "store": "tea",
        "isShared": False,
        "isPinned": False,
        "owner": rosa.email,
    }
    client = as_(rosa)
    changed = client.patch(f"{API}/{view['id']}", {"name": "Lands", "isShared": True, "isPinned": True}, format="json")
    assert (changed.json()["data"]["name"], changed.json()["data"]["isPinned"]) == ("Lands", True)
    assert [row["name"] for row in client.get(API).json()["data"]] == ["Lands"]
    assert client.delete(f"{API}/{view['id']}").status_code == 204
    assert client.get(f"{API}/{view['id']}").status_code == 404
    entries = AuditEntry.objects.filter(object_type="reports.savedview").order_by("id")
    assert [(entry.action, entry.actor_label) for entry in entries] == [
        ("created", rosa.email),
        ("changed", rosa.email),
        ("deleted", rosa.email),
    ]


def test_a_shared_view_is_a_colleague_s_as_well_and_not_there_for_a_foreigner(tea: Store) -> None:
    rosa, colleague, foreigner = (a_user(User.Role.STAFF, store) for store in (tea, tea, a_store()))
    private, shared = a_view(rosa, name="Mine"), a_view(rosa, name="Ours", isShared=True)
    assert [row["name"] for row in as_(colleague).get(API).json()["data"]] == ["Ours"]
    assert as_(foreigner).get(API).json()["data"] == []
    admin = as_(a_user(User.Role.ADMIN))
    assert [row["name"] for row in admin.get(API).json()["data"]] == ["Ours"]
    for view, of_colleague in ((private, 404), (shared, 403)):
        address = f"{API}/{view['id']}"
        assert as_(colleague).patch(address, {"name": "Theirs"}, format="json").status_code == of_colleague
        assert as_(colleague).delete(address).status_code == of_colleague
        for method in ("get", "delete"):
            assert getattr(as_(foreigner), method)(address).status_code == 404
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Mine", "Ours"}
    pinned = as_(colleague).patch(f"{API}/{shared['id']}", {"isPinned": True}, format="json")
    assert pinned.json()["data"]["isPinned"]
    assert not as_(rosa).get(f"{API}/{shared['id']}").json()["data"]["isPinned"]
    # who does not share it any more takes it off the others' Home
    as_(rosa).patch(f"{API}/{shared['id']}", {"isShared": False}, format="json")
    assert not SavedView.objects.filter(pinned_by=colleague).exists()


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"query": "store=tea&figures=colour"}, 400, "figures"),
        ({"query": "store=tea&figures=orders&by=product,variant"}, 400, "by"),
        ({"query": "store=foreign&figures=orders"}, 404, ""),
        ({"query": "figures=orders", "isShared": True}, 400, "isShared"),
        ({"name": ""}, 400, "name"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_what_cannot_be_answered_is_not_saved(tea: Store, fields: dict[str, Any], status: int, field: str) -> None:
    a_store(slug="foreign")
    answer = as_(a_user(User.Role.STAFF, tea)).post(API, {"name": "Countries", "query": QUERY, **fields}, format="json")
    assert answer.status_code == status, answer.content
    if field:
        assert field in answer.json()["errors"]
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_by_each_person_and_home_has_room_for_some(tea: Store) -> None:
    rosa, jo = a_user(User.Role.STAFF, tea), a_user(User.Role.STAFF, tea)
    a_view(rosa)
    a_view(jo)
    again = as_(rosa).post(API, {"name": "Countries", "query": QUERY}, format="json")
    assert again.status_code == 409
    for number in range(MAX_PINNED):
        a_view(rosa, name=f"View {number}", isPinned=True)
    full = as_(rosa).post(API, {"name": "One more", "query": QUERY, "isPinned": True}, format="json")
    assert (full.status_code, SavedView.objects.filter(name="One more").exists()) == (409, False)


def test_pages_save_show_change_and_delete_views(tea: Store) -> None:
    an_order(tea, "7.00", paid=True)
    rosa = a_user(User.Role.STAFF, tea)
    client = logged_in(rosa)
    sent = {"name": "Countries", "query": QUERY, "shared": "on", "pinned": "on"}
    assert client.post("/analytics/views/save", sent)["Location"] == "/analytics/"
    view = SavedView.objects.get()
    assert (view.query, view.store, view.is_shared) == (KEPT, tea, True)
    text = client.get("/analytics/").content.decode()
    assert f'href="/analytics/explore/?{KEPT.replace("&", "&amp;")}&amp;store=tea">Countries</a>' in text
    # saving under the same name replaces the query
    client.post("/analytics/views/save", {"name": "Countries", "query": f"{QUERY}&basis=booked"})
    view.refresh_from_db()
    assert (view.query, view.is_shared) == (f"{KEPT}&basis=booked", False)
    client.post(f"/analytics/views/{view.pk}/", {"name": "Lands", "shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared, view.pinned_by.count()) == ("Lands", True, 0)
    colleague, foreigner = logged_in(a_user(User.Role.STAFF, tea)), logged_in(a_user(User.Role.STAFF, a_store()))
    assert "Show it on my Home" in colleague.get(f"/analytics/views/{view.pk}/").content.decode()
    assert colleague.post(f"/analytics/views/{view.pk}/delete").status_code == 403
    assert foreigner.get(f"/analytics/views/{view.pk}/").status_code == 404
    assert foreigner.post(f"/analytics/views/{view.pk}/delete").status_code == 404
    client.post(f"/analytics/views/{view.pk}/delete")
    assert not SavedView.objects.exists()


def test_a_pinned_view_is_a_table_on_home_and_says_where_it_cannot_be_shown(tea: Store) -> None:
    an_order(tea, "7.00", paid=True, shipping_address={"country": "DE"})
    rosa = a_user(User.Role.STAFF, tea)
    a_view(rosa, isPinned=True)
    text = logged_in(rosa).get("/home/").content.decode()
    panel = text[text.index("Countries") :]
    assert "Germany" in panel
    assert "£7.00" in panel
    SavedView.objects.update(query="figures=gone")
    broken = logged_in(rosa).get("/home/")
    assert broken.status_code == 200
    assert "This view cannot be shown any more" in broken.content.decode()


def test_a_colleague_opens_a_shared_view_of_two_dimensions_and_schedules_it(tea: Store) -> None:
    an_order(tea, "7.00", paid=True, shipping_address={"country": "DE"})
    query = "store=tea&figures=netSales,orders&by=country,customerType&period=last30"
    a_view(a_user(User.Role.STAFF, tea), query=query, isShared=True)
    colleague = a_user(User.Role.STAFF, tea)
    client = logged_in(colleague)
    (address,) = re.findall(r'href="([^"]+)">Countries</a>', client.get("/analytics/").content.decode())
    page = client.get(unescape(address)).content.decode()
    assert "Germany" in page
    (form,) = re.findall(r'<a href="([^"]+)">Schedule</a>', page)
    sent = parse_qs(urlsplit(unescape(form)).query)
    assert (sent["by"], sent["thenBy"], sent["period"]) == (["country"], ["customerType"], ["last_30_days"])
    rest = {
        "name": "Countries",
        "format": "csv",
        "rhythm": "daily",
        "time": "06:00",
        "weekday": "1",
        "day": "1",
        "timezone": "Europe/London",
        "recipients": colleague.email,
    }
    made = client.post("/reports/schedules/new/", {**sent, **rest})
    assert made.status_code == 302, made.content
    schedule = ScheduledExport.objects.get()
    assert (schedule.owner, schedule.dataset) == (colleague, "analytics")
    assert {name: schedule.filters[name] for name in ("store", "by", "thenBy")} == {
        "store": "tea",
        "by": "country",
        "thenBy": "customerType",
    }
    a_view(colleague, name="Mine", query=query, isPinned=True)
    home = client.get("/home/").content.decode()
    assert "Germany" in home[home.index("Mine") :]
