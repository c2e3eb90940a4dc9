"""Endpoints of the customers house, below /api/v1/."""

from django.urls import path

from customers.api.auth import LoginView

urlpatterns = [
    path("auth/login", LoginView.as_view(), name="api-login"),
]
