"""Endpoints of the customers app, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from customers.api import auth, otp, passwords, sessions
from customers.api.customers import CustomerViewSet
from customers.api.stores import StoreViewSet

router = SimpleRouter(trailing_slash=False)
router.register("stores", StoreViewSet, basename="api-stores")
router.register("customers", CustomerViewSet, basename="api-customers")

urlpatterns = [
    path("auth/login", auth.LoginView.as_view(), name="api-login"),
    path("auth/refresh", auth.RefreshView.as_view(), name="api-refresh"),
    path("auth/logout", auth.LogoutView.as_view(), name="api-logout"),
    path("auth/register", auth.RegisterView.as_view(), name="api-register"),
    path("auth/me", auth.MeView.as_view(), name="api-me"),
    path("auth/me/avatar", auth.AvatarView.as_view(), name="api-avatar"),
    path("auth/password", auth.PasswordView.as_view(), name="api-password"),
    path("auth/password/forgot", passwords.ForgottenPasswordView.as_view(), name="api-password-forgot"),
    path("auth/password/reset", passwords.LinkedPasswordView.as_view(), name="api-password-reset"),
    path("auth/invitations", passwords.InvitationView.as_view(), name="api-invitations"),
    path("auth/otp", otp.OtpView.as_view(), name="api-otp"),
    path("auth/otp/confirm", otp.OtpConfirmView.as_view(), name="api-otp-confirm"),
    path("auth/otp/remove", otp.OtpRemoveView.as_view(), name="api-otp-remove"),
    path("auth/sessions", sessions.SessionsView.as_view(), name="api-sessions"),
    path("auth/sessions/<str:id>", sessions.SessionView.as_view(), name="api-session"),
    path("", include(router.urls)),
]
