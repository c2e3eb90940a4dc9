"""The theme, bound here and nowhere else.

Plan B for a theme that is no longer kept: the classes of `django.contrib.admin` and `django.forms` under the same
names. Everything works on in stock clothes.
"""

from __future__ import annotations

from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

DecimalInput = UnfoldAdminDecimalFieldWidget
IntegerInput = UnfoldAdminIntegerFieldWidget
PasswordInput = UnfoldAdminPasswordWidget
RadioSelect = UnfoldAdminRadioSelectWidget
TextInput = UnfoldAdminTextInputWidget
CheckboxInput = UnfoldBooleanWidget

__all__ = [
    "AdminOwnPasswordChangeForm",
    "CheckboxInput",
    "DecimalInput",
    "IntegerInput",
    "ModelAdmin",
    "PasswordInput",
    "RadioSelect",
    "TabularInline",
    "TextInput",
]
