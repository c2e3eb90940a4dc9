"""In which language a person is spoken to: pages and mails in theirs, everything for programs in English."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from customers.models import User
from dealport.kit.surface import ADMIN, PAGE, surface_of_path

NO_PAGES = ("/health", "/metrics", "/media/", "/static/")
"""Beside the API: what no person reads, so that no account is loaded for it."""


class LanguageMiddleware:
    """Answers pages in the language of who is logged in: their own choice, else the browser's (Accept-Language).

    The account is loaded for a page anyway. Nothing of an answer to programs follows the language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_page(request.path_info):
            return self.get_response(request)
        language = _language_of_request(request)
        with translation.override(language), timezone.override(None):  # a page of the admin sets its store's clocks
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _language_of_request(request: HttpRequest) -> str:
    """Return the person's language; where the account cannot be read, the page says so in the browser's."""
    try:
        return language_of_person(request.user, request)
    except DatabaseError:
        return translation.get_language_from_request(request)


def _is_page(path: str) -> bool:
    """Answer whether people read what is at a path; the documentation of the API has the frame of a page."""
    is_read = surface_of_path(path) in (PAGE, ADMIN) or path.startswith("/api/docs")
    return is_read and not path.startswith(NO_PAGES)


def language_of_person(user: object, request: HttpRequest) -> str:
    """Return the language, as the setting LANGUAGES names it, that a request's person reads."""
    if isinstance(user, User) and user.language:
        return user.language.lower()
    return translation.get_language_from_request(request)


def language_of(user: User | None) -> str:
    """Return the language of what is sent to a person without their asking: English where they chose none."""
    return user.language.lower() if user and user.language else settings.LANGUAGE_CODE
