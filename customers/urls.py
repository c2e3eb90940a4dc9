"""Pages of the customers app."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from customers.picture_pages import picture_file
from customers.second_factor_pages import second_factor_page
from customers.views import (
    ForgottenPasswordView,
    LinkedPasswordView,
    LoginView,
    RegistrationView,
    account_page,
    admin_login,
    choose_appearance,
)

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(),
        name="login",
    ),
    path("account/", account_page, name="account"),
    path("account/second-factor/", second_factor_page, name="second-factor"),
    path("account/appearance/", choose_appearance, name="appearance"),
    path("register/", RegistrationView.as_view(), name="register"),
    path("password/forgot/", ForgottenPasswordView.as_view(), name="password-forgot"),
    path("password/set/", LinkedPasswordView.as_view(), name="password-set"),
    path("admin/login/", admin_login),
    path("pictures/<str:token>", picture_file, name="picture"),
    path("pictures/<str:token>/small", picture_file, {"small": True}, name="picture-small"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
]
