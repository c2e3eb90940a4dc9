"""Pages of lists that may have millions of rows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

MAX_ROWS = 10_000
"""How many rows of a list are counted, and paged through by number."""
SCOPE = "in_store"
"""The parameter that says whose rows a list has."""
PART = "store_name"
"""The parameter by which the filter of stores looks for one; it narrows nothing."""
AFTER, BEFORE = "after", "before"
"""Parameters of a page by key: the id of the row it comes after or before."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts at most MAX_ROWS rows: nobody reads how many millions there are, and counting them takes seconds."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MAX_ROWS: the database stops counting there."""
        return min(self._found, MAX_ROWS)

    @cached_property
    def is_cut(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._found > MAX_ROWS

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list  # lists of the admin are querysets
        return int(rows.order_by()[: MAX_ROWS + 1].count())


class KeysetChangeList(ChangeList):
    """A list whose pages begin after a row (or end before one) instead of at a number.

    So page ten thousand costs what page one does, and rows that arrive meanwhile neither repeat nor hide others. Works
    where the list is ordered by columns that are never null; elsewhere pages have numbers, up to MAX_ROWS.
    """

    newer: str | None = None
    """Query string of the page before this one."""
    older: str | None = None
    """Query string of the page after this one."""

    @property
    def is_narrowed(self) -> bool:
        """Whether filters leave rows out; the choice of a store is none."""
        return any(name not in (SCOPE, PART) for name in self.get_filters_params())

    def get_filters_params(self, params: dict[str, object] | None = None) -> dict[str, object]:
        """Return the parameters that filter; which page is asked for does not."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters_params(params)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page: one row more than is shown tells whether another page follows."""
        self.is_by_key = self._has_key()
        if not self.is_by_key:
            super().get_results(request)
            return
        anchor, is_before = self._anchor(request)
        rows = self.queryset.filter(self._beyond(anchor, is_before)) if anchor else self.queryset
        found = list((rows.reverse() if is_before else rows)[: self.list_per_page + 1])
        has_more, found = len(found) > self.list_per_page, found[: self.list_per_page]
        if is_before:
            found.reverse()
        if found and (has_more if is_before else anchor is not None):
            self.newer = self.get_query_string({BEFORE: found[0].pk})
        if found and (has_more or is_before):
            self.older = self.get_query_string({AFTER: found[-1].pk})
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.result_count, self.full_result_count = self.paginator.count, None
        self.result_list, self.page_num = found, 1
        self.can_show_all = self.show_full_result_count = False
        self.show_admin_actions = bool(found)
        self.multi_page = bool(self.newer or self.older)

    def _has_key(self) -> bool:
        """Tell whether all columns the list is ordered by are the row's own and never null."""
        try:
            fields = [self.opts.get_field(name) for name, _ in self._order()]
        except (FieldDoesNotExist, AttributeError):
            return False
        return bool(fields) and not any(getattr(field, "null", True) for field in fields)

    def _order(self) -> list[tuple[str, bool]]:
        """Return (column, whether it descends). Raises AttributeError for expressions."""
        pk = self.opts.pk.name
        pairs = [(name.lstrip("-"), name.startswith("-")) for name in self.queryset.query.order_by]
        return [(pk if name == "pk" else name, descends) for name, descends in pairs]

    def _anchor(self, request: HttpRequest) -> tuple[dict[str, object] | None, bool]:
        """Return the values by which the row the page begins beyond is ordered, and whether the page lies before it.

        None where no such row can be seen (any more): the first page. Raises ValueError for what is no id.
        """
        is_before = BEFORE in request.GET
        key = request.GET.get(BEFORE if is_before else AFTER)
        if not key:
            return None, False
        try:
            rows: QuerySet[Any] = self.root_queryset.filter(pk=self.opts.pk.to_python(key)).order_by()
        except ValidationError as error:
            raise ValueError(key) from error
        anchor = rows.values(*[name for name, _ in self._order()]).first()
        return anchor, is_before and anchor is not None

    def _beyond(self, anchor: dict[str, object], is_before: bool) -> Q:
        """Return the condition of rows after (or before) the anchor, in the order of the list."""
        beyond, same = Q(), Q()
        order = self._order()
        for name, descends in order:
            beyond |= same & Q(**{f"{name}__{'gt' if descends == is_before else 'lt'}": anchor[name]})
            same &= Q(**{name: anchor[name]})
        # the first column alone is a range of an index, which the alternatives are not
        name, descends = order[0]
        return Q(**{f"{name}__{'gte' if descends == is_before else 'lte'}": anchor[name]}) & beyond
