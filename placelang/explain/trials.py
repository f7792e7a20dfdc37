"""What the objectives would lose if a replica stood elsewhere: the part that it touches, solved again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from placelang.arrange.subproblem import Subproblem, restrict
from placelang.arrange.suggest import BUDGET, LARGEST
from placelang.lower import Lowered
from placelang_scheduler import AtMost, Problem, Solution, Workload, solve
from placelang_scheduler.parts import Part, limiting, measure, split

_HERE = "explained host"


@dataclass(frozen=True, slots=True)
class Loss:
    """`level` is the first objective that gets worse, from `value` to `instead`; None where none does. `impossible`:
    the unit's group is left out then."""

    level: str | None
    value: int
    instead: int
    impossible: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts of the problem that units are in, and with what they are solved."""

    lowered: Lowered
    solution: Solution
    seed: int
    parts: dict[int, Part]

    def without(self, unit: int, host: int) -> Loss | None:
        """What is lost if no replica of the unit may stand on the host. None if that is too much to find out."""
        return self._compare(unit, lambda sub: _without(sub, unit, host))

    def on(self, unit: int, host: int) -> Loss | None:
        """What is lost if a replica of the unit has to stand on the host. None if that is too much to find out."""
        count = sum(self.solution.placements[unit].values())
        return self._compare(unit, lambda sub: _forced(sub, unit, host, count))

    def _compare(self, unit: int, change: Callable[[Subproblem], Problem]) -> Loss | None:
        part = self.parts.get(unit)
        if part is None:
            return None
        sub = restrict(self.lowered.problem, part)
        before = solve(sub.problem, seed=self.seed, budget=BUDGET)
        after = solve(change(sub), seed=self.seed, budget=BUDGET)
        group = sub.groups[self.lowered.problem.workloads[unit].group]
        for old, new in zip(before.levels, after.levels, strict=True):
            if new.value > old.value:
                return Loss(old.name, old.value, new.value, impossible=not after.admitted[group])
        return Loss(None, 0, 0, impossible=False)


def bench(lowered: Lowered, solution: Solution, units: set[int], seed: int) -> Bench:
    """A bench for the units whose parts are small enough to be solved again and again."""
    problem = lowered.problem
    parts = {
        unit: part
        for part in split(problem, measure(problem, limiting(problem.constraints)))
        if sum(len(places) for places in part.room.values()) <= LARGEST
        for unit in part.workloads
        if unit in units
    }
    return Bench(lowered, solution, seed, parts)


def _without(sub: Subproblem, unit: int, host: int) -> Problem:
    own, there = sub.workloads[unit], sub.hosts[host]
    workload = sub.problem.workloads[own]
    return _with(
        sub.problem,
        own,
        replace(
            workload,
            candidates=tuple(h for h in workload.candidates if h != there),
            stay=tuple(h for h in workload.stay if h != there),
        ),
    )


def _forced(sub: Subproblem, unit: int, host: int, count: int) -> Problem:
    """The unit keeps its `count` of replicas, of which at most all but one stand on other hosts."""
    own, there = sub.workloads[unit], sub.hosts[host]
    workload = replace(sub.problem.workloads[own], minimum=count, maximum=count)
    if count == 1:
        return _with(sub.problem, own, replace(workload, candidates=(there,), stay=()))
    hosts = tuple(
        replace(h, domains=dict(h.domains) | {_HERE: "here" if n == there else "elsewhere"})
        for n, h in enumerate(sub.problem.hosts)
    )
    most = AtMost(_HERE, (own,), _HERE, count - 1)
    problem = replace(sub.problem, hosts=hosts, constraints=(*sub.problem.constraints, most))
    return _with(problem, own, workload)


def _with(problem: Problem, number: int, workload: Workload) -> Problem:
    workloads = list(problem.workloads)
    workloads[number] = workload
    return replace(problem, workloads=tuple(workloads))
