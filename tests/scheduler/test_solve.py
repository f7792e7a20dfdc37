"""What `solve` promises beside the best levels: reproducible, whole or in parts, and an answer on any budget."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event as Flag
from typing import Any

import pytest
from ortools.sat.python.cp_model import CpModel, CpSolver

from placelang_scheduler import (
    LIMIT,
    AtMost,
    Balance,
    Constraint,
    Event,
    Group,
    Host,
    Moves,
    Outcome,
    Placed,
    Preferences,
    Problem,
    Proof,
    Uplinks,
    Workload,
    solve,
    verify,
)
from placelang_scheduler.levels import goals_of
from placelang_scheduler.model import Model
from placelang_scheduler.parts import measure, split
from tests.bench.schedule import pool, sites
from tests.scheduler.problems import EXAMPLES, problem

ROOT = Path(__file__).parents[2]


def fleet(seed: int) -> Problem:
    """Three small problems side by side, which share nothing."""
    r = Random(seed)
    made = [problem(seed * 10 + part, r.choices(list(EXAMPLES), k=2), soft=part == 2) for part in range(3)]
    whole = Problem((), (), (), (), made[0].objectives)
    for part, one in enumerate(made):
        whole = beside(whole, one, f"{part}/")
    return whole


SHIFTS: dict[str, Callable[[Any, int, int], Any]] = {
    "workloads": lambda found, _, workloads: tuple(workloads + index for index in found),
    "partners": lambda found, _, workloads: tuple(workloads + index for index in found),
    "others": lambda found, _, workloads: tuple(workloads + index for index in found),
    "workload": lambda found, _, workloads: workloads + found,
    "accepted": lambda found, hosts, _: frozenset(hosts + host for host in found),
    "free": lambda found, hosts, _: {hosts + host: amount for host, amount in found.items()},
    "losses": lambda found, hosts, _: tuple(tuple(hosts + host for host in loss) for loss in found),
}


def beside(whole: Problem, one: Problem, name: str) -> Problem:
    """`whole` with all of `one` added, under ids that begin with `name`."""
    hosts, groups, workloads = len(whole.hosts), len(whole.groups), len(whole.workloads)

    def shifted_workload(workload: Workload) -> Workload:
        devices = tuple(
            demand
            if demand.accepts is None
            else replace(demand, accepts=frozenset((hosts + host, name) for host, name in demand.accepts))
            for demand in workload.devices
        )
        return replace(
            workload,
            id=name + workload.id,
            group=groups + workload.group,
            candidates=tuple(hosts + host for host in workload.candidates),
            stay=tuple(hosts + host for host in workload.stay),
            current={hosts + host: count for host, count in workload.current.items()},
            devices=devices,
        )

    def shifted_constraint(constraint: Constraint) -> Constraint:
        changes: dict[str, Any] = {"id": name + constraint.id}
        for field, shift in SHIFTS.items():
            if hasattr(constraint, field):
                changes[field] = shift(getattr(constraint, field), hosts, workloads)
        if isinstance(constraint, Uplinks):
            changes["links"] = tuple(map(shifted_constraint, constraint.links))
        return replace(constraint, **changes)

    return replace(
        whole,
        hosts=(*whole.hosts, *(replace(host, id=name + host.id) for host in one.hosts)),
        groups=(
            *whole.groups,
            *(
                replace(group, id=name + group.id, requires=tuple(groups + other for other in group.requires))
                for group in one.groups
            ),
        ),
        workloads=(*whole.workloads, *map(shifted_workload, one.workloads)),
        constraints=(*whole.constraints, *map(shifted_constraint, one.constraints)),
    )


@pytest.mark.parametrize("seed", range(40))
def test_plan_is_the_same_with_and_without_splitting(seed: int) -> None:
    one = fleet(seed)
    apart, together = solve(one, seed=1), solve(one, seed=1, split=False)
    assert apart.placements == together.placements
    assert apart.devices == together.devices
    assert apart.levels == together.levels
    assert all(level.proved for level in apart.levels)


def test_plan_is_the_same_in_every_process() -> None:
    program = (
        "from placelang_scheduler import solve;"
        "from tests.bench.schedule import sites;"
        "print(solve(sites(3, hosts=5, services=12, load=0.9), seed=5, budget=1))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'scheduler'}"},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4711")
    }
    assert len(printed) == 1


@pytest.mark.parametrize("seed", range(30))
def test_no_budget_still_gives_an_answer(seed: int) -> None:
    one = problem(seed, [AtMost], load=4)
    solution = solve(one, budget=0)
    assert verify(one, solution) == ()


def test_what_the_budget_left_undecided_is_not_called_impossible() -> None:
    """4 + 5 and 5 + 6 would fill the hosts of 9 and 12, but not as a greedy pass lays them."""
    one = Problem(
        (Host("h0", {"cpu": 12}), Host("h1", {"cpu": 9})),
        tuple(Group(f"g{index}") for index in range(4)),
        tuple(Workload(f"w{index}", index, {"cpu": need}, (0, 1)) for index, need in enumerate((4, 5, 5, 6))),
    )
    hasty, thorough = solve(one, budget=0), solve(one)
    assert hasty.outcome is Outcome.EXHAUSTED
    assert [left.proof for left in hasty.left_out] == [Proof.NOT_PROVED]
    assert not hasty.levels[0].proved
    assert thorough.outcome is Outcome.SOLVED
    assert thorough.left_out == ()


def test_wall_clock_net_ends_the_search_and_is_told() -> None:
    one = sites(1, hosts=12, services=40, load=0.95)
    solution = solve(one, time_limit=0.0)
    assert solution.timed_out or all(level.proved for level in solution.levels)
    assert verify(one, solution) == ()


def test_nothing_running_moves_without_need() -> None:
    one = sites(3)
    first = solve(one)
    running = replace(
        one,
        workloads=tuple(
            replace(workload, current=found)
            for workload, found in zip(one.workloads, first.placements, strict=True)
        ),
    )
    assert solve(running, seed=9).placements == first.placements


def test_without_objectives_as_much_as_possible_is_placed() -> None:
    one = Problem((Host("h", {"cpu": 2}),), (Group("g"),), (Workload("w", 0, {"cpu": 1}, (0,), 1, 3),))
    solution = solve(one)
    assert solution.placements == ({0: 2},)
    assert [level.name for level in solution.levels] == ["placed 0", "replicas 0"]


def test_without_reasons_the_plan_is_the_same_and_what_is_left_out_is_listed() -> None:
    hosts = tuple(Host(f"h{number}", {"cpu": 4}, {"host": f"h{number}"}) for number in range(2))
    groups = tuple(Group(f"g{number}") for number in range(4))
    workloads = tuple(
        Workload(f"w{number}", number, {"cpu": need}, (0, 1)) for number, need in enumerate((3, 3, 2, 9))
    )
    one = Problem(hosts, groups, workloads)
    told, listed = solve(one), solve(one, reasons=False)
    assert listed.placements == told.placements
    assert [(left.group, left.proof) for left in listed.left_out] == [
        (left.group, left.proof) for left in told.left_out
    ]
    assert [left.reasons for left in listed.left_out if left.group == 2] == [()]


def test_missing_replicas_are_proved_by_the_groups_that_have_to_be_left_out() -> None:
    hosts = (Host("h", {"cpu": 9}),)
    workloads = tuple(
        Workload(f"w{size}", at, {"cpu": 2}, (0,), size, size) for at, size in enumerate((2, 3, 4))
    )
    found = solve(Problem(hosts, tuple(Group(f"g{at}") for at in range(3)), workloads), budget=0)
    assert [(level.name, level.bound) for level in found.levels] == [("placed 0", 2), ("replicas 0", 5)]


def test_extra_replicas_keep_no_group_out() -> None:
    one = Problem(
        (Host("h", {"cpu": 3}),),
        (Group("greedy", 100), Group("modest", 0)),
        (Workload("w", 0, {"cpu": 1}, (0,), 1, 3), Workload("v", 1, {"cpu": 1}, (0,))),
    )
    assert solve(one).placements == ({0: 2}, {0: 1})


@pytest.mark.parametrize("unit", [1, 2**20, 2**40, LIMIT // 8])
def test_unit_of_amounts_does_not_matter(unit: int) -> None:
    def scaled(factor: int) -> Problem:
        hosts = tuple(
            Host(f"h{index}", {"memory": factor * size}, {"host": f"h{index}"})
            for index, size in enumerate((8, 5))
        )
        needs = (3, 3, 2, 2, 1, 4)
        return Problem(
            hosts,
            tuple(Group(f"g{index}") for index in range(len(needs))),
            tuple(
                Workload(f"w{index}", index, {"memory": factor * need}, (0, 1), 1, 2)
                for index, need in enumerate(needs)
            ),
            objectives=(Placed(), Preferences(), Moves(), Balance("memory")),
        )

    assert solve(scaled(unit)).placements == solve(scaled(1)).placements


def test_amounts_that_share_no_unit_overflow_nothing() -> None:
    """A hundred times what nine workloads need of two hosts is beyond 64 bits: it is counted in a coarser unit."""
    one = Problem(
        tuple(Host(f"h{index}", {"memory": LIMIT - index}) for index in range(2)),
        tuple(Group(f"g{index}") for index in range(9)),
        tuple(
            Workload(f"w{index}", index, {"memory": LIMIT // 7 + index}, (0, 1), 1, 2) for index in range(9)
        ),
        objectives=(Placed(), Balance("memory")),
    )
    solution = solve(one)
    assert verify(one, solution) == ()
    assert all(solution.admitted)
    assert sum(sum(found.values()) for found in solution.placements) == 12
    part = split(one, measure(one, {}))[0]
    model = Model([part])
    for goal in goals_of(part):
        goal.post(model)
    assert model.coarse
    assert model.cp.validate() == ""


def test_progress_counts_components() -> None:
    told: list[Event] = []
    solve(sites(8, load=0.9), progress=told.append)
    first = [event for event in told if event.stage == "solving"]
    assert first[-1] == Event("solving", 8, 8)
    assert [event.done for event in first] == sorted(event.done for event in first)


def test_importing_the_scheduler_loads_no_solver() -> None:
    program = "import sys, placelang_scheduler; print({'ortools', 'numpy', 'networkx'} & set(sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "scheduler")},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert printed.strip() == "set()"


def test_part_too_large_for_one_model_is_rearranged_a_few_hosts_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["placelang_scheduler.task"], "LARGE", 100)
    gains = []
    for seed in (0, 2, 7, 10):
        one = pool(14, 24, seed=seed)
        hasty, patient = solve(one, budget=0), solve(one, budget=5)
        assert verify(one, patient) == ()
        gains.append(sum(patient.admitted) - sum(hasty.admitted))
    assert patient == solve(one, budget=5)
    assert min(gains) >= 0
    assert sum(gains) > 1


def test_interrupt_ends_a_long_search(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Flag()
    main = threading.get_ident()

    def long_solve(_: CpSolver, cp: CpModel) -> int:
        assert len(cp.proto.variables) > 2000
        signal.pthread_kill(main, signal.SIGINT)
        assert stopped.wait(10)
        return 0

    monkeypatch.setattr(CpSolver, "solve", long_solve)
    monkeypatch.setattr(CpSolver, "stop_search", lambda _: stopped.set())
    with pytest.raises(KeyboardInterrupt):
        solve(sites(1, hosts=40, services=100, load=0.9))
    assert stopped.is_set()


@pytest.mark.parametrize("budget", [-1.0, 0.0, float("inf")])
def test_any_budget_will_do(budget: float) -> None:
    assert solve(sites(1), budget=budget).outcome is Outcome.SOLVED


def test_nothing_to_place_is_a_solution() -> None:
    objectives = (Placed(), Preferences(), Moves(), Balance("cpu"))
    assert solve(Problem((), (), (), (), objectives)).outcome is Outcome.SOLVED
    empty = solve(Problem((Host("h"),), (Group("g"), Group("e", 3, (0,))), (), (), objectives))
    assert empty.admitted == (True, True)
