from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rest_framework.exceptions import ValidationError

from reports.scheduling.moments import next_moment, read_cron

LONDON, SAO_PAULO, APIA = ZoneInfo("Europe/London"), ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia")


def moments(cron: str, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    """Return the next moments as the clocks of the zone show them."""
    found, rhythm = [], read_cron(cron)
    for _ in range(count):
        after = next_moment(rhythm, zone, after)
        found.append(f"{after.astimezone(zone):%a %Y-%m-%d %H:%M:%S %z}")
    return found


def test_a_time_of_day_is_that_of_the_zone_in_summer_and_in_winter() -> None:
    assert moments("0 6 * * *", LONDON, datetime(2026, 3, 27, 12, tzinfo=UTC), 3) == [
        "Sat 2026-03-28 06:00:00 +0000",
        "Sun 2026-03-29 06:00:00 +0100",
        "Mon 2026-03-30 06:00:00 +0100",
    ]


def test_a_time_the_clocks_skip_is_due_once_when_they_have_skipped_it() -> None:
    # London: 01:00 becomes 02:00 on 29 March 2026
    assert moments("30 1 * * *", LONDON, datetime(2026, 3, 27, 12, tzinfo=UTC), 3) == [
        "Sat 2026-03-28 01:30:00 +0000",
        "Sun 2026-03-29 02:00:00 +0100",
        "Mon 2026-03-30 01:30:00 +0100",
    ]
    # São Paulo: 00:00 becomes 01:00 on 4 November 2018
    assert moments("0,30 0 * * *", SAO_PAULO, datetime(2018, 11, 3, 12, tzinfo=UTC), 3) == [
        "Sun 2018-11-04 01:00:00 -0200",
        "Mon 2018-11-05 00:00:00 -0200",
        "Mon 2018-11-05 00:30:00 -0200",
    ]


def test_times_that_are_skipped_together_with_the_hour_after_them_are_due_once() -> None:
    assert moments("0 * * * *", LONDON, datetime(2026, 3, 28, 23, 30, tzinfo=UTC), 3) == [
        "Sun 2026-03-29 00:00:00 +0000",
        "Sun 2026-03-29 02:00:00 +0100",
        "Sun 2026-03-29 03:00:00 +0100",
    ]


def test_a_time_the_clocks_show_twice_is_due_the_first_time_alone() -> None:
    # London: 02:00 becomes 01:00 on 25 October 2026
    assert moments("30 1 * * *", LONDON, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "Sun 2026-10-25 01:30:00 +0100",
        "Mon 2026-10-26 01:30:00 +0000",
    ]
    # São Paulo: 00:00 on 18 February 2018 becomes 23:00 on the 17th
    assert moments("15 23 * * *", SAO_PAULO, datetime(2018, 2, 17, 3, tzinfo=UTC), 2) == [
        "Sat 2018-02-17 23:15:00 -0200",
        "Sun 2018-02-18 23:15:00 -0300",
    ]


def test_a_start_inside_the_second_showing_of_an_hour_leads_behind_it() -> None:
    second_showing = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert moments("*/15 * * * *", LONDON, second_showing, 1) == ["Sun 2026-10-25 02:00:00 +0000"]


def test_a_day_that_a_zone_left_out_is_made_up_for_at_the_start_of_the_next() -> None:
    # Samoa went from 29 to 31 December 2011
    assert moments("0 9 * * *", APIA, datetime(2011, 12, 29, 20, tzinfo=UTC), 3) == [
        "Sat 2011-12-31 00:00:00 +1400",
        "Sat 2011-12-31 09:00:00 +1400",
        "Sun 2012-01-01 09:00:00 +1400",
    ]


def test_months_days_and_weekdays_must_all_match() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert moments("0 7 1 * *", LONDON, now, 2) == ["Tue 2026-12-01 07:00:00 +0000", "Fri 2027-01-01 07:00:00 +0000"]
    assert moments("0 7 * * mon-tue", LONDON, now, 2) == [
        "Mon 2026-11-23 07:00:00 +0000",
        "Tue 2026-11-24 07:00:00 +0000",
    ]
    assert moments("0 7 29 feb *", LONDON, now, 1) == ["Tue 2028-02-29 07:00:00 +0000"]
    assert moments("0 7 13 * FRI", LONDON, now, 1) == ["Fri 2027-08-13 07:00:00 +0100"]


def test_moments_ascend_through_years_of_clock_changes_and_every_local_day_has_its_own() -> None:
    for zone in (LONDON, SAO_PAULO, APIA, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Africa/Casablanca")):
        for cron in ("30 1 * * *", "5 0 * * *", "45 23 * * *"):
            rhythm, at = read_cron(cron), datetime(2010, 1, 1, tzinfo=UTC)
            days = []
            while at < datetime(2020, 1, 1, tzinfo=UTC):
                before, at = at, next_moment(rhythm, zone, at)
                assert timedelta(0) < at - before < timedelta(hours=50)
                days.append(at.astimezone(zone).date())
            assert days == sorted(days)
            # Samoa's 30 December 2011 never was: what was due on it is due on the 31st as well
            assert len(days) - len(set(days)) == (1 if zone is APIA else 0)


@pytest.mark.parametrize(
    "cron",
    [
        "", "0 6 * *", "0 6 * * * *", "@daily", "60 6 * * *", "0 24 * * *", "0 6 0 * *", "0 6 32 * *", "0 6 * 13 *",
        "0 6 * * 7", "0 6 31 2 *", "*/0 6 * * *", "0-59/0 6 * * *", "1-1000000000 6 * * *", "-5 6 * * *", ",0 6 * * *",
        "mon 6 * * *", "0 6 * mon *", "0 6 * * jan", "1_0 6 * * *", "\u0663 6 * * *", "0 6 L * *", "0 6 * * mon#1",
        "0 6 * *\n*", "0;6 * * * *", "0 6 * * *\0", "$(id) 6 * * *", "1.5 6 * * *", "0 6 ? * *",
    ],
)  # fmt: skip
def test_what_is_no_cron_expression_is_refused_by_name(cron: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_cron(cron)
    assert list(refused.value.detail) == ["cron"]


@pytest.mark.parametrize("cron", ["* * * * *", "*/14 * * * *", "0,10 6 * * *", "0,50 0,23 * * *", "5,15 * * * *"])
def test_more_than_one_run_in_fifteen_minutes_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="every 15 minutes"):
        read_cron(cron)


def test_every_fifteen_minutes_is_allowed() -> None:
    assert len(read_cron("*/15 * * * *").times) == 96


def test_what_never_falls_due_is_refused() -> None:
    with pytest.raises(ValidationError, match="within ten years"):
        # 29 February is a Monday in 2044 at the next
        next_moment(read_cron("0 6 29 2 mon"), LONDON, datetime(2026, 11, 20, tzinfo=UTC))
