from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest

from placelang_scheduler import AtMost, Group, Host, Keep, Problem, Same, Spread, Workload
from placelang_scheduler.steps import Act, Copy, Move, Order, Step, order, replay
from tests.scheduler.orders import Case, allowed, case, straight
from tests.scheduler.problems import EXAMPLES

CASES = 700


def cases(number: int) -> list[Case]:
    """Moves of problems with up to two constraints of any kind."""
    found = []
    for seed in range(number):
        kinds = Random(seed).sample(list(EXAMPLES), seed % 3)
        made = case(seed, kinds)
        if made is not None:
            found.append(made)
    return found


@pytest.fixture(scope="module")
def ordered() -> list[tuple[Case, Order]]:
    return [(c, order(c.problem, c.after, c.moves)) for c in cases(CASES)]


def test_the_stated_order_is_safe_after_every_step(ordered: list[tuple[Case, Order]]) -> None:
    for c, found in ordered:
        assert list(replay(c.problem, c.after, c.moves, found.steps)) == []


def test_every_order_that_the_graph_allows_is_safe(ordered: list[tuple[Case, Order]]) -> None:
    random = Random(0)
    for c, found in ordered:
        for _ in range(4):
            assert list(replay(c.problem, c.after, c.moves, allowed(found, random))) == []


def test_steps_make_each_move_once_and_leave_nothing_behind(ordered: list[tuple[Case, Order]]) -> None:
    for c, found in ordered:
        made = Counter((s.act, s.move, s.spare) for s in found.steps)
        assert all(times == 1 for times in made.values())
        for number, move in enumerate(c.moves):
            assert ((Act.START, number, False) in made) == (move.target is not None)
            assert ((Act.STOP, number, False) in made) == (move.source is not None)
            assert ((Act.START, number, True) in made) == ((Act.STOP, number, True) in made)


def test_where_every_move_can_start_before_it_stops_it_does(ordered: list[tuple[Case, Order]]) -> None:
    """By trying every order."""
    looked_at = 0
    for c, found in ordered:
        if len(c.moves) <= 3 and not any(move.alone for move in c.moves):
            gives_way = any(s.early or s.spare or s.breaches for s in found.steps)
            assert straight(c) is not gives_way
            looked_at += 1
    assert looked_at > 100


def test_the_same_moves_have_the_same_steps(ordered: list[tuple[Case, Order]]) -> None:
    for c, found in ordered[::20]:
        assert order(c.problem, c.after, c.moves) == found


def swap(
    spare: int, *, keep: bool = False
) -> tuple[Problem, tuple[Mapping[int, int], ...], tuple[Move, ...]]:
    """Two replicas that change places, on full hosts, beside a third with `spare` room."""
    hosts = tuple(Host(f"h{n}", {"cpu": have}) for n, have in enumerate((4, 4, spare)))
    workloads = tuple(Workload(f"w{n}", n, {"cpu": 3}, (0, 1, 2)) for n in range(2))
    groups = (Group("g0", 5), Group("g1"))
    problem = Problem(hosts, groups, workloads, (Keep("k", (0,)), Keep("k1", (1,))) if keep else ())
    moves = tuple(Move(Copy(n, n, {"cpu": 3}), Copy(1 - n, n, {"cpu": 3})) for n in range(2))
    return problem, ({1: 1}, {0: 1}), moves


def test_a_circle_is_broken_by_a_spare_host() -> None:
    problem, after, moves = swap(spare=3)
    found = order(problem, after, moves)
    assert [(s.act, s.move, s.host, s.spare) for s in found.steps] == [
        (Act.START, 1, 2, True),
        (Act.STOP, 1, 1, False),
        (Act.START, 0, 1, False),
        (Act.STOP, 0, 0, False),
        (Act.START, 1, 0, False),
        (Act.STOP, 1, 2, True),
    ]
    assert list(replay(problem, after, moves, found.steps)) == []


@pytest.mark.parametrize(("spare", "keep"), [(2, False), (3, True)])
def test_without_a_spare_host_the_less_important_stops_first_and_says_what_for(
    spare: int, keep: bool
) -> None:
    problem, after, moves = swap(spare, keep=keep)
    found = order(problem, after, moves)
    (first,) = [s for s in found.steps if s.early]
    assert (first.act, first.move, first.host) == (Act.STOP, 1, 1)
    assert first.early is not None
    assert (first.early.bar.rule, first.early.bar.resource, first.early.bar.host) == ("capacity", "cpu", 1)
    assert first.early.move == 0


def test_what_may_not_stand_twice_stops_just_before_it_starts() -> None:
    problem, _, _ = swap(spare=3)
    moves = (Move(Copy(0, 0, {"cpu": 1}), Copy(1, 0, {"cpu": 1}), alone=True),)
    found = order(problem, ({1: 1}, {}), moves)
    assert [s.act for s in found.steps] == [Act.STOP, Act.START]
    assert found.edges == ((0, 1),)


def test_a_thing_is_let_go_before_somebody_else_takes_it() -> None:
    problem, _, _ = swap(spare=3)
    eye = frozenset({"eye"})
    moves = (Move(None, Copy(0, 0, {}, eye)), Move(Copy(0, None, {}, eye), None))
    found = order(problem, ({0: 1}, {}), moves)
    assert [(s.act, s.move) for s in found.steps] == [(Act.STOP, 1), (Act.START, 0)]
    assert found.edges == ((0, 1),)
    assert [v.rule for _, v in replay(problem, ({0: 1}, {}), moves, found.steps[::-1])] == ["holds"]


def test_an_old_version_takes_what_it_takes_until_it_stops() -> None:
    problem = Problem((Host("h", {"cpu": 4}),), (Group("g"),), (Workload("w", 0, {"cpu": 1}, (0,)),))
    replaced = (Move(Copy(0, 0, {"cpu": 4}), Copy(0, 0, {"cpu": 1})),)
    assert [s.act for s in order(problem, ({0: 1},), replaced).steps] == [Act.STOP, Act.START]
    smaller = (Move(Copy(0, 0, {"cpu": 3}), Copy(0, 0, {"cpu": 1})),)
    assert [s.act for s in order(problem, ({0: 1},), smaller).steps] == [Act.START, Act.STOP]


def test_partners_start_first_and_stop_last() -> None:
    hosts = (Host("h", {}, {"host": "h"}),)
    workloads = (Workload("w", 0, {}, (0,)), Workload("p", 0, {}, (0,)))
    problem = Problem(hosts, (Group("g"),), workloads, (Same("s", (0,), (1,), "host"),))
    starts = tuple(Move(None, Copy(0, n, {})) for n in (0, 1))
    up = order(problem, ({0: 1}, {0: 1}), starts)
    assert ([s.move for s in up.steps], up.edges) == ([1, 0], ((0, 1),))
    stops = tuple(Move(Copy(0, n, {}), None) for n in (1, 0))
    down = order(problem, ({}, {}), stops)
    assert ([s.move for s in down.steps], down.edges) == ([1, 0], ((0, 1),))


def test_after_orders_first_starts_and_last_stops_and_a_circle_of_it_orders_nothing() -> None:
    workloads = tuple(Workload(f"w{n}", 0, {}, (0,)) for n in range(3))
    problem = Problem((Host("h"),), (Group("g"),), workloads)
    starts = tuple(Move(None, Copy(0, n, {})) for n in range(3))
    after = ({0: 1},) * 3
    found = order(problem, after, starts, {0: (1,), 1: (2,)})
    assert ([s.move for s in found.steps], found.edges) == ([2, 1, 0], ((0, 1), (1, 2)))
    assert order(problem, after, starts, {0: (1,), 1: (0,)}).edges == ()
    stops = tuple(Move(Copy(0, n, {}), None) for n in range(3))
    assert [s.move for s in order(problem, ({},) * 3, stops, {0: (1,), 1: (2,)}).steps] == [0, 1, 2]


def test_of_many_replicas_a_quarter_stops_first_at_a_time() -> None:
    hosts = tuple(Host(f"h{n}", {"cpu": 1}, {"host": f"h{n}"}) for n in range(8))
    workload = Workload("w", 0, {"cpu": 1}, tuple(range(8)), 8, 8)
    problem = Problem(hosts, (Group("g"),), (workload,), (AtMost("a", (0,), "host", 1),))
    moves = tuple(Move(Copy(n, 0, {"cpu": 1}), Copy(n, 0, {"cpu": 1})) for n in range(8))
    found = order(problem, (dict.fromkeys(range(8), 1),), moves)
    assert len(found.edges) == 14
    random = Random(1)
    for steps in (found.steps, *(allowed(found, random) for _ in range(20))):
        down = most = 0
        for step in steps:
            down += 1 if step.act is Act.STOP else -1
            most = max(most, down)
        assert most <= 2


def test_first_starts_that_share_nothing_wait_for_nothing() -> None:
    hosts = tuple(Host(f"h{n}", {"cpu": 9}, {"host": f"h{n}", "zone": "z"}) for n in range(9))
    workload = Workload("w", 0, {"cpu": 1}, tuple(range(9)), 9, 9)
    rules = (AtMost("a", (0,), "host", 1), Spread("s", (0,), "host"))
    problem = Problem(hosts, (Group("g"),), (workload,), rules)
    starts = tuple(Move(None, Copy(n, 0, {"cpu": 1})) for n in range(9))
    assert order(problem, (dict.fromkeys(range(9), 1),), starts).edges == ()


def test_replay_finds_what_an_unsafe_order_breaks() -> None:
    problem, after, moves = swap(spare=0)
    wrong = (Step(Act.START, 0, 1), Step(Act.STOP, 0, 0), Step(Act.START, 1, 0), Step(Act.STOP, 1, 1))
    assert [(n, v.rule, v.host) for n, v in replay(problem, after, moves, wrong)] == [(0, "capacity", 1)]
