"""The pictures of a product on its page: several at once, put in order, removed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import user_of
from customers.admin.uploading import NEW_PICTURE, PictureForm, TakesPictures
from customers.models import Picture
from customers.pictures import pictures_of
from dealport.kit.texts import lazy_text as _
from orders.actions.images import MAX_IMAGES, add_image, arrange_images
from orders.models import Product

PREFIX = "pictures"


class SeveralFiles(forms.ClearableFileInput):
    """A field for files of which several are chosen at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files. Raises ValidationError for one that cannot be one."""
        files = data if isinstance(data, list | tuple) else [data]
        cleaned = [super(FilesField, self).clean(file, initial) for file in files]
        return [file for file in cleaned if file]


class PictureRow(forms.Form):
    """One picture that the product has: its place, and whether it goes."""

    pk = forms.IntegerField(widget=forms.HiddenInput)

    def add_fields_of(self, picture: Picture) -> None:
        """Name the fields by the picture for those who do not see it."""
        self.picture = picture
        number = int(self.fields["ORDER"].initial or 0)
        self.fields["ORDER"].label, self.fields["DELETE"].label = gettext("Position"), gettext("Remove")
        for name, text in (("ORDER", gettext("Position of picture {n}")), ("DELETE", gettext("Remove picture {n}"))):
            self.fields[name].widget.attrs["aria-label"] = text.format(n=number)


PictureRows = formset_factory(
    PictureRow, extra=0, can_order=True, can_delete=True, max_num=MAX_IMAGES, absolute_max=MAX_IMAGES
)


class ProductPicturesForm(PictureForm):
    """A product with its pictures; those it has are rows with a position and a tick for removing."""

    new_picture = FilesField(
        label=_("Add pictures"),
        required=False,
        help_text=_("Several at once. JPEG, PNG, WebP or GIF, at most 10 MB each; shown in a moment."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = list(pictures_of(self.instance)[:MAX_IMAGES]) if self.instance.pk else []
        sent = self.data if f"{PREFIX}-TOTAL_FORMS" in self.data else None
        rows = [{"pk": picture.pk} for picture in own]
        self.pictures: BaseFormSet[Any] = PictureRows(sent, initial=rows, prefix=PREFIX)
        for row, picture in zip(self.pictures.forms, own, strict=False):
            row.add_fields_of(picture)

    def clean(self) -> Any:
        """Refuse positions that are no numbers."""
        values = super().clean()
        if self.pictures.is_bound and not self.pictures.is_valid():
            self.add_error(None, gettext("Enter whole numbers as the positions of pictures."))
        return values

    @property
    def arrangement(self) -> list[int] | None:
        """The pictures that stay, in their new order; None where all stay where they are."""
        if not self.pictures.is_bound or not self.pictures.has_changed():
            return None
        return [row.cleaned_data["pk"] for row in self.pictures.ordered_forms]


class TakesProductPictures(TakesPictures):
    """Takes pictures of a product that exists or is about to, orders and removes them. `form` is the form above."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer the upload for a new product as well."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [*fieldsets, (gettext("Picture"), {"fields": [NEW_PICTURE]})]

    def save_model(self, request: HttpRequest, obj: Any, form: ProductPicturesForm, change: bool) -> None:
        """Save the product, arrange its pictures, then add the new ones: what goes makes room for them."""
        files = form.cleaned_data.pop(NEW_PICTURE, [])
        super().save_model(request, obj, form, change)
        actor = user_of(request)
        if change and (ids := form.arrangement) is not None:
            named = {row.cleaned_data["pk"] for row in form.pictures.forms}
            since = [pk for pk in pictures_of(obj).values_list("pk", flat=True) if pk not in named]
            arrange_images(product=obj, ids=[*ids, *since], actor=actor)
        product = obj if change else Product.objects.get(pk=obj.pk)
        for file in files:
            add_image(product=product, file=file, actor=actor)
