"""What every page of the admin has in common: values go to actions, refusals appear on the form, lists are bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError, transaction
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from dealport.kit.admin.paging import BoundedPaginator, KeysetChangeList
from dealport.kit.admin.refusals import REFUSALS, refused_form, text_of
from dealport.kit.admin.theme import AmountField, ModelAdmin, SplitDateTime, TabularInline
from dealport.kit.fields import MoneyField
from dealport.kit.money import in_currency
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

MAX_INLINE_ROWS = 200
MOST_CHARACTERS = 500
"""Of one parameter of a list."""


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose values go to an action: what contradicts other rows is the action's to say, in plain words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # the form would name constraints by their names in the database
        self.instance.validate_constraints = lambda exclude=None: None
        store = getattr(self.instance, "store", None) if self.instance.pk else None
        for field in self.instance._meta.concrete_fields:
            if not isinstance(field, MoneyField) or field.name not in self.fields:
                continue
            amount = self.initial.get(field.name)
            if store and isinstance(amount, Decimal):
                self.initial[field.name] = in_currency(amount, store.currency)
            elif not store and self.fields[field.name].initial == 0:
                self.fields[field.name].initial = 0  # of whatever currency


FIELDS: dict[object, object] = {DateTimeField: {"widget": SplitDateTime}, MoneyField: {"form_class": AmountField}}
"""How moments and amounts are typed in."""


class ActionAdmin(ModelAdmin):  # type: ignore[misc]
    """Base of every ModelAdmin.

    Nothing is saved here: `create` and `update` hand the form's values to the app's actions, and what an action
    refuses appears on the form with nothing changed. Lists count boundedly and sort by what an index can deliver.
    """

    form = ActionForm
    formfield_overrides: ClassVar[dict[object, object]] = FIELDS
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a facet counts the whole table once per choice
    list_per_page = 50
    list_disable_select_all = True
    sortable_by: Sequence[str] = ()
    fixed_fields: Sequence[str] = ("store",)
    """Fields that are decided when a row is created."""
    nothing_yet = ""
    """What an empty list says: what would be in it, and where that comes from."""
    comes_with_orders = False
    """Whether orders that come in fill the list: an empty one leads to how they do."""

    class Media:
        css = {"all": ["dealport/admin.css"]}

    def choices(self, request: HttpRequest) -> QuerySet[Model]:
        """Return the rows the person may choose in a form."""
        rows: QuerySet[Model] = self.get_queryset(request)
        return rows

    def create(self, request: HttpRequest, values: dict[str, object]) -> Model:
        """Create a row from the form's values through an action."""
        raise NotImplementedError

    def update(self, request: HttpRequest, row: Any, changes: FieldValues) -> Model:
        """Change a row through an action; `changes` are the values of the fields that differ."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Call the action that the form stands for."""
        values = form.cleaned_data
        if change:
            self.update(request, obj, {name: values[name] for name in form.changed_data if name in values})
        else:
            obj.pk = self.create(request, values).pk
            obj._state.adding = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the form again, input kept, when the action behind it refuses; its transaction is undone."""
        asked = (request, object_id, form_url, extra_context)
        try:
            return super().changeform_view(*asked)  # type: ignore[no-any-return]
        except REFUSALS as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(*asked)  # type: ignore[no-any-return]

    def get_form(self, request: HttpRequest, obj: object = None, change: bool = False, **kwargs: object) -> object:
        """Return the form, with the refusal on it if there was one."""
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else refused_form(form, refusal)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> object:
        """Keep what is decided at creation."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, *self.fixed_fields] if obj is not None else fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Search for the whole text, not word by word: prefixes are what an index finds."""
        term = search_term.replace("\0", "").strip()
        return (self.search(request, queryset, term) if term else queryset), False

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Return the rows that `search_fields` find: `^` a prefix, `=` the whole, else anywhere inside."""
        condition = Q()
        for name in self.search_fields:
            lookup = {"^": "__istartswith", "=": ""}.get(name[0], "__icontains")
            condition |= Q(**{name.lstrip("^=") + lookup: term})
        return queryset.filter(condition)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by what the page leaves out: they would let it be guessed letter by letter."""
        return lookup.split("__")[0] not in (self.exclude or ()) and super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        """Return the class of the list."""
        return KeysetChangeList

    def get_changelist_instance(self, request: HttpRequest) -> object:
        """Return the list. Raises IncorrectLookupParameters, which shows it unfiltered, for values that mean nothing.

        One place for all lists and filters: what is too long is not tried, what Python or the database cannot turn
        into a value of the column is no filter. The theme's header gives no number of rows where not all were counted.
        """
        if any(len(value) > MOST_CHARACTERS for values in request.GET.lists() for value in values[1]):
            raise IncorrectLookupParameters
        try:
            changelist = super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error
        if changelist.paginator.is_cut:
            changelist.full_result_count = changelist.result_count
        return changelist

    def response_action(self, request: HttpRequest, queryset: QuerySet[Model]) -> HttpResponse | None:
        """Run actions on ticked rows alone: "all rows of the list" could be millions."""
        if request.POST.get("select_across") == "1":
            messages.error(request, gettext("Tick the rows to work on; all pages at once is not possible."))
            return HttpResponseRedirect(request.get_full_path())
        try:
            return super().response_action(request, queryset)  # type: ignore[no-any-return]
        except REFUSALS as refusal:
            messages.error(request, text_of(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponse:
        """Say why when the action behind it refuses."""
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except REFUSALS as refusal:
            messages.error(request, text_of(refusal))
            page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(page, args=[object_id]))


class ReadOnlyAdmin(ActionAdmin):
    """Shows rows that only actions write."""

    fixed_fields = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: rows come from actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no: these rows are written by actions alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no: figures and history rest on these rows."""
        return False


class SoftDeleteAdmin(ActionAdmin):
    """Deletes by hiding: the row stays for what refers to it, and can only be looked at until it is restored."""

    actions: Sequence[str] = ("restore_rows",)

    def delete(self, request: HttpRequest, row: Any) -> None:
        """Hide a row through an action."""
        raise NotImplementedError

    def restore(self, request: HttpRequest, row: Any) -> None:
        """Undo the deletion of a row through an action."""
        raise NotImplementedError

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore_rows(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Restore each ticked row; one whose unique value is taken stays deleted."""
        for row in queryset:
            try:
                self.restore(request, row)
                messages.success(request, gettext("{row}: restored.").format(row=row))
            except REFUSALS as refusal:
                messages.error(request, f"{row}: {text_of(refusal)}")

    def choices(self, request: HttpRequest) -> QuerySet[Model]:
        """Return what a form may refer to: rows that are not deleted."""
        return super().choices(request).filter(deleted_at__isnull=True)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Leave deleted rows out of the choices an autocomplete field offers."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = queryset.filter(deleted_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no for a deleted row, which is restored first."""
        return super().has_change_permission(request, obj) and getattr(obj, "deleted_at", None) is None

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no for a row that is deleted already."""
        return super().has_delete_permission(request, obj) and getattr(obj, "deleted_at", None) is None

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the rows alone: what refers to them stays, and there may be millions of it."""
        rows = [str(row) for row in objs]
        return rows, {str(self.opts.verbose_name_plural): len(rows)}, set(), []

    def delete_model(self, request: HttpRequest, obj: object) -> None:
        """Hide the row; a refusal becomes a message in `delete_view`."""
        self.delete(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Hide the ticked rows through the action, all or none."""
        for row in queryset:
            self.delete(request, row)


class Inline(TabularInline):  # type: ignore[misc]
    """Rows of another model on a row's page."""

    form = ActionForm
    formfield_overrides: ClassVar[dict[object, object]] = FIELDS
    extra = 0


class BoundedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Shows the first MAX_INLINE_ROWS rows; the others are in the model's own list."""

    def get_queryset(self) -> QuerySet[Model]:
        """Return the rows to show."""
        if not hasattr(self, "_bounded"):
            self._bounded = super().get_queryset()[:MAX_INLINE_ROWS]
        return self._bounded


class ReadOnlyInline(Inline):
    """Rows that only actions write, on another row's page."""

    formset = BoundedFormSet
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: rows come from actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no: these rows are written by actions alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer no: figures and history rest on these rows."""
        return False


def save_through(formset: Any, *, save: Callable[[forms.ModelForm], Model], delete: Callable[[Any], None]) -> None:  # type: ignore[type-arg]
    """Call `save` for each added or changed form of an inline and `delete` for each ticked row, deletions first."""
    formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
    for form in formset.deleted_forms:
        if form.instance.pk:
            delete(form.instance)
            formset.deleted_objects.append(form.instance)
    for form in formset.forms:
        if form in formset.deleted_forms or not form.has_changed():
            continue
        if form.instance.pk:
            formset.changed_objects.append((save(form), form.changed_data))
        else:
            formset.new_objects.append(save(form))
