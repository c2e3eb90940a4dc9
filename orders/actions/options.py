"""Options of variants: what tells one size, color and so on from another."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext

from dealport.kit.errors import invalid
from orders.models import Product

MAX_OPTIONS, MAX_TEXT = 3, 60


def name_of(product: Product, options: Mapping[str, str]) -> str:
    """Return the name of a variant, as Shopify composes it: `Silk scarf - Red / M`."""
    return f"{product.name} - {' / '.join(options.values())}"[:513]


def tidy_options(product: Product, options: Mapping[str, object], variant: Product | None = None) -> dict[str, str]:
    """Return the options of a product's new or changed `variant` without spaces around them.

    Raises ValidationError where they do not fit those of the product's other variants.
    """
    tidy = {str(name).strip(): str(value).strip() for name, value in options.items()}
    texts = [*tidy, *tidy.values()]
    if not 1 <= len(tidy) <= MAX_OPTIONS or not all(0 < len(text) <= MAX_TEXT for text in texts):
        text = gettext("Enter 1 to {options} options, each with a value, of at most {characters} characters.")
        raise invalid("options", text.format(options=MAX_OPTIONS, characters=MAX_TEXT))
    others = Product.objects.filter(parent=product, deleted_at__isnull=True).exclude(pk=variant.pk if variant else 0)
    known = others.values_list("options", flat=True).first()
    if known is not None and set(known) != set(tidy):
        raise invalid(
            "options",
            gettext("Enter a value for each option of the product: {choices}.").format(
                choices=", ".join(sorted(known))
            ),
        )
    return tidy
