"""Jobs from the file to the timetable in the plan, and what `verify` makes of one that was altered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placelang.cli.plan_text import View, plan_text
from placelang.errors import InputError
from placelang.inventory import parse_time
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import Job, JobRun
from placelang_runtime.plan import Outcome, Plan
from placelang_runtime.recurrence import Recurring, read_zone
from placelang_runtime.rounds import rounds
from placelang_runtime.timetable import Late
from tests.plan.fleets import Planned, fleet, host, planned, site

STOCKHOLM = "Europe/Stockholm"
GPU = "[{vendor: nvidia, memory: 8GiB}]"
ONE = fleet(site("gbg", host("g1", gpus=GPU), timezone=STOCKHOLM, uplink="{bandwidth: 100Mbps}"))
TWO = fleet(
    site("gbg", host("g1", memory="4GiB"), host("g2", arch="arm64"), timezone=STOCKHOLM),
    site("nyc", host("n1"), timezone="America/New_York"),
)
NIGHT = "every day\nbetween 22:00 and 05:00"


def job(name: str, *clauses: str, lasts: str = "1h", needs: str = "memory 1GiB") -> str:
    body = "\n".join((f"needs {needs}", f"lasts {lasts}", *clauses))
    return f'job {name} {{\nimage "i"\n{body}\n}}\n'


def service(name: str, *clauses: str, needs: str = "memory 1GiB") -> str:
    body = "\n".join((f"needs {needs}", "replicas 1 per site", *clauses))
    return f'service {name} {{\nimage "i"\n{body}\n}}\n'


def plan_of(*units: str, facts: str = ONE, more: str = "", at: str = "2026-03-02T05:00:00Z") -> Planned:
    found = planned(f"app a {{\n{''.join(units)}}}\n{more}", facts, at=parse_time(at))
    assert verify(found.plan, found.program, found.inventory) == ()
    return found


def jobs(plan: Plan, name: str) -> list[Job]:
    return [one for part in plan.parts for one in part.jobs if one.name == f"a.{name}"]


def runs(found: Planned, name: str) -> list[JobRun]:
    return [run for one in jobs(found.plan, name) for run in one.runs]


def starts(found: Planned, name: str) -> list[tuple[str, str]]:
    return [(run.host, run.start) for run in runs(found, name)]


def late(found: Planned) -> dict[str, Late]:
    timetable = found.plan.header.timetable
    assert timetable is not None
    return {one.job: one for one in timetable.late}


# --- when and where --------------------------------------------------------------------------------------------------


def test_a_job_runs_once_at_each_site_by_the_clock_of_the_site() -> None:
    found = plan_of(job("j", NIGHT), facts=TWO, at="2026-03-02T11:00:00Z")
    assert starts(found, "j") == [("g1", "2026-03-02T21:00Z"), ("n1", "2026-03-03T03:00Z")]
    assert [run.clock for run in runs(found, "j")] == ["2026-03-02 22:00", "2026-03-02 22:00"]
    assert found.plan.header.outcome is Outcome.COMPLETE


def test_so_many_in_all_run_so_often() -> None:
    found = plan_of(job("j", NIGHT, "replicas 3", needs="memory 3GiB"), facts=TWO, at="2026-03-02T11:00:00Z")
    assert len(runs(found, "j")) == 3
    assert {run.round for run in runs(found, "j")} == {"2026-03-02T22:00"}


def test_a_round_that_is_open_already_gets_what_is_left_of_it() -> None:
    found = plan_of(job("j", NIGHT), at="2026-03-02T23:59:30Z")
    assert starts(found, "j") == [("g1", "2026-03-03T00:00Z"), ("g1", "2026-03-03T21:00Z")]
    short = plan_of(job("j", NIGHT), at="2026-03-03T03:30:00Z")
    assert late(short)["a.j"].reason == "its hours leave 30min in this round, and it takes 1h"


def test_a_job_on_some_days_is_planned_for_a_week() -> None:
    found = plan_of(job("j", "every wednesday, sunday", "by 06:00"))
    assert [run.clock for run in runs(found, "j")] == ["2026-03-04 00:00", "2026-03-08 00:00"]


def test_a_job_each_so_many_hours_comes_round_from_1970_on_or_from_each_opening() -> None:
    found = plan_of(job("j", "every 8h", lasts="10min"), at="2026-03-02T09:00:00Z")
    assert [run.start[11:16] for run in runs(found, "j")] == ["09:00", "16:00", "00:00", "08:00"]
    within = plan_of(job("j", "every 3h", "between 22:00 and 05:00"))
    assert [run.clock for run in runs(within, "j")] == [
        "2026-03-02 22:00",
        "2026-03-03 01:00",
        "2026-03-03 04:00",
    ]


def test_a_job_without_every_runs_once_a_version() -> None:
    assert starts(plan_of(job("j")), "j") == [("g1", "2026-03-02T05:00Z")]
    found = plan_of(job("j", "weekends between 10:00 and 12:00"))
    assert starts(found, "j") == [("g1", "2026-03-07T09:00Z")]
    (carried,) = jobs(found.plan, "j")
    assert carried.once


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-28T12:00:00Z", ["2026-03-29T00:30Z"]),  # 01:30 to 04:00 by a clock that skips an hour
        ("2026-10-24T12:00:00Z", ["2026-10-24T23:30Z"]),
    ],
)
def test_a_run_lasts_as_long_as_it_lasts_whatever_the_clock_does(at: str, expected: list[str]) -> None:
    window = "every day\nbetween 01:30 and 04:00"
    assert [run.start for run in runs(plan_of(job("j", window), at=at), "j")] == expected
    spring = plan_of(job("j", window, lasts="2h"), at="2026-03-28T12:00:00Z")
    assert late(spring)["a.j"].reason == "its hours leave 1h 30min in this round, and it takes 2h"
    autumn = plan_of(job("j", window, lasts="150min"), at="2026-10-24T12:00:00Z")
    assert [run.end for run in runs(autumn, "j")] == ["2026-10-25T02:00Z"]


# --- on what services leave ------------------------------------------------------------------------------------------


def test_a_job_goes_where_and_when_services_leave_room() -> None:
    day = service("s", "active daily between 06:00 and 23:00", needs="memory 6GiB")
    found = plan_of(day, job("j", NIGHT, needs="memory 4GiB"))
    assert starts(found, "j") == [("g1", "2026-03-02T22:00Z")]
    always = plan_of(service("s", needs="memory 6GiB"), job("j", NIGHT, needs="memory 4GiB"))
    assert late(always)["a.j"].reason == "no host has what it needs free for 1h while its hours are open"
    assert always.plan.header.outcome is Outcome.PARTIAL


def test_a_gpu_of_a_service_is_a_jobs_outside_of_its_hours() -> None:
    day = service("s", "active daily between 06:00 and 23:00", needs="gpu 1")
    found = plan_of(day, job("j", NIGHT, needs="gpu 1"))
    assert [(run.start, run.gpus) for run in runs(found, "j")] == [("2026-03-02T22:00Z", ("g1/gpu0",))]
    two = plan_of(day, job("j", NIGHT, needs="gpu 1"), job("k", NIGHT, needs="gpu 1"))
    assert {run.start for name in "jk" for run in runs(two, name)} == {
        "2026-03-02T22:00Z",
        "2026-03-02T23:00Z",
    }


def test_what_policies_keep_free_and_how_many_they_allow_holds_for_jobs() -> None:
    policy = "policy p {{ hosts where true {{ {} }} }}"
    kept = plan_of(job("j", needs="memory 5GiB"), more=policy.format("reserve memory 4GiB"))
    assert not runs(kept, "j")
    alone = plan_of(job("j"), job("k"), more=policy.format("at most 1 replicas"))
    assert {run.start for name in "jk" for run in runs(alone, name)} == {
        "2026-03-02T05:00Z",
        "2026-03-02T06:00Z",
    }
    nowhere = plan_of(job("j"), more='policy p { services where app == "a" { hosts where arch == "arm64" } }')
    assert late(nowhere)["a.j"].reason == 'no host suits: g1: not `hosts where arch == "arm64"`'


def test_a_job_of_higher_priority_goes_first() -> None:
    found = plan_of(
        job("j", NIGHT, needs="memory 8GiB", lasts="5h"),
        job("k", NIGHT, "priority 5", needs="memory 8GiB", lasts="5h"),
    )
    assert (len(runs(found, "j")), len(runs(found, "k"))) == (0, 1)
    assert late(found)["a.j"].reason == "other runs take the room"
    assert late(found)["a.j"].proved


def test_preferred_hosts_are_taken_where_there_is_room() -> None:
    found = plan_of(job("j", 'prefer hosts where arch == "arm64"', 'sites where name == "gbg"'), facts=TWO)
    assert starts(found, "j") == [("g2", "2026-03-02T05:00Z")]


def test_a_job_stands_beside_a_service_or_away_from_it() -> None:
    there = service("s", 'hosts where name in ["g2", "n1"]')
    near = plan_of(there, job("j", "same host as s"), facts=TWO)
    assert [found for found, _ in starts(near, "j")] == ["g2", "n1"]
    away = plan_of(there, job("j", "different host than s"), facts=TWO)
    assert [found for found, _ in starts(away, "j")] == ["g1"]
    assert late(away)["a.j"].reason == "no host suits: n1 does not stand to other services as it has to"


# --- in order, over uplinks ------------------------------------------------------------------------------------------


def test_a_job_waits_for_the_run_of_another_and_is_left_out_with_it() -> None:
    first, then = job("first", NIGHT, lasts="2h"), job("then", NIGHT, "after first")
    assert starts(plan_of(first, then), "then") == [("g1", "2026-03-02T23:00Z")]
    found = plan_of(job("first", NIGHT, needs="memory 90GiB"), then)
    assert late(found)["a.then"].reason == "it waits for a run of a.first, which is left out"


def test_a_job_waits_for_runs_of_its_own_site_only() -> None:
    first = job("first", NIGHT, 'sites where name == "nyc"', lasts="2h")
    found = plan_of(first, job("then", NIGHT, "after first"), facts=TWO, at="2026-03-02T11:00:00Z")
    assert starts(found, "then") == [("g1", "2026-03-02T21:00Z"), ("n1", "2026-03-03T05:00Z")]
    once = plan_of(job("first", "replicas 1", lasts="2h"), job("then", "after first"), facts=TWO)
    assert {start for _, start in starts(once, "then")} == {"2026-03-02T07:00Z"}


def test_a_job_after_a_service_that_is_not_placed_is_left_out() -> None:
    found = plan_of(service("s", needs="memory 90GiB"), job("j", "after s"))
    assert late(found)["a.j"].reason == "it waits for a.s, which is not placed"


def test_uplinks_carry_no_more_at_once_than_they_can() -> None:
    heavy = "upload 36GB"  # 80 Mbit/s for an hour, of 100
    found = plan_of(job("j", needs=heavy), job("k", needs=heavy))
    assert {run.start for name in "jk" for run in runs(found, name)} == {
        "2026-03-02T05:00Z",
        "2026-03-02T06:00Z",
    }
    assert late(plan_of(job("j", needs="upload 90GB")))["a.j"].reason.startswith(
        "no host has what it needs free"
    )


def test_uplinks_carry_no_more_in_a_day_of_the_site_than_policies_allow() -> None:
    limit = "policy p { sites where true { at most 5GB per day } }"
    found = plan_of(job("j", "every 6h", needs="upload 3GB"), more=limit)
    assert [run.clock[:10] for run in runs(found, "j") if run.clock] == ["2026-03-02", "2026-03-03"]
    found = plan_of(job("j", needs="upload 3GB", lasts="2h"), more=limit, at="2026-03-02T21:30:00Z")
    assert len(runs(found, "j")) == 1
    huge = plan_of(job("j", needs="upload 6GB"), more=limit)
    assert late(huge)["a.j"].reason == "it moves more than the uplink may carry in a day"


# --- what is not known -----------------------------------------------------------------------------------------------


def test_what_is_not_known_leaves_a_job_out_and_is_named() -> None:
    bare = fleet(site("gbg", host("g1")))
    assert (
        late(plan_of(job("j", NIGHT), facts=bare))["a.j"].reason
        == "no host suits: g1: unknown is site.timezone of gbg"
    )
    reason = late(plan_of(job("j", needs="upload 1GB"), facts=bare))["a.j"].reason
    assert reason == "nobody knows what the uplink carries: uplink.bandwidth of the site"
    assert starts(plan_of(job("j", "every 12h"), facts=bare), "j") != []


def test_without_a_time_nothing_is_planned_in_time() -> None:
    timeless = ONE.replace("observed: 2026-03-02T05:00:00Z\n", "")
    found = planned(f"app a {{\n{job('j', NIGHT)}}}\n", timeless)
    assert "--at" in late(found)["a.j"].reason
    assert verify(found.plan, found.program, found.inventory) == ()


# --- more than can be ------------------------------------------------------------------------------------------------


def test_a_job_that_comes_round_each_minute_is_planned_all_the_same() -> None:
    assert len(runs(plan_of(job("j", "every 1min", lasts="1min")), "j")) == 1440


def test_of_too_many_rounds_the_first_are_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placelang.timing.dues._ALL", 10)
    found = plan_of(job("j", "every 1h", lasts="1min"), facts=TWO)
    assert [run.start[11:13] for run in runs(found, "j")] == ["05", "06", "07", "08", "09"] * 2


def test_more_ways_than_can_be_looked_at_are_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placelang.timing.posing.MOST_WAYS", 10)
    with pytest.raises(InputError) as raised:
        plan_of(job("j", "every 1h", lasts="1min"))
    assert raised.value.diagnostics[0].message.startswith("jobs could run in 24 ways")
    monkeypatch.setattr("placelang.timing.dues.MOST_WAYS", 10)
    with pytest.raises(InputError, match="jobs could run in 72 ways"):
        plan_of(job("j", "every 1h", "replicas 3", lasts="1min"))


# --- once more -------------------------------------------------------------------------------------------------------


def again(first: Planned, *units: str, facts: str = ONE, at: str) -> Planned:
    """The plan made later, of the same or other units."""
    text = f"app a {{\n{''.join(units)}}}\n"
    found = planned(text, facts, current=first.plan, at=parse_time(at))
    assert verify(found.plan, found.program, found.inventory, current=first.plan) == ()
    assert verify(found.plan, found.program, found.inventory) == ()
    return found


def test_a_run_that_has_begun_goes_on_and_takes_what_it_takes() -> None:
    long = job("long", NIGHT, lasts="5h", needs="memory 6GiB")
    found = again(plan_of(long), long, job("other", needs="memory 6GiB"), at="2026-03-02T22:00:00Z")
    assert starts(found, "long") == [("g1", "2026-03-02T21:00Z"), ("g1", "2026-03-03T21:00Z")]
    assert starts(found, "other") == [("g1", "2026-03-03T02:00Z")]


def test_a_round_that_had_its_run_has_no_second_one() -> None:
    found = again(plan_of(job("j", NIGHT)), job("j", NIGHT), at="2026-03-03T02:00:00Z")
    assert [run.start for run in runs(found, "j")] == ["2026-03-02T21:00Z", "2026-03-03T21:00Z"]
    assert late(found) == {}


def test_a_run_that_has_not_begun_is_planned_anew() -> None:
    found = again(plan_of(job("j", NIGHT)), job("j", NIGHT, lasts="90min"), at="2026-03-02T20:00:00Z")
    assert [run.end for run in runs(found, "j")] == ["2026-03-02T22:30Z"]


def test_a_run_on_a_host_that_is_gone_is_planned_anew() -> None:
    two = fleet(site("gbg", host("g1"), host("g0"), timezone=STOCKHOLM))
    first = plan_of(job("j", NIGHT, lasts="3h"), facts=two)
    gone = fleet(site("gbg", host("g1" if starts(first, "j")[0][0] == "g0" else "g0"), timezone=STOCKHOLM))
    found = again(first, job("j", NIGHT, lasts="3h"), facts=gone, at="2026-03-02T22:00:00Z")
    assert [run.start for run in runs(found, "j")] == ["2026-03-02T22:00Z", "2026-03-03T21:00Z"]


def test_what_ran_once_is_done_until_there_is_another_version() -> None:
    first = plan_of(job("j"))
    found = again(first, job("j"), at="2026-03-09T05:00:00Z")
    assert starts(found, "j") == starts(first, "j")
    changed = again(first, job("j").replace('image "i"', 'image "i2"'), at="2026-03-09T05:00:00Z")
    assert [(run.image, run.start) for run in runs(changed, "j")] == [("i2", "2026-03-09T05:00Z")]


# --- the plan --------------------------------------------------------------------------------------------------------


def test_a_site_can_go_on_by_what_it_carries() -> None:
    (carried,) = jobs(plan_of(job("j", NIGHT, "by 04:00", "retries 2", "after s"), service("s")).plan, "j")
    assert carried.hours is not None
    assert (carried.minutes, carried.retries, carried.after, carried.once) == (60, 2, ("a.s",), False)
    zone = read_zone(carried.hours.zone or "")
    assert zone is not None
    hours = Recurring(carried.hours.rule, zone, carried.hours.minutes)
    since = datetime(2026, 3, 28, 12, tzinfo=UTC)
    (found,) = rounds(hours, carried.each_minutes, since, since.replace(day=29))
    assert (found.name, f"{found.closes:%H:%M}") == ("2026-03-28T22:00", "02:00")


def test_the_text_shows_the_timetable_and_what_is_left_out() -> None:
    text = plan_text(
        plan_of(job("j", NIGHT), job("k", needs="memory 90GiB")).plan, View(), width=110, colour=False
    )
    assert "Jobs from 2026-03-02T05:00Z until 2026-03-03T05:00Z: 1 run" in text
    assert "gbg   2026-03-02 21:00  22:00  22:00         a.j  g1" in text
    assert "a.k at gbg: no host has what it needs free for 1h" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-03-02T21:00Z", "2026-03-02T20:00Z"),
        ("2026-03-02T22:00Z", "2026-03-02T22:30Z"),
        ('"minutes": 60', '"minutes": 50'),
        ('"g1/gpu0"', '"g1/gpu9"'),
        ("BYHOUR=22", "BYHOUR=21"),
        ("2026-03-02T22:00", "2026-03-03T22:00"),
    ],
)
def test_a_timetable_that_was_altered_is_found_out(old: str, new: str) -> None:
    found = plan_of(job("j", NIGHT, needs="gpu 1"))
    text = to_json(found.plan)
    assert old in text
    assert verify(from_json(text.replace(old, new)), found.program, found.inventory)


def test_two_runs_moved_onto_one_gpu_are_told() -> None:
    found = plan_of(job("j", NIGHT, needs="gpu 1"), job("k", NIGHT, needs="gpu 1"))
    text = (
        to_json(found.plan)
        .replace("2026-03-02T23:00Z", "2026-03-02T22:30Z")
        .replace('"start": "2026-03-02T22:00Z"', '"start": "2026-03-02T21:30Z"')
    )
    findings = verify(from_json(text), found.program, found.inventory)
    assert any("`pool` of the timetable does not hold at thing/gpu/g1/gpu0" in one.text for one in findings)


def test_a_fleet_without_jobs_has_no_timetable() -> None:
    found = plan_of(service("s"))
    assert found.plan.header.timetable is None
    assert found.plan.parts[0].jobs == ()


def test_a_monitor_names_the_job_that_it_runs() -> None:
    watched = "monitor s {\nrun j when restarts > 3\n}\n"
    found = plan_of(service("s"), job("j"), watched)
    (monitor,) = found.plan.parts[0].monitors
    assert [rule.job for rule in monitor.rules] == ["a.j"]
