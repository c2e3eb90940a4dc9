"""Pages of the customers app."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from customers.views import LoginView, admin_login

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(),
        name="login",
    ),
    path("admin/login/", admin_login),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
]
