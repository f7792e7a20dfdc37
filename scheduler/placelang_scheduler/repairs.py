"""`repairs`: what would make a left-out group fit, each found by solving the altered problem.

Enters a solution and one of its left-out groups; leaves repairs with which the group is admitted beside all that is
admitted of the same or a higher priority, with whatever any of these require. Where single changes do, these are all of
them; otherwise a few repairs of as few changes as possible. `altered` makes the altered problem, for whoever wants to
see for themselves. What could not be decided within the budget is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget, granted
from placelang_scheduler.changes import Change, Remedy, Repair, altered
from placelang_scheduler.constraints import Stock, Uplinks
from placelang_scheduler.greedy import construct
from placelang_scheduler.losses.insure import plainly, survives
from placelang_scheduler.needs import Needs
from placelang_scheduler.parts import LARGE, Scope, compose, limiting, measure, room_of, split
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.sharing import share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem, Workload
    from placelang_scheduler.solution import Core, Solution

_KINDS = 8
"""Kinds of host that are tried."""


def repairs(
    problem: Problem, solution: Solution, group: int, *, budget: float = 10.0, seed: int = 0
) -> tuple[Repair, ...]:
    """What makes `group` fit, likeliest to be wanted first."""
    trial = begin(problem, solution, group, Budget(granted(budget), seed))
    every = tuple(strongest(trial))
    single = tuple(_single(trial, every))
    if single or not every:
        return single
    from placelang_scheduler.combine import combined  # noqa: PLC0415 - single changes do mostly

    return combined(trial, every)


def _single(trial: Trial, every: Sequence[Change]) -> Iterator[Repair]:
    hosts = False
    for change in every:
        if change.remedy is Remedy.HOST and hosts:
            continue
        if trial.works((change,)):
            hosts = hosts or change.remedy is Remedy.HOST
            yield Repair(mildest(trial, (change,)))


@dataclass(slots=True)
class Trial:
    """What repairs of `group` are tried on: the `part` of the `problem` that it would be in, of which the groups
    `wanted` are to be admitted, and `helpers` may be. `undecided` counts the trials of which nothing is known."""

    problem: Problem
    part: Part
    group: int
    wanted: frozenset[int]
    helpers: frozenset[int]
    budget: Budget
    undecided: int = 0

    def works(self, changes: Sequence[Change]) -> bool:
        """Whether all that is wanted is admitted after the changes."""
        found = self._fits(altered(self.problem, Repair(tuple(changes))))
        self.undecided += found is None
        return bool(found)

    def _fits(self, problem: Problem) -> bool | None:
        """Whether all that is wanted can be admitted in the altered problem; None: not known."""
        limits = limiting(problem.constraints)
        free = self.wanted | self.helpers
        room = {
            index: room_of(problem, index, limits.get(index, ()))
            if problem.workloads[index].group in free
            else {}
            for index in self.part.workloads
        }
        scope = Scope(problem, self.part.groups, self.part.workloads, (), problem.constraints)
        trial = compose(scope, room, frozenset(self.part.groups) - free)
        state = construct(trial, plainly(trial))
        due = self.wanted.intersection(self.part.groups)
        if state.admitted >= due and survives(trial, state):
            return True
        for one in problem.counts(self.part.workloads):
            most = sum(sum(room[index].values()) for index in one.workloads)
            if problem.workloads[one.workloads[0]].group in due and most < one.minimum:
                return False
        if self.budget.spent or trial.size > LARGE:
            return None
        from placelang_scheduler.crowd import seat  # noqa: PLC0415 - the solver is loaded where it is needed

        return seat(trial, due, self.budget)

    def core(self, changes: Sequence[Change]) -> Core | None:
        """What still excludes the group after the changes."""
        from placelang_scheduler.cores import find_core  # noqa: PLC0415 - the solver is loaded where it is needed

        problem = altered(self.problem, Repair(tuple(changes)))
        needs = Needs(problem, frozenset(range(len(problem.groups))) - self.wanted)
        others = tuple(sorted(self.wanted.intersection(self.part.groups) - {self.group}))
        with self.budget.share(_CORE) as share:
            return find_core(needs, self.group, others, share)


_CORE = 0.2


def begin(problem: Problem, solution: Solution, group: int, budget: Budget) -> Trial:
    """The trial of repairs of a group."""
    part = around(problem, group)
    near = replace(problem, constraints=part.constraints)
    wanted = _wanted(problem, solution, group)
    needs = Needs(near, frozenset())
    beside = {other for one in wanted.intersection(part.groups) for other in needs.related(one)}
    return Trial(near, part, group, wanted, frozenset(beside) - wanted, budget)


def around(problem: Problem, group: int) -> Part:
    """All that an alteration of the group can matter to: the part in which it would be if it fitted on each of its
    candidates."""
    room = dict(measure(problem, limiting(problem.constraints)))
    for index, workload in enumerate(problem.workloads):
        if workload.group == group:
            room[index] = dict(candidates.places(workload))
    return next(part for part in split(problem, room) if group in part.groups)


def _wanted(problem: Problem, solution: Solution, group: int) -> frozenset[int]:
    """All that has to be admitted: the group, what is admitted and not of a lower priority, and what these require."""
    lowest = problem.groups[group].priority
    wanted = {group} | {
        other
        for other, admitted in enumerate(solution.admitted)
        if admitted and problem.groups[other].priority >= lowest
    }
    queue = sorted(wanted)
    for one in queue:
        for other in problem.groups[one].requires:
            if other not in wanted:
                wanted.add(other)
                queue.append(other)
    return frozenset(wanted)


def strongest(trial: Trial) -> Iterator[Change]:
    """Every change that is tried, as far as it can go, likeliest to be wanted first; of variants the worst may need
    less."""
    problem = trial.problem
    members = [index for index, workload in enumerate(problem.workloads) if workload.group == trial.group]
    together = problem.counts(members)
    for one in together:
        if one.minimum > 1:
            yield Change(Remedy.FEWER, one.workloads[-1], amount=1)
    for one in together:
        yield from _less(one.workloads[-1], problem.workloads[one.workloads[-1]])
    yield from _hosts(problem, members)
    for constraint in problem.constraints:
        # dropping a link drops what it books of uplinks, too
        hard = constraint.weight is None and not isinstance(constraint, Uplinks | Stock)
        if hard and not set(members).isdisjoint(constraint.subjects()):
            yield Change(Remedy.WITHOUT, constraint=constraint.id)


def _less(index: int, workload: Workload) -> Iterator[Change]:
    for resource, need in sorted(workload.demand.items()):
        if need > step_of(need):
            yield Change(Remedy.LESS, index, resource, step_of(need))
    for position, demand in enumerate(workload.devices):
        if demand.share > step_of(demand.share):
            resource = share_of(demand.kind)
            yield Change(Remedy.LESS, index, resource, step_of(demand.share), demand=position)


def _hosts(problem: Problem, members: Sequence[int]) -> Iterator[Change]:
    """One host of each kind that the group may stand on, cheapest first."""
    kinds: dict[tuple[object, ...], int] = {}
    for host in sorted({host for index in members for host in problem.workloads[index].candidates}):
        shape = problem.hosts[host]
        serves = tuple(index for index in members if host in problem.workloads[index].candidates)
        capacity = tuple(sorted(shape.capacity.items()))
        kinds.setdefault((shape.cost, capacity, shape.devices, serves), host)
    for _, host in sorted(kinds.items(), key=lambda kind: (problem.hosts[kind[1]].cost, kind[1]))[:_KINDS]:
        yield Change(Remedy.HOST, host=host)


def step_of(need: int) -> int:
    """In what steps a need is cut: the largest power of two that is at most a hundredth of it."""
    return 1 << max(0, (need // 100).bit_length() - 1)


def mildest(trial: Trial, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes, which do together what is wanted, each no stronger than it has to be for that: all alike as far as
    that goes, then one after the other, by bisection."""
    sized = {
        n: _range(trial.problem, change) for n, change in enumerate(changes) if change.amount is not None
    }
    if len(sized) > 1:
        most = {n: number // _ALIKE for n, (_, number) in sized.items()}
        milder = [_milder(changes, {n: (sized[n][0], most[n] * k) for n in sized}) for k in range(_ALIKE)]
        changes = milder[_highest(_ALIKE - 1, lambda k: trial.works(milder[k]))]
    for n in sized:
        changes = _raised(trial, changes, n)
    return changes


def _raised(trial: Trial, changes: tuple[Change, ...], n: int) -> tuple[Change, ...]:
    """The changes with amount `n` as high as it can be beside the others."""
    step, number = _range(trial.problem, changes[n])
    rise = _highest(number, lambda k: trial.works(_milder(changes, {n: (step, k)})))
    return _milder(changes, {n: (step, rise)})


_ALIKE = 16
"""Levels on which several amounts are first cut alike."""


def _highest(most: int, works: Callable[[int], bool]) -> int:
    """The highest number up to `most` that works, 0 if none does, by bisection."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if works(middle):
            low = middle
        else:
            most = middle - 1
    return low


def _milder(changes: tuple[Change, ...], rises: Mapping[int, tuple[int, int]]) -> tuple[Change, ...]:
    """The changes with some amounts raised, by steps and their number."""
    return tuple(
        replace(change, amount=change.amount + rises[n][0] * rises[n][1])
        if n in rises and change.amount is not None
        else change
        for n, change in enumerate(changes)
    )


def _range(problem: Problem, change: Change) -> tuple[int, int]:
    """In what steps an amount may rise, and how many of them."""
    if change.workload is None or change.amount is None:
        return 1, 0
    workload = problem.workloads[change.workload]
    if change.remedy is Remedy.FEWER:
        return 1, problem.counted(change.workload).minimum - 1 - change.amount
    need = (
        workload.devices[change.demand].share
        if change.demand is not None
        else workload.demand[str(change.resource)]
    )
    return step_of(need), (need - 1 - change.amount) // step_of(need)
