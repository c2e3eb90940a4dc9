"""Pages of the customers house."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from customers.forms import LoginForm
from customers.views import admin_login

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(form_class=LoginForm, template_name="customers/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("admin/login/", admin_login),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
]
