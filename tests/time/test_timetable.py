"""Runs in time against the oracle; thousands more by

python -m tests.time.test_timetable 3000
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler.timetable import (
    Budget,
    InvalidTimetable,
    Mode,
    Pick,
    Pool,
    Run,
    Slot,
    Timetable,
    clashes,
    timetable,
)
from placelang_scheduler.timetable.lists import Table, fill, shift
from tests.time import timetables


def agree(seed: int) -> None:
    one = timetables.asked(seed)
    found = timetable(one)
    assert timetables.holds(one, found.slots), seed
    assert tuple(level.value for level in found.levels) == timetables.best(one), seed
    assert found.proved


@pytest.mark.parametrize("seed", range(120))
def test_as_many_runs_as_can_be_are_in_time_and_that_is_proved(seed: int) -> None:
    agree(seed)


def test_the_check_finds_what_the_oracle_finds_in_timetables_that_were_altered() -> None:
    objected = 0
    for seed in range(300):
        one = timetables.asked(seed)
        r = Random(seed)
        slots = list(timetable(one, budget=0).slots)
        number = r.randrange(len(slots))
        slot = slots[number]
        if slot is None:
            continue
        slots[number] = r.choice((None, replace(slot, start=slot.start + r.choice((-1, 1)))))
        altered = tuple(slots)
        moved = altered[number]
        mode = one.runs[number].modes[slot.mode]
        outside = moved is not None and not mode.first <= moved.start <= mode.last
        assert bool(clashes(one, altered)) == (outside or not timetables.holds(one, altered))
        objected += bool(clashes(one, altered))
    assert objected > 50


def full(*, places: int = 2, runs: int = 6) -> Timetable:
    """Runs of two steps, as many as just fit, of which a careless order leaves some out."""
    pools = tuple(Pool(f"p{n}", ((0, 2), (6, 0))) for n in range(places))
    long = [Run(f"l{n}", 4, _everywhere(places, 0, 2, 1)) for n in range(runs // 2)]
    short = [Run(f"s{n}", 2, _everywhere(places, 0, 4, 1)) for n in range(runs)]
    return Timetable(8, pools, (*long, *short))


def _everywhere(places: int, first: int, last: int, amount: int) -> tuple[Mode, ...]:
    return tuple(Mode(place, first, last, {place: amount}) for place in range(places))


def test_no_budget_still_answers_and_says_what_is_not_proved() -> None:
    one = replace(full(), runs=(*full().runs, *full().runs))
    found = timetable(one, budget=0)
    assert clashes(one, found.slots) == ()
    assert not found.proved
    assert timetable(one).proved


def test_neighbourhoods_gain_where_a_whole_search_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    from placelang_scheduler.timetable import solve

    r = Random(4)
    pools = tuple(Pool(f"p{n}", ((0, 10),)) for n in range(8))
    runs = []
    for n in range(90):
        duration = r.randint(3, 15)
        first = r.randint(0, 60 - duration)
        last = min(60 - duration, first + r.randint(0, 20))
        places = sorted(r.sample(range(8), 5))
        runs.append(
            Run(
                f"r{n}",
                duration,
                tuple(Mode(p, first, last, {p: r.randint(2, 7)}) for p in places),
                r.choice((0, 9)),
            )
        )
    one = Timetable(60, pools, tuple(runs))
    listed = timetable(one, budget=0)
    monkeypatch.setattr(solve, "_WHOLE", 0)
    searched = timetable(one, budget=2)
    assert [level.value for level in searched.levels] < [level.value for level in listed.levels]
    assert timetable(one, budget=2) == searched


def test_nothing_is_left_out_for_nothing_and_what_has_no_mode_is_proved_to_be_out() -> None:
    one = Timetable(
        4, (Pool("p", ((0, 1),)),), (Run("a", 1, ()), Run("b", 1, (Mode(0, 0, 3, {0: 1}),), 0, (0,)))
    )
    found = timetable(one)
    assert (found.slots, found.proved) == ((None, None), True)


def test_runs_are_as_early_as_they_can_be() -> None:
    one = Timetable(
        9, (Pool("p", ((0, 0), (2, 1))),), tuple(Run(f"r{n}", 2, (Mode(0, 0, 7, {0: 1}),)) for n in range(3))
    )
    assert sorted(slot.start for slot in timetable(one).slots if slot) == [2, 4, 6]
    table = Table(one)
    table.put(0, Slot(0, 5))
    shift(table)
    assert table.slots[0].start == 2


def test_a_run_goes_after_those_that_it_waits_for() -> None:
    modes = (Mode(0, 0, 8, {0: 1}),)
    one = Timetable(10, (Pool("p", ((0, 9),)),), (Run("last", 1, modes, 9, (1,)), Run("first", 2, modes)))
    found = timetable(one)
    assert [slot.start for slot in found.slots if slot] == [2, 0]
    table = Table(one)
    fill(table, (0,))
    assert not table.slots


def test_the_larger_of_two_uploads_within_a_budget_gives_way_to_the_more_important() -> None:
    runs = tuple(Run(f"r{n}", 1, (Mode(0, 0, 3, {}, {0: 6}),), n) for n in range(2))
    found = timetable(Timetable(4, (), runs, (Budget("uplink", 10),)))
    assert [slot is not None for slot in found.slots] == [False, True]
    assert found.proved


@pytest.mark.parametrize(
    "wrong",
    [
        Timetable(-1, (), ()),
        Timetable(5, (Pool("p", ()),), ()),
        Timetable(5, (Pool("p", ((1, 4),)),), ()),
        Timetable(5, (Pool("p", ((0, -4),)),), ()),
        Timetable(5, (Pool("p", ((0, 2**60),)),), ()),
        Timetable(5, (), (Run("r", 0, ()),)),
        Timetable(5, (), (Run("r", 1, (), 0, (3,)),)),
        Timetable(5, (), (Run("r", 1, (), 0, (0,)),)),
        Timetable(5, (), (Run("r", 1, (Mode(0, 3, 2),)),)),
        Timetable(5, (), (Run("r", 3, (Mode(0, 0, 3),)),)),
        Timetable(5, (), (Run("r", 3, (Mode(0, 0, 0, {0: 1}),)),)),
        Timetable(5, (), (Run("r", 3, (Mode(0, 0, 0, {}, {1: 1}),)),)),
        Timetable(5, (Pool("p", ((0, 1),)),), (Run("r", 3, (Mode(0, 0, 0, {}, {}, (Pick(2, (0,)),)),)),)),
        Timetable(5, (Pool("p", ((0, 1),)),), (Run("r", 3, (Mode(0, 0, 0, {0: 2**70}),)),)),
    ],
)
def test_a_timetable_that_cannot_be_asked_for_is_refused(wrong: Timetable) -> None:
    with pytest.raises(InvalidTimetable):
        timetable(wrong)


def test_the_largest_amounts_do_not_overflow() -> None:
    most = 2**53
    runs = tuple(Run(f"r{n}", 5, (Mode(0, 0, 15, {0: most // 3 - n}, {0: most // 2}),)) for n in range(5))
    one = Timetable(20, (Pool("p", ((0, most), (10, most - 1))),), runs, (Budget("b", most),))
    found = timetable(one)
    assert clashes(one, found.slots) == ()
    assert sum(slot is not None for slot in found.slots) == 2


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        agree(10_000 + number)
    print(f"{sys.argv[1]} timetables agree")  # noqa: T201 - a command
