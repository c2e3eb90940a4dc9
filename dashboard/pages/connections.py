"""Connections as pages: which there are and how they stand, a form to connect a store, and one page for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import APIException, ValidationError

from customers.access import get_or_404, stores_for, visible
from customers.models import Store, User
from dealport.kit.texts import lazy_text as _
from orders.connections import actions, privacy
from orders.connections.standing import Standing, reads_from, standings, troubled, webhook_url
from orders.models import Connection, PrivacyRequest, SourceDifference, SourceEvent

PER_PAGE, PARKED_SHOWN, DIFFERENCES_SHOWN = 25, 20, 30
Kind = Connection.Kind
CREDENTIALS = {
    Kind.SHOPIFY.value: (
        ("clientId", _("Client ID")),
        ("clientSecret", _("Client secret, or API secret key of an existing custom app")),
        ("accessToken", _("Admin API access token (only for an existing custom app, instead of the client ID)")),
    ),
    Kind.WOOCOMMERCE.value: (
        ("consumerKey", _("Consumer key")),
        ("consumerSecret", _("Consumer secret")),
        ("webhookSecret", _("Webhook secret")),
    ),
}
ADDRESSES = {
    Kind.SHOPIFY.value: _("Domain in Shopify, such as your-store.myshopify.com"),
    Kind.WOOCOMMERCE.value: _("Address of the store, such as https://store.example.com"),
}
View = Callable[..., HttpResponseBase]


def page_for_stores(view: View) -> View:
    """Let people in who work in a store; for others the page is not there."""

    @login_required
    @cache_control(private=True, no_store=True)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not stores_for(request.user).exists():
            raise Http404("no such page")
        return view(request, *args, **kwargs)

    return guarded


class ConnectForm(forms.Form):
    """Where a store sells, and from which day on its orders are to be brought. Credentials are read apart."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), to_field_name="slug", empty_label=None)
    address = forms.CharField(max_length=200)
    sync_from = forms.DateField(
        label=_("Bring the orders placed from this day on (empty: new orders alone)"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
    )

    def __init__(self, user: User, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["store"].queryset = stores_for(user).filter(is_active=True).order_by("name")  # type: ignore[attr-defined]
        self.fields["address"].label = ADDRESSES[kind]


@page_for_stores
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """List the connections of the viewer's stores: with `trouble` those that need somebody, with `store` a store's."""
    found = troubled(None, timezone.now()) if "trouble" in request.GET else Connection.objects.all()
    rows = visible(found.select_related("store"), user_of(request)).order_by("-pk")
    if slug := request.GET.get("store", "").replace("\0", ""):
        rows = rows.filter(store__slug=slug)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    standing = standings(page)
    pairs = [(row, standing.get(row.pk, Standing())) for row in page]
    return render(request, "dashboard/connections.html", {"rows": pairs, "page": page, "kinds": CREDENTIALS})


@page_for_stores
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the form to connect a store; POST connects it."""
    if kind not in CREDENTIALS:
        raise Http404("no such system")
    user, is_sent = user_of(request), request.method == "POST"
    form = ConnectForm(user, kind, request.POST if is_sent else None, initial={"store": request.GET.get("store")})
    if is_sent and form.is_valid():
        try:
            made = actions.create_connection(
                store=form.cleaned_data["store"],
                kind=kind,
                address=form.cleaned_data["address"],
                credentials=_credentials(request, kind),
                sync_from=form.cleaned_data["sync_from"],
                actor=user,
            )
        except APIException as error:
            _refuse(form, error)
        else:
            messages.info(request, gettext("Connected. Now enter the webhook address below in the store's own system."))
            return redirect("connection", made.pk)
    context = {"form": form, "kind": kind, "title": Kind(kind).label, "credentials": CREDENTIALS[kind]}
    return render(request, "dashboard/connection_new.html", context, status=400 if form.errors else 200)


@page_for_stores
@require_http_methods(["GET", "HEAD", "POST"])
def connection(request: HttpRequest, pk: str) -> HttpResponse:
    """Show how a connection stands; POST does what its button says."""
    user = user_of(request)
    found = get_or_404(Connection.objects.select_related("store"), user, pk)
    if request.method == "POST":
        try:
            messages.info(request, _act(request, found, user))
        except APIException as error:
            messages.error(request, " ".join(texts_of(error)))
        return redirect("connection", found.pk)
    parked = SourceEvent.objects.filter(connection=found, state=SourceEvent.State.PARKED).order_by("-pk")
    differences = SourceDifference.objects.filter(connection=found).order_by("-pk")
    context = {
        "connection": found,
        "store": found.store,
        "zone": found.store.zone,
        "standing": standings([found]).get(found.pk, Standing()),
        "webhook_url": webhook_url(found),
        "reads_from": reads_from(found),
        "parked": parked[:PARKED_SHOWN],
        "differences": differences[:DIFFERENCES_SHOWN],
        "privacy_requests": found.privacy_requests.order_by("-pk")[:PARKED_SHOWN],
        "credentials": CREDENTIALS.get(found.kind, ()),
        "is_over": found.state == Connection.State.DISCONNECTED,
    }
    return render(request, "dashboard/connection.html", context)


@page_for_stores
@require_POST
def privacy_report(request: HttpRequest, pk: str, request_id: str) -> HttpResponse:
    """Send what is known of a person, for the store's owner to hand on; that notes the request as done."""
    user = user_of(request)
    found = get_or_404(Connection.objects.all(), user, pk)
    asked = get_or_404(found.privacy_requests.select_related("connection"), user, request_id, path="connection__store")
    if asked.kind != PrivacyRequest.Kind.REPORT:
        raise Http404("nothing to report")
    answer = JsonResponse(privacy.report(asked), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="customer-data-{asked.pk}.json"'
    privacy.mark_done(asked)
    return answer


def _act(request: HttpRequest, found: Connection, user: User) -> str:
    """Do what the button says; return what to tell. Raises APIException."""
    action = request.POST.get("action", "")
    if action in ("pause", "resume"):
        actions.update_connection(connection=found, changes={"is_paused": action == "pause"}, actor=user)
        return gettext("Paused. Webhooks are kept until you resume.") if action == "pause" else gettext("Resumed.")
    if action == "credentials":
        changes = {"credentials": _credentials(request, found.kind)}
        actions.update_connection(connection=found, changes=changes, actor=user)
        return gettext("The new credentials are saved.")
    if action == "sync":
        actions.sync_from(connection=found, day=_day(request.POST.get("from", "")), actor=user)
        return gettext("The orders will be brought in the background.")
    if action == "disconnect":
        actions.disconnect(connection=found, actor=user)
        return gettext("Disconnected. The orders stay and can be changed here.")
    if action == "retry":
        event = get_or_404(
            SourceEvent.objects.filter(connection=found), user, request.POST.get("event", ""), path="connection__store"
        )
        actions.retry_event(event=event, actor=user)
        return gettext("The event is tried again.")
    raise ValidationError({"action": [gettext("Choose one of the buttons.")]})


def _credentials(request: HttpRequest, kind: str) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name, _ in CREDENTIALS.get(kind, ())}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError({"from": [gettext("Enter a day, such as 2026-01-31.")]}) from None


def _refuse(form: ConnectForm, error: APIException) -> None:
    detail = error.detail
    fields = detail if isinstance(detail, dict) else {"": detail}
    for name, texts in fields.items():
        for text in texts if isinstance(texts, list) else [texts]:
            form.add_error(name if name in form.fields else None, str(text))


def texts_of(error: Exception) -> list[str]:
    """Return the sentences of a refusal."""
    detail = getattr(error, "detail", str(error))
    groups = detail.values() if isinstance(detail, dict) else [detail]
    return [str(text) for group in groups for text in (group if isinstance(group, list) else [group])]


def user_of(request: HttpRequest) -> User:
    """Return the account of a page that only accounts see."""
    assert isinstance(request.user, User)
    return request.user
