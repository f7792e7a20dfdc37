"""`improve`: local search over one part, by moving a few replicas at once while a level gains.

Enters a placement in which every rule and hard constraint holds; they hold ever after. The search is counted in
steps, never in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.greedy import broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.state import State


def improve(state: State, goals: Sequence[Goal], bounds: Sequence[int], steps: int) -> None:
    """Try up to `steps` moves, for as long as one of them gains and a level is above its bound."""
    tries = 0
    gained = True
    while gained and tries < steps:
        gained = False
        for step in _proposals(state, goals, bounds):
            tries += 1
            gained = _try(state, goals, step)
            if gained or tries >= steps:
                break


def _proposals(state: State, goals: Sequence[Goal], bounds: Sequence[int]) -> Iterator[Step]:
    for goal, bound in zip(goals, bounds, strict=True):
        if goal.value(state) > bound:
            yield from goal.steps(state, bound)


def _try(state: State, goals: Sequence[Goal], step: Step) -> bool:
    """Make a step if every rule and hard constraint still holds and the goals, in their order, gain."""
    workloads = tuple(dict.fromkeys(workload for workload, _, _ in step))
    hosts = tuple(dict.fromkeys(host for move in step for host in move[1:]))
    before = [goal.local(state, workloads, hosts) for goal in goals]
    for workload, source, _ in step:
        state.add(workload, source, -1)
    made = []
    for workload, _, target in step:
        if not state.fits(workload, target):
            break
        state.add(workload, target)
        made.append((workload, target))
    if len(made) == len(step) and _gains(state, goals, before, workloads, hosts):
        return True
    for workload, target in made:
        state.add(workload, target, -1)
    for workload, source, _ in step:
        state.add(workload, source)
    return False


def _gains(
    state: State,
    goals: Sequence[Goal],
    before: Sequence[int],
    workloads: tuple[int, ...],
    hosts: tuple[int, ...],
) -> bool:
    for goal, old in zip(goals, before, strict=True):
        new = goal.local(state, workloads, hosts)
        if new != old:
            return new < old and not any(broken(state, workload) for workload in workloads)
    return False
