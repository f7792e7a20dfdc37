"""Guarantees against losses: against an oracle that tries every loss and every placement after it, and what a solution
says to do after each."""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Balance,
    Contingency,
    DeviceClass,
    DeviceDemand,
    Different,
    Group,
    Host,
    Keep,
    Kind,
    Moves,
    Placed,
    Preferences,
    Problem,
    Proof,
    Reason,
    Same,
    Spread,
    Survive,
    Workload,
    solve,
    verify,
)
from tests.scheduler import oracle
from tests.scheduler.problems import EXAMPLES, problem

ALL = (0, 1, 2)
EACH = ((0,), (1,), (2,))
HOSTS = tuple(
    Host(f"h{index}", {"cpu": 4, "memory": 8}, {"host": f"h{index}", "zone": zone})
    for index, zone in enumerate("xxy")
)


def guarded(seed: int, form: str) -> Problem:
    """A guarantee beside up to two other constraints."""
    r = Random(seed)
    kinds = [Survive, *r.choices(list(EXAMPLES), k=r.choice((0, 1, 1, 2)))]
    made = problem(seed, kinds, soft=form != "hard")
    if form != "mixed":
        return made
    mixed = (replace(one, weight=r.choice((None, one.weight))) for one in made.constraints)
    return replace(made, constraints=tuple(mixed))


@pytest.mark.parametrize("form", ["hard", "soft", "mixed"])
@pytest.mark.parametrize("seed", range(60))
def test_what_can_be_guaranteed_is_and_what_cannot_is_not_claimed(seed: int, form: str) -> None:
    one = guarded(6000 + seed, form)
    solution = solve(one, seed=3)
    assert tuple(level.value for level in solution.levels) == oracle.best(one)
    assert all(level.proved for level in solution.levels)


@pytest.mark.parametrize("seed", range(80))
def test_every_loss_that_hits_anything_has_a_contingency_that_holds(seed: int) -> None:
    one = guarded(7000 + seed, "mixed")
    solution = solve(one)
    admitted = frozenset(group for group, yes in enumerate(solution.admitted) if yes)
    guarantees = [c for c in one.constraints if isinstance(c, Survive)]
    hit = {
        loss
        for c in guarantees
        for loss in c.losses
        if any(host in solution.placements[w] for host in loss for w in c.workloads)
    }
    assert hit <= set(solution.contingencies) <= {loss for c in guarantees for loss in c.losses}
    for loss in hit:
        found = solution.contingencies[loss]
        safe = {w for c in guarantees if c.id in found.covered for w in c.workloads}
        then = tuple(
            found.placements.get(w, {h: n for h, n in counts.items() if h not in loss})
            for w, counts in enumerate(solution.placements)
        )
        asked = oracle.after(one, solution.placements, admitted, loss, safe)
        assert oracle.allows(asked, then, admitted)


@pytest.mark.parametrize("seed", range(30))
def test_losses_are_told_to_the_model_one_by_one_for_the_same_levels(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = guarded(8000 + seed, "mixed")
    whole = solve(one)
    monkeypatch.setattr(sys.modules["placelang_scheduler.exact"], "_FEW", 0)
    assert solve(one).levels == whole.levels


def single(*constraints: object, **changes: object) -> Problem:
    shape = Workload("w", 0, {"cpu": 2, "memory": 2}, ALL, 2, 2)
    return Problem(
        HOSTS,
        (Group("g"),),
        (replace(shape, **changes),),  # type: ignore[arg-type]
        (Survive("s", (0,), EACH), *constraints),  # type: ignore[arg-type]
        (Placed(), Preferences(), Moves(), Balance("memory")),
    )


def test_room_is_left_for_what_may_be_lost() -> None:
    """Three services of 4 fill three hosts of 4; with one host to be lost only two may stand."""
    one = Problem(
        HOSTS,
        tuple(Group(f"g{index}") for index in range(3)),
        tuple(Workload(f"w{index}", index, {"cpu": 4}, ALL) for index in range(3)),
        tuple(Survive(f"s{index}", (index,), EACH) for index in range(3)),
    )
    solution = solve(one)
    assert sum(solution.admitted) == 2
    assert sum(solve(replace(one, constraints=())).admitted) == 3


def test_what_nobody_guarantees_takes_the_room_that_is_kept_for_nobody() -> None:
    """What is not guaranteed dies with its host, and what of it stands elsewhere goes on."""
    one = Problem(
        HOSTS,
        (Group("safe"), Group("other")),
        (Workload("w", 0, {"cpu": 4}, ALL), Workload("v", 1, {"cpu": 4}, ALL)),
        (Survive("s", (0,), EACH),),
    )
    solution = solve(one)
    assert all(solution.admitted)
    (home,) = solution.placements[0]
    ((then, _),) = solution.contingencies[home,].placements[0].items()
    assert then not in {home, *solution.placements[1]}


def test_the_rest_moves_only_where_it_must() -> None:
    """The lost 3 fit only where a 1 stands that can go to the third host."""
    one = Problem(
        (Host("a", {"cpu": 3}), Host("b", {"cpu": 3}), Host("c", {"cpu": 1})),
        (Group("large"), Group("small")),
        (Workload("w", 0, {"cpu": 3}, (0, 1)), Workload("v", 1, {"cpu": 1}, (1, 2), current={1: 1})),
        (Survive("s", (0,), ((0,), (2,))),),
        (Placed(), Moves()),
    )
    solution = solve(one)
    assert solution.placements == ({0: 1}, {1: 1})
    assert solution.contingencies == {(0,): Contingency({0: {1: 1}, 1: {2: 1}}, frozenset({"s"}))}


def test_elastic_replicas_give_way_down_to_the_minimum() -> None:
    one = Problem(
        HOSTS[:2],
        (Group("safe"), Group("elastic")),
        (Workload("w", 0, {"cpu": 2}, (0, 1)), Workload("v", 1, {"cpu": 1}, (0, 1), 1, 6)),
        (Survive("s", (0, 1), ((0,), (1,))),),
    )
    solution = solve(one)
    assert sum(solution.placements[1].values()) == 6
    for (lost,), found in solution.contingencies.items():
        assert found.placements.get(0, solution.placements[0]) == {1 - lost: 1}


def test_a_kept_volume_stays_and_the_lost_one_is_made_anew() -> None:
    one = single(Keep("k", (0,)), AtMost("apart", (0,), "host", 1), current={0: 1, 1: 1})
    solution = solve(one)
    assert solution.placements == ({0: 1, 1: 1},)
    assert solution.contingencies[0,].placements == {0: {1: 1, 2: 1}}


def test_devices_go_with_their_host() -> None:
    gpu = (DeviceClass("d", "gpu", 1),)
    hosts = (replace(HOSTS[0], devices=gpu), replace(HOSTS[1], devices=gpu), HOSTS[2])
    demand = (DeviceDemand("gpu", 1),)
    one = Problem(
        hosts, (Group("g"),), (Workload("w", 0, {}, ALL, devices=demand),), (Survive("s", (0,), EACH),)
    )
    solution = solve(one)
    (home,) = solution.placements[0]
    found = solution.contingencies[home,]
    assert found.placements == {0: {1 - home: 1}}
    assert found.devices == {(0, 1 - home): ({"d": 1},)}
    alone = replace(one, hosts=(hosts[0], HOSTS[1], HOSTS[2]))
    assert solve(alone).admitted == (False,)


def test_a_zone_that_is_lost_is_no_longer_spread_over() -> None:
    spread = Spread("even", (0,), "zone", 1, ("x", "y"))
    solution = solve(replace(single(spread), constraints=(spread, Survive("s", (0,), ((0, 1), (2,))))))
    assert solution.admitted == (True,)
    assert set(solution.contingencies) == {(0, 1), (2,)}


def test_guarantees_that_name_the_same_loss_hold_together() -> None:
    hosts = (Host("h0", {"cpu": 2}), Host("h1", {"cpu": 1}))
    one = Problem(
        hosts,
        (Group("g0"), Group("g1", 5)),
        (Workload("w", 0, {"cpu": 1}, (0, 1)), Workload("v", 1, {"cpu": 1}, (0, 1))),
        (Survive("s", (0,), ((0,), (1,))), Survive("t", (1,), ((0,), (1,)))),
    )
    assert solve(one).admitted == (False, True)
    assert all(solve(replace(one, constraints=one.constraints[:1])).admitted)


def test_soft_guarantee_costs_its_weight_for_each_loss_that_is_not_covered() -> None:
    one = single(AtLeast("three", (0,), "host", 3), minimum=3, maximum=3)
    soft = replace(one, constraints=(Survive("s", (0,), EACH, weight=4), one.constraints[1]))
    solution = solve(soft)
    assert [level.value for level in solution.levels if level.name == "preferences 0"] == [12]
    assert solution.admitted == (True,)
    assert all(found.covered == frozenset() for found in solution.contingencies.values())


def reasons(one: Problem, group: int = 0) -> tuple[Reason, ...]:
    (left,) = [left for left in solve(one).left_out if left.group == group]
    assert left.proof is Proof.PROVED
    return left.reasons


def test_reason_names_the_loss_that_leaves_no_host() -> None:
    one = replace(single(), workloads=(Workload("w", 0, {"cpu": 1}, (1,)),))
    assert reasons(one) == (Reason(Kind.LOSS, 0, "s", need=1, have=0, hosts=(1,)),)


def test_reason_names_what_is_short_after_a_loss() -> None:
    big = (replace(HOSTS[0], capacity={"cpu": 9, "memory": 8}), *HOSTS[1:])
    one = Problem(big, (Group("g"),), (Workload("w", 0, {"cpu": 6}, ALL),), (Survive("s", (0,), EACH),))
    assert reasons(one) == (Reason(Kind.LOSS, 0, "s", "cpu", 6, 4, None, (0,)),)
    four = tuple(Workload(f"w{index}", 0, {"cpu": 3}, ALL) for index in range(3))
    all_of_them = Problem(HOSTS, (Group("g"),), four, (Survive("s", ALL, EACH),))
    assert reasons(all_of_them) == (Reason(Kind.LOSS, None, "s", "cpu", 9, 8, None, (0,)),)


def test_reason_names_who_takes_the_room_that_a_loss_needs() -> None:
    one = Problem(
        HOSTS[:2],
        (Group("low"), Group("high", 9)),
        (Workload("w", 0, {"cpu": 3}, (0, 1)), Workload("v", 1, {"cpu": 3}, (0, 1))),
        (Survive("s", (0, 1), ((0,), (1,))),),
    )
    assert reasons(one) == (
        Reason(Kind.CROWDED, group=1),
        Reason(Kind.LOSS, None, "s", "cpu", 6, 4, None, (0,)),
    )


def test_reason_names_constraints_that_clash_after_a_loss() -> None:
    one = Problem(
        HOSTS,
        (Group("g"),),
        (Workload("w", 0, {"cpu": 1}, ALL), Workload("v", 0, {"cpu": 1}, (2,))),
        (
            Same("near", (0,), (1,), "zone"),
            Different("apart", (0,), (1,), "host"),
            Survive("s", (0, 1), ((0,),)),
        ),
    )
    found = {(reason.kind, reason.constraint) for reason in reasons(one)}
    assert (Kind.CONFLICT, "near") in found


def test_no_budget_still_answers_and_claims_no_proof() -> None:
    for seed in range(40):
        one = guarded(9000 + seed, "hard")
        assert verify(one, solve(one, budget=0)) == ()


SOUND = single(AtMost("apart", (0,), "host", 1))
SOLUTION = solve(SOUND)
LOST = min(SOLUTION.contingencies)
CORRUPTED = {
    "nothing is done": {},
    "one loss is forgotten": {
        loss: SOLUTION.contingencies[loss] for loss in SOLUTION.contingencies if loss != LOST
    },
    "nothing is started": {**SOLUTION.contingencies, LOST: Contingency({}, frozenset({"s"}))},
    "nothing is covered": {
        **SOLUTION.contingencies,
        LOST: replace(SOLUTION.contingencies[LOST], covered=frozenset()),
    },
    "two on one host": {**SOLUTION.contingencies, LOST: Contingency({0: {2: 2}}, frozenset({"s"}))},
    "on the lost host": {**SOLUTION.contingencies, LOST: Contingency({0: {LOST[0]: 2}}, frozenset({"s"}))},
    "for a loss that nobody named": {**SOLUTION.contingencies, (0, 1): Contingency({}, frozenset())},
    "on a host that is not there": {
        **SOLUTION.contingencies,
        LOST: Contingency({0: {9: 2}}, frozenset({"s"})),
    },
    "of a workload that is not there": {
        **SOLUTION.contingencies,
        LOST: Contingency({7: {2: 2}}, frozenset({"s"})),
    },
}


@pytest.mark.parametrize("corruption", CORRUPTED)
def test_contingency_that_does_not_hold_is_found(corruption: str) -> None:
    assert verify(SOUND, SOLUTION) == ()
    assert verify(SOUND, replace(SOLUTION, contingencies=CORRUPTED[corruption]))
