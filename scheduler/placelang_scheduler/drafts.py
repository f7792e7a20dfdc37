"""`Draft`: how far a part has come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import AtMost, Best, Hosts, Spread, Survive
from placelang_scheduler.objectives.moves import Moved
from placelang_scheduler.objectives.placed import Admitted, Replicas
from placelang_scheduler.objectives.preferences import Preferred

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ortools.sat.python.cp_model import Constraint as BoundedRow

    from placelang_scheduler.model import Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Part, Sure
    from placelang_scheduler.placement import Settled
    from placelang_scheduler.problem import Variants
    from placelang_scheduler.state import State


@dataclass(slots=True)
class Draft:
    """A part's placement so far, with the value and the bound of each of its goals; their terms in a model, and rows
    that limit them.

    `wish` is a placement that is better where it survives what it has to, which nobody knows without the solver.
    """

    part: Part
    goals: tuple[Goal, ...]
    state: State
    values: list[int]
    bounds: list[int]

    posted: dict[int, Terms] = field(default_factory=dict)
    rows: dict[int, BoundedRow] = field(default_factory=dict)
    wish: Settled | None = None

    @property
    def proved(self) -> bool:
        return self.values == self.bounds


def draft(part: Part, goals: tuple[Goal, ...], state: State) -> Draft:
    """A placement with its values, and the bounds that are seen without a solver."""
    return Draft(part, goals, state, [goal.value(state) for goal in goals], bounds(part, goals, state))


def bounds(
    part: Part, goals: Sequence[Goal], state: State, proved: Sequence[int] = (), *, every: bool = True
) -> list[int]:
    """What is seen without a solver, beside what is `proved` of the first levels: of `every` level, or of those up to
    the first that is above its bound. Where a level says that all open groups of a priority are admitted, their minimum
    is sure for all levels after it; where one says that there are as many replicas as there is room for, these are;
    where one says that no more is broken or moved than must be, there is room for no more than that leaves, but for
    what is done after a loss."""
    fixed = not any(isinstance(one, Survive) and one.weight is not None for one in part.constraints)
    sure: dict[int | tuple[int, ...], int] = {}
    found: list[int] = []
    left_out: dict[tuple[int, ...], int] = {}
    for at, goal in enumerate(goals):
        least = goal.bound(part, sure)
        found.append(max((least, *proved[at : at + 1])))
        if isinstance(goal, Admitted):
            left_out[goal.groups] = found[-1]
            inside = part.open.intersection(goal.groups)
            if inside <= state.admitted:
                sure |= _minima(part, inside)
        elif isinstance(goal, Replicas):
            found[-1] = max(found[-1], goal.missing(part, left_out[goal.groups]))
            if goal.value(state) == least:
                sure |= _placed(goal, state)
        elif isinstance(goal, Preferred) and fixed and goal.value(state) == least:
            part = _kept(part, goal, sure)
        elif isinstance(goal, Moved) and fixed and goal.value(state) == least:
            part = _pinned(part)
        if not every and at >= len(proved) and goal.value(state) > found[-1]:
            break
    return found


def ideal(part: Part, goals: Sequence[Goal]) -> list[int]:
    """The bounds of the first `goals` that there were if each level met its own."""
    fixed = not any(isinstance(one, Survive) and one.weight is not None for one in part.constraints)
    sure: dict[int | tuple[int, ...], int] = {}
    found = []
    for goal in goals:
        least = goal.bound(part, sure)
        found.append(least)
        if isinstance(goal, Admitted):
            inside = part.open.intersection(goal.groups)
            if least == len(goal.groups) - len(inside):
                sure |= _minima(part, inside)
        elif isinstance(goal, Preferred) and fixed:
            part = _kept(part, goal, sure)
        elif isinstance(goal, Moved) and fixed:
            part = _pinned(part)
    return found


def _kept(part: Part, goal: Preferred, sure: Sure) -> Part:
    """The part with the room that is left where each soft constraint of the level is broken no more than it must be:
    those that need not be broken limit it as if they were hard."""
    room = {index: dict(found) for index, found in part.room.items()}
    for constraint, _ in goal.weighted:
        if isinstance(constraint, _LIMITING) and not constraint.least(part.problem, part.room, sure):
            hard = replace(constraint, weight=None)
            for index in hard.subjects():
                limits = {host: hard.limit(part.problem, index, host) for host in room[index]}
                room[index] = {
                    host: min(most, limits[host]) for host, most in room[index].items() if limits[host] > 0
                }
    return replace(part, room=room)


_LIMITING = (Best, Hosts, AtMost, Spread)


def _pinned(part: Part) -> Part:
    """The part with the room that is left where what runs and may stay does, as far as that costs anything."""
    room = dict(part.room)
    for index in part.workloads:
        workload = part.problem.workloads[index]
        running = workload.current
        stays = sum(min(count, room[index].get(host, 0)) for host, count in running.items())
        if workload.move_cost and stays:
            spare = max(0, workload.maximum - stays)
            limited = {host: min(most, running.get(host, 0) + spare) for host, most in room[index].items()}
            room[index] = {host: most for host, most in limited.items() if most}
    return replace(part, room=room)


def _minima(part: Part, inside: Collection[int]) -> dict[int | tuple[int, ...], int]:
    shapes = part.problem.workloads
    members = (index for index in part.workloads if shapes[index].group in inside)
    return {_name(one): one.minimum for one in part.problem.counts(members)}


def _placed(goal: Replicas, state: State) -> dict[int | tuple[int, ...], int]:
    together = goal.problem.counts(goal.workloads)
    return {_name(one): sum(state.placed[index] for index in one.workloads) for one in together}


def _name(one: Variants) -> int | tuple[int, ...]:
    """What is sure of it is known by this."""
    return one.workloads if len(one.workloads) > 1 else one.workloads[0]
