"""Pages of the dashboard house."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
