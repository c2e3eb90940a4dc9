"""The frame of every page, the admin's included: where a person can go, in which store they are, what is open there.

Costs a page one statement for the stores, and one more while the counts of `orders.attention` are not cached.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.translation import gettext

from customers.access import first_stores, store_or_404, stores_for
from customers.models import Store, User
from dashboard.pages.places import NAMES_STORE, OF_A_STORE, SECTIONS, SETTINGS, Place, Section, works_in_stores
from dealport.kit.values import FieldValues
from orders.attention import open_counts

STORES_IN_MENU = 30
THEMES = ("light", "dark")
THEME_COOKIE = "theme"
KEPT = ("period", "year", "month", "basis", "compare", "startDate", "endDate")
"""Parameters of such a page that another store's has as well."""
IN_BOTTOM_BAR = 4


@dataclass(frozen=True)
class Entry:
    """A link of the rail, of a section's own row, of the breadcrumbs or of the store menu."""

    key: str
    label: str
    address: str
    is_current: bool
    count: str = ""
    note: str = ""

    @property
    def path(self) -> str:
        """The address without its parameters."""
        return self.address.partition("?")[0]


@dataclass(frozen=True)
class Group:
    """A part of the page of settings."""

    title: str
    text: str
    links: list[Entry]


class Shell:
    """What the frame shows to one request's person."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = request.user if isinstance(request.user, User) else None

    def __bool__(self) -> bool:
        return self.user is not None

    @cached_property
    def theme(self) -> str:
        """The appearance the person chose; empty for that of the system."""
        theme = self.request.COOKIES.get(THEME_COOKIE, "")
        return theme if theme in THEMES else ""

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages of pages and emails, as those who read them write their names."""
        return [(language.value, str(language.label).partition(" (")[0]) for language in User.Language]

    @cached_property
    def match(self) -> ResolverMatch:
        """What the address leads to. Raises Resolver404 for one that leads nowhere."""
        return self.request.resolver_match or resolve(self.request.path_info)

    @cached_property
    def section(self) -> Section | None:
        """The section the page is in; pages of the admin that no section names are settings."""
        try:
            match = self.match
        except Resolver404:
            return None
        for section in SECTIONS:
            if any(place.holds(match) for place in section.places):
                return section
        return SECTIONS[-1] if match.namespace == "admin" else None

    @cached_property
    def stores(self) -> list[Store]:
        """The person's first stores by name, one more than the menu shows."""
        return first_stores(self.request.user, STORES_IN_MENU + 1)

    @cached_property
    def store(self) -> Store | None:
        """The store the page is about: the view's own (`request.store`), that of the address, or the only one."""
        own: Store | None = getattr(self.request, "store", None)
        if own is not None or not self.user:
            return own
        if len(self.stores) == 1:
            return self.stores[0]
        slug, pk = self._named_store()
        known = [store for store in self.stores if slug == store.slug or pk == str(store.pk)]
        if known or not (slug or pk) or len(self.stores) <= STORES_IN_MENU:
            return known[0] if known else None
        if "\0" in slug or not (not pk or (pk.isascii() and pk.isdigit() and len(pk) < 19)):
            return None
        lookup: FieldValues = {"pk": int(pk)} if pk else {"slug": slug}
        return stores_for(self.user).filter(**lookup).first()

    def _named_store(self) -> tuple[str, str]:
        """Return slug and id that the address names, empty where it names none."""
        try:
            slug = str(self.match.kwargs.get("slug", ""))
        except Resolver404:
            slug = ""
        return slug or self.request.GET.get("store", ""), self.request.GET.get("in_store", "")

    @cached_property
    def place(self) -> Entry | None:
        """The page that is open (`is_current`), or that it belongs to; None where the frame leads to neither."""
        own = self._place()
        place = own or self._place_of_settings()
        if place is None:
            return None
        address, is_open = place.address(self.store if own else None), place.is_open(self.match)
        if place.is_list:
            filters = self.request.GET.get("_changelist_filters", "")
            address = f"{reverse(f'admin:{place.view}_changelist')}?{filters}" if filters else address
            address = self.request.get_full_path() if is_open else address
        elif place.view in OF_A_STORE and self.store:
            address += self._kept
        return Entry(place.view, place.label, address, is_open)

    def _place_of_settings(self) -> Place | None:
        if self.section is None:
            return None
        of_settings = (place for _, _, own in SETTINGS for place in own if place.holds(self.match))
        return next(of_settings, None) or self._table()

    def _table(self) -> Place | None:
        view = str(self.match.url_name).rpartition("_")[0]
        label = next((table.label for table in self._tables() if table.key == view), None)
        return Place(label, view) if label else None

    @cached_property
    def trail(self) -> list[Entry]:
        """The way from Home to the page, without it; a section that leads nowhere else has no address."""
        if not self.entries or (self.section and self.section.key == "home"):
            return []
        section = next((entry for entry in self.entries if entry.is_current), None)
        place, here = self.place, self.request.path
        steps = [self.entries[0]]
        if section and (place is None or section.label != place.label):
            leads_on = section.path not in (here, place and place.path)
            steps.append(section if leads_on else replace(section, address=""))
        if place and not place.is_current and place.path != here:
            steps.append(place)
        return steps

    @property
    def has_choice(self) -> bool:
        """Whether there is more than one store to choose from."""
        return len(self.stores) > 1

    @cached_property
    def store_entries(self) -> list[Entry]:
        """The stores of the menu: the same page of each where there is one, else its Home."""
        return [
            Entry(store.slug, store.name, self._in_store(store), store == self.store, note=store.currency)
            for store in self.stores[:STORES_IN_MENU]
        ]

    @property
    def has_more_stores(self) -> bool:
        """Whether the menu leaves stores out."""
        return len(self.stores) > STORES_IN_MENU

    @property
    def all_stores(self) -> str:
        """Where the page is that shows all stores: the same list, Home or query of all of them, or their overview."""
        place = self._place()
        if place is None or self.has_more_stores:
            return reverse("overview")
        if place.view in NAMES_STORE:
            return self._with_store(None)
        return place.address(None) if place.is_list else reverse("overview")

    def _with_store(self, store: Store | None) -> str:
        """Return the address of the page with another store in its query, at its first page."""
        query = self.request.GET.copy()
        query.pop("page", None)
        query.pop("store", None)
        if store:
            query["store"] = store.slug
        return f"{self.request.path}?{query.urlencode(safe=':,')}" if query else self.request.path

    @property
    def _kept(self) -> str:
        kept = {name: self.request.GET[name] for name in KEPT if name in self.request.GET}
        return f"?{urlencode(kept)}" if kept else ""

    def _in_store(self, store: Store) -> str:
        place = self._place()
        if place and place.view in OF_A_STORE:
            return place.address(store) + self._kept
        if place and place.view in ("analytics", "explore"):
            return self._with_store(store)
        return place.address(store) if place and (place.is_list or place.name) else SECTIONS[0].places[0].address(store)

    def _place(self) -> Place | None:
        if self.section is None:
            return None
        places = [place for place in self.section.places if place.holds(self.match)]
        return places[0] if places else None

    @cached_property
    def entries(self) -> list[Entry]:
        """The rail: the sections of which the person may open anything."""
        found = []
        for section in SECTIONS:
            open_places = [place for place in section.places if self.may_open(place)]
            if open_places:
                address = open_places[0].address(self.store)
                current = section is self.section
                found.append(Entry(section.key, section.label, address, current, self._counts.get(section.key, "")))
        return found

    @cached_property
    def _counts(self) -> dict[str, str]:
        return open_counts(None if self.store is None and self._sees_all else self._counted) if self._works else {}

    @property
    def made_of(self) -> tuple[object, ...]:
        """All that the frame's HTML is made of, for a page that is kept."""
        user, stores = self.user, [(one.pk, one.slug, one.name, one.currency) for one in self.stores]
        person = user and (user.pk, user.auth_version, user.role, user.email, user.name, user.language)
        return person, self.theme, self.request.get_full_path(), stores, self.store and self.store.pk, self._counts

    @property
    def bar(self) -> list[Entry]:
        """What the bar at the bottom of a phone shows at once."""
        return self.entries[:IN_BOTTOM_BAR]

    @property
    def rest(self) -> list[Entry]:
        """What it shows behind "More"."""
        return self.entries[IN_BOTTOM_BAR:]

    @cached_property
    def places(self) -> list[Entry]:
        """The pages of the current section, where there are several."""
        if self.section is None:
            return []
        current = self._place()
        found = [
            Entry(place.view, place.label, place.address(self.store), place is current)
            for place in self.section.places
            if self.may_open(place) and (not place.is_of_a_store or place.view == "store-dashboard" or self.store)
        ]
        return found if len(found) > 1 else []

    @property
    def settings(self) -> list[Group]:
        """The page of settings: what the person may open of it, and for super admins every table there is."""
        places = [(title, text, [place for place in own if self.may_open(place)]) for title, text, own in SETTINGS]
        groups = [
            Group(title, text, [Entry(place.view, place.label, place.address(None), False) for place in own])
            for title, text, own in places
            if own
        ]
        if self.user is not None and self.user.is_superuser:
            groups.append(
                Group(
                    gettext("System"),
                    gettext("Every table of the product, for finding out what happened."),
                    self._tables(),
                )
            )
        return groups

    def _tables(self) -> list[Entry]:
        named = {place.view for section in SECTIONS for place in section.places}
        named |= {place.view for _, _, places in SETTINGS for place in places}
        tables = [
            Entry(view, str(model._meta.verbose_name_plural).capitalize(), reverse(f"admin:{view}_changelist"), False)
            for model in admin.site._registry
            if (view := f"{model._meta.app_label}_{model._meta.model_name}") not in named
        ]
        return sorted(tables, key=lambda table: table.label)

    @property
    def _works(self) -> bool:
        return self.user is not None and works_in_stores(self.user)

    @property
    def _sees_all(self) -> bool:
        return self.user is not None and self.user.sees_all_stores

    @property
    def _counted(self) -> list[int]:
        return [self.store.pk] if self.store else [store.pk for store in self.stores]

    def may_open(self, place: Place) -> bool:
        """Answer whether the person's role opens a page."""
        if self.user is None or not place.audience(self.user):
            return False
        app, _, model = place.view.partition("_")
        return not place.is_list or self.user.has_perm(f"{app}.view_{model}")


def shell_of(request: HttpRequest) -> Shell:
    """Return the request's frame; nothing is read before somebody asks it for something."""
    found: Shell | None = getattr(request, "shell", None)
    if found is None:
        found = request.shell = Shell(request)  # type: ignore[attr-defined]
    return found


def open_store(request: HttpRequest, slug: str) -> Store:
    """Return the store a page is about, from the menu's statement where it is there. Raises Http404."""
    stores = shell_of(request).stores
    known = [store for store in stores if slug in (store.slug, str(store.pk))]
    store = known[0] if known else store_or_404(request.user, slug)
    request.store = store  # type: ignore[attr-defined]
    return store


def shell(request: HttpRequest) -> dict[str, object]:
    """Give every template the frame."""
    return {"shell": shell_of(request)}
