"""`improve`: local search over one part, by moving a few replicas at once while a level gains.

Enters a placement in which every rule and hard constraint holds; they hold ever after. The search is counted in
steps, never in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.greedy import broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

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
            gained = _try(state, goals, step, _gains)
            if gained or tries >= steps:
                break


def _proposals(state: State, goals: Sequence[Goal], bounds: Sequence[int]) -> Iterator[Step]:
    for goal, bound in zip(goals, bounds, strict=True):
        if goal.value(state) > bound:
            yield from goal.steps(state, bound)


def shake(state: State, goals: Sequence[Goal], bounds: Sequence[int], rounds: int, random: Random) -> None:
    """Leave local optima: `rounds` times, a few moves at random that the levels before the first one above its bound
    do not lose by, and a search from there; back to where it was if that ended worse."""
    best = _fine(state, goals)
    for _ in range(rounds):
        loose = next((at for at, bound in enumerate(bounds) if goals[at].value(state) > bound), None)
        if loose is None:
            return
        before = state.settle()
        for _ in range(_KICKS):
            step = _kick(state, random)
            if step is not None:
                _try(state, goals[:loose], step, _keeps)
        improve(state, goals, bounds, _STEPS)
        found = _fine(state, goals)
        if found > best:
            state.restore(before)
        else:
            best = found


_KICKS = 4
_STEPS = 1000


def _fine(state: State, goals: Sequence[Goal]) -> list[int]:
    """All levels in the finer units that steps are judged by."""
    return [goal.local(state, state.part.workloads, state.part.hosts) for goal in goals]


def _kick(state: State, random: Random) -> Step | None:
    """A replica to another host, in exchange for one from there if that is full."""
    workload = random.choice(state.part.workloads)
    standing = sorted(state.on(workload))
    room = list(state.part.room[workload])
    if not standing or not room:
        return None
    source, target = random.choice(standing), random.choice(room)
    if state.fits(workload, target):
        return ((workload, source, target, workload),)
    others = [
        other for other, found in state.counts.items() if target in found and source in state.part.room[other]
    ]
    if not others:
        return None
    other = random.choice(others)
    return ((workload, source, target, workload), (other, target, source, other))


def _try(
    state: State, goals: Sequence[Goal], step: Step, accept: Callable[[list[int], list[int]], bool]
) -> bool:
    """Make a step if every rule and hard constraint still holds and what the goals make of it is accepted."""
    workloads = tuple(dict.fromkeys(index for workload, _, _, into in step for index in (workload, into)))
    hosts = tuple(dict.fromkeys(host for _, source, target, _ in step for host in (source, target)))
    before = [goal.local(state, workloads, hosts) for goal in goals]
    for workload, source, _, _ in step:
        state.add(workload, source, -1)
    made = []
    for _, _, target, into in step:
        if not state.fits(into, target):
            break
        state.add(into, target)
        made.append((into, target))
    if (
        len(made) == len(step)
        and accept([goal.local(state, workloads, hosts) for goal in goals], before)
        and not broken(state, *workloads)
    ):
        return True
    for into, target in made:
        state.add(into, target, -1)
    for workload, source, _, _ in step:
        state.add(workload, source)
    return False


def _gains(after: list[int], before: list[int]) -> bool:
    return after < before


def _keeps(after: list[int], before: list[int]) -> bool:
    return all(new <= old for new, old in zip(after, before, strict=True))
