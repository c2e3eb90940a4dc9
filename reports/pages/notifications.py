"""The page on which a person says of what they want to be told."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from customers.access import sees_all_stores, stores_for, zone_for
from customers.models import User
from dealport.kit.texts import lazy_text as _
from reports.models import ScheduleMail, Trouble
from reports.notifying.choices import choose_notifications, chosen_by
from reports.pages import page_for_staff

NEWEST = 10
MOST_STORES = 20
MEANINGS = {
    Trouble.Kind.CONNECTION: _("Its source refuses access or does not answer, or its orders wait for 10 minutes."),
    Trouble.Kind.FIGURES: _("A comparison with the orders found totals that differ, and they are not repaired yet."),
    Trouble.Kind.SCHEDULE: _("An export that you repeat could not be written."),
}


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """Show which notifications a person gets and the newest ones; POST chooses."""
    user = cast(User, request.user)
    if request.method == "POST":
        kinds = [kind for kind in request.POST.getlist("kind") if kind in Trouble.Kind.values]
        choose_notifications(user=user, kinds=kinds, actor=user)
        messages.success(request, gettext("Your notifications are saved."))
        return redirect("notifications")
    chosen = chosen_by(user)
    newest = ScheduleMail.objects.filter(trouble__isnull=False, recipient=user.email).select_related("trouble")
    names = list(stores_for(user).order_by("name").values_list("name", flat=True)[: MOST_STORES + 1])
    context = {
        "kinds": [(kind, gettext(kind.label), MEANINGS[kind], kind in chosen) for kind in Trouble.Kind],
        "stores": names[:MOST_STORES],
        "has_more": len(names) > MOST_STORES,
        "sees_all": sees_all_stores(user),
        "newest": newest.order_by("-pk")[:NEWEST],
        "has_server": bool(settings.EMAIL_HOST),
        "zone": zone_for(user),
    }
    return render(request, "reports/notifications.html", context)
