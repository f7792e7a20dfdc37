"""The best level vector of a tiny problem, by trying every placement. Knows the meaning of constraints from their
definition in the language, and shares no code with the scheduler."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler import Constraint, Problem, Workload

Counts = tuple[dict[int, int], ...]


def best(problem: Problem) -> tuple[int, ...]:
    """The least level vector of all placements that hold every rule and hard constraint."""
    return min(vector(problem, counts, admitted) for counts, admitted in placements(problem))


def placements(problem: Problem) -> Iterator[tuple[Counts, frozenset[int]]]:
    groups = range(len(problem.groups))
    for chosen in product((True, False), repeat=len(problem.groups)):
        admitted = frozenset(group for group in groups if chosen[group])
        if all(set(problem.groups[group].requires) <= admitted for group in admitted):
            for counts in _assign(problem, admitted, ()):
                if holds(problem, counts, admitted):
                    yield counts, admitted


def _assign(problem: Problem, admitted: frozenset[int], sofar: Counts) -> Iterator[Counts]:
    if len(sofar) == len(problem.workloads):
        yield sofar
        return
    workload = problem.workloads[len(sofar)]
    options = _options(workload) if workload.group in admitted else iter([{}])
    for option in options:
        longer = (*sofar, option)
        if fits(problem, longer):
            yield from _assign(problem, admitted, longer)


def _options(workload: Workload) -> Iterator[dict[int, int]]:
    most = {host: workload.maximum for host in workload.candidates}
    most |= {host: min(workload.maximum, workload.current.get(host, 0)) for host in workload.stay}
    for counts in product(*(range(limit + 1) for limit in most.values())):
        if workload.minimum <= sum(counts) <= workload.maximum:
            yield {host: count for host, count in zip(most, counts, strict=True) if count}


def fits(problem: Problem, counts: Counts) -> bool:
    for index, host in enumerate(problem.hosts):
        used: Counter[str] = Counter()
        asks: list[tuple[int, frozenset[str]]] = []
        for workload, found in zip(problem.workloads, counts, strict=False):
            count = found.get(index, 0)
            for resource, need in workload.demand.items():
                used[resource] += need * count
            for demand in workload.devices:
                classes = frozenset(
                    device.id
                    for device in host.devices
                    if device.kind == demand.kind
                    and (demand.accepts is None or (index, device.id) in demand.accepts)
                )
                asks.extend([(demand.count, classes)] * count)
        if any(amount > host.capacity.get(resource, 0) for resource, amount in used.items()):
            return False
        singles = [classes for number, classes in asks for _ in range(number)]
        if not _serve(singles, {device.id: device.count for device in host.devices}):
            return False
    return True


def _serve(singles: list[frozenset[str]], free: dict[str, int]) -> bool:
    if not singles:
        return True
    for name in sorted(singles[0]):
        if free[name] and _serve(singles[1:], free | {name: free[name] - 1}):
            return True
    return False


def holds(problem: Problem, counts: Counts, admitted: frozenset[int]) -> bool:
    return all(
        cost(problem, constraint, counts, admitted) == 0
        for constraint in problem.constraints
        if constraint.weight is None
    )


def cost(problem: Problem, constraint: Constraint, counts: Counts, admitted: frozenset[int]) -> int:
    """Violations, counted as the language prices them."""
    hard = constraint.weight is None

    def value(host: int) -> str | None:
        return problem.hosts[host].domains.get(constraint.key)

    def stands(workloads: tuple[int, ...]) -> list[tuple[int, int]]:
        """(workload, host) once per replica."""
        return [(w, h) for w in workloads for h, count in counts[w].items() for _ in range(count)]

    def strays(workloads: tuple[int, ...]) -> int:
        """Replicas on hosts without a value; under a hard constraint those that run and may stay are none."""
        total = 0
        for w in workloads:
            for h, count in counts[w].items():
                if value(h) is None:
                    shape = problem.workloads[w]
                    total += max(0, count - (shape.current.get(h, 0) if hard and h in shape.stay else 0))
        return total

    match constraint.keyword:
        case "hosts":
            return sum(1 for _, h in stands((constraint.workload,)) if h not in constraint.accepted)
        case "spread":
            per = Counter(value(h) for _, h in stands((constraint.workload,)))
            shape = problem.workloads[constraint.workload]
            over = constraint.values
            if over is None:
                over = tuple({found for h in shape.candidates if (found := value(h)) is not None})
            least = min((per[found] for found in over), default=0)
            above = sum(max(0, n - least - constraint.skew) for found, n in per.items() if found is not None)
            return above + strays((constraint.workload,))
        case "at most":
            per = Counter(value(h) for _, h in stands(constraint.workloads))
            above = sum(max(0, n - constraint.count) for found, n in per.items() if found is not None)
            return above + strays(constraint.workloads)
        case "at least":
            if problem.workloads[constraint.workload].group not in admitted:
                return 0
            where = [value(h) for _, h in stands((constraint.workload,))]
            used = len(set(where) - {None}) + (where.count(None) if hard else 0)
            return max(0, constraint.count - used) + (strays((constraint.workload,)) if hard else 0)
        case "same":
            near = {value(h) for _, h in stands(constraint.partners)}
            lonely = [
                h for _, h in stands(constraint.workloads) if value(h) is not None and value(h) not in near
            ]
            return len(lonely) + strays(constraint.workloads)
        case "different":
            near = {value(h) for _, h in stands(constraint.partners)}
            total = strays(constraint.workloads)
            for w in constraint.workloads:
                for h, count in counts[w].items():
                    if value(h) is not None and value(h) in near:
                        total += count
                    elif value(h) is not None and None in near:
                        stays = problem.workloads[w].current.get(h, 0) if hard else 0
                        total += max(0, count - stays)
            return total
        case "keep":
            shape = problem.workloads[constraint.workload]
            if shape.group not in admitted:
                return 0
            held = {h: n for h, n in shape.current.items() if h in shape.candidates or h in shape.stay}
            due = min(sum(held.values()), shape.maximum)
            kept = sum(min(n, counts[constraint.workload].get(h, 0)) for h, n in held.items())
            return max(0, due - kept)
    raise AssertionError(constraint.keyword)


def vector(problem: Problem, counts: Counts, admitted: frozenset[int]) -> tuple[int, ...]:
    """The value of every level, most important first."""
    levels: list[int] = []
    priority = [group.priority for group in problem.groups]
    ordered = sorted(set(priority), reverse=True)
    peopled = {priority[workload.group] for workload in problem.workloads}
    for objective in problem.objectives:
        match objective.keyword:
            case "placed":
                for level in ordered:
                    levels.append(sum(1 for g, p in enumerate(priority) if p == level and g not in admitted))
                for level in ordered:
                    if level in peopled:
                        levels.append(
                            sum(
                                shape.maximum - sum(found.values())
                                for shape, found in zip(problem.workloads, counts, strict=True)
                                if priority[shape.group] == level
                            )
                        )
            case "preferences":
                soft = [c for c in problem.constraints if c.weight is not None]
                of = {c.id: priority[problem.workloads[c.subjects()[0]].group] for c in soft}
                for level in sorted(set(of.values()), reverse=True):
                    levels.append(
                        sum(
                            (c.weight or 0) * cost(problem, c, counts, admitted)
                            for c in soft
                            if of[c.id] == level
                        )
                    )
            case "moves":
                levels.append(
                    sum(
                        max(0, n - found.get(h, 0)) * shape.move_cost
                        for shape, found in zip(problem.workloads, counts, strict=True)
                        for h, n in shape.current.items()
                    )
                )
            case "balance":
                fills = [0]
                for h, host in enumerate(problem.hosts):
                    have = host.capacity.get(objective.resource, 0)
                    used = sum(
                        shape.demand.get(objective.resource, 0) * found.get(h, 0)
                        for shape, found in zip(problem.workloads, counts, strict=True)
                    )
                    if have:
                        fills.append(-(-100 * used // have))
                levels.append(max(fills))
            case "pack" | "cost" | "power":
                used_hosts = {h for found in counts for h in found}
                price = {"pack": lambda _: 1, "cost": lambda h: h.cost, "power": lambda h: h.power}[
                    objective.keyword
                ]
                levels.append(sum(price(problem.hosts[h]) for h in used_hosts))
    return tuple(levels)
