"""First and last names."""

import importlib
from types import SimpleNamespace

import pytest
from django.db import connection

from customers.models import Customer
from customers.names import join_name, split_name
from tests.builders import a_customer, a_store


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", ("", "")),
        ("Ada", ("Ada", "")),
        ("Ann Lee", ("Ann", "Lee")),
        ("  Ann   Lee ", ("Ann", "Lee")),
        ("Ana Maria Ruiz", ("Ana Maria", "Ruiz")),
        ("Ludwig van Beethoven", ("Ludwig", "van Beethoven")),
        ("Juan Carlos de la Cruz", ("Juan Carlos", "de la Cruz")),
        ("Van Morrison", ("Van", "Morrison")),
        ("Sammy Davis Jr.", ("Sammy", "Davis Jr.")),
        ("Henry VIII", ("Henry", "VIII")),
        ("Lee Jr", ("Lee", "Jr")),
    ],
)
def test_a_name_is_split_where_its_last_name_begins(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts
    assert join_name(*parts) == " ".join(name.split())


@pytest.mark.django_db
def test_the_migration_splits_the_names_there_are_and_keeps_those_already_split() -> None:
    store = a_store()
    old, new = a_customer(store, name="Ann Lee"), a_customer(store, first_name="Mary Ann", last_name="Lee Ho")
    Customer.objects.filter(pk=old.pk).update(first_name="", last_name="")
    before = Customer.objects.values().get(pk=new.pk)

    importlib.import_module("customers.migrations.0012_split_names").split(None, SimpleNamespace(connection=connection))

    old.refresh_from_db()
    assert (old.name, old.first_name, old.last_name, old.updated_at) == ("Ann Lee", "Ann", "Lee", old.created_at)
    assert Customer.objects.values().get(pk=new.pk) == before
