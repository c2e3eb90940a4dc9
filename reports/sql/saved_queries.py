"""Statements worth running again. They are every super admin's; what is kept can run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext

from customers.auditing import record, values_of
from customers.models import User
from dealport.kit.errors import Conflict
from dealport.kit.values import FieldValues
from reports.models import SavedQuery
from reports.sql.check import check


def save_query(*, name: str, sql: str, actor: User) -> SavedQuery:
    """Keep a statement under a name. Raises Refused, Conflict if the name is taken."""
    check(sql)
    with _refused_if_taken():
        query = SavedQuery.objects.create(name=name, sql=sql, owner=actor)
        record("created", query, actor=actor)
    return query


def change_query(*, query: SavedQuery, changes: FieldValues, actor: User) -> SavedQuery:
    """Change name or text; exports that repeat it take the new one from then on. Raises Refused, Conflict."""
    if "sql" in changes:
        check(changes["sql"])
    before = values_of(query)
    for field, value in changes.items():
        setattr(query, field, value)
    with _refused_if_taken():
        query.save(update_fields=[*changes, "updated_at"])
        record("changed", query, before=before, actor=actor)
    return query


def delete_query(*, query: SavedQuery, actor: User) -> None:
    """Forget a statement. Raises Conflict while an export repeats it."""
    try:
        with transaction.atomic():
            record("deleted", query, before=values_of(query), after={}, actor=actor)
            query.delete()
    except ProtectedError as error:
        raise Conflict(gettext("A scheduled export repeats this query: delete that first.")) from error


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    """Turn the loser of two writes of one name into a Conflict."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "reports_savedquery_name" not in str(error):
            raise
        raise Conflict(gettext("There is a saved query with this name already.")) from error
