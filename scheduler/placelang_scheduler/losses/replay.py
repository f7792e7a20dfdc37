"""`replay`: whether what a solution does after each loss holds there, by the checks of every rule and constraint.

Losses of parts that share nothing are replayed together, one of each part at a time: what holds for all of them holds
for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Survive
from placelang_scheduler.losses.devices import after
from placelang_scheduler.losses.left import asked, bent, guaranteed, hosts_left, losses_of, standing
from placelang_scheduler.parts import limiting, measure, split
from placelang_scheduler.placement import Contingency, Settled, Violation
from placelang_scheduler.rules import RULES, requires

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Solution

KEYWORD = "contingency"


def replay(problem: Problem, solution: Solution, placement: Settled) -> Iterator[Violation]:
    """What is broken after losses, and contingencies for no loss that anybody named."""
    if not any(one.keyword == "survive" for one in problem.constraints):
        if solution.contingencies:
            yield Violation(KEYWORD, len(solution.contingencies))
        return
    misshapen = tuple(_shape(problem, solution))
    yield from misshapen
    parts = split(problem, measure(problem, limiting(problem.constraints)))
    per_part = [_losses(part, placement) for part in parts] if not misshapen else []
    for losses in zip_longest(*per_part):
        yield from _check(problem, solution, placement, [*zip(parts, losses, strict=True)])


def _shape(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Contingencies for another problem."""
    named = {loss for one in problem.constraints if isinstance(one, Survive) for loss in one.losses}
    for loss, found in solution.contingencies.items():
        if loss not in named:
            yield Violation(KEYWORD, host=next(iter(loss), None))
        for index, counts in found.placements.items():
            known = 0 <= index < len(problem.workloads)
            if not known or not all(0 <= host < len(problem.hosts) and host not in loss for host in counts):
                yield Violation(KEYWORD, workload=index)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A loss in a part, and what the solution says to cover of it."""

    loss: Loss
    covered: frozenset[int]
    missing: tuple[str, ...]


def _losses(part: Part, placement: Settled) -> list[_Claim]:
    """The losses that hit a replica of the part. A hard constraint that is not said to be covered is missing."""
    found = []
    for loss, survives in losses_of(part).items():
        if any(placement.on(index).get(host) for index in part.workloads for host in loss):
            claimed = [one for one in survives if one.covered(part.problem, placement, loss)]
            hard = [one for one in survives if one.weight is None]
            missing = tuple(one.id for one in hard if one not in claimed)
            found.append(_Claim(loss, guaranteed(part.problem, placement, claimed), missing))
    return found


def _check(
    problem: Problem, solution: Solution, placement: Settled, round_: list[tuple[Part, _Claim | None]]
) -> Iterator[Violation]:
    """Play one loss of each part."""
    lost: set[int] = set()
    constraints: list[Constraint] = []
    workloads = list(problem.workloads)
    placements: dict[int, Mapping[int, int]] = {}
    devices = dict(solution.devices)
    for part, claim in round_:
        if claim is None:
            continue
        for name in claim.missing:
            yield Violation("survive", 1, name, host=claim.loss[0])
        lost |= set(claim.loss) & set(part.hosts)
        contingency = solution.contingencies.get(claim.loss, Contingency({}, frozenset()))
        own = {index: placement.on(index) for index in part.workloads}
        placements |= {
            index: counts for index, counts in after(own, claim.loss, contingency).items() if index in own
        }
        devices |= {key: held for key, held in contingency.devices.items() if key[0] in own}
        shapes = {
            index: standing(problem, placement, index, claim.loss, claim.covered)
            for index in part.workloads
            if placement.admits(problem.workloads[index].group)
        }
        for index, shape in shapes.items():
            workloads[index] = shape
        hurt = [
            index
            for index in shapes
            if index not in claim.covered and any(placement.on(index).get(host) for host in claim.loss)
        ]
        constraints += [
            bent(one, problem, claim.loss, shapes) for one in asked(part.constraints, claim.covered, hurt)
        ]
    loss = tuple(sorted(lost))
    left = replace(
        problem, hosts=hosts_left(problem, loss), workloads=tuple(workloads), constraints=tuple(constraints)
    )
    counts = tuple(placements.get(index, found) for index, found in enumerate(solution.placements))
    held = {key: found for key, found in devices.items() if counts[key[0]].get(key[1])}
    then = replace(solution, placements=counts, devices=held)
    for rule in RULES:
        if rule is not requires:
            yield from (_of_loss(one) for one in rule.check(left, then))
    settled = Settled(dict(enumerate(counts)), placement.admitted)
    for constraint in constraints:
        yield from (_of_loss(one) for one in constraint.violations(left, settled))


def _of_loss(violation: Violation) -> Violation:
    """It is broken after a loss."""
    return replace(violation, rule=f"{KEYWORD}: {violation.rule}")
