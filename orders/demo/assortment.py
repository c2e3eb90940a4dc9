"""Putting a demo store's catalogue into its store, and choosing what people buy from it."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from django.utils.text import slugify

from customers.models import Store
from orders.demo.catalogue import Article, articles
from orders.demo.pictures import PictureFolder
from orders.demo.profiles import StoreProfile
from orders.models import Category, Product
from orders.pricing import percentage_of
from orders.slugs import SlugBook

UNCOUNTED = ("card",)
OUT_OF_STOCK, NEARLY_OUT, WITHDRAWN, NEW, REPRICED = 0.07, 0.08, 0.03, 0.2, 0.4
SEASON_SWING = 0.6
REDUCED, FEATURED_APPEAL = 0.12, 0.05
WITHDRAWN_AS = (Product.Status.INACTIVE, Product.Status.ARCHIVED, Product.Status.DRAFT)


@dataclass(frozen=True)
class Listing:
    """A product as buyers meet it. `sold_from` is its launch; before `repriced_at` it cost `former_price`."""

    product: Product
    season: str
    appeal: float
    sold_from: datetime
    former_price: Decimal
    repriced_at: datetime

    def price_at(self, moment: datetime) -> Decimal:
        """Return what a piece cost then."""
        return self.product.price if moment >= self.repriced_at else self.former_price


class Assortment:
    """The products of a store: written on creation, then drawn from by popularity and season."""

    def __init__(
        self,
        profile: StoreProfile,
        store: Store,
        pictures: PictureFolder,
        *,
        opened: datetime,
        now: datetime,
        random: Random,
    ) -> None:
        self.opened, self.now, self.random = opened, now, random
        self.shelves = {shelf.slug: number for number, shelf in enumerate(profile.shelves)}
        by_slug = _categories(profile, store)
        self.slugs = SlugBook(store)
        listings = [
            self._listing(store, by_slug, article, appeal, pictures)
            for article, appeal in zip(articles(profile.shelves), self._appeals(profile), strict=True)
        ]
        self._group(profile, [listing.product for listing in listings])
        self.listings = listings
        self._tables: dict[tuple[int, int], tuple[list[Listing], list[float]]] = {}

    def draw(self, at: datetime, count: int) -> list[Listing]:
        """Return up to `count` different products sold at that moment, popular ones more often."""
        listings, weights = self._table(at)
        drawn = self.random.choices(listings, cum_weights=weights, k=count)
        return list({id(listing): listing for listing in drawn}.values())

    def in_stock(self, pieces: int) -> Sequence[Listing]:
        """Return the products of which that many pieces can be ordered now, dearest to the customers first."""
        found = [
            listing
            for listing in self.listings
            if listing.product.is_active and (listing.product.stock is None or listing.product.stock >= pieces)
        ]
        return sorted(found, key=lambda listing: (-listing.appeal, listing.product.sku))

    def _appeals(self, profile: StoreProfile) -> list[float]:
        """Return a weight for each article: few are loved by many, dear ones are bought less."""
        all_articles = list(articles(profile.shelves))
        ranks = list(range(len(all_articles)))
        self.random.shuffle(ranks)
        return [
            (rank + 6) ** -0.85 * float(article.design.price) ** -0.25
            for rank, article in zip(ranks, all_articles, strict=True)
        ]

    def _listing(
        self, store: Store, categories: dict[str, Category], article: Article, appeal: float, pictures: PictureFolder
    ) -> Listing:
        random = self.random
        ground = self.shelves[article.shelf.slug]
        image = pictures.add(article.sku, name=article.name, kind=article.design.glyph, ground=ground)
        price = article.design.price
        sold_from = self._month_since(0.85) if random.random() < NEW else self.opened
        product = Product(
            store=store,
            category=categories[article.shelf.slug],
            sku=article.sku,
            name=article.name,
            price=price,
            stock=None if article.design.glyph in UNCOUNTED else self._stock(),
            image_url=image,
            created_at=sold_from,
        )
        if random.random() < WITHDRAWN:
            product.status = WITHDRAWN_AS[zlib.crc32(article.sku.encode()) % len(WITHDRAWN_AS)]
        self._describe(product, article, appeal)
        is_repriced = random.random() < REPRICED and article.design.glyph not in UNCOUNTED
        former = _former(price) if is_repriced else price
        return Listing(product, article.shelf.season, appeal, sold_from, former, self._month_since(0.95))

    def _group(self, profile: StoreProfile, variants: list[Product]) -> None:
        """Save the products, those of a design in several forms below a product of the design's name."""
        designs: dict[str, Product] = {}
        for article, variant in zip(articles(profile.shelves), variants, strict=True):
            if not article.design_sku:
                continue
            if article.design_sku not in designs:
                designs[article.design_sku] = self._design(article, variant)
            variant.parent, variant.options = designs[article.design_sku], {profile.words.variant: article.variant}
        Product.objects.bulk_create(designs.values())
        Product.objects.bulk_create(variants)

    def _design(self, article: Article, first: Product) -> Product:
        """Return the product above the variants of a design, which begins with its `first` one."""
        return Product(
            store=first.store,
            category=first.category,
            sku=article.design_sku,
            name=article.design.name,
            slug=self.slugs.take(article.design.name),
            price=article.design.price,
            image_url=first.image_url,
            tags=[tag for tag in (article.shelf.slug, article.shelf.season) if tag],
            has_variants=True,
            created_at=self.opened,
        )

    def _describe(self, product: Product, article: Article, appeal: float) -> None:
        """Set slug, cost, former price, tags, views and whether it is featured, as its SKU and appeal have it."""
        own = Random(zlib.crc32(article.sku.encode()))
        product.slug = self.slugs.take(product.name)
        product.cost_price = percentage_of(product.price, Decimal(own.randint(34, 58)))
        if own.random() < REDUCED:
            product.compare_at_price = product.price + (int(product.price) // 5 + 5)
        product.tags = [tag for tag in (article.shelf.slug, article.shelf.season, slugify(article.variant)) if tag]
        product.is_featured = appeal > FEATURED_APPEAL
        product.view_count = int(appeal * own.randint(8_000, 12_000))

    def _stock(self) -> int:
        chance = self.random.random()
        if chance < OUT_OF_STOCK:
            return 0
        return self.random.randint(1, 4) if chance < OUT_OF_STOCK + NEARLY_OUT else self.random.randint(8, 180)

    def _month_since(self, most: float) -> datetime:
        """Return a moment within the first `most` of the years the store has been open."""
        return self.opened + (self.now - self.opened) * self.random.uniform(0.1, most)

    def _table(self, at: datetime) -> tuple[list[Listing], list[float]]:
        """Return the products sold in that month with their cumulated weights."""
        month = (at.year, at.month)
        if month not in self._tables:
            first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            sold = [listing for listing in self.listings if listing.sold_from <= max(first, self.opened)]
            weights = itertools.accumulate(listing.appeal * _season(listing.season, at.month) for listing in sold)
            self._tables[month] = sold, list(weights)
        return self._tables[month]


def _categories(profile: StoreProfile, store: Store) -> dict[str, Category]:
    """Save the categories of a store, each below that of its group; return them by slug."""
    names = dict.fromkeys(shelf.group for shelf in profile.shelves)
    groups = Category.objects.bulk_create(
        Category(store=store, name=name, slug=slugify(name), sort_order=number) for number, name in enumerate(names)
    )
    above = {group.name: group for group in groups}
    categories = Category.objects.bulk_create(
        Category(store=store, name=shelf.name, slug=shelf.slug, parent=above[shelf.group], sort_order=number)
        for number, shelf in enumerate(profile.shelves)
    )
    return {category.slug: category for category in categories}


def _season(season: str, month: int) -> float:
    """Return how much a season's shelf sells in a month; both stores lie south of the equator."""
    summer = math.cos((month - 1) * math.pi / 6)
    return {"summer": 1 + SEASON_SWING * summer, "winter": 1 - SEASON_SWING * summer}.get(season, 1.0)


def _former(price: Decimal) -> Decimal:
    """Return a price about a tenth lower with the same cents."""
    whole = int(price)
    return price - (whole - int(whole * 0.92))
