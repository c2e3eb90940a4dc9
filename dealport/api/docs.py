"""The OpenAPI document as a page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated


class DocumentationView(SpectacularSwaggerSplitView):
    """`GET /api/docs`: Swagger UI for staff, with its script in an answer of its own as the policy wants it."""

    template_name = "api/docs.html"

    def handle_exception(self, error: Exception) -> Any:
        """Lead a browser without a session to the login page."""
        if isinstance(error, NotAuthenticated):
            response: HttpResponseBase = redirect_to_login(self.request.get_full_path())
            return response
        return super().handle_exception(error)
