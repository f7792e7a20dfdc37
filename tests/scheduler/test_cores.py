"""A core excludes the group, and without any one member it does not: told by trying every placement."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    AtMost,
    Core,
    DeviceClass,
    Different,
    Group,
    Host,
    Instance,
    Kind,
    Placed,
    Problem,
    Proof,
    Reserve,
    Same,
    Stock,
    Workload,
    core,
    solve,
)
from tests.scheduler import oracle
from tests.scheduler.problems import EXAMPLES, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTS = tuple(Host(f"h{index}", {"cpu": 4}, {"host": f"h{index}"}) for index in range(3))


def core_of(one: Problem, group: int) -> Core:
    (found,) = [left.core for left in solve(one).left_out if left.group == group]
    assert found is not None
    assert found.minimal
    return found


def capacity(host: int, resource: str = "cpu") -> Instance:
    return Instance(host=host, resource=resource)


def test_core_names_the_hosts_and_the_groups_that_matter() -> None:
    groups = (Group("far", 9), Group("near", 9), Group("low"), Group("g", 5))
    workloads = (
        Workload("v", 0, {"cpu": 3}, (2,)),
        Workload("w", 1, {"cpu": 3}, (0, 1)),
        Workload("x", 2, {"cpu": 1}, (0, 1)),
        Workload("y", 3, {"cpu": 3}, (0, 1), 2, 2),
    )
    assert set(core_of(Problem(HOSTS, groups, workloads), 3).members) == {
        Instance(group=1),
        capacity(0),
        capacity(1),
    }


def test_core_of_a_group_by_itself_has_no_other_group() -> None:
    workloads = (Workload("w", 0, {"cpu": 1}, (0, 1)), Workload("v", 0, {"cpu": 1}, (0, 1, 2)))
    constraints = (
        Same("together", (0,), (1,), "host"),
        Different("asunder", (1,), (0,), "host"),
        AtMost("apart", (0, 1), "host", 2),
    )
    one = Problem(HOSTS, (Group("g"),), workloads, constraints)
    assert set(core_of(one, 0).members) == {Instance(constraint="together"), Instance(constraint="asunder")}


def test_partner_that_would_help_is_not_taken_for_absent() -> None:
    """Beside its partner, which may stand anywhere, the group fits; only the capacity of both together does not."""
    one = Problem(
        HOSTS[:1],
        (Group("other", 9), Group("partner", 9), Group("g")),
        (
            Workload("u", 0, {"cpu": 2}, (0,)),
            Workload("v", 1, {"cpu": 1}, (0,)),
            Workload("w", 2, {"cpu": 2}, (0,)),
        ),
        (Same("beside", (2,), (1,), "host"),),
    )
    found = core_of(one, 2)
    assert {capacity(0), Instance(group=0)} < set(found.members)
    assert len(found.members) == 3


def test_core_can_be_had_by_itself() -> None:
    workloads = (Workload("w", 0, {"cpu": 3}, (0,)), Workload("v", 1, {"cpu": 2}, (0,)))
    one = Problem(HOSTS, (Group("first", 1), Group("second")), workloads)
    expected = Core((Instance(group=0), capacity(0)), minimal=True)
    assert core(one, solve(one), 1) == expected
    assert core(one, solve(one, budget=0), 1) == expected
    assert core(one, solve(one), 1, budget=0) is None


def test_what_is_ruled_out_by_arithmetic_has_a_core_too() -> None:
    one = Problem(HOSTS, (Group("g"),), (Workload("w", 0, {"cpu": 5}, (1, 2)),))
    assert core(one, solve(one), 0) == Core((capacity(1), capacity(2)), minimal=True)


def test_packing_that_is_too_hard_is_not_claimed_to_be_impossible() -> None:
    """The sums fit, and in next to no time it is not found out whether the services do."""
    r = Random(3)
    needs = [r.randint(300, 500) for _ in range(30)]
    hosts = tuple(Host(f"h{index}", {"cpu": sum(needs) // 9 - 40}) for index in range(9))
    groups = tuple(Group(f"g{index}") for index in range(30))
    workloads = tuple(
        Workload(f"w{index}", index, {"cpu": need}, tuple(range(9))) for index, need in enumerate(needs)
    )
    one = Problem(hosts, groups, workloads)
    solution = solve(one, budget=0.01)
    assert solution.left_out
    for left in solution.left_out:
        assert left.proof is Proof.NOT_PROVED
        assert left.core is None


@pytest.mark.parametrize("seed", range(150))
def test_core_is_one_and_minimal(seed: int) -> None:
    r = Random(seed)
    one = replace(problem(seed, r.choices(list(EXAMPLES), k=2), load=4), objectives=(Placed(),))
    for left in solve(one).left_out:
        kinds = {reason.kind for reason in left.reasons}
        if kinds & {Kind.CROWDED, Kind.DISPLACED, Kind.CONFLICT}:
            assert left.core is not None
            assert left.core.minimal
            members = set(left.core.members)
            assert not admissible(one, left.group, members)
            assert all(admissible(one, left.group, members - {member}) for member in members)
        else:
            assert left.core is None


@pytest.mark.parametrize("seed", range(60))
def test_core_of_those_who_share_devices_excludes_the_group(seed: int) -> None:
    """Leaving devices out is no problem that could be tried, so only what they hold with is."""
    one = replace(problem(seed, [], load=4, sharing=True), objectives=(Placed(),))
    for left in solve(one).left_out:
        if left.core is not None:
            wanted = {left.group} | {member.group for member in left.core.members if member.group is not None}
            assert not any(wanted <= admitted for _, admitted in oracle.placements(one))


def admissible(one: Problem, group: int, members: set[Instance]) -> bool:
    """Whether the group is admitted somewhere beside the groups in `members`, if only these instances count."""
    wanted = {group} | {member.group for member in members if member.group is not None}
    hosts = tuple(_host(host, index, members) for index, host in enumerate(one.hosts))
    unbound = replace(
        one,
        hosts=hosts,
        workloads=tuple(_workload(workload) for workload in one.workloads),
        constraints=tuple(
            _as_free(c, one.hosts, hosts) if isinstance(c, Reserve | Stock) else c
            for c in one.constraints
            if Instance(constraint=c.id) in members
        ),
    )
    return any(wanted <= admitted for _, admitted in oracle.placements(unbound))


def _host(host: Host, index: int, members: set[Instance]) -> Host:
    capacity = {
        name: have if Instance(host=index, resource=name) in members else 999_999
        for name, have in host.capacity.items()
    }
    bound = Instance(host=index, resource="gpu") in members
    devices = host.devices if bound else (*host.devices, DeviceClass("any", "gpu", 99))
    return replace(host, capacity=capacity, devices=devices)


def _as_free(constraint: Reserve | Stock, before: Sequence[Host], after: Sequence[Host]) -> Reserve | Stock:
    """What may be taken of a host is the same where it has more."""
    resource = constraint.resource
    free = {
        host: after[host].capacity[resource] - max(0, before[host].capacity[resource] - kept)
        for host, kept in constraint.free.items()
    }
    return replace(constraint, free=free)


def _workload(workload: Workload) -> Workload:
    everywhere = frozenset((host, "any") for host in range(3))
    devices = tuple(
        demand if demand.accepts is None else replace(demand, accepts=demand.accepts | everywhere)
        for demand in workload.devices
    )
    return replace(workload, devices=devices)
