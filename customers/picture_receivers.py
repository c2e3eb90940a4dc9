"""Showing pictures that have become ready, and forgetting those of people who are erased."""

from __future__ import annotations

from django.dispatch import receiver

from customers.models import Customer, Picture, User
from customers.pictures import drop_former, pictures_of
from customers.signals import customer_erased, picture_ready


@receiver(picture_ready, dispatch_uid="customers.picture_ready")
def show_avatar(picture: Picture, **_: object) -> None:
    """Let a customer or an account show the picture that has become ready, in the place of the one before."""
    for model in (Customer, User):
        if picture.subject == model._meta.label_lower:
            model._default_manager.filter(pk=picture.subject_id).update(avatar=picture.address)
            drop_former(picture)


@receiver(customer_erased, dispatch_uid="customers.erase_pictures")
def forget_pictures(customer: Customer, **_: object) -> None:
    """Forget the pictures of a customer; the next clean-up deletes the files."""
    pictures_of(customer).delete()
