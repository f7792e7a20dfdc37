"""`Repair`: changes of a problem with which a left-out group fits; `altered` makes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Hosts, Reserve, Stock, Survive, Uplinks
from placelang_scheduler.placement import EXEMPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Problem, Variants, Workload


class Remedy(StrEnum):
    """The kinds of repair, in the order in which they are tried."""

    FEWER = "fewer replicas"
    """`workload`, with its variants, has a minimum of `amount`, no less than it has to be."""
    LESS = "less of a resource"
    """A replica of `workload` needs `amount` of `resource`, or of the share that is its device demand number `demand`:
    the most that fits, in steps of about a percent."""
    HOST = "one more host"
    """There is one more host like `host`."""
    WITHOUT = "without a constraint"
    """`constraint` is dropped."""


@dataclass(frozen=True, slots=True)
class Change:
    """One alteration; `remedy` says which of the fields it is about."""

    remedy: Remedy
    workload: int | None = None
    resource: str | None = None
    amount: int | None = None
    host: int | None = None
    constraint: str | None = None
    demand: int | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that do together what is wanted, and no fewer of them do. `smallest`: no repair of fewer changes exists,
    among those that are tried; where it is false, this is the best that was found."""

    changes: tuple[Change, ...]
    smallest: bool = True


def altered(problem: Problem, repair: Repair) -> Problem:
    """The problem with the repair made."""
    return reduce(_changed, repair.changes, problem)


def _changed(problem: Problem, change: Change) -> Problem:
    match change:
        case Change(Remedy.FEWER, workload=int(index), amount=int(amount)):
            return _fewer(problem, problem.counted(index), amount)
        case Change(Remedy.LESS, workload=int(index), demand=int(position), amount=int(amount)):
            old = problem.workloads[index]
            devices = list(old.devices)
            devices[position] = replace(devices[position], share=amount)
            return _with(problem, index, replace(old, devices=tuple(devices)))
        case Change(Remedy.LESS, workload=int(index), resource=str(resource), amount=int(amount)):
            old = problem.workloads[index]
            return _with(problem, index, replace(old, demand={**old.demand, resource: amount}))
        case Change(Remedy.HOST, host=int(host)):
            return _twin(problem, host)
        case Change(Remedy.WITHOUT, constraint=str(name)):
            kept = (left for constraint in problem.constraints for left in _left(constraint, name))
            return replace(problem, constraints=tuple(kept))
    raise ValueError(f"a change without what it is about: {change}")


def _fewer(problem: Problem, counted: Variants, amount: int) -> Problem:
    """Fewer replicas of what is counted together."""
    highest = amount if counted.minimum == counted.maximum else counted.maximum
    shared = replace(counted, minimum=amount, maximum=highest)
    for index in counted.workloads:
        old = problem.workloads[index]
        new = (
            replace(old, minimum=amount, maximum=highest)
            if old.variants is None
            else replace(old, maximum=min(old.maximum, highest), variants=shared)
        )
        problem = _with(problem, index, new)
    return problem


def _left(constraint: Constraint, dropped: str) -> Iterator[Constraint]:
    """What is left of a constraint where one is dropped."""
    if isinstance(constraint, Uplinks):
        links = tuple(link for link in constraint.links if link.id != dropped)
        if links and constraint.id != dropped:
            yield replace(constraint, links=links)
    elif constraint.id != dropped:
        yield constraint


def _with(problem: Problem, index: int, workload: Workload) -> Problem:
    workloads = problem.workloads
    return replace(problem, workloads=(*workloads[:index], workload, *workloads[index + 1 :]))


_MORE = ("one more", *(f"one more, {number}" for number in range(2, 100)))
"""What is said of hosts of one kind that are added one by one."""


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
    taken = {shape.id for shape in problem.hosts}
    more = next(more for more in _MORE if f"{model.id} ({more})" not in taken)
    name = f"{model.id} ({more})"
    domains = {
        key: value if key in shared or value == EXEMPT else f"{value} ({more})"
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
        case Reserve() | Stock() if host in constraint.free:
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
