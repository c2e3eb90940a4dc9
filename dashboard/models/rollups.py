"""The rollups: figures per store and bucket, on both bases. Written by the fold and the recount alone.

They hold ids, not foreign keys: they can be rebuilt from the orders at any time and are upserted by the thousand.
Measures of now (`pending`, `canceled`) are of the orders placed on a day and stay 0 on the booked basis.
"""

from __future__ import annotations

from django.db import models

from dashboard.metrics.measures import MEASURES, OF_ORDERS, OF_PRODUCTS, measured
from dashboard.models.ledger import Basis, are_numbers
from dealport.kit.fields import SumField


@measured(MEASURES, money=SumField, count=models.IntegerField, wide=models.BigIntegerField)
class StoreFigures(models.Model):
    """Columns of a bucket of store figures."""

    id = models.BigAutoField(primary_key=True)
    store_id = models.BigIntegerField()
    basis = models.CharField(max_length=6, choices=Basis.choices)

    class Meta:
        abstract = True


@measured(OF_PRODUCTS, money=SumField, count=models.IntegerField, wide=models.BigIntegerField)
class ShareFigures(models.Model):
    """Columns of a bucket that splits a store's sales by product."""

    id = models.BigAutoField(primary_key=True)
    store_id = models.BigIntegerField()
    basis = models.CharField(max_length=6, choices=Basis.choices)

    class Meta:
        abstract = True


class StoreDailySales(StoreFigures):
    """A store's figures of one local day."""

    day = models.DateField()

    class Meta:
        verbose_name_plural = "store daily sales"
        constraints = [
            models.UniqueConstraint(fields=["store_id", "basis", "day"], name="dashboard_daily_bucket"),
            *are_numbers(MEASURES, "dashboard_daily"),
        ]

    def __str__(self) -> str:
        return f"store {self.store_id}, {self.day} ({self.basis})"


class StoreMonthlySales(StoreFigures):
    """A store's figures of one month; `month` is its first day."""

    month = models.DateField()

    class Meta:
        verbose_name_plural = "store monthly sales"
        constraints = [
            models.UniqueConstraint(fields=["store_id", "basis", "month"], name="dashboard_monthly_bucket"),
            *are_numbers(MEASURES, "dashboard_monthly"),
        ]

    def __str__(self) -> str:
        return f"store {self.store_id}, {self.month:%Y-%m} ({self.basis})"


class StoreDailySalesByProduct(ShareFigures):
    """A product's sales of one local day; `orders` counts the orders containing it."""

    day = models.DateField()
    product_id = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "store daily sales by product"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "day", "product_id"], name="dashboard_daily_product_bucket"
            ),
            *are_numbers(OF_PRODUCTS, "dashboard_daily_product"),
        ]

    def __str__(self) -> str:
        return f"product {self.product_id}, {self.day} ({self.basis})"


class StoreMonthlySalesByProduct(ShareFigures):
    """A product's sales of one month; `month` is its first day."""

    month = models.DateField()
    product_id = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "store monthly sales by product"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "month", "product_id"], name="dashboard_monthly_product_bucket"
            ),
            *are_numbers(OF_PRODUCTS, "dashboard_monthly_product"),
        ]

    def __str__(self) -> str:
        return f"product {self.product_id}, {self.month:%Y-%m} ({self.basis})"


class StoreYearlySalesByProduct(ShareFigures):
    """A product's sales of one year; `year` is its first day."""

    year = models.DateField()
    product_id = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "store yearly sales by product"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "year", "product_id"], name="dashboard_yearly_product_bucket"
            ),
            *are_numbers(OF_PRODUCTS, "dashboard_yearly_product"),
        ]

    def __str__(self) -> str:
        return f"product {self.product_id}, {self.year:%Y} ({self.basis})"


@measured(OF_ORDERS, money=SumField, count=models.IntegerField, wide=models.BigIntegerField)
class OrderFigures(models.Model):
    """Columns of a bucket that splits a store's orders by something each of them has one of."""

    id = models.BigAutoField(primary_key=True)
    store_id = models.BigIntegerField()
    basis = models.CharField(max_length=6, choices=Basis.choices)

    class Meta:
        abstract = True


class StoreDailySalesByCountry(OrderFigures):
    """A country's sales of one local day; an empty country is an unknown one."""

    day = models.DateField()
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        verbose_name_plural = "store daily sales by country"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "day", "country"], name="dashboard_daily_country_bucket"
            ),
            *are_numbers(OF_ORDERS, "dashboard_daily_country"),
        ]

    def __str__(self) -> str:
        return f"{self.country or 'unknown'}, {self.day} ({self.basis})"


class StoreDailySalesByDimension(OrderFigures):
    """A store's figures of one local day by a dimension of its orders: `key` is the value, empty where there is none.

    One table for the dimensions of `dashboard.metrics.rollups.SHARED`.
    """

    dimension = models.CharField(max_length=13)
    day = models.DateField()
    key = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name_plural = "store daily sales by dimension"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "dimension", "day", "key"], name="dashboard_daily_dimension_bucket"
            ),
            *are_numbers(OF_ORDERS, "dashboard_daily_dimension"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.key or 'none'}, {self.day} ({self.basis})"


class StoreMonthlySalesByDimension(OrderFigures):
    """The same of one month, of the country too; `month` is its first day."""

    dimension = models.CharField(max_length=13)
    month = models.DateField()
    key = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name_plural = "store monthly sales by dimension"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "basis", "dimension", "month", "key"], name="dashboard_monthly_dimension_bucket"
            ),
            *are_numbers(OF_ORDERS, "dashboard_monthly_dimension"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.key or 'none'}, {self.month:%Y-%m} ({self.basis})"
