"""`improve`: local search over one part, by moving one replica or exchanging two, while a level gains.

Enters a placement in which every rule and hard constraint holds; they hold ever after. The search is counted in
steps, never in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.greedy import broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.state import State

Step = tuple[tuple[int, int, int], ...]
"""Replicas to move: workload, from host, to host."""


def improve(state: State, goals: Sequence[Goal], bounds: Sequence[int], steps: int) -> None:
    """Try up to `steps` moves, for as long as one of them gains and a level is above its bound."""
    gained = True
    while (
        gained
        and steps > 0
        and any(goal.value(state) > bound for goal, bound in zip(goals, bounds, strict=True))
    ):
        gained = False
        for step in _steps(state):
            steps -= 1
            gained |= _try(state, goals, step)
            if steps <= 0:
                break


def _steps(state: State) -> Iterator[Step]:
    """Single moves, then exchanges, of what stands where at the time."""
    room = state.part.room
    for workload in state.part.workloads:
        for source in list(state.counts[workload]):
            for target in room[workload]:
                if target != source and state.counts[workload].get(source) and state.fits(workload, target):
                    yield ((workload, source, target),)
    for workload in state.part.workloads:
        for source in list(state.counts[workload]):
            for other in state.part.workloads:
                if other <= workload or source not in room[other]:
                    continue
                for target in list(state.counts[other]):
                    if (
                        target != source
                        and target in room[workload]
                        and state.counts[workload].get(source)
                        and state.counts[other].get(target)
                    ):
                        yield ((workload, source, target), (other, target, source))


def _try(state: State, goals: Sequence[Goal], step: Step) -> bool:
    """Make a step if every rule and hard constraint still holds and the goals, in their order, gain."""
    workloads = tuple(workload for workload, _, _ in step)
    hosts = step[0][1:]
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
