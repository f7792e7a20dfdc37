"""Problems that nobody can solve, or that are none, made by hand: a reason each, never a crash, and an answer however
little may be spent."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    LIMIT,
    AtLeast,
    AtMost,
    Balance,
    Best,
    Constraint,
    Cost,
    DeviceClass,
    DeviceDemand,
    Different,
    Group,
    Host,
    Hosts,
    InvalidProblem,
    Keep,
    Kind,
    Link,
    LinkEvery,
    Moves,
    Overlap,
    Pack,
    Placed,
    Power,
    Preferences,
    Problem,
    Proof,
    Reserve,
    Same,
    Solution,
    Spread,
    Stock,
    Survive,
    Uplinks,
    Workload,
    core,
    repairs,
    solve,
)

EVERY = (Placed(), Preferences(), Moves(), Balance("cpu"), Cost(), Power(), Pack())


def hosts(count: int, cpu: int = 8) -> tuple[Host, ...]:
    return tuple(Host(f"h{index}", {"cpu": cpu}, {"host": f"h{index}"}) for index in range(count))


def one(workload: Workload, *constraints: Constraint, on: tuple[Host, ...] | None = None) -> Problem:
    return Problem(hosts(2) if on is None else on, (Group("g"),), (workload,), constraints, EVERY)


HOPELESS = {
    "contradictory constraints": (
        Problem(
            hosts(2),
            (Group("g"),),
            (Workload("w", 0, {"cpu": 1}, (0, 1)), Workload("v", 0, {"cpu": 1}, (0, 1))),
            (Same("same", (0,), (1,), "host"), Different("different", (1,), (0,), "host")),
        ),
        {Kind.CONFLICT},
    ),
    "a larger demand than any host": (one(Workload("w", 0, {"cpu": 9}, (0, 1))), {Kind.TOO_LARGE}),
    "no host at all": (one(Workload("w", 0, {"cpu": 1}, ()), on=()), {Kind.NO_CANDIDATES}),
    "hosts without capacity": (one(Workload("w", 0, {"cpu": 1}, (0, 1)), on=hosts(2, 0)), {Kind.TOO_LARGE}),
    "a resource that no host has": (one(Workload("w", 0, {"seats": 1}, (0, 1))), {Kind.TOO_LARGE}),
    "a key that no host has": (
        one(Workload("w", 0, {"cpu": 1}, (0, 1)), AtMost("c", (0,), "rack", 1)),
        {Kind.EXCLUDED},
    ),
    "more replicas than there is room for": (
        one(Workload("w", 0, {"cpu": 1}, (0, 1), 100_000, 100_000)),
        {Kind.TOO_FEW},
    ),
    "more than there are numbers": (
        one(Workload("w", 0, {"cpu": LIMIT}, (0, 1), 9, 9), on=hosts(2, LIMIT)),
        {Kind.TOO_FEW},
    ),
    "zero replicas allowed at any host": (
        one(Workload("w", 0, {"cpu": 1}, (0, 1)), AtMost("c", (0,), "host", 0)),
        {Kind.EXCLUDED},
    ),
}


@pytest.mark.parametrize("case", HOPELESS)
def test_what_nobody_can_place_is_left_out_for_a_reason_that_is_proved(case: str) -> None:
    problem, kinds = HOPELESS[case]
    (left,) = solve(problem, budget=5).left_out
    assert left.proof is Proof.PROVED
    assert {reason.kind for reason in left.reasons} == kinds
    assert core(problem, solve(problem, budget=5), 0) is not None or Kind.NO_CANDIDATES in kinds


@pytest.mark.parametrize("case", HOPELESS)
@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan")])
def test_a_budget_of_nothing_still_answers(case: str, budget: float) -> None:
    problem, _ = HOPELESS[case]
    solution = solve(problem, budget=budget)
    assert [left.group for left in solution.left_out] == [0]
    assert solution.left_out[0].reasons
    assert core(problem, solution, 0, budget=budget) is None
    assert isinstance(repairs(problem, solution, 0, budget=budget), tuple)


def test_what_needs_nothing_stands_on_hosts_that_have_nothing() -> None:
    problem = one(Workload("w", 0, {"cpu": 0}, (0, 1), 2, 2), on=hosts(2, 0))
    assert solve(problem, budget=5).admitted == (True,)


def test_the_largest_numbers_are_counted_with() -> None:
    workloads = tuple(Workload(f"w{index}", index, {"cpu": LIMIT // 3}, (0, 1), 1, 2) for index in range(3))
    problem = Problem(hosts(2, LIMIT), tuple(Group(f"g{index}") for index in range(3)), workloads, (), EVERY)
    assert solve(problem, budget=5).admitted == (True, True, True)


@pytest.mark.parametrize("fits", [10_000, 6_000])
def test_ten_thousand_services_on_one_host(fits: int) -> None:
    """All that fit are placed; each of the others is left out, by name and with a reason."""
    count = 10_000
    problem = Problem(
        hosts(1, fits),
        tuple(Group(f"g{index}") for index in range(count)),
        tuple(Workload(f"w{index}", index, {"cpu": 1}, (0,)) for index in range(count)),
    )
    solution: Solution = solve(problem, budget=0)
    assert sum(solution.admitted) == fits
    assert len(solution.left_out) == count - fits
    assert all(left.reasons for left in solution.left_out)


SOUND = Problem(
    hosts(2),
    (Group("g0"), Group("g1")),
    (Workload("w", 0, {"cpu": 1}, (0, 1)), Workload("v", 1, {"cpu": 1}, (0, 1))),
    (),
    EVERY,
)
JUNK: tuple[Any, ...] = (
    None,
    "x",
    -7,
    10**30,
    1.5,
    float("nan"),
    (),
    ("x",),
    (-1,),
    {"x": "y"},
    {9: 9},
    object(),
)


def names_of(thing: Any) -> list[str]:
    return [field.name for field in fields(thing)]


def with_field(thing: Any, field: str, value: Any) -> Any:
    return replace(thing, **{field: value})


EACH: dict[type, Any] = {
    Hosts: Hosts("c", 0, frozenset({0})),
    Spread: Spread("c", (0,), "host", 1),
    AtMost: AtMost("c", (0,), "host", 1),
    AtLeast: AtLeast("c", (0,), "host", 1),
    Same: Same("c", (0,), (1,), "host"),
    Different: Different("c", (0,), (1,), "host"),
    Best: Best("c", (0,), (1,)),
    Keep: Keep("c", (0,)),
    Overlap: Overlap("c", (0,), "cpu"),
    Stock: Stock("c", (0,), "cpu", {0: 1}, (2,), ((0,),)),
    Reserve: Reserve("c", (0,), "cpu", {0: 1}),
    Link: Link("c", (0,), (1,), "host", {"h0": {"h1": 3}}),
    LinkEvery: LinkEvery("c", (0,), (1,), "host", {"h0": {"h1": 3}}),
    Survive: Survive("c", (0,), ((0,), (1,))),
    Uplinks: Uplinks("c", (Link("l", (0,), (1,), "host", {}, bandwidth=2),), {"h0": 5}),
}


def answered(problem: Any) -> None:
    """The problem is solved, or refused with its faults; nothing else happens."""
    faults = ["none"]
    try:
        solve(problem, budget=0.05)
    except InvalidProblem as refused:
        faults = list(refused.faults)
    assert faults
    assert all(faults)


@pytest.mark.parametrize("kind", EACH)
def test_a_constraint_with_anything_in_any_field_is_refused_or_solved(kind: Any) -> None:
    for field in names_of(EACH[kind]):
        for value in JUNK:
            answered(replace(SOUND, constraints=(with_field(EACH[kind], field, value),)))


def test_each_constraint_is_tried() -> None:
    assert set(EACH) == set(CONSTRAINTS)


THINGS: dict[str, Any] = {
    "hosts": Host("h0", {"cpu": 8}, {"host": "h0"}, (DeviceClass("d", "gpu", 1),)),
    "groups": Group("g0"),
    "workloads": Workload("w", 0, {"cpu": 1}, (0, 1), devices=(DeviceDemand("gpu", 1),)),
}


@pytest.mark.parametrize("things", THINGS)
def test_a_thing_with_anything_in_any_field_is_refused_or_solved(things: str) -> None:
    thing = THINGS[things]
    rest = getattr(SOUND, things)[1:]
    for field in names_of(thing):
        for value in JUNK:
            answered(replace(SOUND, **{things: (with_field(thing, field, value), *rest)}))
    for value in JUNK:
        answered(replace(SOUND, **{things: (value, *rest)}))
        answered(replace(SOUND, **{things: value}))


@pytest.mark.parametrize("field", ["constraints", "objectives"])
def test_what_is_no_constraint_or_objective_is_refused(field: str) -> None:
    for value in JUNK:
        answered(replace(SOUND, **{field: (value,)}))
        answered(replace(SOUND, **{field: value}))


def test_a_device_with_anything_in_any_field_is_refused_or_solved() -> None:
    for value in JUNK:
        for field in names_of(DeviceClass("d", "gpu", 1)):
            devices = (with_field(DeviceClass("d", "gpu", 1), field, value),)
            answered(replace(SOUND, hosts=(replace(SOUND.hosts[0], devices=devices), SOUND.hosts[1])))
        for field in names_of(DeviceDemand("gpu", 1)):
            demands = (with_field(DeviceDemand("gpu", 1), field, value),)
            workload = replace(SOUND.workloads[0], devices=demands)
            answered(replace(SOUND, workloads=(workload, SOUND.workloads[1])))


def test_what_is_mistyped_is_named() -> None:
    broken = with_field(SOUND.workloads[0], "candidates", None)
    with pytest.raises(InvalidProblem, match=r"workloads\[0\] candidates is None, not a tuple"):
        solve(replace(SOUND, workloads=(broken, SOUND.workloads[1])))
