"""Finding customers by any word of their name, their email address or their phone number."""

from __future__ import annotations

from django.db.models import F, QuerySet

from customers.models import Customer
from customers.models.customers import CustomerQuerySet
from dealport.kit.search import MOST_MATCHES, KeyIn, terms_of, words_match


def search_customers(queryset: CustomerQuerySet, text: str) -> CustomerQuerySet:
    """Narrow customers to those that `text` finds, the newest MOST_MATCHES."""
    return queryset.filter(KeyIn(F("pk"), matching_customers(queryset, text, most=MOST_MATCHES)))


def matching_customers(queryset: QuerySet[Customer], text: str, *, most: int) -> list[int]:
    """Return the keys of the customers that `text` finds, the newest `most` (index customers_by_words).

    They are looked up once: what then lists them counts and orders rows by their keys.
    """
    terms = terms_of(text)
    if not terms:
        return []
    matches = queryset.filter(words_match("search_text", terms)).order_by("-pk")
    return list(matches.values_list("pk", flat=True)[:most])
