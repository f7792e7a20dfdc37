"""`cover`: what is done after each loss, for a placement of a part; `retreat`: a placement for which something is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Survive
from placelang_scheduler.greedy import construct
from placelang_scheduler.levels import goals_of
from placelang_scheduler.losses.again import replace_lost, sound
from placelang_scheduler.losses.left import losses_of, plain
from placelang_scheduler.parts import compose
from placelang_scheduler.placement import Contingency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Part, Scope
    from placelang_scheduler.placement import Loss, Placement, Settled

    Contingencies = dict[Loss, Contingency]


def insured(scope: Scope) -> bool:
    """Whether something is guaranteed in `scope`."""
    return any(isinstance(one, Survive) for one in scope.constraints)


def plainly(part: Part) -> tuple[Goal, ...]:
    """The goals of `part` as they are where nothing is guaranteed."""
    return goals_of(plain(part))


def cover(
    part: Part, placement: Placement, budget: Budget | None, known: Mapping[Loss, Contingency] | None = None
) -> tuple[Contingencies, list[Loss]]:
    """What is done after each loss that hits a replica, and the losses after which not all that is guaranteed was found
    a place; without a budget the solver is not asked. `known` has, for some losses, the best that there is."""
    found: Contingencies = {}
    lacking = []
    for loss, survives in losses_of(part).items():
        if not any(placement.on(index).get(host) for index in part.workloads for host in loss):
            continue
        best = replace_lost(part, placement, loss, survives, budget)
        answer = (known or {}).get(loss)
        better = answer is not None and (best is None or _worth(survives, best) < _worth(survives, answer))
        if answer is not None and better and sound(part, placement, loss, survives, answer):
            best = answer
        if best is not None:
            found[loss] = best
        if best is None or len(best.covered) < len(survives):
            lacking.append(loss)
    return found, lacking


def join(parts: Iterable[tuple[Scope, Mapping[Loss, Contingency]]]) -> Contingencies:
    """What is done in all parts together. Where a part loses nothing, what it guarantees is covered."""
    found: Contingencies = {}
    quiet: dict[Loss, set[str]] = {}
    for part, contingencies in parts:
        for loss, more in contingencies.items():
            one = found.get(loss, Contingency({}, frozenset()))
            found[loss] = Contingency({**one.placements, **more.placements}, one.covered | more.covered)
        for constraint in part.constraints:
            if isinstance(constraint, Survive):
                for loss in constraint.losses:
                    if loss not in contingencies:
                        quiet.setdefault(loss, set()).add(constraint.id)
    return {loss: replace(one, covered=one.covered | quiet.get(loss, set())) for loss, one in found.items()}


def _worth(survives: Sequence[Survive], contingency: Contingency) -> int:
    return sum(one.weight or 0 for one in survives if one.id in contingency.covered)


def broken_by(part: Part, found: Mapping[Loss, Contingency], lacking: Sequence[Loss]) -> list[Loss]:
    """Those of `lacking` after which something is missing that must not be."""
    hard = {
        loss: {one.id for one in survives if one.weight is None} for loss, survives in losses_of(part).items()
    }
    return [
        loss for loss in lacking if hard[loss] and not (loss in found and hard[loss] <= found[loss].covered)
    ]


def survives(part: Part, placement: Placement) -> bool:
    """Whether a placement has what it has to after each loss, as far as that is found without the solver."""
    return not broken_by(part, *cover(part, placement, None))


def retreat(part: Part, goals: Sequence[Goal]) -> Settled:
    """Leave out groups that are guaranteed, those of low priority first, until what is left survives."""
    shapes, groups = part.problem.workloads, part.problem.groups
    hard = [
        index
        for one in part.constraints
        if isinstance(one, Survive) and one.weight is None
        for index in one.workloads
    ]
    members = sorted(
        {shapes[index].group for index in hard} & part.open,
        key=lambda group: (groups[group].priority, -group),
    )
    number = 1
    while True:
        out = set(members[:number])
        room = {index: {} if shapes[index].group in out else found for index, found in part.room.items()}
        state = construct(compose(part, room, (frozenset(part.groups) - part.open) | out), goals)
        settled = state.settle()
        contingencies, lacking = cover(part, settled, None)
        if not broken_by(part, contingencies, lacking):
            return replace(settled, contingencies=contingencies)
        if number >= len(members):
            raise AssertionError("what guarantees nothing survives nothing")
        number *= 2
