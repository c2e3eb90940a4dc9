from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.templatetags import dashboard_formats as formats


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.5", "GBP", "£1,234,567.50"),
        ("-12", "EUR", "−€12.00"),
        ("0", "BRL", "R$0.00"),
        ("999999999999.99", "CHF", "CHF\N{NO-BREAK SPACE}999,999,999,999.99"),
    ],
)
def test_money_has_its_currency_thousands_and_two_decimals(amount: str, currency: str, text: str) -> None:
    assert formats.money(Decimal(amount), currency) == text


def test_counts_have_thousands() -> None:
    assert [formats.count(number) for number in (0, 999, 1000, -1234567)] == ["0", "999", "1,000", "−1,234,567"]


@pytest.mark.parametrize(
    ("percentage", "text", "length"),
    [
        ("0.00", "0.0%", "0.00"),
        ("0.04", "<0.1%", "0.04"),
        ("35.29", "35.3%", "35.29"),
        ("100.00", "100.0%", "100.00"),
        ("120.00", "120.0%", "100.00"),
        ("-20.00", "−20.0%", "0.00"),
    ],
)
def test_shares_have_one_decimal_and_bars_stay_in_their_track(percentage: str, text: str, length: str) -> None:
    shown = formats.share(Decimal(percentage)).replace("\N{NO-BREAK SPACE}", " ")

    assert (shown, formats.bar(Decimal(percentage))) == (text, length)


@pytest.mark.parametrize(
    ("zone", "clock", "moment"),
    [
        ("Europe/London", "09:41:07 GMT", "Nov 20, 2026, 09:41 GMT"),
        ("Pacific/Auckland", "22:41:07 NZDT", "Nov 20, 2026, 22:41 NZDT"),
        ("America/Sao_Paulo", "06:41:07 UTC-03", "Nov 20, 2026, 06:41 UTC-03"),
    ],
)
def test_moments_are_told_in_the_zone_with_its_name(zone: str, clock: str, moment: str) -> None:
    when = datetime(2026, 11, 20, 9, 41, 7, tzinfo=UTC)

    assert (formats.clock(when, ZoneInfo(zone)), formats.moment(when, ZoneInfo(zone))) == (clock, moment)


def test_countries_have_names_and_an_empty_one_is_unknown() -> None:
    assert [formats.country(code) for code in ("FR", "BR", "XX", "")] == ["France", "Brazil", "XX", "Unknown"]


def test_only_pictures_of_this_site_are_shown() -> None:
    addresses = ["/media/mug.svg", "//evil.example/mug.svg", "https://cdn.example/mug.svg", ""]

    assert [formats.is_own(address) for address in addresses] == [True, False, False, False]


def test_a_sparkline_has_a_bar_for_every_day_also_for_losses() -> None:
    assert formats.sparkline([Decimal(-5), Decimal(50), Decimal(100)]) == {
        "bars": [
            {"x": 0, "y": 27, "height": 1},
            {"x": 11, "y": 14, "height": 14},
            {"x": 22, "y": 0, "height": 28},
        ],
        "bar_width": 8,
        "width": 30,
        "height": 28,
    }
