"""What staff write down about an order."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers.auditing import record
from customers.models import User
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues
from orders.models import Order
from orders.models.order_querysets import DISPUTED

DETAILS = ("notes", "internal_notes", "tags")
MAX_TAGS, TAG_LENGTH = 50, 40


@transaction.atomic
def change_order_details(*, order: Order, changes: FieldValues, actor: User | None) -> Order:
    """Replace what `changes` names of an order's notes, internal notes and tags; nothing else of it moves.

    Raises ValidationError for too many or too long tags.
    """
    row = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("store").get(pk=order.pk)
    values = {name: changes[name] for name in DETAILS if name in changes}
    if "tags" in values:
        values["tags"] = checked_tags(values["tags"])
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = timezone.now()
    row.save(update_fields=[*values, "updated_at"])
    names = [name.replace("_", " ") for name in values]
    said = " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)
    record(f"{said} changed", row, before=before, after=values, actor=actor)  # all three fit the 40 characters
    return row


def checked_tags(tags: list[str]) -> list[str]:
    """Return tags without blanks around them, each once, that of disputes as its view spells it.

    Raises ValidationError.
    """
    known = (DISPUTED if tag.strip().casefold() == DISPUTED else tag.strip() for tag in tags)
    kept = list(dict.fromkeys(tag for tag in known if tag))
    if len(kept) > MAX_TAGS or any(len(tag) > TAG_LENGTH for tag in kept):
        raise invalid(
            "tags",
            gettext("Enter at most {max_tags} tags of at most {tag_length} characters.").format(
                max_tags=MAX_TAGS, tag_length=TAG_LENGTH
            ),
        )
    return kept
