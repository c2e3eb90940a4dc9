"""Staff accounts and their stores."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.contrib.auth.views import PasswordChangeView
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils.translation import gettext

from customers.actions import (
    create_user,
    grant_store,
    invite_user,
    remove_second_factor,
    revoke_store,
    set_password,
    update_user,
)
from customers.admin.base import Inline, StoreOwnedAdmin, user_of
from customers.admin.filters import store_filter
from customers.admin.uploading import PictureForm, TakesPictures
from customers.forms import said_in_form
from customers.models import Membership, User
from dealport.kit.admin.base import save_through
from dealport.kit.admin.display import badge
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.admin.theme import AdminOwnPasswordChangeForm, PasswordInput
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

admin.site.unregister(Group)  # what people may do follows from their role alone

ROLE_TONES = {
    User.Role.SUPER_ADMIN: "danger",
    User.Role.ADMIN: "warning",
    User.Role.STAFF: "info",
    User.Role.USER: "neutral",
}


STATUS_TONES = {
    User.Status.ACTIVE: "success",
    User.Status.INACTIVE: "neutral",
    User.Status.SUSPENDED: "danger",
}


class UserForm(PictureForm):
    """An account, and a password to give it."""

    invite = forms.BooleanField(
        required=False,
        label=_("Send an invitation"),
        help_text=_("The person sets the password with a link in a mail; leave the password empty."),
    )
    new_password = forms.CharField(
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    new_password_again = forms.CharField(strip=False, widget=PasswordInput(attrs={"autocomplete": "new-password"}))

    class Meta:
        model = User
        fields = ["email", "name", "phone", "avatar", "language", "role", "status"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk or self.data.get("invite"):
            for name in {"new_password", "new_password_again"} & self.fields.keys():
                self.fields[name].required = False

    def clean(self) -> dict[str, object]:
        """Check the password against the rules and its repetition."""
        values = super().clean() or self.cleaned_data
        password = values.get("new_password")
        if password != values.get("new_password_again"):
            self.add_error("new_password_again", gettext("The two passwords differ."))
        elif password:
            try:
                validate_password(password, self.instance)
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return values


class MembershipInline(Inline):
    """The stores an account works in. Given and taken, never changed."""

    model = Membership
    fields = ["store"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: take the store away and give another."""
        return False


@admin.register(User)
class UserAdmin(TakesPictures):
    """Accounts. They are suspended or made inactive, not deleted: history names them."""

    store_path = None
    form = UserForm
    fixed_fields = ()
    fieldsets = [
        (None, {"fields": ["email", "name", "phone", "avatar", "language", "role", "status"]}),
        (_("Password"), {"fields": ["new_password", "new_password_again"]}),
        (_("History"), {"fields": ["last_login", "created_at", "updated_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "role"]}),
        (_("Password"), {"fields": ["invite", "new_password", "new_password_again"]}),
    ]
    readonly_fields = ["last_login", "created_at", "updated_at"]
    inlines = [MembershipInline]
    actions = ["send_invitations", "reset_second_factors"]
    list_display = ["email", "name", "role_badge", "status_badge", "last_login"]
    list_filter = ["role", "status", store_filter("memberships__store")]
    search_fields = ["^email", "name"]
    ordering = ["email"]
    sortable_by = ["email", "last_login"]

    @admin.display(description=_("role"))
    def role_badge(self, user: User) -> str:
        """Return the role as a label."""
        return badge(user.get_role_display(), ROLE_TONES[User.Role(user.role)])

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, user: User) -> str:
        """Return the status as a label."""
        return badge(user.get_status_display(), STATUS_TONES[User.Status(user.status)])

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Leave super admins to super admins."""
        above = obj is not None and obj.is_superuser and not user_of(request).is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse: make the account inactive instead."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters that would let a password hash be guessed letter by letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> object:
        """Return the fields for a new account, for one to change, or for one to look at."""
        if obj is None:
            return self.add_fieldsets
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [part for part in self.fieldsets if part[0] != "Password"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: object) -> object:
        """Offer the role of super admin to super admins alone."""
        if db_field.name == "role" and not user_of(request).is_superuser:
            kwargs["choices"] = [choice for choice in User.Role.choices if choice[0] != User.Role.SUPER_ADMIN]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def create(self, request: HttpRequest, values: FieldValues) -> User:
        """Create an account, or invite somebody to one."""
        fields = {name: values[name] for name in ("email", "name", "role")}
        if values["invite"]:
            return invite_user(**fields, actor=user_of(request))
        return create_user(**fields, password=values["new_password"], actor=user_of(request))

    def update(self, request: HttpRequest, row: User, changes: FieldValues) -> User:
        """Change an account, and its password if one was given."""
        user = update_user(user=row, changes=changes, actor=user_of(request))
        if changes.get("new_password"):
            set_password(user=user, password=changes["new_password"], actor=user_of(request))
        return user

    @admin.action(description=_("Send the invitation again"), permissions=["change"])
    def send_invitations(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Mail another link to each ticked account that was invited and is not in use yet."""
        for user in queryset:
            try:
                invite_user(email=user.email, role=user.role, actor=user_of(request))
                messages.success(request, gettext("{user}: a new invitation is on its way.").format(user=user))
            except REFUSALS as refusal:
                messages.error(request, f"{user}: {text_of(refusal)}")

    @admin.action(description=_("Reset the second factor"), permissions=["change"])
    def reset_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Take the second factor of each ticked account away, for people who lost their device."""
        for user in queryset:
            try:
                remove_second_factor(user=user, actor=user_of(request))
                messages.success(request, gettext("{user}: the second factor is removed.").format(user=user))
            except REFUSALS as refusal:
                messages.error(request, f"{user}: {text_of(refusal)}")

    def save_formset(self, request: HttpRequest, form: Any, formset: object, change: bool) -> None:
        """Grant the stores that were added and revoke those that were removed, each with its audit row."""
        actor = user_of(request)
        save_through(
            formset,
            save=lambda entry: grant_store(user=form.instance, store=entry.cleaned_data["store"], actor=actor),
            delete=lambda membership: revoke_store(membership=membership, actor=actor),
        )


@admin.register(Membership)
class MembershipAdmin(StoreOwnedAdmin):
    """Who works where. Given and taken, never changed."""

    fields = ["user", "store"]
    autocomplete_fields = ["user"]
    list_display = ["user", "store", "created_at"]
    list_filter = [store_filter()]
    list_select_related = ["user", "store"]
    search_fields = ["^user__email", "^store__slug"]
    ordering = ["-id"]

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Refuse: take the store away and give another."""
        return False

    def create(self, request: HttpRequest, values: FieldValues) -> Membership:
        """Let the account work in the store; a second time changes nothing. Raises PermissionDenied."""
        return grant_store(user=values["user"], store=values["store"], actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Take the store away from the account, whose older tokens end. Raises PermissionDenied."""
        revoke_store(membership=obj, actor=user_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Take the ticked stores away."""
        for membership in queryset.select_related("user"):
            revoke_store(membership=membership, actor=user_of(request))


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """Changes one's own password through the action, which ends older tokens."""

    def __init__(self, *args: object, request: HttpRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Check the old password as a login does, wrong ones counted. Raises ValidationError."""
        password: str = self.cleaned_data["old_password"]
        with said_in_form():
            if authenticate(self.request, username=self.user.email, password=password, password_only=True) is None:
                raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return password

    def save(self, commit: bool = True) -> User:
        """Set the password; every other login of the account ends."""
        return set_password(user=self.user, password=self.cleaned_data["new_password1"], actor=self.user)


class OwnPasswordView(PasswordChangeView):
    """Gives the form the request."""

    def get_form_kwargs(self) -> dict[str, object]:
        """Return what the form is made with."""
        return {**super().get_form_kwargs(), "request": self.request}


def change_own_password(request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponseBase:
    """Show and take the form behind "Change password"."""
    view = OwnPasswordView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse_lazy("admin:password_change_done"),
        template_name="registration/password_change_form.html",
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    return view(request)


# The site would save the account itself and leave older tokens valid.
admin.site.password_change = change_own_password  # type: ignore[method-assign,assignment]
