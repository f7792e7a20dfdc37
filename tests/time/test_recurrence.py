"""Windows by the clock of a site: the day on which they open, midnight, and clocks that jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.recurrence import Opening, Recurring, moment_of, openings, read_zone

DAILY = "MO,TU,WE,TH,FR,SA,SU"
ZONES = (
    "Europe/Stockholm",
    "America/New_York",
    "America/Santiago",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "UTC",
)


def rule(opens: str, days: str = DAILY) -> str:
    hour, minute = opens.split(":")
    return f"FREQ=WEEKLY;BYDAY={days};BYHOUR={int(hour)};BYMINUTE={int(minute)}"


def found_in(text: str, zone: str, minutes: int, since: datetime, length: timedelta) -> list[Opening]:
    return list(openings(Recurring(text, ZoneInfo(zone), minutes), since, since + length))


def opened(zone: str, opens: str, minutes: int, day: str, days: str = DAILY) -> list[tuple[str, str]]:
    """The openings that begin in the 24 hours from a day's 00:00 UTC on, in UTC."""
    since = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    return [
        (f"{found.opens:%d %H:%M}", f"{found.closes:%d %H:%M}")
        for found in found_in(rule(opens, days), zone, minutes, since, timedelta(days=1))
        if found.opens >= since
    ]


def test_a_window_is_read_by_the_clock_of_its_site() -> None:
    assert opened("Europe/Stockholm", "22:00", 420, "2026-01-15") == [("15 21:00", "16 04:00")]
    assert opened("Europe/Stockholm", "22:00", 420, "2026-07-15") == [("15 20:00", "16 03:00")]
    assert opened("Asia/Kathmandu", "08:00", 60, "2026-07-15") == [("15 02:15", "15 03:15")]


def test_what_is_past_midnight_belongs_to_the_day_before() -> None:
    # 2026-03-06 is a friday
    assert opened("UTC", "22:00", 420, "2026-03-06", "FR") == [("06 22:00", "07 05:00")]
    assert opened("UTC", "22:00", 420, "2026-03-07", "FR") == []


def test_what_opened_the_day_before_is_still_open() -> None:
    since = datetime(2026, 3, 7, 4, tzinfo=UTC)
    (found,) = found_in(rule("22:00", "FR"), "UTC", 420, since, timedelta(hours=1))
    assert found.opens == datetime(2026, 3, 6, 22, tzinfo=UTC)
    assert found_in(rule("22:00", "FR"), "UTC", 420, found.closes, timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("zone", "opens", "minutes", "day", "expected"),
    [
        (
            "Europe/Stockholm",
            "02:30",
            90,
            "2026-03-29",
            ("29 01:00", "29 02:00"),
        ),  # opens at 03:00, closes at 04:00
        (
            "Europe/Stockholm",
            "01:00",
            90,
            "2026-03-29",
            ("29 00:00", "29 01:00"),
        ),  # closes when the clock jumps
        ("America/New_York", "02:15", 60, "2026-03-08", ("08 07:00", "08 07:15")),
        ("Australia/Sydney", "02:30", 60, "2026-10-03", ("03 16:00", "03 16:30")),
        ("Australia/Lord_Howe", "02:10", 60, "2026-10-03", ("03 15:30", "03 16:10")),  # half an hour
        ("Africa/Cairo", "00:00", 120, "2026-04-23", ("23 22:00", "23 23:00")),  # midnight itself is skipped
    ],
)
def test_a_time_that_the_clock_skips_is_the_next_that_there_is(
    zone: str, opens: str, minutes: int, day: str, expected: tuple[str, str]
) -> None:
    assert opened(zone, opens, minutes, day)[0] == expected


@pytest.mark.parametrize(
    ("zone", "opens", "minutes", "day", "expected"),
    [
        (
            "Europe/Stockholm",
            "02:30",
            60,
            "2026-10-25",
            ("25 00:30", "25 02:30"),
        ),  # two hours by any other clock
        ("Europe/Stockholm", "01:30", 60, "2026-10-24", ("24 23:30", "25 00:30")),
        ("America/New_York", "01:30", 60, "2026-11-01", ("01 05:30", "01 07:30")),
        ("America/Santiago", "23:30", 60, "2026-04-05", ("05 02:30", "05 04:30")),
        ("Australia/Sydney", "02:00", 60, "2026-04-04", ("04 15:00", "04 17:00")),
    ],
)
def test_of_a_time_that_comes_twice_the_first_counts(
    zone: str, opens: str, minutes: int, day: str, expected: tuple[str, str]
) -> None:
    assert expected in opened(zone, opens, minutes, day)


def test_hours_that_the_clock_skips_as_a_whole_do_not_open() -> None:
    assert opened("Europe/Stockholm", "02:10", 30, "2026-03-29") == []
    assert opened("Europe/Stockholm", "02:10", 30, "2026-03-30") == [("30 00:10", "30 00:40")]


def test_midnight_to_midnight_is_never_closed_whatever_the_clock_does() -> None:
    for zone in ZONES:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        found = found_in(rule("00:00"), zone, 1440, since, timedelta(days=366))
        assert all(one.closes == after.opens for one, after in pairwise(found)), zone
        assert 366 <= len(found) <= 367


def test_on_closed_days_nothing_opens() -> None:
    since, days = datetime(2026, 12, 22, tzinfo=UTC), (date(2026, 12, 23), date(2026, 12, 25))
    hours = Recurring(rule("22:00"), ZoneInfo("UTC"), 240)
    found = openings(hours, since, since + timedelta(days=5), days)
    assert [one.opens.day for one in found] == [21, 22, 26]


def test_a_zone_that_nobody_knows_is_none() -> None:
    assert read_zone("Europe/Stokholm") is None
    assert read_zone("../etc/passwd") is None
    assert read_zone("") is None
    assert read_zone("Europe/Oslo") is not None


@given(
    zone=st.sampled_from(ZONES),
    opens=st.integers(0, 1439),
    minutes=st.integers(1, 1440),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_at_its_opening_a_clock_shows_the_time_or_has_just_skipped_it(
    zone: str, opens: int, minutes: int, day: date
) -> None:
    known = ZoneInfo(zone)
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    text = rule(f"{opens // 60}:{opens % 60}")
    for found in found_in(text, zone, minutes, since, timedelta(days=2)):
        clock = found.opens.astimezone(known).replace(tzinfo=None)
        due = clock.replace(hour=opens // 60, minute=opens % 60)
        just_before = (found.opens - timedelta(seconds=1)).astimezone(known).replace(tzinfo=None)
        assert clock == due or just_before < due < clock
        assert found.opens < found.closes
        assert moment_of(clock, known) == found.opens
