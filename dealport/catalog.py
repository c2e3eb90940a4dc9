"""The texts that pages show, gathered for translation, and the compiled catalogs: Babel alone, no gettext programs.

Texts are marked where they stand: `gettext` and its kin in Python, `translate` and `blocktranslate` in templates. Names
and help texts of our models are marked by `dealport.model_names`, so that models stay plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.utils.translation.template import templatize

from dealport.kit.texts import PROVIDERS
from dealport.model_names import OURS, fields_of

LANGUAGE = "pt_BR"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
WIDTH = 120
PLURALS = "nplurals=2; plural=(n > 1);"
"""Those of Django's own Brazilian texts: nothing and one are singular."""


def po_path() -> Path:
    """Return the file translators edit."""
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / "django.po"


def gathered() -> Catalog:
    """Return every marked text, without the places they stand at."""
    found = _empty()
    for key, context in (*_python_texts(), *_template_texts(), *((text, None) for text in registered_texts())):
        if key:
            found.add(key, context=context)
    return found


def translated() -> Catalog:
    """Return the catalog as it lies in the repository."""
    with po_path().open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def updated() -> Catalog:
    """Return the repository's catalog with exactly the texts that are marked now; new ones have no translation."""
    old, new = translated(), gathered()
    for message in new:
        known = old.get(message.id, message.context)
        if message.id and known is not None:
            message.string = known.string
    return new


def po_text(catalog: Catalog) -> bytes:
    """Return the file of a catalog; it names no moment, so that it differs only where texts do."""
    out = BytesIO()
    write_po(out, catalog, width=WIDTH, no_location=True, omit_header=True, ignore_obsolete=True, sort_output=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: pt_BR\\n"\n'
    return f'{head}"Plural-Forms: {PLURALS}\\n"\n\n'.encode() + out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the compiled catalog, the same for the same texts."""
    out, plain = BytesIO(), _empty()
    for message in catalog:
        if message.id:
            plain.add(message.id, message.string, context=message.context)
    write_mo(out, plain)
    return out.getvalue()


def _empty() -> Catalog:
    """Return a catalog without texts; its dates are fixed, so that files differ only where texts do."""
    fixed = datetime(2026, 1, 1, tzinfo=UTC)
    found = Catalog(locale=LANGUAGE, project="DealPort", charset="utf-8", creation_date=fixed, revision_date=fixed)
    vars(found).update(_plural_expr="(n > 1)", _num_plurals=2)
    return found


Text = tuple[str | tuple[str, ...], str | None]


def _texts_of(source: bytes) -> Iterator[Text]:
    for _, text, _, context in extract("python", BytesIO(source), keywords=KEYWORDS):
        if text:
            yield text if isinstance(text, str) else tuple(text), context


def _python_texts() -> Iterator[Text]:
    for app in OURS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _texts_of(path.read_bytes())


def _template_texts() -> Iterator[Text]:
    for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            source = templatize(path.read_text(encoding="utf-8"))
            # what is no text is blanked out; its indentation must not look like Python's
            yield from _texts_of(re.sub(r"(?m)^[ \t]+", "", source).encode())


def registered_texts() -> Iterator[str]:
    """Yield the texts of the apps' providers, and how the admin calls and explains what it shows of our models."""
    for texts in PROVIDERS:
        yield from texts()
    for model, view in admin.site._registry.items():
        if model._meta.app_label in OURS:
            yield from _shown_of(model, view)
            for inline in view.inlines:
                yield from _shown_of(inline.model, inline)


def _shown_of(model: type[Model], view: Any) -> Iterator[str]:
    yield from map(str, (model._meta.verbose_name, model._meta.verbose_name_plural))
    sets = [*(view.fieldsets or ()), *getattr(view, "add_fieldsets", ())]
    listed = [view.fields, view.readonly_fields, view.form.base_fields, *(part["fields"] for _, part in sets)]
    listed += [getattr(view, name, ()) for name in ("list_display", "list_filter")]
    entries = [entry for names in listed for entry in names or ()]
    # fields side by side, and a field with its filter, are tuples
    shown = {name for entry in entries for name in (entry if isinstance(entry, tuple) else (entry,))}
    for field in fields_of(model):
        if field.name in shown:
            yield str(field.verbose_name)
            if field.help_text and field.editable:
                yield str(field.help_text)
            yield from (str(label) for _, label in field.choices or ())
