"""What runs gives way to something more important, and to no more of it than must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from placelang_scheduler import Group, Host, Moves, Placed, Problem, Workload, solve
from tests.scheduler.oracle import placements


def crowded(seed: int) -> Problem:
    """Two hosts that are full of unimportant replicas, of unlike weight, and one more important group."""
    r = Random(seed)
    hosts = tuple(Host(f"h{n}", {"memory": r.randint(4, 7)}) for n in range(2))
    low = tuple(
        Workload(f"w{n}", n, {"memory": r.randint(1, 3)}, (0, 1), move_cost=r.choice((1, 1, 3, 10)))
        for n in range(4)
    )
    before = solve(Problem(hosts, tuple(Group(f"g{n}") for n in range(4)), low, (), (Placed(),)))
    running = tuple(replace(w, current=now) for w, now in zip(low, before.placements, strict=True))
    high = Workload("high", 4, {"memory": r.randint(2, 4)}, r.choice(((0,), (0, 1))))
    groups = (*(Group(f"g{n}") for n in range(4)), Group("high", 9))
    return Problem(hosts, groups, (*running, high), (), (Placed(), Moves()))


def given_up(
    problem: Problem, counts: tuple[Mapping[int, int], ...], admitted: frozenset[int]
) -> tuple[int, int, int]:
    """Important groups that are left out, then others, then the weight of what no longer runs where it ran."""
    out = [g.priority for number, g in enumerate(problem.groups) if number not in admitted]
    weight = sum(
        w.move_cost * max(0, n - found.get(host, 0))
        for w, found in zip(problem.workloads, counts, strict=True)
        for host, n in w.current.items()
    )
    return sum(p > 0 for p in out), sum(p == 0 for p in out), weight


def test_no_plan_displaces_less_in_number_and_then_in_weight() -> None:
    displaced = 0
    for seed in range(60):
        problem = crowded(seed)
        found = solve(problem, budget=5)
        admitted = frozenset(g for g, yes in enumerate(found.admitted) if yes)
        cost = given_up(problem, found.placements, admitted)
        assert cost == min(given_up(problem, *other) for other in placements(problem))
        displaced += cost[1] > 0
    assert displaced > 8


def test_where_one_host_is_lost_nothing_else_moves_unless_it_must() -> None:
    for seed in range(40):
        problem = crowded(seed)
        lost = tuple(
            replace(w, candidates=tuple(h for h in w.candidates if h != 1)) for w in problem.workloads[:4]
        )
        after = replace(problem, workloads=lost, groups=problem.groups[:4])
        found = solve(after, budget=5)
        stayed = [w.current.get(0, 0) - now.get(0, 0) for w, now in zip(lost, found.placements, strict=True)]
        if all(found.admitted):
            assert max(stayed) <= 0


def test_what_runs_stays_where_it_is_when_nothing_changed() -> None:
    for seed in range(60):
        problem = crowded(seed)
        same = replace(problem, workloads=problem.workloads[:4], groups=problem.groups[:4])
        assert solve(same, budget=5).placements == tuple(w.current for w in same.workloads)
