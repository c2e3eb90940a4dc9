"""Gather the texts of pages for translation, and compile the translations."""

from typing import Any

from django.core.management.base import BaseCommand

from dealport import catalog


class Command(BaseCommand):
    """Renew locale/: every marked text is in django.po, and django.mo is django.po compiled."""

    help = "Renew the translations below locale/ and say how many texts have none."

    def handle(self, *args: object, **options: object) -> None:
        """Write both files."""
        path = catalog.po_path()
        texts = catalog.updated()
        path.write_bytes(catalog.po_text(texts))
        path.with_suffix(".mo").write_bytes(catalog.mo_bytes(texts))
        missing = sum(1 for message in texts if message.id and not _is_translated(message.string))
        self.stdout.write(f"{path}: {len(texts)} texts, {missing} without a translation")


def _is_translated(text: Any) -> bool:
    return bool(text) and (isinstance(text, str) or all(text))
