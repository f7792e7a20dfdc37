"""`validate`: what a `Problem` has to hold before anything is made of it."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import CATALOGUE, Same, beside, kinds
from placelang_scheduler.objectives import Toll
from placelang_scheduler.problem import LIMIT, Problem, Variants
from placelang_scheduler.rules import devices
from placelang_scheduler.rules.filters import UNIONS
from placelang_scheduler.typed import fields_mistyped, mistyped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from placelang_scheduler.constraints import Constraint, Link, LinkEvery
    from placelang_scheduler.problem import Workload

REPLICAS = 1_000_000
"""The most replicas of one workload."""
PRIORITY = 1000
"""The highest priority."""
WEIGHT = 1_000_000
"""The largest weight of a soft constraint."""
FAULTS = 100
"""Faults that are listed at most."""


class InvalidProblem(ValueError):  # noqa: N818 - it is the problem that is named
    """A problem that breaks what `Problem` states; `faults` lists how, the first `FAULTS` of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def validate(problem: Problem) -> None:
    """Raise `InvalidProblem` unless the problem is sound."""
    try:
        found = list(islice(_faults(problem), FAULTS))
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):  # of what no type checker has seen
        found = list(islice(mistyped(problem, Problem, "problem"), FAULTS))
        if not found:
            raise
    if found:
        raise InvalidProblem(found)


def _faults(problem: Problem) -> Iterator[str]:
    sound = True
    for check in (_hosts, _groups, _workloads, _constraints, _objectives):
        for fault in check(problem):
            sound = False
            yield fault
    if sound:
        yield from _cycles(problem)
        yield from _totals(problem)
        yield from _overlaps(problem)


def _hosts(problem: Problem) -> Iterator[str]:
    yield from _twice("host", (host.id for host in problem.hosts))
    for host in problem.hosts:
        name = f"host {host.id!r}"
        yield from _texts(name, (*host.capacity, *host.domains, *host.domains.values()))
        yield from _amounts(name, host.capacity.items())
        yield from _amounts(name, (("cost", host.cost), ("power", host.power)))
        yield from _amounts(name, ((f"device class {device.id!r}", device.count) for device in host.devices))
        yield from _twice(f"{name}: device class", (device.id for device in host.devices))
        for device in host.devices:
            yield from _texts(name, (device.kind, *(() if device.draws is None else (device.draws,))))
            yield from _amounts(name, ((f"what device class {device.id!r} lends", device.lends),))
            if device.lends and device.count != 1:
                yield f"{name}: device class {device.id!r}: of what lends there is one, not {device.count}"


def _groups(problem: Problem) -> Iterator[str]:
    yield from _twice("group", (group.id for group in problem.groups))
    for group in problem.groups:
        name = f"group {group.id!r}"
        yield from _amounts(name, (("priority", group.priority),), PRIORITY)
        yield from _indices(f"{name}: requires", group.requires, problem.groups)


def _workloads(problem: Problem) -> Iterator[str]:
    yield from _twice("workload", (workload.id for workload in problem.workloads))
    ascending: set[int] = set()  # in a pool many workloads may stand on the same hosts
    for workload in problem.workloads:
        name = f"workload {workload.id!r}"
        yield from _indices(f"{name}: group", (workload.group,), problem.groups)
        if id(workload.candidates) not in ascending:
            yield from _ascending(f"{name}: candidates", workload.candidates, problem)
            ascending.add(id(workload.candidates))
        yield from _ascending(f"{name}: stay", workload.stay, problem)
        if workload.stay and not set(workload.stay).isdisjoint(workload.candidates):
            yield f"{name}: a host is both candidate and stay"
        yield from _texts(name, workload.demand)
        yield from _amounts(name, workload.demand.items())
        yield from _amounts(name, (("move_cost", workload.move_cost),))
        yield from _amounts(name, (("minimum", workload.minimum), ("maximum", workload.maximum)), REPLICAS)
        if workload.hours is not None:
            yield from _hours(name, workload.hours)
        if isinstance(workload.minimum, int) and workload.minimum > workload.maximum:
            yield f"{name}: minimum {workload.minimum} is above maximum {workload.maximum}"
        yield from _indices(f"{name}: current", workload.current, problem.hosts)
        yield from _amounts(f"{name}: current", workload.current.items(), REPLICAS)
        yield from _indices(f"{name}: holds", workload.holds, problem.hosts)
        yield from _devices(name, workload, problem)
        if workload.variants is not None:
            yield from _variants(name, workload, problem)


def _variants(name: str, workload: Workload, problem: Problem) -> Iterator[str]:
    shared = workload.variants
    if not isinstance(shared, Variants) or not isinstance(shared.workloads, tuple):
        yield f"{name}: variants are no `Variants`"
        return
    amounts = (("minimum of variants", shared.minimum), ("maximum of variants", shared.maximum))
    wrong = [
        *_amounts(name, amounts, REPLICAS),
        *_indices(f"{name}: variants", shared.workloads, problem.workloads),
    ]
    yield from wrong
    if wrong:
        return
    if shared.minimum > shared.maximum:
        yield f"{name}: minimum {shared.minimum} of variants is above maximum {shared.maximum}"
    if len(set(shared.workloads)) < len(shared.workloads):
        yield f"{name}: variants name a workload twice"
    if not any(problem.workloads[index] is workload for index in shared.workloads):
        yield f"{name}: is none of its own variants"
    if workload.minimum:
        yield f"{name}: has a minimum of its own beside that of its variants"
    others = [problem.workloads[index] for index in shared.workloads]
    if any(other.variants != shared or other.group != workload.group for other in others):
        yield f"{name}: its variants are not in one group, or count otherwise"


def _hours(name: str, hours: object) -> Iterator[str]:
    spans = hours if isinstance(hours, tuple) else ()
    edges = [edge for span in spans for edge in (span if isinstance(span, tuple) else (span,))]
    if not spans or len(edges) != 2 * len(spans) or not all(isinstance(edge, int) for edge in edges):
        yield f"{name}: hours are no spans of whole numbers"
    elif any(one >= other for one, other in zip(edges[::2], edges[1::2], strict=True)):
        yield f"{name}: hours end before they begin"
    elif any(one > other for one, other in zip(edges[1:-1:2], edges[2::2], strict=True)):
        yield f"{name}: hours are not ascending"


def _devices(name: str, workload: Workload, problem: Problem) -> Iterator[str]:
    for demand in workload.devices:
        yield from _texts(name, (demand.kind,))
        yield from _amounts(name, ((f"devices {demand.kind!r}", demand.count),))
        if demand.count == 0:
            yield f"{name}: devices {demand.kind!r}: none is demanded"
        yield from _amounts(name, ((f"share of {demand.kind!r}", demand.share),))
        if not isinstance(demand.shared, bool):
            yield f"{name}: devices {demand.kind!r}: shared is {demand.shared!r}, neither true nor false"
        if demand.accepts is not None and not isinstance(demand.accepts, frozenset):
            yield f"{name}: devices {demand.kind!r}: accepts {demand.accepts!r}, not a frozenset"
        else:
            hosts = {host for host, _ in demand.accepts or ()}
            yield from _indices(f"{name}: devices {demand.kind!r}", sorted(hosts), problem.hosts)
        if demand.share and demand.shared:
            yield f"{name}: devices {demand.kind!r}: either shared or with a share, not both"


def _constraints(problem: Problem) -> Iterator[str]:
    strange = {type(constraint) for constraint in problem.constraints}.difference(CATALOGUE)
    if strange:
        strange = strange.difference(kinds())
    for kind in sorted(strange, key=lambda kind: kind.__name__):
        yield f"constraints of the kind {kind.__name__} are not registered"
    if strange:
        return
    yield from _twice("constraint", (constraint.id for constraint in problem.constraints))
    for constraint in problem.constraints:
        name = f"constraint {constraint.id!r}"
        wrong = [f"{name}: {fault}" for fault in fields_mistyped(constraint)]
        wrong = wrong or list(_indices(name, constraint.names(), problem.workloads))
        yield from wrong
        if wrong:
            continue
        if not constraint.subjects():
            yield f"{name}: names no workload"
        if constraint.weight is not None:
            yield from _amounts(name, (("weight", constraint.weight),), WEIGHT)
        yield from (f"{name}: {fault}" for fault in constraint.faults(problem))
        yield from _one_class(problem, constraint, name)


def _one_class(problem: Problem, constraint: Constraint, name: str) -> Iterator[str]:
    workloads = problem.workloads
    groups = {workloads[index].group for index in constraint.subjects()}
    priorities = {problem.groups[group].priority for group in groups if group in range(len(problem.groups))}
    if constraint.weight is not None and len(priorities) > 1:
        yield f"{name}: is soft and has workloads of different priority"


def _objectives(problem: Problem) -> Iterator[str]:
    seen = set()
    for objective in problem.objectives:
        name = f"objective {objective.keyword!r}:"
        wrong = list(fields_mistyped(objective, name))
        yield from wrong
        if isinstance(objective, Toll) and not wrong:
            yield from (f"{name} {fault}" for fault in objective.faults(problem))
        if objective in seen:
            yield f"objective {objective.keyword!r} stands twice"
        seen.add(objective)


def _cycles(problem: Problem) -> Iterator[str]:
    """A group on a cycle of requirements, if there is one: what is left when all others are taken off in order."""
    waiting = [len(set(group.requires)) for group in problem.groups]
    dependants: list[list[int]] = [[] for _ in problem.groups]
    for index, group in enumerate(problem.groups):
        for other in set(group.requires):
            dependants[other].append(index)
    ready = [index for index, count in enumerate(waiting) if not count]
    for index in ready:
        for other in dependants[index]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    stuck = [problem.groups[index].id for index, count in enumerate(waiting) if count]
    if stuck:
        yield f"groups require each other in a circle: {', '.join(map(repr, stuck[:10]))}"


def _totals(problem: Problem) -> Iterator[str]:
    """Levels add up over the whole problem."""
    moves = sum(sum(workload.current.values()) * workload.move_cost for workload in problem.workloads)
    preferences = sum(
        (constraint.weight or 0) * REPLICAS * len(constraint.subjects()) for constraint in problem.constraints
    )
    cost = sum(host.cost for host in problem.hosts)
    power = sum(host.power for host in problem.hosts)
    totals = {"moves": moves, "preferences": preferences, "cost": cost, "power": power}
    if any(objective.keyword == "latency" for objective in problem.objectives):
        links = [one for constraint in problem.constraints for one in beside(constraint)]
        totals["latency"] = sum(_furthest(problem, one) for one in links if not isinstance(one, Same))
    for name, total in totals.items():
        if total > LIMIT:
            yield f"{name}: may add up to {total}, above {LIMIT}"


def _furthest(problem: Problem, link: Link | LinkEvery) -> int:
    """What a link adds if all replicas are served from as far away as any can be."""
    furthest = [max(near.values(), default=0) for one in (link.reach, link.doubtful) for near in one.values()]
    return max(furthest, default=0) * sum(problem.workloads[index].maximum for index in link.workloads)


def _overlaps(problem: Problem) -> Iterator[str]:
    wide = {index for index, host in enumerate(problem.hosts) if len(host.devices) > 8}  # noqa: PLR2004 - 2**8 unions
    if not wide:
        return
    present: dict[int, list[int]] = {}
    for index, workload in enumerate(problem.workloads):
        for host in (*workload.candidates, *workload.stay) if workload.devices else ():
            if host in wide:
                present.setdefault(host, []).append(index)
    for host, workloads in sorted(present.items()):
        if devices.overlaps(problem, host, workloads):
            yield f"host {problem.hosts[host].id!r}: device filters overlap in more than {UNIONS} ways"


def _twice(what: str, ids: Iterable[object]) -> Iterator[str]:
    seen = set()
    for name in ids:
        if not isinstance(name, str):
            yield f"{what} {name!r}: the id is not a text"
        if name in seen:
            yield f"{what} {name!r} stands twice"
        seen.add(name)


def _amounts(name: str, amounts: Iterable[tuple[object, object]], most: int = LIMIT) -> Iterator[str]:
    for what, amount in amounts:
        if not isinstance(amount, int) or isinstance(amount, bool):
            yield f"{name}: {what} is {amount!r}, not a whole number"
        elif not 0 <= amount <= most:
            yield f"{name}: {what} is {amount}, not between 0 and {most}"


def _texts(name: str, keys: Iterable[object]) -> Iterator[str]:
    for key in keys:
        if not isinstance(key, str):
            yield f"{name}: {key!r} is not a text"


def _indices(name: str, indices: Iterable[int], things: Collection[object]) -> Iterator[str]:
    for index in indices:
        if not isinstance(index, int) or not 0 <= index < len(things):
            yield f"{name}: there is no {index!r}"


def _ascending(name: str, hosts: Sequence[int], problem: Problem) -> Iterator[str]:
    if not all(isinstance(host, int) for host in hosts):
        yield f"{name}: not indices"
    elif any(one >= other for one, other in pairwise(hosts)):
        yield f"{name}: not ascending"
    elif hosts and not (hosts[0] >= 0 and hosts[-1] < len(problem.hosts)):
        yield f"{name}: there is no {hosts[0] if hosts[0] < 0 else hosts[-1]}"
