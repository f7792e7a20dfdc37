"""Equal components are solved once, and nobody can tell: not from the plan, whatever the order, workers or memory."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random
from threading import Event as Flag
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    AtMost,
    Balance,
    Group,
    Host,
    Hosts,
    Memory,
    Moves,
    Outcome,
    Placed,
    Problem,
    Workload,
    solve,
    verify,
)
from placelang_scheduler.classes import classes
from tests.bench.schedule import sites
from tests.scheduler.problems import EXAMPLES, problem
from tests.scheduler.test_solve import beside

if TYPE_CHECKING:
    from collections.abc import Callable


def repeated(seed: int, times: int = 3) -> Problem:
    """Some small problems, each several times."""
    r = Random(seed)
    made = [problem(seed * 10 + part, r.choices(list(EXAMPLES), k=2), soft=part == 1) for part in range(2)]
    whole = Problem((), (), (), (), made[0].objectives)
    for number in range(times):
        for part, one in enumerate(made):
            whole = beside(whole, one, f"{number}.{part}/")
    return whole


SITE = Problem(
    (
        Host("a", {"cpu": 4, "memory": 8}, {"host": "a", "zone": "x"}),
        Host("b", {"cpu": 8, "memory": 16}, {"host": "b", "zone": "x"}),
        Host("c", {"cpu": 4, "memory": 8}, {"host": "c", "zone": "y"}),
    ),
    (Group("g"),),
    (
        Workload("w", 0, {"cpu": 1, "memory": 2}, (0, 1, 2), 2, 2),
        Workload("v", 0, {"cpu": 2}, (0, 1), 1, 1, current={1: 1}),
    ),
    (AtMost("apart", (0,), "zone", 1), Hosts("liked", 0, frozenset((0, 2)), weight=3)),
    (Placed(), Moves(), Balance("memory")),
)


def reversed_hosts(one: Problem) -> Problem:
    """The same with its hosts listed the other way round."""
    last = len(one.hosts) - 1
    workloads = tuple(
        replace(
            workload,
            candidates=tuple(sorted(last - host for host in workload.candidates)),
            current={last - host: count for host, count in workload.current.items()},
        )
        for workload in one.workloads
    )
    apart, liked = one.constraints
    assert isinstance(liked, Hosts)
    liked = replace(liked, accepted=frozenset(last - host for host in liked.accepted))
    return replace(one, hosts=one.hosts[::-1], workloads=workloads, constraints=(apart, liked))


def two(other: Problem) -> int:
    """How many classes `SITE` and `other` are."""
    empty = Problem((), (), (), (), SITE.objectives)
    return len(classes(beside(beside(empty, SITE, "0/"), other, "1/"), 0))


@pytest.mark.parametrize("seed", range(40))
def test_plan_is_the_same_with_and_without_classes(seed: int) -> None:
    one = repeated(seed)
    assert solve(one, seed=1) == solve(one, seed=1, alike=False)


def test_most_small_problems_are_classes() -> None:
    """Some of the random ones share an uplink or the like, or hold what forms do not know."""
    merged = [
        len(classes(one, 1)) * 3 <= len(classes(one, 1, alike=False)) for one in map(repeated, range(40))
    ]
    assert sum(merged) > 30


def test_names_and_order_of_hosts_do_not_matter() -> None:
    assert two(reversed_hosts(SITE)) == 1


CHANGES: dict[str, Callable[[Problem], Problem]] = {
    "memory of a host": lambda one: replace(
        one, hosts=(*one.hosts[:2], replace(one.hosts[2], capacity={"cpu": 4, "memory": 9}))
    ),
    "what runs": lambda one: replace(
        one, workloads=(one.workloads[0], replace(one.workloads[1], current={0: 1}))
    ),
    "who shares a zone": lambda one: replace(
        one,
        hosts=(*one.hosts[:2], replace(one.hosts[2], domains={"host": "c", "zone": "x"})),
    ),
    "what is liked": lambda one: replace(
        one, constraints=(one.constraints[0], Hosts("liked", 0, frozenset((0, 1)), weight=3))
    ),
    "priority": lambda one: replace(one, groups=(Group("g", 9),)),
    "how many": lambda one: replace(one, workloads=(replace(one.workloads[0], maximum=3), one.workloads[1])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_is_another_class(change: str) -> None:
    assert two(CHANGES[change](SITE)) == 2


def test_what_nobody_asks_for_does_not_matter() -> None:
    hosts = tuple(
        replace(
            host,
            id=f"x{host.id}",
            capacity={**host.capacity, "disk": number},
            domains={**host.domains, "r": "s"},
        )
        for number, host in enumerate(SITE.hosts)
    )
    assert two(replace(SITE, hosts=hosts)) == 1


@dataclass(frozen=True, slots=True)
class Foreign(AtMost):
    """A constraint from elsewhere: nobody knows what its fields mean."""

    anchor: int = 0


def made_foreign(one: Problem) -> Problem:
    """The same, its `at most` from elsewhere."""
    constraints = tuple(
        Foreign(c.id, c.workloads, c.key, c.count, c.weight) if isinstance(c, AtMost) else c
        for c in one.constraints
    )
    return replace(one, constraints=constraints)


@pytest.fixture
def _foreign_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["placelang_scheduler.validate"], "kinds", lambda: (Foreign,))


@pytest.mark.usefixtures("_foreign_kind")
@pytest.mark.parametrize("seed", range(12))
def test_what_is_not_known_is_solved_as_it_stands(seed: int) -> None:
    known = beside(beside(repeated(seed), SITE, "own/"), SITE, "other/")
    unknown = made_foreign(known)
    assert verify(unknown, solve(unknown)) == ()
    assert solve(unknown).levels == solve(known).levels
    assert solve(unknown) == solve(unknown, alike=False)


@pytest.mark.usefixtures("_foreign_kind")
def test_what_is_not_known_keeps_nothing_else_from_being_solved_by_classes() -> None:
    many = repeated(3, times=5)
    assert len(classes(beside(many, made_foreign(SITE), "own/"), 0)) == len(classes(many, 0)) + 1
    both = beside(beside(many, made_foreign(SITE), "own/"), made_foreign(SITE), "other/")
    assert len(classes(both, 0)) == len(classes(many, 0)) + 1, "what is not known is one class"
    assert len(classes(both, 0, apart=False)) == 1


def test_memory_changes_no_plan() -> None:
    memory = Memory()
    for seed in range(8):
        one = repeated(seed)
        assert solve(one, memory=memory) == solve(one) == solve(one, memory=memory)


def test_memory_forgets_the_oldest() -> None:
    memory = Memory(most=3)
    for seed in range(8):
        solve(repeated(seed), memory=memory)
    assert len(memory) == 3


def test_plan_does_not_depend_on_the_number_of_workers() -> None:
    one = sites(25, hosts=3, services=6, load=0.85)
    expected = solve(one, budget=5)
    context = multiprocessing.get_context("spawn")
    for workers in (1, 4):
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            assert solve(one, budget=5, executor=pool) == expected


class Handed(ThreadPoolExecutor):
    """Notes how much it is handed at once."""

    sizes: list[int]

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN201
        self.sizes.append(len(args[0]))
        return super().submit(fn, *args, **kwargs)


def test_workers_are_handed_many_components_at_once() -> None:
    with Handed(2) as pool:
        pool.sizes = []
        solve(sites(50, hosts=2, services=3), executor=pool)
    assert pool.sizes[:3] == [20, 20, 10]


class Never(Executor):
    """Never comes back with an answer."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN201
        return Future()


@pytest.mark.parametrize("executor", [None, Never()])
def test_stop_gives_the_best_so_far(executor: Executor | None) -> None:
    one = sites(30, hosts=5, services=12, load=0.9)
    stop = Flag()
    stop.set()
    solution = solve(one, stop=stop, executor=executor)
    assert solution.outcome is Outcome.INTERRUPTED
    assert verify(one, solution) == ()
    assert solution.placements == solve(one, budget=0).placements
