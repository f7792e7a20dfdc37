"""Services that keep hours: who may share a host, and what the plan says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from placelang.arrange.windows import rule_of
from placelang.cli.hours_text import say_hours
from placelang.cli.plan_text import View, plan_text
from placelang.lower.hours import WEEK, week_of
from placelang.policies import Window
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.operations import Hours
from placelang_runtime.plan import Plan
from placelang_runtime.recurrence import Recurring, openings
from tests.plan.fleets import Planned, fleet, host, planned, services, site, where

FACTS = fleet(site("gbg", host("g1", memory="8GiB"), timezone="Europe/Stockholm"))
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def plan_of(
    *windows: str | None,
    facts: str = FACTS,
    more: str = "",
    memory: str = "6GiB",
    current: Plan | None = None,
) -> Planned:
    """One service for each window."""
    named = "".join(
        f'service s{n} {{\nimage "i"\nreplicas 1\nneeds memory {memory}\n'
        + (f"active {window}\n" if window else "")
        + "}\n"
        for n, window in enumerate(windows)
    )
    return planned(f"app a {{\n{named}}}\n{more}", facts, current=current)


def test_services_whose_hours_never_meet_share_a_host_and_others_do_not() -> None:
    assert len(where(plan_of("daily between 08:00 and 22:00", "daily between 22:00 and 08:00").plan)) == 2
    assert len(where(plan_of("daily between 08:00 and 22:01", "daily between 22:00 and 08:00").plan)) == 1
    assert (
        len(where(plan_of("weekdays between 08:00 and 22:00", "weekends between 08:00 and 22:00").plan)) == 2
    )
    assert len(where(plan_of("daily between 08:00 and 22:00", None).plan)) == 1


def test_what_is_past_midnight_on_sunday_is_monday() -> None:
    assert len(where(plan_of("sunday between 22:00 and 05:00", "monday between 04:00 and 06:00").plan)) == 1
    assert len(where(plan_of("sunday between 22:00 and 05:00", "monday between 05:00 and 06:00").plan)) == 2


def test_what_a_policy_keeps_free_is_free_at_every_moment() -> None:
    reserve = "policy p { hosts where true { reserve memory 2GiB } }"
    apart = "daily between 08:00 and 22:00", "daily between 22:00 and 08:00"
    assert len(where(plan_of(*apart, more=reserve).plan)) == 2
    assert len(where(plan_of(*apart, more=reserve.replace("2GiB", "3GiB")).plan)) == 0


def test_the_fill_of_a_host_is_the_most_at_one_time() -> None:
    found = plan_of("daily between 08:00 and 22:00", "daily between 22:00 and 08:00", memory="4GiB").plan
    assert found.parts[0].hosts[0].used == {"memory": 4 * 2**30}


def test_the_plan_carries_the_hours_and_shows_them() -> None:
    found = plan_of("weekdays between 22:00 and 05:00").plan
    (service,) = services(found)
    assert service.active == Hours(
        rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=22;BYMINUTE=0", zone="Europe/Stockholm", minutes=420
    )
    text = plan_text(found, View(), width=100, colour=False)
    assert "a.s0: weekdays from 22:00 to 05:00" in text


def test_days_are_said_as_people_say_them() -> None:
    named = Hours(rule="FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=0;BYMINUTE=30", zone=None, minutes=1410)
    assert say_hours(named) == "monday, friday from 00:30 to 24:00"


@pytest.mark.parametrize("facts", [{}, {"timezone": "Europe/Stokholm"}])
def test_a_host_whose_clock_nobody_knows_is_undecided(facts: dict[str, str]) -> None:
    found = plan_of("daily between 08:00 and 22:00", facts=fleet(site("gbg", host("g1"), **facts))).plan
    (entry,) = found.header.left_out
    (step,) = [step for funnel in entry.funnels for step in funnel.steps if step.undecided]
    assert step.undecided_hosts[0].facts == ("site.timezone of gbg",)


def test_what_runs_where_the_clock_is_not_known_any_more_runs_on() -> None:
    first = plan_of("daily between 08:00 and 22:00")
    again = plan_of(
        "daily between 08:00 and 22:00",
        facts=fleet(site("gbg", host("g1", memory="8GiB"))),
        current=first.plan,
    )
    assert where(again.plan) == {"a.s0/1": "g1"}
    (service,) = services(again.plan)
    assert service.active is not None
    assert service.active.zone is None


def test_hours_that_were_altered_are_found_out() -> None:
    found = plan_of("daily between 08:00 and 22:00", "daily between 22:00 and 08:00")
    assert verify(found.plan, found.program, found.inventory) == ()
    altered = from_json(to_json(found.plan).replace("BYHOUR=22", "BYHOUR=21"))
    assert verify(altered, found.program, found.inventory)


@pytest.mark.parametrize(
    "zone", ["Europe/Stockholm", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo"]
)
def test_no_two_windows_are_open_together_in_a_year_that_are_not_so_in_a_week(zone: str) -> None:
    r = Random(zone)
    since, length = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=370)
    windows = [_window(r) for _ in range(12)]
    opened = [
        list(openings(Recurring(rule_of(window), ZoneInfo(zone), window.minutes), since, since + length))
        for window in windows
    ]
    for one in range(len(windows)):
        for other in range(one):
            meet = any(a.opens < b.closes and b.opens < a.closes for a in opened[one] for b in opened[other])
            weekly = [week_of(windows[n]) or ((0, WEEK),) for n in (one, other)]
            assert not meet or any(a < d and c < b for a, b in weekly[0] for c, d in weekly[1])


def _window(r: Random) -> Window:
    """Near the hours at which clocks jump."""
    days = tuple(day for day in DAYS if r.random() < 0.6) or ("SU",)
    return Window(
        days, r.choice((0, 1410, 60, 75, 105, 120, 150, 170, 180)), r.choice((15, 30, 45, 60, 90, 330))
    )
