"""What the orders app does when a store changes, and when the database becomes that of a new installation."""

from __future__ import annotations

from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import Customer, Picture, Store
from customers.pictures import drop_former
from customers.signals import picture_ready, store_changing
from dealport.kit.errors import Conflict
from dealport.kit.installation import installation_replaced
from orders.actions.images import show_first_image
from orders.models import Category, Order, Product, Upload


@receiver(store_changing, dispatch_uid="orders.keep_currency_and_zone")
def keep_currency_and_zone(store: Store, changed: set[str], **_: object) -> None:
    """Refuse another currency or time zone once there are orders: every figure would change its meaning.

    Customers are counted on the day they registered, so the first of them fixes the time zone as well.
    """
    frozen = changed & {"currency", "timezone"}
    if frozen and Order.objects.filter(store=store).exists():
        names = gettext(" and ").join(gettext(name) for name in sorted(frozen))
        raise Conflict(gettext("Keep the {names}: it cannot change after the first order.").format(names=names))
    if "timezone" in frozen and Customer.objects.filter(store=store).exists():
        raise Conflict(gettext("Keep the timezone: it cannot change after the first customer."))


@receiver(installation_replaced, dispatch_uid="orders.installation_replaced")
def let_go_of_uploads(**_: object) -> list[str]:
    """End uploads that wait, and forget the names of all files: a copy must not delete what the original has."""
    why = "The database was restored or copied. Upload the file again."
    waiting = Upload.objects.filter(status__in=(*Upload.WORK, Upload.Status.READY))
    count = waiting.update(status=Upload.Status.CANCELED, finished_at=timezone.now(), error=why)
    Upload.objects.exclude(file_key="").update(file_key="")
    return [f"Uploads canceled: {count}."]


@receiver(picture_ready, dispatch_uid="orders.picture_ready")
def show_picture(picture: Picture, **_: object) -> None:
    """Let a product or category show the picture that has become ready."""
    if picture.subject == Product._meta.label_lower:
        product = Product.objects.select_for_update(no_key=True).filter(pk=picture.subject_id).first()
        if product is not None:
            show_first_image(product, None)
    if picture.subject == Category._meta.label_lower:
        Category.objects.filter(pk=picture.subject_id).update(image_url=picture.address)
        drop_former(picture)
