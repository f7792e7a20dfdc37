"""Who is served by whom: named, within reach, and no more than the uplinks carry."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest

from placelang_scheduler import (
    Group,
    Host,
    Kind,
    Latency,
    Link,
    LinkEvery,
    Moves,
    Pair,
    Placed,
    Problem,
    Reason,
    Solution,
    Uplinks,
    Workload,
    altered,
    repairs,
    solve,
    verify,
)
from placelang_scheduler.components import components
from placelang_scheduler.constraints import Constraint
from placelang_scheduler.pairing import Ask, pair

HOSTS = tuple(Host(f"h{n}", {"cpu": 4}, {"site": site}) for n, site in enumerate("aabc"))
GROUPS = (Group("camera"), Group("store"))
CAMERA = Workload("camera", 0, {"cpu": 1}, (0, 1), 3, 3)
STORE = Workload("store", 1, {"cpu": 3}, (2, 3), 1, 1)
REACH = {"a": {"b": 5, "c": 9}}
LINK = Link("link", (0,), (1,), "site", REACH, bandwidth=10)


def problem(
    *constraints: Link | LinkEvery | Uplinks, store: Workload = STORE, camera: Workload = CAMERA
) -> Problem:
    return Problem(HOSTS, GROUPS, (camera, store), constraints, (Placed(),))


def served(solution: Solution) -> list[tuple[int, int, int]]:
    return [(one.host, one.at, one.count) for one in solution.pairs]


def test_each_replica_is_served_by_the_nearest_partner() -> None:
    both = replace(STORE, minimum=2, maximum=2, candidates=(2, 3))
    solution = solve(problem(LINK, store=both))
    assert {at for _, at, _ in served(solution)} == {2}
    assert sum(count for _, _, count in served(solution)) == 3


def test_a_partner_on_the_same_host_comes_before_one_at_the_same_value() -> None:
    everywhere = replace(STORE, candidates=(0, 1), minimum=2, maximum=2, demand={"cpu": 1})
    solution = solve(problem(LINK, store=everywhere, camera=replace(CAMERA, minimum=4, maximum=4)))
    beside = [one for one in solution.pairs if one.host == one.at]
    assert len(beside) == len(set(solution.placements[1]) & set(solution.placements[0]))


def test_uplinks_make_some_go_further() -> None:
    both = replace(STORE, minimum=2, maximum=2)
    one = problem(LINK, Uplinks("sum", (LINK,), {"b": 10, "c": 20}), store=both)
    assert sum(count for _, at, count in served(solve(one)) if at == 2) == 1


def test_what_uplinks_do_not_carry_is_left_out_for_that_reason() -> None:
    one = problem(LINK, Uplinks("sum", (LINK,), {"a": 29}))
    solution = solve(one)
    assert solution.admitted == (False, True)
    assert solution.left_out[0].reasons == (Reason(Kind.CONFLICT, constraint="sum"),)


def test_a_partner_that_is_left_out_is_the_reason() -> None:
    vast = replace(STORE, demand={"cpu": 9})
    for kind in (Link, LinkEvery):
        solution = solve(problem(kind("link", (0,), (1,), "site", REACH), store=vast))
        assert solution.left_out[0].reasons == (Reason(Kind.REQUIRES, constraint="link", group=1),)


def test_dropping_a_link_drops_what_it_books() -> None:
    one = problem(replace(LINK, reach={}), Uplinks("sum", (replace(LINK, reach={}),), {}))
    solution = solve(one)
    found = [repair for repair in repairs(one, solution, 0) if repair.changes[0].constraint == "link"]
    assert solution.admitted == (False, True)
    assert [solve(altered(one, repair)).admitted for repair in found] == [(True, True)]


def test_what_runs_may_stay_with_a_partner_of_unknown_reach_and_nothing_new_may_join() -> None:
    unsure = replace(LINK, reach={}, doubtful={"a": {"b": 50}})
    stays = replace(CAMERA, minimum=2, maximum=3, current={0: 2}, candidates=(0, 1))
    store = replace(STORE, candidates=(2,))
    solution = solve(problem(unsure, Uplinks("sum", (unsure,), {"b": 100}), store=store, camera=stays))
    assert solution.placements[0] == {0: 2}
    assert served(solution) == [(0, 2, 2)]
    fresh = replace(stays, current={})
    assert not solve(problem(unsure, store=store, camera=fresh)).admitted[0]


def test_a_preferred_link_books_nothing_and_pairs_whom_it_can() -> None:
    wish = replace(LINK, weight=2, reach={"a": {"c": 3}})
    solution = solve(problem(wish, camera=replace(CAMERA, candidates=(0, 2), minimum=6, maximum=6)))
    assert (
        verify(problem(wish, camera=replace(CAMERA, candidates=(0, 2), minimum=6, maximum=6)), solution) == ()
    )
    assert all(one.link == "link" for one in solution.pairs)


SOUND = problem(LINK, Uplinks("sum", (LINK,), {"b": 10, "c": 20}), store=replace(STORE, minimum=2, maximum=2))
SOLUTION = solve(SOUND)


@pytest.mark.parametrize(
    "pairs",
    [
        SOLUTION.pairs[1:],
        (*SOLUTION.pairs, SOLUTION.pairs[0]),
        tuple(replace(one, at=2) for one in SOLUTION.pairs),
        tuple(replace(one, at=1) for one in SOLUTION.pairs),
        tuple(replace(one, partner=0, at=one.host) for one in SOLUTION.pairs),
        tuple(replace(one, link="other") for one in SOLUTION.pairs),
        (*SOLUTION.pairs, Pair("link", 0, 3, 1, 3, 1)),
        (*SOLUTION.pairs[1:], replace(SOLUTION.pairs[0], count=0)),
    ],
    ids=[
        "missing",
        "twice",
        "over the uplink",
        "nobody there",
        "itself",
        "no such link",
        "no replica",
        "none",
    ],
)
def test_altered_pairs_are_refused(pairs: tuple[Pair, ...]) -> None:
    assert verify(SOUND, SOLUTION) == ()
    assert verify(SOUND, replace(SOLUTION, pairs=pairs)) != ()


def test_partners_and_replicas_move_together_where_latency_counts() -> None:
    """The cameras have to be at c. A store is nearer to them at a than at b, where it runs."""
    near = {"c": {"a": 2, "b": 7}}
    camera = replace(CAMERA, candidates=(3,))
    store = replace(STORE, candidates=(0, 1, 2), current={2: 1})
    link = replace(LINK, reach=near)
    one = replace(problem(link, store=store, camera=camera), objectives=(Placed(), Latency(), Moves()))
    solution = solve(one)
    assert [(level.name, level.value, level.bound) for level in solution.levels][-2:] == [
        ("latency", 6, 6),
        ("moves", 1, 1),
    ]
    further = tuple(replace(pair, at=2) for pair in solution.pairs)
    assert verify(one, replace(solution, pairs=further)) != ()
    stays = solve(replace(one, objectives=(Placed(), Moves(), Latency())))
    assert [level.value for level in stays.levels][-2:] == [0, 21]


def test_a_pair_further_than_need_be_is_refused_where_latency_counts() -> None:
    one = replace(problem(LINK, store=replace(STORE, minimum=2, maximum=2)), objectives=(Placed(), Latency()))
    solution = solve(one)
    other = tuple(replace(pair, at=3) for pair in solution.pairs)
    assert (
        verify(
            replace(one, objectives=(Placed(),)), replace(solution, pairs=other, levels=solution.levels[:-1])
        )
        == ()
    )
    assert verify(one, replace(solution, pairs=other)) != ()


def brute(asks: list[Ask], capacity: dict[str, int]) -> int | None:
    """The least latency, by trying every choice of every single replica."""
    units = [ask for ask in asks for _ in range(ask.count)]
    best: int | None = None
    for chosen in product(*(ask.latency for ask in units)):
        used: dict[str, int] = {}
        for ask, value in zip(units, chosen, strict=True):
            for end in (ask.value, value):
                used[end] = used.get(end, 0) + ask.size
        if all(amount <= capacity.get(value, amount) for value, amount in used.items()):
            cost = sum(ask.latency[value] for ask, value in zip(units, chosen, strict=True))
            best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("sizes", [(1,), (2,), (1, 2, 3)], ids=str)
def test_pairing_is_the_cheapest_that_uplinks_carry(sizes: tuple[int, ...]) -> None:
    r = Random(1)
    refused = 0
    for _ in range(300):
        asks = []
        for number in range(r.randint(1, 4)):
            near = r.sample("xyz", r.randint(1, 3))
            latency = {value: r.randint(0, 9) for value in near}
            cheapest_first = dict(sorted(latency.items(), key=lambda item: (item[1], item[0])))
            asks.append(
                Ask(f"l{number}", r.choice("xab"), False, r.randint(1, 2), r.choice(sizes), cheapest_first)
            )
        asks = [ask for ask in asks if ask.value not in ask.latency]
        capacity = {value: r.randint(1, 6) for value in "abxyz" if r.random() < 0.8}
        found = pair(asks, capacity)
        due = brute(asks, capacity)
        refused += due is None
        cost = (
            None
            if found is None
            else sum(ask.latency[v] * n for ask, given in found for v, n in given.items())
        )
        assert cost == due
    assert refused > 20


def over_one_uplink(carries: int, seed: int = 0) -> Problem:
    """Cameras at two sites, each with a store of its own at a third, whose uplink carries so much."""
    r = Random(seed)
    hosts = tuple(
        Host(f"h{n}", {"cpu": 4}, {"site": site, "host": f"h{n}"}) for n, site in enumerate("aammbbmm")
    )
    groups = tuple(Group(name, r.choice((0, 5))) for name in ("c0", "s0", "c1", "s1"))
    workloads = tuple(
        workload
        for n in range(2)
        for workload in (
            Workload(f"c{n}", 2 * n, {"cpu": r.choice((1, 2))}, (4 * n, 4 * n + 1), 1, r.choice((2, 3))),
            Workload(f"s{n}", 2 * n + 1, {"cpu": 3}, (4 * n + 2, 4 * n + 3), 1, 1),
        )
    )
    links = tuple(
        Link(f"link{n}", (2 * n,), (2 * n + 1,), "site", {"ab"[n]: {"m": 5}}, bandwidth=10) for n in range(2)
    )
    constraints: tuple[Constraint, ...] = (Uplinks("sum", links, {"m": carries}), *links)
    return Problem(hosts, groups, workloads, constraints, (Placed(),))


@pytest.mark.parametrize("seed", range(12))
def test_an_uplink_that_is_never_full_ties_nobody(seed: int) -> None:
    one = over_one_uplink(0, seed)
    most = 2 * 10 * sum(one.workloads[camera].maximum for camera in (0, 2))
    parts = {carries: len(components(over_one_uplink(carries, seed))) for carries in (most, most - 1)}
    assert parts == {most: 2, most - 1: 1}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("carries", [10, 30, 50, 60, 100, 120])
def test_parts_that_share_an_uplink_that_is_never_full_are_solved_as_well_apart(
    seed: int, carries: int
) -> None:
    one = over_one_uplink(carries, seed)
    apart, joint = solve(one), solve(one, split=False)
    assert verify(one, apart) == ()
    assert apart.levels == joint.levels
