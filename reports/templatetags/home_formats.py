"""How Home writes changes and moments."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from django import template
from django.utils.translation import gettext

from dashboard.templatetags.dashboard_formats import change
from dealport.kit.formats import moment_text
from dealport.kit.values import Json

register = template.Library()


@register.filter
def change_of(line: Json) -> str:
    """Return how sales changed in percent; "new" where there were none before."""
    before = Decimal(line["sales_before"])
    if before <= 0:
        return gettext("new") if line["sales"] else "±0"
    return change((Decimal(line["sales"]) - before) * 100 / before)


@register.filter
def direction(line: Json) -> str:
    """Return the class of a rise or a fall, none where sales are the same."""
    if line["sales"] == line["sales_before"]:
        return ""
    return "rose" if line["sales"] > line["sales_before"] else "fell"


@register.filter
def clock_day(moment: datetime, zone: tzinfo) -> str:
    """Return `Nov 27, 04:47` in the zone."""
    return moment_text(moment, zone, with_year=False)
