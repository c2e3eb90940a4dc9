"""Pages of the customers house."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
