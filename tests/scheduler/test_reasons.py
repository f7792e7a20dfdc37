"""Every kind of reason, where it is due, and none that does not hold."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Constraint,
    Different,
    Group,
    Host,
    Hosts,
    Kind,
    Moves,
    Placed,
    Preferences,
    Problem,
    Proof,
    Reason,
    Same,
    Workload,
    solve,
)
from tests.scheduler import oracle
from tests.scheduler.problems import EXAMPLES, problem

HOSTS = tuple(
    Host(f"h{index}", {"cpu": cpu, "memory": 8}, {"host": f"h{index}", "zone": zone})
    for index, (cpu, zone) in enumerate(((4, "x"), (4, "x"), (2, "y")))
)
ALL = (0, 1, 2)


def reasons(one: Problem, group: int = 0, budget: float = 20.0) -> tuple[Reason, ...]:
    solution = solve(one, budget=budget)
    (left,) = [left for left in solution.left_out if left.group == group]
    assert left.proof is (Proof.PROVED if budget else Proof.NOT_PROVED)
    return left.reasons


def single(workload: Workload, *constraints: Constraint) -> Problem:
    return Problem(HOSTS, (Group("g0"),), (workload,), constraints)


def test_no_candidates() -> None:
    assert reasons(single(Workload("w", 0, {}, (), 2, 2))) == (Reason(Kind.NO_CANDIDATES, 0, need=2, have=0),)


def test_too_large_names_need_and_the_most_there_is() -> None:
    one = single(Workload("w", 0, {"cpu": 5, "memory": 3}, ALL))
    assert reasons(one) == (Reason(Kind.TOO_LARGE, 0, resource="cpu", need=5, have=4, hosts=ALL),)


def test_excluded_names_the_constraint() -> None:
    one = single(Workload("w", 0, {"cpu": 3}, ALL), Hosts("only y", 0, frozenset({2})))
    assert reasons(one) == (
        Reason(Kind.TOO_LARGE, 0, resource="cpu", need=3, have=2, hosts=(2,)),
        Reason(Kind.EXCLUDED, 0, "only y", hosts=(0, 1)),
    )


def test_too_few_hosts_for_replicas_that_are_kept_apart() -> None:
    one = single(Workload("w", 0, {"cpu": 1}, ALL, 4, 4), AtMost("apart", (0,), "host", 1))
    assert reasons(one) == (Reason(Kind.TOO_FEW, 0, "apart", need=4, have=3, hosts=ALL),)


def test_capacity_of_all_hosts_together() -> None:
    workloads = tuple(Workload(f"w{index}", 0, {"memory": 3}, ALL, 4, 4) for index in range(3))
    assert reasons(Problem(HOSTS, (Group("g0"),), workloads)) == (
        Reason(Kind.CAPACITY, resource="memory", need=36, have=24, hosts=ALL),
    )


def test_conflict_names_all_that_clash_and_no_more() -> None:
    one = Problem(
        HOSTS,
        (Group("g0"),),
        (Workload("w", 0, {"cpu": 1}, ALL), Workload("v", 0, {"cpu": 1}, ALL)),
        (
            Same("together", (0,), (1,), "zone"),
            AtMost("harmless", (0,), "host", 3),
            Different("asunder", (1,), (0,), "host"),
            Hosts("w on y", 0, frozenset({2})),
        ),
    )
    assert {reason.constraint for reason in reasons(one)} == {"together", "asunder", "w on y"}
    assert {reason.kind for reason in reasons(one)} == {Kind.CONFLICT}


def test_conflict_with_a_resource_names_amounts() -> None:
    one = single(
        Workload("w", 0, {"cpu": 2}, ALL, 5, 5),
        AtLeast("both", (0,), "zone", 2),
        AtMost("two", (0,), "host", 2),
    )
    found = replace(one, hosts=(HOSTS[0], HOSTS[1], replace(HOSTS[2], capacity={"cpu": 2, "memory": 8})))
    assert solve(found).admitted == (True,)
    packed = Problem(
        HOSTS[:2],
        (Group("g0"),),
        tuple(Workload(f"w{index}", 0, {"cpu": 3 - index // 2}, (0, 1)) for index in range(3)),
    )
    assert reasons(packed) == (Reason(Kind.CONFLICT, resource="cpu", need=8, have=8, hosts=(0, 1)),)


def test_required_group_that_is_left_out() -> None:
    one = Problem(
        HOSTS,
        (Group("vast"), Group("g1", requires=(0,))),
        (Workload("w", 0, {"cpu": 9}, ALL), Workload("v", 1, {"cpu": 1}, ALL)),
    )
    assert reasons(one, 1) == (Reason(Kind.REQUIRES, group=0),)


def test_group_of_a_partner_that_is_left_out() -> None:
    one = Problem(
        HOSTS,
        (Group("vast"), Group("g1")),
        (Workload("w", 0, {"cpu": 9}, ALL), Workload("v", 1, {"cpu": 1}, ALL)),
        (Same("beside", (1,), (0,), "host"),),
    )
    assert reasons(one, 1) == (Reason(Kind.REQUIRES, constraint="beside", group=0),)


@pytest.mark.parametrize("runs", [False, True])
def test_who_takes_the_room_and_what_is_short(runs: bool) -> None:
    one = Problem(
        HOSTS[:1],
        (Group("low"), Group("high", 10), Group("small", 10)),
        (
            Workload("w", 0, {"cpu": 3}, (0,), current={0: 1} if runs else {}),
            Workload("v", 1, {"cpu": 2}, (0,)),
            Workload("u", 2, {"cpu": 1}, (0,)),
        ),
    )
    assert reasons(one) == (
        Reason(Kind.DISPLACED if runs else Kind.CROWDED, group=1),
        Reason(Kind.SHORTAGE, resource="cpu", need=3, have=1, hosts=(0,)),
    )


def test_left_out_for_the_sake_of_an_earlier_level() -> None:
    one = replace(
        single(Workload("w", 0, {"cpu": 3}, ALL), Hosts("liked", 0, frozenset({2}), weight=1)),
        objectives=(Preferences(), Placed(), Moves()),
    )
    assert reasons(one) == (Reason(Kind.OUTWEIGHED),)


def test_without_budget_nothing_is_claimed() -> None:
    """4 + 5 and 5 + 6 would fill the hosts of 9 and 12, but not as a greedy pass lays them."""
    one = Problem(
        (Host("h0", {"cpu": 12}), Host("h1", {"cpu": 9})),
        tuple(Group(f"g{index}") for index in range(4)),
        tuple(Workload(f"w{index}", index, {"cpu": need}, (0, 1)) for index, need in enumerate((4, 5, 5, 6))),
    )
    assert all(solve(one).admitted)
    assert reasons(one, 0, budget=0) == (
        Reason(Kind.SHORTAGE, 0, resource="cpu", need=4, have=3, hosts=(0, 1)),
        Reason(Kind.UNDECIDED),
    )


@pytest.mark.parametrize("seed", range(150))
def test_reasons_hold(seed: int) -> None:
    """Without the groups that crowd it out, the group is admitted; what clashes is the core of the group alone."""
    r = Random(seed)
    one = problem(seed, r.choices(list(EXAMPLES), k=2), load=4)
    one = replace(one, objectives=(Placed(),))
    solution = solve(one)
    for left in solution.left_out:
        kinds = {reason.kind for reason in left.reasons}
        assert left.reasons
        assert left.proof is Proof.PROVED
        assert Kind.UNDECIDED not in kinds
        if Kind.CONFLICT in kinds:
            assert left.core is not None
            conflicts = [reason for reason in left.reasons if reason.kind is Kind.CONFLICT]
            members = {reason.constraint or reason.resource for reason in conflicts}
            assert members == {member.constraint or member.resource for member in left.core.members}
        rivals = {reason.group for reason in left.reasons if reason.kind in {Kind.CROWDED, Kind.DISPLACED}}
        if rivals:
            assert any(
                left.group in admitted and set(range(len(one.groups))) - rivals >= admitted
                for _, admitted in oracle.placements(one)
            )
