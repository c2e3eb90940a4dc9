"""Categories and products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Model, QuerySet
from django.db.models.functions import NullIf
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from customers.admin.base import Inline, SoftDeleteAdmin, user_of
from customers.admin.filters import store_filter
from customers.admin.own_views import OwnViews
from customers.admin.uploading import PictureForm, TakesPictures
from dealport.kit.admin.base import ActionForm, save_through
from dealport.kit.admin.display import badge, money
from dealport.kit.admin.filters import DeletedFilter
from dealport.kit.admin.theme import TextInput
from dealport.kit.formats import percent_text
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import (
    adjust_stock,
    create_category,
    create_product,
    create_variant,
    delete_category,
    delete_product,
    restore_category,
    restore_product,
    update_category,
    update_product,
)
from orders.admin.bulk_editing import BulkEditing
from orders.admin.product_pictures import ProductPicturesForm, TakesProductPictures
from orders.admin.sold import SoldColumns
from orders.models import Category, Product
from orders.models.catalogue import LOW
from orders.search import search_products

WARNED = 100
"""Low products that are counted, at most, for the warning above the list."""


class CategoryForm(PictureForm):
    """A category; the fields are those of its page."""

    class Meta:
        model = Category
        fields = "__all__"
        help_texts = {
            "parent": _("A category that moves takes its whole history along: sales are added up along today's tree.")
        }


@admin.register(Category)
class CategoryAdmin(TakesPictures, SoftDeleteAdmin):
    """Groups of a store's products."""

    form = CategoryForm
    public_pictures = True
    fields = ["store", "name", "slug", "parent", "description", "image_url", "sort_order", "created_at", "updated_at"]
    readonly_fields = ["created_at", "updated_at"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "slug", "parent", "sort_order", "store"]
    list_filter = [DeletedFilter, store_filter()]
    list_select_related = ["store", "parent"]
    search_fields = ["name", "^slug"]
    nothing_yet = _("Put products into categories, and see what each category sells.")
    ordering = ["-id"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Category | None = None) -> object:
        """Suggest a slug for new categories alone: addresses of old ones are known outside."""
        return self.prepopulated_fields if obj is None else {}

    def create(self, request: HttpRequest, values: FieldValues) -> Category:
        """Create it below its parent. Raises ValidationError for a circle or more than six levels."""
        return create_category(**values, actor=user_of(request))

    def update(self, request: HttpRequest, row: Category, changes: FieldValues) -> Category:
        """Apply the changes; a new parent moves the whole branch. Raises ValidationError as `create` does."""
        return update_category(category=row, changes=changes, actor=user_of(request))

    def delete(self, request: HttpRequest, row: Category) -> None:
        """Delete it softly. Raises Conflict while it has products or categories below it."""
        delete_category(category=row, actor=user_of(request))

    def restore(self, request: HttpRequest, row: Category) -> None:
        """Undo its deletion. Raises Conflict where its slug is taken, or the category above is deleted."""
        restore_category(category=row, actor=user_of(request))


class StockFilter(admin.SimpleListFilter):
    """Narrows products to those with enough stock, with little, or with none."""

    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return what the list can be narrowed to."""
        return [("low", gettext("Low or sold out")), ("out", gettext("Sold out")), ("enough", gettext("Enough"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the products of the choice."""
        if self.value() == "low":
            return queryset.filter(LOW)
        if self.value() == "out":
            return queryset.filter(stock=0)
        return queryset.filter(~LOW) if self.value() == "enough" else queryset


class ProductForm(ProductPicturesForm):
    """A product; the stock goes with what was on the page when it was opened."""

    class Meta:
        model = Product
        fields = [
            "store",
            "category",
            "sku",
            "slug",
            "name",
            "description",
            "price",
            "cost_price",
            "compare_at_price",
            "stock",
            "low_stock_threshold",
            "image_url",
            "status",
            "tags",
            "is_featured",
        ]
        help_texts = {
            "slug": _("Part of the product's address. Empty: the name makes it."),
            "category": _("A product that moves takes its sales along, also those of the past."),
            "tags": _("Separate tags with commas."),
        }
        widgets = {"tags": TextInput}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "stock" in self.fields:
            self.fields["stock"].show_hidden_initial = True

    def clean_slug(self) -> str:
        """Return the slug; left empty, a product keeps the one it has."""
        return str(self.cleaned_data["slug"] or self.instance.slug)

    @property
    def stock_seen(self) -> int | None:
        """The stock that the person saw. Raises ValidationError if it is no number."""
        return self.fields["stock"].to_python(self.data.get(self.add_initial_prefix("stock")))


class VariantForm(ActionForm):
    """A variant; its stock goes with what was on the page when it was opened."""

    class Meta:
        model = Product
        fields = ["options", "sku", "price", "cost_price", "stock", "status"]
        help_texts = {"options": _('Such as {"Size": "M"}; the same options for all.')}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "stock" in self.fields:
            self.fields["stock"].show_hidden_initial = True

    @property
    def stock_seen(self) -> int | None:
        """The stock that the person saw. Raises ValidationError if it is no number."""
        return self.fields["stock"].to_python(self.data.get(self.add_initial_prefix("stock")))


class VariantInline(Inline):
    """A product's variants; without any it is sold itself."""

    model = Product
    form = VariantForm
    fk_name = "parent"
    verbose_name = "variant"
    ordering = ["id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Return the variants of the product that are not deleted."""
        return super().get_queryset(request).filter(deleted_at__isnull=True)


@admin.register(Product)
class ProductAdmin(SoldColumns, TakesProductPictures, BulkEditing, OwnViews, SoftDeleteAdmin):
    """What a store sells. Stock is set against what was seen; orders keep the name and price they were placed with."""

    form = ProductForm
    fieldsets = [
        (None, {"fields": ["store", "name", "slug", "sku", "category", "description", "image_url"]}),
        (_("Offer"), {"fields": ["status", "is_featured", "tags"]}),
        (_("Price and stock"), {"fields": ["price", "compare_at_price", "cost_price", "stock", "low_stock_threshold"]}),
    ]
    known = (_("Activity"), {"fields": ["view_count", "created_at", "updated_at"]})
    readonly_fields = ["view_count", "created_at", "updated_at"]
    autocomplete_fields = ["category"]
    inlines = [VariantInline]
    actions = [*SoftDeleteAdmin.actions, "edit_rows"]
    list_display = [
        "picture",
        "name",
        "sku",
        "category",
        "shown_price",
        "margin",
        "stock_badge",
        "units_sold",
        "net_sales",
        "status_badge",
        "featured",
        "store",
    ]
    list_display_links = ["name"]
    sortable_by = ["stock_badge", "shown_price", "margin"]
    list_filter = [DeletedFilter, store_filter(), "status", StockFilter, "is_featured"]
    list_select_related = ["store", "category"]
    search_fields = ["name", "sku"]
    nothing_yet = _("Products come along with orders and with files that you upload, or you add them one by one.")
    comes_with_orders = True
    ordering = ["-id"]

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by any part of the name, or by the SKU."""
        return search_products(queryset, term)

    @admin.display(description=_("picture"))
    def picture(self, product: Product) -> str:
        """Return the product's picture; a link where the content security policy would not load it."""
        if not product.image_url:
            return ""
        if not product.image_url.startswith("/") or product.image_url.startswith("//"):
            return format_html('<a href="{}" rel="noreferrer">Open</a>', product.image_url)
        return format_html('<img class="dp-picture" src="{}" alt="" loading="lazy">', product.image_url)

    @admin.display(description=_("price"), ordering="price")
    def shown_price(self, product: Product) -> str:
        """Return the price in the store's currency."""
        return money(product.price, product.store.currency)

    @admin.display(description=_("margin"), ordering=(F("price") - F("cost_price")) / NullIf("price", Decimal(0)))
    def margin(self, product: Product) -> str:
        """Return what of the price is left after the cost, in percent; nothing where either is missing."""
        if product.cost_price is None or not product.price:
            return "–"
        return percent_text((product.price - product.cost_price) * 100 / product.price)

    @admin.display(description=_("stock"), ordering="stock")
    def stock_badge(self, product: Product) -> str:
        """Return what can still be ordered."""
        if product.stock is None:
            return badge(gettext("not counted"))
        if not product.stock:
            return badge(gettext("0, sold out"), "danger")
        return (
            badge(gettext("{stock}, low").format(stock=product.stock), "warning")
            if product.is_low
            else badge(str(product.stock), "success")
        )

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, product: Product) -> str:
        """Return the status as a badge, green for a product that is sold."""
        return badge(product.get_status_display(), "success" if product.is_active else "neutral")

    @admin.display(description=_("featured"))
    def featured(self, product: Product) -> str:
        """Return a label for a product that is featured."""
        return badge(gettext("Featured"), "info") if product.is_featured else ""

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> object:
        """Show what happened to products that exist."""
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, self.known] if obj else fieldsets

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Warn of products whose stock is low."""
        if request.method == "GET" and not request.GET:
            low = self.choices(request).filter(LOW, status=Product.Status.ACTIVE)
            if count := len(low.order_by()[: WARNED + 1].values_list("pk")):
                if count > WARNED:
                    text = gettext("More than {count} products are low on stock.").format(count=WARNED)
                else:
                    known = ngettext("{count} product is low on stock.", "{count} products are low on stock.", count)
                    text = known.format(count=count)
                address, link = "?stock=low&status__exact=ACTIVE", gettext("Show them")
                link = format_html('{} <a href="{}">{}</a>', text, address, link)
                messages.warning(request, link)
        return super().changelist_view(request, extra_context)

    def create(self, request: HttpRequest, values: FieldValues) -> Product:
        """Create a product."""
        return create_product(**values, actor=user_of(request))

    def update(self, request: HttpRequest, row: Product, changes: FieldValues) -> Product:
        """Change anything but the stock; orders keep what they were placed with. Raises ValidationError by field."""
        return update_product(product=row, changes=changes, actor=user_of(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Set the stock as well, if it was changed on the page."""
        super().save_model(request, obj, form, change)
        if change and "stock" in form.changed_data:
            stock = form.cleaned_data["stock"]
            adjust_stock(product=obj, stock=stock, seen=form.stock_seen, actor=user_of(request))

    def get_inlines(self, request: HttpRequest, obj: Product | None) -> object:
        """Offer variants for products that exist and are none themselves."""
        return self.inlines if obj is not None and obj.parent_id is None else []

    def save_formset(self, request: HttpRequest, form: Any, formset: object, change: bool) -> None:
        """Add, change and hide variants."""
        actor = user_of(request)

        def save(entry: Any) -> Product:
            changes = {name: entry.cleaned_data[name] for name in entry.changed_data}
            if not entry.instance.pk:
                return create_variant(product=form.instance, **changes, actor=actor)
            if "stock" in changes:
                adjust_stock(product=entry.instance, stock=changes.pop("stock"), seen=entry.stock_seen, actor=actor)
            return update_product(product=entry.instance, changes=changes, actor=actor)

        save_through(formset, save=save, delete=lambda variant: delete_product(product=variant, actor=actor))

    def delete(self, request: HttpRequest, row: Product) -> None:
        """Delete it softly: its sales stay, and it can be restored."""
        delete_product(product=row, actor=user_of(request))

    def restore(self, request: HttpRequest, row: Product) -> None:
        """Undo its deletion. Raises Conflict where its SKU or slug is taken, or its category is deleted."""
        restore_product(product=row, actor=user_of(request))
