"""Pages of the admin on which a picture of the row can be uploaded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import StoreOwnedAdmin, user_of
from customers.pictures import add_picture
from dealport.kit.admin.base import ActionForm
from dealport.kit.texts import lazy_text as _

NEW_PICTURE = "new_picture"


class PictureForm(ActionForm):
    """A row and, where it exists, a new picture of it."""

    new_picture = forms.FileField(
        label=_("Add a picture"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, at most 10 MB; shown in a moment."),
    )


class TakesPictures(StoreOwnedAdmin):
    """Offers an upload for rows that exist and may be changed. `form` is a PictureForm."""

    form = PictureForm
    public_pictures = False
    """Whether anybody who knows the address may load them, as with goods; people are seen by people of their store."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the upload."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, (gettext("Picture"), {"fields": [NEW_PICTURE]})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row and keep the new picture."""
        file = form.cleaned_data.pop(NEW_PICTURE, None)
        super().save_model(request, obj, form, change)
        if change and file:
            self.keep_picture(request, obj, file)

    def keep_picture(self, request: HttpRequest, row: Any, file: UploadedFile) -> None:
        """Keep a picture of a row; a worker makes it. Raises ValidationError, StorageAway, StorageRefused."""
        add_picture(row, file=file, is_public=self.public_pictures, actor=user_of(request))
