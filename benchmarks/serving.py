"""The product's web server with two addresses more to hold it against: the same bytes without a login, and nothing."""

from __future__ import annotations

import os

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path

BODY_KEY = "benchmark:body"


def bare(request: HttpRequest) -> HttpResponse:
    """Answer with bytes from the cache, to anybody."""
    return HttpResponse(cache.get(BODY_KEY), content_type="application/json")


def empty(request: HttpRequest) -> HttpResponse:
    """Answer with nothing."""
    return HttpResponse()


if os.environ.get("BENCHMARK_SERVER"):
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    django.setup()
    from dealport import rsgi, urls

    urlpatterns = [path("bench/bare", bare), path("bench/empty", empty), *urls.urlpatterns]
    settings.ROOT_URLCONF = __name__
    application = rsgi.Application(get_wsgi_application(), threads=2)
