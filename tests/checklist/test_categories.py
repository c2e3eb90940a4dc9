"""Categories in a tree: each test is named after the line of the data model that it proves."""

from __future__ import annotations

from typing import Any

import pytest

from customers.models import Store, User
from orders.models import Category
from tests.builders import a_product, a_store, a_user
from tests.orders.calls import Caller, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def made(call: Caller, name: str, **content: Any) -> Any:
    answer = call("POST", "/categories", {"name": name, **content})
    assert answer.status == 201, answer.data
    return answer.data


def chain(call: Caller, *names: str) -> list[int]:
    """Make categories each below the one before."""
    ids: list[int] = []
    for name in names:
        ids.append(made(call, name, parentId=ids[-1] if ids else None)["id"])
    return ids


def test_g144_g145_g147_g149_a_category_has_description_image_order_and_moments(call: Caller) -> None:
    first = made(call, "B", description="Tea and cups", imageUrl="/media/cups.png", sortOrder=2)
    made(call, "A", sortOrder=3)
    assert (first["description"], first["imageUrl"], first["sortOrder"]) == ("Tea and cups", "/media/cups.png", 2)
    assert first["createdAt"] <= first["updatedAt"]
    assert [row["name"] for row in call("GET", "/categories?ordering=sortOrder").data] == ["B", "A"]
    changed = call("PATCH", f"/categories/{first['id']}", {"sortOrder": 4}).data
    assert changed["updatedAt"] > first["updatedAt"]
    assert changed["createdAt"] == first["createdAt"]
    assert [row["name"] for row in call("GET", "/categories?ordering=sortOrder").data] == ["A", "B"]
    assert call("POST", "/categories", {"name": "C", "imageUrl": "javascript:1"}).refusal == (400, ["imageUrl"])


def test_g146_a_branch_moves_but_never_below_itself_or_too_deep(store: Store, call: Caller) -> None:
    ids = chain(call, "1", "2", "3", "4", "5", "6")
    assert call("POST", "/categories", {"name": "7", "parentId": ids[-1]}).refusal == (400, ["parentId"])
    other = chain(call, "a", "b")
    before = everything()
    for child, parent in ((ids[0], ids[0]), (ids[0], ids[2]), (other[0], ids[4]), (ids[1], other[1])):
        assert call("PATCH", f"/categories/{child}", {"parentId": parent}).refusal == (400, ["parentId"])
    foreign = Category.objects.create(store=a_store(), name="Far", slug="far")
    assert call("PATCH", f"/categories/{other[0]}", {"parentId": foreign.pk}).refusal == (400, ["parentId"])
    foreign.delete()
    assert everything() == before
    assert call("PATCH", f"/categories/{ids[1]}", {"parentId": other[0]}).data["parentId"] == other[0]
    assert [row["name"] for row in call("GET", f"/categories?parentId={other[0]}&ordering=name").data] == ["2", "b"]
    assert [row["name"] for row in call("GET", "/categories?isTopLevel=true").data] == ["1", "a"]
    assert call("PATCH", f"/categories/{ids[1]}", {"parentId": None}).data["parentId"] is None
    refused = call("DELETE", f"/categories/{ids[1]}")
    assert (refused.status, refused.data["message"]) == (409, "The category 2 still has categories below it.")


def test_g148_products_of_a_category_are_those_of_its_branch_too(store: Store, call: Caller) -> None:
    top, middle, leaf = chain(call, "Top", "Middle", "Leaf")
    other = made(call, "Other")["id"]
    for name, category in (("A", top), ("B", middle), ("C", leaf), ("D", other), ("E", None)):
        a_product(store, name=name, category_id=category)

    def names(category: int) -> list[str]:
        return [row["name"] for row in call("GET", f"/products?categoryId={category}").data]

    assert (names(top), names(middle), names(leaf), names(other)) == (["A", "B", "C"], ["B", "C"], ["C"], ["D"])
    call("PATCH", f"/categories/{middle}", {"parentId": other})
    assert (names(top), names(other)) == (["A"], ["B", "C", "D"])
    assert names(10_000_000) == []
