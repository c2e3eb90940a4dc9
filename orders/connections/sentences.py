"""What connections say of a source, in the reader's language: stored and answered in English, translated when shown."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

SENTENCES = (
    gettext_noop("The WooCommerce site did not answer. {cause}"),
    gettext_noop("The WooCommerce site answers with an error ({status})."),
    gettext_noop("WooCommerce refused access. Enter a consumer key and secret that may read orders."),
    gettext_noop("The site sends requests to another address. Enter the address it redirects to."),
    gettext_noop(
        "The WooCommerce site answered with a page instead of data, as it does during maintenance. If that "
        "does not pass, check the address and the permalinks."
    ),
    gettext_noop("There is no WooCommerce REST API (v3) at this address. Check it, and the permalinks."),
    gettext_noop("Shopify did not answer. {cause}"),
    gettext_noop("Shopify takes no more requests for a moment."),
    gettext_noop("Shopify answers with an error of its own ({status})."),
    gettext_noop("Shopify refused access: the token or the app is no longer valid. Enter new credentials."),
    gettext_noop("Shopify refused access: {cause}"),
    gettext_noop("Shopify refused the request ({status}). Check the shop domain and the credentials."),
    gettext_noop("Shopify answered with something that is not JSON."),
    gettext_noop("Shopify could not answer: {cause}"),
    gettext_noop("Shopify does not know this shop or API version {version}."),
    gettext_noop("Shopify answers in API version {served}, not {version}: set SHOPIFY_API_VERSION."),
    gettext_noop("There is no shop {address} at Shopify."),
    gettext_noop("Shopify gave no access token. Check client id and secret, and that the app is installed."),
    gettext_noop("The app lacks the scope {scope}. Add it in Shopify and install the app again."),
    gettext_noop("The app was uninstalled in Shopify. Install it again, or disconnect."),
    gettext_noop("Shopify did not start the bulk operation: {cause}"),
    gettext_noop("Shopify no longer knows the bulk operation: it starts again."),
    gettext_noop("Shopify ended the bulk operation ({cause}): it starts again."),
    gettext_noop("The result of the bulk operation could not be read. {cause}"),
    gettext_noop("{row} comes twice in the bulk operation: it starts again."),
    gettext_noop("Line {number} of the bulk operation is damaged: it starts again."),
    gettext_noop("The store is closed. Open it to go on with the orders from before."),
    gettext_noop("None of CREDENTIALS_KEYS opens these credentials."),
    gettext_noop("The body is not what this topic has: no JSON, or no id."),
    gettext_noop("The body has no list of orders."),
    gettext_noop("{count} of {total} orders were refused. The first one: {cause}"),
    gettext_noop("The order is in {currency}; the store sells in {own}."),
    gettext_noop("This store is closed. Open it, then retry."),
    gettext_noop("The source states no {name}."),
    gettext_noop("The source no longer shows this order; what is here stays."),
    gettext_noop("Nothing here follows this topic."),
    gettext_noop("Older than what is here."),
    gettext_noop("It is not here yet: it comes with its first order."),
    gettext_noop("{value} is not a time such as 2026-06-10T14:00:00Z."),
    gettext_noop("{value} is not an amount such as 1234.50."),
    gettext_noop("This is not an order as its API states it: one of its fields is missing or of another kind."),
    gettext_noop("{order}: its notes were changed here and are kept"),
    gettext_noop("{order}: it was changed here: its payments and refunds keep their moments, the source states others"),
    gettext_noop("The answer has more than {bytes} bytes."),
    gettext_noop("The address leads on more than {times} times."),
    gettext_noop("The download was answered with status {status}."),
    gettext_noop("The download has more than {bytes} bytes."),
    gettext_noop("It cannot be reached: {cause}."),
)
PLACEHOLDER = re.compile(r"\\\{([a-z]+)\\\}")


def translated(text: str) -> str:
    """Return a stored sentence in the language of the page; one that is not of SENTENCES as it is."""
    for sentence, form in _forms():
        if found := form.fullmatch(text):
            return gettext(sentence).format(**{name: translated(value) for name, value in found.groupdict().items()})
    return text


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the sentences with their patterns, those with more words of their own first."""
    longest = sorted(SENTENCES, key=lambda sentence: -len(re.sub(r"\{[a-z]+\}", "", sentence)))
    return tuple(
        (sentence, re.compile(PLACEHOLDER.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)) for sentence in longest
    )
