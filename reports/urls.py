"""Pages of the reports house."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
