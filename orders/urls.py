"""Pages of the orders house."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
