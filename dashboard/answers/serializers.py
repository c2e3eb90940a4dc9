"""Parts of documents whose keys are not fixed: the figures of the registry, and a period by its type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar

from rest_framework import serializers

from dashboard.figures import Document, Figure, shown_in
from dashboard.figures.before import compared_in
from dashboard.figures.periods import KINDS
from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.fields import MoneyField
from dealport.kit.values import Json


class PeriodSerializer(serializers.Serializer[object]):
    """The period as it was understood; `year` and `month` where its type has them."""

    lacks_fields = True
    type = serializers.ChoiceField(choices=KINDS)
    year = serializers.IntegerField(required=False)
    month = serializers.IntegerField(required=False)
    startDate = serializers.DateField()
    endDate = serializers.DateField()


class FiguresSerializer(serializers.Serializer[object]):
    """Figures of the registry, a field each, beside the fields declared; amounts may be null with `null_amounts`."""

    shown: ClassVar[Mapping[str, Figure]] = {}
    null_amounts = False

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields."""
        return super().get_fields() | {name: self._field(figure) for name, figure in self.shown.items()}

    def _field(self, figure: Figure) -> AnyField:
        if not figure.is_money:
            return serializers.IntegerField()
        lowest = None if figure.can_be_negative else Decimal(0)
        return MoneyField(min_value=lowest, allow_null=self.null_amounts)


def examples(shown: Mapping[str, Figure]) -> Json:
    """Return an example of each of some figures, by name."""
    return {name: float(figure.example) if figure.is_money else figure.example for name, figure in shown.items()}


class SummarySerializer(FiguresSerializer):
    """The figures of the period; docs/metrics.md defines each."""

    shown = shown_in(Document.SUMMARY)


class SnapshotFiguresSerializer(FiguresSerializer):
    """The figures of the admin snapshot; amounts are null where stores of several currencies are taken together."""

    shown = shown_in(Document.SNAPSHOT)
    null_amounts = True


class CurrencyFiguresSerializer(FiguresSerializer):
    """The amounts of one currency."""

    shown = shown_in(Document.CURRENCY)


class ChangesSerializer(serializers.Serializer[object]):
    """By how many percent each of some figures changed; null where nothing was before."""

    names: ClassVar[Collection[str]] = ()

    def get_fields(self) -> dict[str, AnyField]:
        """Return a field for each figure that is compared."""
        return {name: MoneyField(min_value=None, allow_null=True) for name in self.names}


class SummaryChangeSerializer(ChangesSerializer):
    """By how many percent each figure changed; null where nothing was before."""

    names = shown_in(Document.SUMMARY)


class SnapshotBeforeSerializer(FiguresSerializer):
    """The figures of the days compared with; amounts are null where several currencies are taken together."""

    shown = compared_in(Document.SNAPSHOT)
    null_amounts = True


class SnapshotChangeSerializer(ChangesSerializer):
    """By how many percent each figure of the snapshot changed; null where nothing was before."""

    names = compared_in(Document.SNAPSHOT)


class FiguresBeforeSerializer(FiguresSerializer):
    """The amounts of one currency in the days compared with."""

    shown = compared_in(Document.CURRENCY)


class FiguresChangeSerializer(ChangesSerializer):
    """By how many percent each amount of the currency changed; null where nothing was before."""

    names = compared_in(Document.CURRENCY)
