"""`repairs`: what would make a left-out group fit, each found by solving the altered problem.

Enters a solution and one of its left-out groups; leaves single alterations with which the group is admitted beside
all that is admitted of the same or a higher priority, with whatever any of these require. `altered` makes the altered
problem, for whoever wants to see for themselves. What could not be decided within the budget is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget, granted
from placelang_scheduler.constraints import Hosts, Reserve, Survive, Uplinks
from placelang_scheduler.greedy import construct
from placelang_scheduler.losses.insure import plainly, survives
from placelang_scheduler.parts import LARGE, Scope, compose, limiting, measure, room_of, split
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.sharing import share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem, Workload
    from placelang_scheduler.solution import Solution


class Remedy(StrEnum):
    """The kinds of repair, in the order in which they are tried."""

    FEWER = "fewer replicas"
    """`workload` has a minimum of `amount`, one less."""
    LESS = "less of a resource"
    """A replica of `workload` needs `amount` of `resource`, or of the share that is its device demand number `demand`:
    the most that fits, in steps of about a percent."""
    HOST = "one more host"
    """There is one more host like `host`."""
    WITHOUT = "without a constraint"
    """`constraint` is dropped."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One alteration; `remedy` says which of the fields it is about."""

    remedy: Remedy
    workload: int | None = None
    resource: str | None = None
    amount: int | None = None
    host: int | None = None
    constraint: str | None = None
    demand: int | None = None


def repairs(
    problem: Problem, solution: Solution, group: int, *, budget: float = 10.0, seed: int = 0
) -> tuple[Repair, ...]:
    """Single alterations that make `group` fit."""
    members = [index for index, workload in enumerate(problem.workloads) if workload.group == group]
    part = around(problem, group)
    wanted = _wanted(problem, solution, group)
    near = replace(problem, constraints=part.constraints)
    purse = Budget(granted(budget), seed)

    def works(repair: Repair) -> bool:
        return _fits(altered(near, repair), part, wanted, purse)

    found: list[Repair] = []
    for index in members:
        found += _fewer(problem, index, works)
        found += _less(problem, index, works)
    found += _host(problem, members, works)
    found += _without(problem, members, works)
    order = list(Remedy)
    return tuple(sorted(found, key=lambda repair: order.index(repair.remedy)))


def altered(problem: Problem, repair: Repair) -> Problem:
    """The problem with the repair made."""
    match repair:
        case Repair(Remedy.FEWER, workload=int(index), amount=int(amount)):
            old = problem.workloads[index]
            highest = amount if old.minimum == old.maximum else old.maximum
            return _with(problem, index, replace(old, minimum=amount, maximum=highest))
        case Repair(Remedy.LESS, workload=int(index), demand=int(position), amount=int(amount)):
            old = problem.workloads[index]
            devices = list(old.devices)
            devices[position] = replace(devices[position], share=amount)
            return _with(problem, index, replace(old, devices=tuple(devices)))
        case Repair(Remedy.LESS, workload=int(index), resource=str(resource), amount=int(amount)):
            old = problem.workloads[index]
            return _with(problem, index, replace(old, demand={**old.demand, resource: amount}))
        case Repair(Remedy.HOST, host=int(host)):
            return _twin(problem, host)
        case Repair(Remedy.WITHOUT, constraint=str(name)):
            kept = (left for constraint in problem.constraints for left in _left(constraint, name))
            return replace(problem, constraints=tuple(kept))
    raise ValueError(f"a repair without what it is about: {repair}")


def _left(constraint: Constraint, dropped: str) -> Iterator[Constraint]:
    """What is left of a constraint where one is dropped."""
    if isinstance(constraint, Uplinks):
        links = tuple(link for link in constraint.links if link.id != dropped)
        if links and constraint.id != dropped:
            yield replace(constraint, links=links)
    elif constraint.id != dropped:
        yield constraint


def around(problem: Problem, group: int) -> Part:
    """All that an alteration of the group can matter to: the part in which it would be if it fitted on each of its
    candidates."""
    room = dict(measure(problem, limiting(problem.constraints)))
    for index, workload in enumerate(problem.workloads):
        if workload.group == group:
            room[index] = dict(candidates.places(workload))
    return next(part for part in split(problem, room) if group in part.groups)


def _fits(problem: Problem, part: Part, wanted: frozenset[int], budget: Budget) -> bool:
    """Whether the groups of `part` that are wanted can all be admitted in the altered problem."""
    limits = limiting(problem.constraints)
    room = {
        index: room_of(problem, index, limits.get(index, ()))
        if problem.workloads[index].group in wanted
        else {}
        for index in part.workloads
    }
    scope = Scope(problem, part.groups, part.workloads, (), problem.constraints)
    trial = compose(scope, room, frozenset(part.groups) - wanted)
    state = construct(trial, plainly(trial))
    if state.admitted >= trial.open and survives(trial, state):
        return True
    if budget.spent or trial.size > LARGE:
        return False
    from placelang_scheduler.crowd import seat  # noqa: PLC0415 - the solver is loaded where it is needed

    return seat(trial, budget)


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


def _fewer(problem: Problem, index: int, works: Callable[[Repair], bool]) -> Iterator[Repair]:
    least = problem.workloads[index].minimum
    repair = Repair(Remedy.FEWER, index, amount=least - 1)
    if least > 1 and works(repair):
        yield repair


def _less(problem: Problem, index: int, works: Callable[[Repair], bool]) -> Iterator[Repair]:
    """By bisection, in steps of the largest power of two that is at most a hundredth of the need."""
    workload = problem.workloads[index]
    asked = [(Repair(Remedy.LESS, index, name), need) for name, need in sorted(workload.demand.items())]
    asked += [
        (Repair(Remedy.LESS, index, share_of(demand.kind), demand=position), demand.share)
        for position, demand in enumerate(workload.devices)
        if demand.share
    ]
    for less, need in asked:
        step = 1 << max(0, (need // 100).bit_length() - 1)
        high = (need - 1) // step
        low = -1
        best: Repair | None = None
        middle = 0
        while low < high:
            repair = replace(less, amount=max(middle * step, int(less.demand is not None)))
            if works(repair):
                low, best = middle, repair
            elif middle == 0:
                break
            else:
                high = middle - 1
            middle = (low + high + 1) // 2
        if best is not None and low > 0:
            yield best


def _host(problem: Problem, members: list[int], works: Callable[[Repair], bool]) -> Iterator[Repair]:
    """Hosts of each kind that the group may stand on, cheapest first; the first that does."""
    kinds: dict[tuple[object, ...], int] = {}
    for host in sorted({host for index in members for host in problem.workloads[index].candidates}):
        shape = problem.hosts[host]
        serves = tuple(index for index in members if host in problem.workloads[index].candidates)
        capacity = tuple(sorted(shape.capacity.items()))
        kinds.setdefault((shape.cost, capacity, shape.devices, serves), host)
    for _, host in sorted(kinds.items(), key=lambda kind: (problem.hosts[kind[1]].cost, kind[1]))[:_KINDS]:
        repair = Repair(Remedy.HOST, host=host)
        if works(repair):
            yield repair
            return


_KINDS = 8
"""Kinds of host that are tried."""


def _without(problem: Problem, members: list[int], works: Callable[[Repair], bool]) -> Iterator[Repair]:
    for constraint in problem.constraints:
        if isinstance(constraint, Uplinks):  # dropping one of its links drops what that books
            continue
        if constraint.weight is None and not set(members).isdisjoint(constraint.subjects()):
            repair = Repair(Remedy.WITHOUT, constraint=constraint.id)
            if works(repair):
                yield repair


def _with(problem: Problem, index: int, workload: Workload) -> Problem:
    workloads = problem.workloads
    return replace(problem, workloads=(*workloads[:index], workload, *workloads[index + 1 :]))


def _twin(problem: Problem, host: int) -> Problem:
    """One more host like `host`, with values of its own where `host` is the only one to have them."""
    twin = len(problem.hosts)
    model = problem.hosts[host]
    shared = {
        key
        for other, shape in enumerate(problem.hosts)
        if other != host
        for key, value in shape.domains.items()
        if model.domains.get(key) == value
    }
    name = f"{model.id} (one more)"
    domains = {
        key: value if key in shared or value == EXEMPT else f"{value} (one more)"
        for key, value in model.domains.items()
    }
    return replace(
        problem,
        hosts=(*problem.hosts, replace(model, id=name, domains=domains)),
        workloads=tuple(_serving(workload, host, twin) for workload in problem.workloads),
        constraints=tuple(_binding(constraint, host, twin) for constraint in problem.constraints),
    )


def _binding(constraint: Constraint, host: int, twin: int) -> Constraint:
    """The constraint, on the twin as on the host; the twin is lost alone where the host is, and with it where others
    are."""
    match constraint:
        case Hosts() if host in constraint.accepted:
            return replace(constraint, accepted=constraint.accepted | {twin})
        case Survive():
            together = (
                (twin,) if len(loss) == 1 else (*loss, twin) for loss in constraint.losses if host in loss
            )
            return replace(constraint, losses=(*constraint.losses, *together))
        case Reserve() if host in constraint.free:
            return replace(constraint, free={**constraint.free, twin: constraint.free[host]})
        case _:
            return constraint


def _serving(workload: Workload, host: int, twin: int) -> Workload:
    """The workload, on the twin as on the host."""
    if host not in workload.candidates:
        return workload
    devices = tuple(
        demand
        if demand.accepts is None
        else replace(
            demand, accepts=demand.accepts | {(twin, name) for at, name in demand.accepts if at == host}
        )
        for demand in workload.devices
    )
    return replace(workload, candidates=(*workload.candidates, twin), devices=devices)
