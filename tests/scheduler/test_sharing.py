"""Devices that are shared and that lend: what is placed is what can be handed out, and each answer says who holds what.

Thousands of random problems: `python -m tests.scheduler.test_sharing 0 5000`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    Balance,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    InvalidProblem,
    Kind,
    Placed,
    Problem,
    Remedy,
    Workload,
    altered,
    repairs,
    solve,
    verify,
)
from placelang_scheduler.parts import measure, split
from placelang_scheduler.placement import Held
from placelang_scheduler.rules import capacity, devices
from placelang_scheduler.rules.desk import TiredError, seat
from placelang_scheduler.rules.devices import hold
from placelang_scheduler.rules.exactly import exactly
from placelang_scheduler.rules.seats import Seats
from placelang_scheduler.state import State
from tests.scheduler import oracle
from tests.scheduler.problems import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler import Solution

FORMS = pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])


def agree(one: Problem) -> None:
    solution = solve(one, seed=3)
    assert tuple(level.value for level in solution.levels) == oracle.best(one)
    assert all(level.proved for level in solution.levels)


@pytest.mark.parametrize("seed", range(60))
def test_levels_are_the_best_there_are(seed: int) -> None:
    agree(problem(seed, sharing=True, load=seed % 4))


@FORMS
@pytest.mark.parametrize("kind", CONSTRAINTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(2))
def test_levels_are_the_best_there_are_beside_each_constraint(kind: type, soft: bool, seed: int) -> None:
    agree(problem(7000 + seed, [kind], soft=soft, sharing=True, load=2))


def camp(host: Host, *demands: tuple[int, tuple[DeviceDemand, ...]], memory: int = 0) -> Problem:
    """One host, and for each of `demands` a service with so many replicas."""
    workloads = tuple(
        Workload(f"w{n}", n, {"memory": memory}, (0,), count, count, devices)
        for n, (count, devices) in enumerate(demands)
    )
    groups = tuple(Group(f"g{n}") for n in range(len(demands)))
    return Problem((host,), groups, workloads, objectives=(Placed(),))


def gpus(*lends: int, draws: str | None = None) -> tuple[DeviceClass, ...]:
    return tuple(DeviceClass(f"gpu{n}", "gpu", 1, size, draws) for n, size in enumerate(lends))


def share(size: int, accepts: frozenset[tuple[int, str]] | None = None) -> tuple[DeviceDemand, ...]:
    return (DeviceDemand("gpu", 1, accepts, share=size),)


WHOLE = (DeviceDemand("gpu", 1),)
SHARED = (DeviceDemand("camera", 1, shared=True),)
ALONE = (DeviceDemand("camera", 1),)


def test_shared_device_is_held_by_any_number_of_replicas() -> None:
    solution = solve(camp(Host("h", devices=(DeviceClass("c", "camera", 1),)), (5, SHARED), (3, SHARED)))
    assert solution.admitted == (True, True)
    assert solution.devices == {(0, 0): ({"c": 1},), (1, 0): ({"c": 1},)}


def test_shared_device_is_not_held_alone_as_well() -> None:
    one = camp(Host("h", devices=(DeviceClass("c", "camera", 1),)), (2, SHARED), (1, ALONE))
    assert sum(solve(one).admitted) == 1
    two = replace(one, hosts=(Host("h", devices=(DeviceClass("c", "camera", 2),)),))
    assert solve(two).admitted == (True, True)


def test_share_never_lies_on_two_devices() -> None:
    assert solve(camp(Host("h", devices=gpus(3, 3)), (1, share(4)))).admitted == (False,)
    assert solve(camp(Host("h", devices=gpus(3, 4)), (1, share(4)))).devices == {(0, 0): ({"gpu1": 1},)}


def test_device_that_lends_is_not_held_alone() -> None:
    one = camp(Host("h", devices=gpus(8, 8)), (2, share(4)), (1, WHOLE))
    assert solve(one).admitted == (True, True)
    assert sum(solve(replace(one, hosts=(Host("h", devices=gpus(8)),))).admitted) == 1


def test_share_and_demand_take_of_the_same_memory() -> None:
    host = Host("h", {"memory": 8}, devices=gpus(8, draws="memory"))
    assert solve(camp(host, (1, share(4)), memory=4)).admitted == (True,)
    assert solve(camp(host, (1, share(4)), memory=5)).admitted == (False,)


def test_memory_decides_which_device_lends() -> None:
    host = Host("h", {"memory": 8}, devices=(*gpus(8, draws="memory"), DeviceClass("own", "gpu", 1, 4)))
    solution = solve(camp(host, (1, share(4)), (1, share(4, frozenset({(0, "gpu0")}))), memory=2))
    assert solution.devices == {(0, 0): ({"own": 1},), (1, 0): ({"gpu0": 1},)}


def test_balance_looks_past_hosts_that_only_lend() -> None:
    hosts = (
        Host("shy", {}, devices=gpus(4)),
        Host("a", {"memory": 8}, devices=gpus(8, draws="memory")),
        Host("b", {"memory": 8}, devices=gpus(8, draws="memory")),
    )
    workloads = tuple(Workload(f"w{n}", n, {}, (0, 1, 2), 1, 1, share(3)) for n in range(3))
    one = Problem(
        hosts, tuple(Group(f"g{n}") for n in range(3)), workloads, (), (Placed(), Balance("memory"))
    )
    for current in ({1: 1}, {0: 1}, {}):
        now = replace(one, workloads=tuple(replace(w, current=current) for w in workloads))
        assert [level.value for level in solve(now).levels][-1] == 38


def test_reason_names_the_largest_share_that_is_free() -> None:
    (left,) = solve(camp(Host("h", devices=gpus(8, 8)), (2, share(5)), (1, share(4)))).left_out
    shortage = next(reason for reason in left.reasons if reason.kind == Kind.SHORTAGE)
    assert (shortage.resource, shortage.need, shortage.have) == ("gpu share", 4, 3)


def test_reason_names_the_most_that_a_device_lends() -> None:
    (left,) = solve(camp(Host("h", devices=gpus(3, 2)), (1, share(4)))).left_out
    (reason,) = left.reasons
    assert (reason.kind, reason.resource, reason.need, reason.have) == (Kind.TOO_LARGE, "gpu share", 4, 3)


def test_smaller_share_is_offered_and_fits() -> None:
    one = camp(Host("h", devices=gpus(8, 8)), (2, share(5)), (1, share(4)))
    solution = solve(one)
    (group,) = (left.group for left in solution.left_out)
    less = [repair for repair in repairs(one, solution, group) if repair.changes[0].remedy is Remedy.LESS]
    assert [(c.resource, c.demand, c.amount) for repair in less for c in repair.changes] == [
        ("gpu share", 0, 3)
    ]
    assert solve(altered(one, less[0])).admitted == (True, True)


@pytest.mark.parametrize(
    "taken",
    [
        {"gpu0": 2},
        {"gpu0": 1},
        {"gpu0": 1, "gone": 1},
        {"gpu1": 2},
        {"gpu0": 3, "gpu1": -1},
    ],
)
def test_check_finds_shares_that_do_not_lie_where_they_may(taken: dict[str, int]) -> None:
    one = camp(Host("h", devices=gpus(4, 4)), (2, share(4)))
    sound = solve(one)
    assert verify(one, sound) == ()
    assert verify(one, replace(sound, devices={(0, 0): (taken,)}))


def test_check_finds_memory_that_shares_take_too_much_of() -> None:
    host = Host("h", {"memory": 4}, devices=(*gpus(4, draws="memory"), DeviceClass("own", "gpu", 1, 4)))
    one = camp(host, (1, share(3)), memory=2)
    assert verify(one, solve(one)) == ()
    found = verify(one, replace(solve(one), devices={(0, 0): ({"gpu0": 1},)}))
    assert [(one.rule, one.resource, one.amount) for one in found] == [("capacity", "memory", 1)]


def test_check_finds_a_shared_device_that_is_held_alone() -> None:
    one = camp(
        Host("h", devices=(DeviceClass("c", "camera", 1), DeviceClass("d", "camera", 1))),
        (2, SHARED),
        (1, ALONE),
    )
    sound = solve(one)
    assert verify(one, replace(sound, devices={(0, 0): ({"c": 1},), (1, 0): ({"c": 1},)}))
    assert verify(one, replace(sound, devices={(0, 0): ({"c": 1},), (1, 0): ({"d": 1},)})) == ()


def test_what_lends_is_a_class_of_one() -> None:
    with pytest.raises(InvalidProblem, match="of what lends there is one, not 2"):
        solve(camp(Host("h", devices=(DeviceClass("g", "gpu", 2, 4),)), (1, share(4))))


def rig(seed: int) -> tuple[Problem, dict[int, int]]:
    """A host with a few GPUs that are filled to the brim by shares of all sizes."""
    r = Random(seed)
    sizes = [r.randint(20, 60) for _ in range(r.randint(2, 5))]
    demands = []
    for size in sizes:
        left = size
        while left > 3:
            part = r.randint(3, max(3, left // 2))
            demands.append((1, share(part)))
            left -= part
    return camp(Host("h", devices=gpus(*sizes)), *demands), dict.fromkeys(range(len(demands)), 1)


@pytest.mark.parametrize("seed", range(20))
def test_tight_devices_are_filled_by_search_and_by_the_solver_alike(seed: int) -> None:
    one, present = rig(seed)
    solution = solve(one)
    assert all(solution.admitted)
    for held in (hold(one, 0, present), exactly(one, 0, present)):
        assert held is not None
        assert verify(one, with_devices(solution, held)) == ()


def with_devices(solution: Solution, held: dict[int, Held]) -> Solution:
    return replace(solution, devices={(index, 0): found for index, found in held.items()})


def test_search_that_takes_too_long_says_so() -> None:
    one, _ = rig(1)
    with pytest.raises(TiredError):
        seat(one, 0, tuple((n, workload, 1) for n, workload in enumerate(one.workloads)), 3)


@pytest.mark.parametrize("seed", range(25))
def test_seats_are_sound_while_replicas_come_and_go(seed: int) -> None:
    r, one = Random(seed), problem(8500 + seed, sharing=True, load=1)
    sound = solve(one, budget=0)
    (part, *_) = split(one, measure(one, {}))
    state, seats = State(part), {host: Seats(one, host) for host in part.hosts}
    for _ in range(40):
        index = r.choice(part.workloads)
        host = r.choice(list(part.room[index]) or [None])
        if host is None:
            continue
        if r.random() < 0.6 and state.fits(index, host):
            state.add(index, host)
            seats[host].add(index)
        elif state.on(index).get(host):
            state.add(index, host, -1)
            seats[host].remove(index)
        for at, found in seats.items():
            assert found.present == {n: counts[at] for n, counts in state.counts.items() if at in counts}
            if found.seated:
                held = {(n, at): tuple(found.held[n]) for n in found.present if one.workloads[n].devices}
                placements = tuple(
                    {at: state.on(n)[at]} if state.on(n).get(at) else {} for n in range(len(one.workloads))
                )
                claimed = replace(sound, placements=placements, devices=held)
                assert [*devices.check(one, claimed), *capacity.check(one, claimed)] == []


def settled(one: Problem, solution: Solution) -> Problem:
    """The problem once what the solution says runs."""
    workloads = tuple(
        replace(
            workload,
            current=dict(solution.placements[n]),
            holds={h: held for (index, h), held in solution.devices.items() if index == n},
        )
        for n, workload in enumerate(one.workloads)
    )
    return replace(one, workloads=workloads)


@pytest.mark.parametrize("seed", range(15))
def test_who_may_keep_all_that_is_held_does(seed: int) -> None:
    one = problem(8000 + seed, sharing=True, load=1)
    solution = solve(one)
    now = settled(one, solution)
    for host in range(len(one.hosts)):
        present = {n: found[host] for n, found in enumerate(solution.placements) if found.get(host)}
        held = hold(now, host, present)
        assert {(n, host): found for n, found in held.items()} == {
            at: found for at, found in solution.devices.items() if at[1] == host
        }


def test_only_who_has_to_gives_way() -> None:
    host = Host("h", devices=gpus(4, 8))
    one = camp(host, (1, share(3)), (1, share(2)), (1, share(8)))
    holds: tuple[Mapping[int, tuple[Mapping[str, int], ...]], ...] = (
        {0: ({"gpu0": 1},)},
        {0: ({"gpu1": 1},)},
        {},
    )
    workloads = tuple(replace(w, holds=held) for w, held in zip(one.workloads, holds, strict=True))
    small = replace(one, workloads=workloads[:2])
    assert hold(small, 0, {0: 1, 1: 1}) == {0: ({"gpu0": 1},), 1: ({"gpu1": 1},)}
    freed = replace(one, hosts=(Host("h", devices=gpus(5, 8)),), workloads=workloads)
    assert hold(freed, 0, {0: 1, 1: 1, 2: 1}) == {0: ({"gpu0": 1},), 1: ({"gpu0": 1},), 2: ({"gpu1": 1},)}


if __name__ == "__main__":
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        r = Random(number)
        kinds = r.choices(CONSTRAINTS, k=r.choice((0, 1, 2)))
        agree(problem(number, kinds, soft=r.random() < 0.5, sharing=True, load=r.choice((1, 2, 3))))
