"""What the objectives would lose if a replica stood elsewhere: the part that it touches, solved again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from placelang.arrange.subproblem import Subproblem, restrict
from placelang.arrange.suggest import BUDGET, LARGEST
from placelang.lower import Lowered
from placelang_scheduler import EXEMPT, AtMost, Core, Problem, Solution, Variants, Workload, core, solve
from placelang_scheduler.levels import goals_of
from placelang_scheduler.parts import Part, limiting, measure, split, whole
from placelang_scheduler.placement import Settled

_HERE = "explained host"


@dataclass(frozen=True, slots=True)
class Loss:
    """`level` is the first objective that gets worse, from `value` to `instead`; None where none does. `impossible`:
    the unit's group is left out then, and `core` is what excludes it, if that was found. `hosts`: where replicas of it
    stand then that do not now."""

    level: str | None
    value: int
    instead: int
    impossible: bool
    hosts: tuple[int, ...] = ()
    core: Core | None = None


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
        forms = self.lowered.problem.counted(unit).workloads
        count = sum(sum(self.solution.placements[form].values()) for form in forms)
        return self._compare(unit, lambda sub: _forced(sub, unit, host, count))

    def _compare(self, unit: int, change: Callable[[Subproblem], Problem]) -> Loss | None:
        part = self.parts.get(unit)
        if part is None:
            return None
        sub = restrict(self.lowered.problem, part)
        before = _values(sub, self.solution)
        changed = change(sub)
        after = solve(changed, seed=self.seed, budget=BUDGET, reasons=False)
        group = sub.groups[self.lowered.problem.workloads[unit].group]
        hosts = tuple(self._new(sub, after, unit))
        for old, new in zip(before, after.levels, strict=True):
            if new.value > old and not after.admitted[group]:
                found = core(changed, after, group, budget=BUDGET, seed=self.seed)
                return Loss(new.name, old, new.value, impossible=True, core=found and _in_whole(sub, found))
            if new.value > old:
                return Loss(new.name, old, new.value, impossible=False, hosts=hosts)
            if new.value < old:
                return None  # the plan itself could be better: nothing is to be learnt from the difference
        return Loss(None, 0, 0, impossible=False, hosts=hosts)

    def _new(self, sub: Subproblem, after: Solution, unit: int) -> Iterator[int]:
        """The hosts on which replicas of the unit stand after, and did not before."""
        standing, before = Counter[int](), Counter[int]()
        for form in self.lowered.problem.counted(unit).workloads:
            standing.update(after.placements[sub.workloads[form]])
            before.update(self.solution.placements[form])
        return (host for host, own in sub.hosts.items() if standing[own] > before[host])


def _in_whole(sub: Subproblem, found: Core) -> Core:
    """The core in the whole's indices, without what was only asked for the trial."""
    hosts = {own: whole for whole, own in sub.hosts.items()}
    groups = {own: whole for whole, own in sub.groups.items()}
    members = tuple(
        replace(
            member,
            host=None if member.host is None else hosts[member.host],
            group=None if member.group is None else groups[member.group],
        )
        for member in found.members
        if member.constraint != _HERE
    )
    return replace(found, members=members)


def _values(sub: Subproblem, solution: Solution) -> list[int]:
    """What the levels of a part come to in a solution of the whole."""
    counts = {
        own: {sub.hosts[host]: count for host, count in solution.placements[index].items()}
        for index, own in sub.workloads.items()
    }
    admitted = frozenset(own for index, own in sub.groups.items() if solution.admitted[index])
    return [goal.value(Settled(counts, admitted)) for goal in goals_of(whole(sub.problem))]


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
    problem = sub.problem
    for form in problem.counted(sub.workloads[unit]).workloads:
        problem = _with(problem, form, _kept_from(problem.workloads[form], sub.hosts[host]))
    return problem


def _kept_from(workload: Workload, host: int) -> Workload:
    return replace(
        workload,
        candidates=tuple(h for h in workload.candidates if h != host),
        stay=tuple(h for h in workload.stay if h != host),
    )


def _forced(sub: Subproblem, unit: int, host: int, count: int) -> Problem:
    """The unit keeps its `count` of replicas, of which at most all but one stand on other hosts, and only it has any on
    this one."""
    own, there = sub.workloads[unit], sub.hosts[host]
    workload = sub.problem.workloads[own]
    if workload.variants is not None:
        return _forced_form(sub.problem, own, there, replace(workload.variants, minimum=count, maximum=count))
    workload = replace(workload, minimum=count, maximum=count)
    if count == 1:
        return _with(sub.problem, own, replace(workload, candidates=(there,), stay=()))
    problem = _divided(sub.problem, (own,), there, count)
    return _with(problem, own, workload)


def _forced_form(problem: Problem, own: int, there: int, variants: Variants) -> Problem:
    """One of the variants has a replica on the host, and the others have none there."""
    for form in variants.workloads:
        shape = replace(problem.workloads[form], maximum=variants.maximum, variants=variants)
        problem = _with(problem, form, shape if form == own else _kept_from(shape, there))
    return _divided(problem, variants.workloads, there, variants.maximum)


def _divided(problem: Problem, workloads: tuple[int, ...], there: int, count: int) -> Problem:
    """At most all but one of `count` replicas stand elsewhere than on the host."""
    hosts = tuple(
        replace(h, domains=dict(h.domains) | {_HERE: EXEMPT if n == there else "elsewhere"})
        for n, h in enumerate(problem.hosts)
    )
    most = AtMost(_HERE, workloads, _HERE, count - 1)
    return replace(problem, hosts=hosts, constraints=(*problem.constraints, most))


def _with(problem: Problem, number: int, workload: Workload) -> Problem:
    workloads = list(problem.workloads)
    workloads[number] = workload
    return replace(problem, workloads=tuple(workloads))
