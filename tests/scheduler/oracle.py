"""The best level vector of a tiny problem, by trying every placement. Knows the meaning of constraints from their
definition in the language, and shares no code with the scheduler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from placelang_scheduler import EXEMPT, Link, LinkEvery, Spread, Survive, Uplinks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from placelang_scheduler import (
        AtLeast,
        AtMost,
        Balance,
        Best,
        Constraint,
        DeviceDemand,
        Different,
        Hosts,
        Keep,
        Objective,
        Overlap,
        Problem,
        Reserve,
        Same,
        Stock,
        Toll,
        Workload,
    )

Counts = tuple[Mapping[int, int], ...]


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
        if fits(problem, longer) and _together(workload, longer, admitted):
            yield from _assign(problem, admitted, longer)


def _together(workload: Workload, counts: Counts, admitted: frozenset[int]) -> bool:
    """Whether variants are as many as they have to be, once all of them are placed."""
    one = workload.variants
    if one is None or workload.group not in admitted or max(one.workloads) != len(counts) - 1:
        return True
    return one.minimum <= sum(sum(counts[w].values()) for w in one.workloads) <= one.maximum


def _options(workload: Workload) -> Iterator[dict[int, int]]:
    most = dict.fromkeys(workload.candidates, workload.maximum)
    most |= {host: min(workload.maximum, workload.current.get(host, 0)) for host in workload.stay}
    for counts in product(*(range(limit + 1) for limit in most.values())):
        if workload.minimum <= sum(counts) <= workload.maximum:
            yield {host: count for host, count in zip(most, counts, strict=True) if count}


def fits(problem: Problem, counts: Counts) -> bool:
    for index, host in enumerate(problem.hosts):
        left: Counter[str] = Counter(host.capacity)
        used: dict[str, Counter[int]] = {}
        asks: list[Ask] = []
        for workload, found in zip(problem.workloads, counts, strict=False):
            count = found.get(index, 0)
            for resource, need in workload.demand.items():
                if any(device.draws == resource for device in host.devices):
                    left[resource] -= need * count
                used.setdefault(resource, Counter()).update(dict.fromkeys(moments(workload), need * count))
            for demand in workload.devices:
                classes = frozenset(
                    device.id
                    for device in host.devices
                    if device.kind == demand.kind
                    and (demand.accepts is None or (index, device.id) in demand.accepts)
                )
                for _ in range(count):
                    asks += _asks(demand, classes)
        if any(max(amounts.values()) > host.capacity.get(r, 0) for r, amounts in used.items()):
            return False
        things = [
            Thing(device.id, device.lends, device.draws)
            for device in host.devices
            for _ in range(device.count)
        ]
        if any(amount < 0 for amount in left.values()) or not _serve(asks, things, left):
            return False
    return True


def moments(workload: Workload) -> Iterator[int]:
    """The moments of a day of eight at which it runs."""
    spans = ((0, 8),) if workload.hours is None else workload.hours
    return (moment for low, high in spans for moment in range(low, high))


@dataclass(frozen=True)
class Thing:
    """One device: `free` is what it still lends, `holder` whether it is held alone or by those who share."""

    kind: str
    free: int
    draws: str | None
    holder: str | None = None


@dataclass(frozen=True)
class Ask:
    """`number` different devices of `classes`, each held alone, shared, or with a slice of `size`."""

    classes: frozenset[str]
    holder: str
    number: int = 1
    size: int = 0


def _asks(demand: DeviceDemand, classes: frozenset[str]) -> list[Ask]:
    if demand.share:
        return [Ask(classes, "sharing", 1, demand.share)] * demand.count
    if demand.shared:
        return [Ask(classes, "sharing", demand.count)]
    return [Ask(classes, "alone")] * demand.count


def _serve(asks: list[Ask], things: list[Thing], left: Counter[str]) -> bool:
    """Whether every ask finds its devices: all ways to hand them out are tried."""
    if not asks:
        return True
    ask = asks[0]
    fit = [
        at
        for at, thing in enumerate(things)
        if thing.kind in ask.classes
        and thing.free >= ask.size
        and thing.holder in ({None} if ask.holder == "alone" else {None, "sharing"})
    ]
    tried = set()
    for chosen in combinations(fit, ask.number):
        alike = tuple(sorted(str(things[at]) for at in chosen))
        rest = Counter(left)
        for at in chosen:
            if things[at].draws is not None:
                rest[str(things[at].draws)] -= ask.size
        if alike in tried or any(amount < 0 for amount in rest.values()):
            continue
        tried.add(alike)
        after = list(things)
        for at in chosen:
            after[at] = replace(things[at], free=things[at].free - ask.size, holder=ask.holder)
        if _serve(asks[1:], after, rest):
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
    view = View(problem, constraint, counts, admitted)
    return PRICES[constraint.keyword](view, constraint)


@dataclass(frozen=True)
class View:
    """Replicas as a constraint looks at them."""

    problem: Problem
    constraint: Constraint
    counts: Counts
    admitted: frozenset[int]

    @property
    def hard(self) -> bool:
        return self.constraint.weight is None

    def value(self, host: int) -> str | None:
        return self.problem.hosts[host].domains.get(getattr(self.constraint, "key", ""))

    def sees(self, host: int) -> bool:
        return getattr(self.constraint, "key", None) is None or self.value(host) != EXEMPT

    def stands(self, *workloads: int) -> list[int]:
        """The host of every replica that is looked at."""
        return [h for w in workloads for h, n in self.counts[w].items() if self.sees(h) for _ in range(n)]

    def unseen(self, workload: int) -> int:
        return sum(n for h, n in self.counts[workload].items() if not self.sees(h))

    def values(self, *workloads: int) -> Counter[str]:
        return Counter(found for h in self.stands(*workloads) if (found := self.value(h)) is not None)

    def strays(self, *workloads: int) -> int:
        """Replicas on hosts without a value; under a hard constraint those that run and may stay are none."""
        total = 0
        for w in workloads:
            shape = self.problem.workloads[w]
            for h, count in self.counts[w].items():
                if self.value(h) is None:
                    total += max(0, count - (shape.current.get(h, 0) if self.hard and h in shape.stay else 0))
        return total

    def in_plan(self, workload: int) -> bool:
        return self.problem.workloads[workload].group in self.admitted


def hosts(view: View, c: Hosts) -> int:
    return sum(1 for h in view.stands(c.workload) if h not in c.accepted)


def spread(view: View, c: Spread) -> int:
    per = view.values(*c.workloads)
    candidates = [h for w in c.workloads for h in view.problem.workloads[w].candidates]
    own = {found for h in candidates if (found := view.value(h)) not in {None, EXEMPT}}
    over = own if c.values is None else set(c.values)
    least = min((per[found] for found in over), default=0)
    return sum(max(0, n - least - c.skew) for n in per.values()) + view.strays(*c.workloads)


def at_most(view: View, c: AtMost) -> int:
    return sum(max(0, n - c.count) for n in view.values(*c.workloads).values()) + view.strays(*c.workloads)


def at_least(view: View, c: AtLeast) -> int:
    if not view.in_plan(c.workloads[0]):
        return 0
    used = len(view.values(*c.workloads)) + sum(view.unseen(w) for w in c.workloads)
    if not view.hard:
        return max(0, c.count - used)
    unknown = sum(1 for h in view.stands(*c.workloads) if view.value(h) is None)
    return max(0, c.count - used - unknown) + view.strays(*c.workloads)


def same(view: View, c: Same) -> int:
    near = view.values(*c.partners)
    lonely = sum(n for found, n in view.values(*c.workloads).items() if found not in near)
    return lonely + view.strays(*c.workloads)


def different(view: View, c: Different) -> int:
    near = {view.value(h) for h in view.stands(*c.partners)}
    newly = any(
        view.value(h) is None and n > view.problem.workloads[p].current.get(h, 0)
        for p in c.partners
        for h, n in view.counts[p].items()
    )
    total = view.strays(*c.workloads)
    for w in c.workloads:
        for h, count in view.counts[w].items():
            if not view.sees(h):
                continue
            if view.value(h) is not None and view.value(h) in near:
                total += count
            elif view.value(h) is not None and None in near:
                ran = view.problem.workloads[w].current.get(h, 0) if view.hard and not newly else 0
                total += max(0, count - ran)
    return total


def keep(view: View, c: Keep) -> int:
    if not view.in_plan(c.workloads[0]):
        return 0
    shapes = [view.problem.workloads[w] for w in c.workloads]
    allowed = {h for s in shapes for h in (*s.candidates, *s.stay) if h in s.candidates or s.current.get(h)}
    held = Counter(h for s in shapes for h, n in s.current.items() if h in allowed for _ in range(n))
    due = min(sum(held.values()), shapes[0].variants.maximum if shapes[0].variants else shapes[0].maximum)
    stand = Counter(view.stands(*c.workloads))
    return max(0, due - (held & stand).total())


def best_of(view: View, c: Best) -> int:
    return sum(s * sum(view.counts[w].values()) for w, s in zip(c.workloads, c.steps, strict=True))


def overlap(view: View, c: Overlap) -> int:
    """Hosts where what is new, and what runs there now, stands too high, though not because of what runs alone."""
    shapes = view.problem.workloads
    total = 0
    for h, host in enumerate(view.problem.hosts):
        need = {w: shapes[w].demand.get(c.resource, 0) for w in c.workloads}
        now = sum(need[w] * shapes[w].current.get(h, 0) for w in c.workloads)
        both = sum(need[w] * max(view.counts[w].get(h, 0), shapes[w].current.get(h, 0)) for w in c.workloads)
        total += both > max(now, host.capacity.get(c.resource, 0))
    return total


def reserve(view: View, c: Reserve) -> int:
    total = 0
    for h, free in c.free.items():
        have = view.problem.hosts[h].capacity.get(c.resource, 0)
        shapes = view.problem.workloads
        takes: Counter[int] = Counter()
        for w in (*c.workloads, *c.others):
            each = shapes[w].demand[c.resource] + sum(drawn(view.problem, shapes[w], h, c.resource, any))
            takes.update(dict.fromkeys(moments(shapes[w]), each * view.counts[w].get(h, 0)))
        used = max(takes.values())
        missing = max(0, used - max(0, have - free))
        total += missing if view.hard else min(100, 100 * missing // have) if have else 0
    return total


def stock(view: View, c: Stock) -> int:
    total = 0
    for h, free in c.free.items():
        shapes = view.problem.workloads
        here = {w: view.counts[w].get(h, 0) for w in c.workloads if view.counts[w].get(h, 0)}
        takes: Counter[int] = Counter()
        for w, count in here.items():
            each = shapes[w].demand[c.resource] + sum(drawn(view.problem, shapes[w], h, c.resource, any))
            takes.update(dict.fromkeys(moments(shapes[w]), each * count))
        kept = {thing for w, used in zip(c.workloads, c.uses, strict=True) if w in here for thing in used}
        used = max(takes.values(), default=0) + sum(c.sizes[thing] for thing in kept)
        total += max(0, used - max(0, view.problem.hosts[h].capacity.get(c.resource, 0) - free))
    return total


def drawn(
    problem: Problem, workload: Workload, host: int, resource: str, which: Callable[[list[bool]], bool]
) -> Iterator[int]:
    """The shares of a replica that any, or all, of the devices that may serve them take from a resource of the host."""
    for demand in workload.devices:
        from_it = [
            device.draws == resource
            for device in problem.hosts[host].devices
            if device.kind == demand.kind
            and device.lends >= demand.share
            and (demand.accepts is None or (host, device.id) in demand.accepts)
        ]
        if from_it and which(from_it):
            yield demand.count * demand.share


def link(view: View, c: Link) -> int:
    near = set(view.values(*c.partners))
    return view.strays(*c.workloads) + sum(
        0 if near & {v, *c.reach.get(v, {})} else _new(view, w, h, n) if near & _maybe(view, c, v) else n
        for w, h, v, n in _linked(view, c)
    )


def link_every(view: View, c: LinkEvery) -> int:
    partners = {view.value(h) for h in view.stands(*c.partners)}
    total = view.strays(*c.workloads)
    for w, h, v, n in _linked(view, c):
        far = partners - {v, *c.reach.get(v, {})}
        unsure = far <= {None, *_maybe(view, c, v)} and view.hard
        total += n if not partners else 0 if not far else _new(view, w, h, n) if unsure else n
    return total


def _linked(view: View, c: Link | LinkEvery) -> list[tuple[int, int, str, int]]:
    found = [(w, h, view.value(h), n) for w in c.workloads for h, n in view.counts[w].items()]
    return [(w, h, v, n) for w, h, v, n in found if v is not None and v != EXEMPT]


def _maybe(view: View, c: Link | LinkEvery, value: str) -> set[str]:
    return set(c.doubtful.get(value, {})) if view.hard else set()


def _new(view: View, workload: int, host: int, count: int) -> int:
    return max(0, count - view.problem.workloads[workload].current.get(host, 0))


def uplinks(view: View, c: Uplinks) -> int:
    views = [(View(view.problem, one, view.counts, view.admitted), one) for one in c.links]
    return int(
        any(link(each, one) for each, one in views) or not any(True for _ in servings(views, c.capacity))
    )


def servings(views: Sequence[tuple[View, Link]], capacity: Mapping[str, int]) -> Iterator[int]:
    """The latency in all of every way to serve every replica that can be, each by a value that has a partner."""
    asks: list[tuple[str, int, dict[str, int]]] = []
    for view, c in views:
        partners = view.values(*c.partners)
        for w, h, v, n in _linked(view, c):
            near = {t: cost for t, cost in {v: 0, **c.reach.get(v, {})}.items() if t in partners}
            maybe = {t: cost for t, cost in c.doubtful.get(v, {}).items() if t in partners and view.hard}
            new = _new(view, w, h, n)
            asks += [(v, c.bandwidth, near)] * new + [(v, c.bandwidth, maybe | near)] * (n - new)
    yield from _serving([ask for ask in asks if ask[2]], dict(capacity))


def _serving(asks: list[tuple[str, int, dict[str, int]]], left: dict[str, int]) -> Iterator[int]:
    if not asks:
        yield 0
        return
    value, size, latency = asks[0]
    for other, cost in latency.items():
        after = dict(left)
        for end in (value, other) if value != other else ():
            if end in after:
                after[end] -= size
        if all(amount >= 0 for amount in after.values()):
            yield from (cost + rest for rest in _serving(asks[1:], after))


def survive(view: View, c: Survive) -> int:
    """Losses that leave no placement in which it is covered beside all hard guarantees; soft ones, all together, are
    covered as far as their weights are worth."""
    return sum(c.id not in covered(view.problem, view.counts, view.admitted, loss) for loss in c.losses)


PRICES: dict[str, Callable[[View, Any], int]] = {
    "hosts": hosts,
    "spread": spread,
    "at most": at_most,
    "at least": at_least,
    "same": same,
    "different": different,
    "keep": keep,
    "best": best_of,
    "overlap": overlap,
    "reserve": reserve,
    "stock": stock,
    "link": link,
    "link every": link_every,
    "uplinks": uplinks,
    "survive": survive,
}


def vector(problem: Problem, counts: Counts, admitted: frozenset[int]) -> tuple[int, ...]:
    """The value of every level, most important first."""
    plan = Plan(problem, counts, admitted)
    return tuple(
        value for objective in problem.objectives for value in LEVELS[objective.keyword](plan, objective)
    )


@dataclass(frozen=True)
class Plan:
    problem: Problem
    counts: Counts
    admitted: frozenset[int]

    def priority(self, workload: int) -> int:
        return self.problem.groups[self.problem.workloads[workload].group].priority

    def used(self) -> set[int]:
        return {h for found in self.counts for h in found}


def placed(plan: Plan, _: Objective) -> list[int]:
    out = Counter({group.priority: 0 for group in plan.problem.groups})
    out.update(group.priority for g, group in enumerate(plan.problem.groups) if g not in plan.admitted)
    missing: dict[int, int] = {}
    for w, shape in enumerate(plan.problem.workloads):
        one = shape.variants
        most = shape.maximum if one is None else one.maximum if one.workloads[0] == w else 0
        short = most - sum(plan.counts[w].values())
        missing[plan.priority(w)] = missing.get(plan.priority(w), 0) + short
    return [per[level] for per in (out, missing) for level in sorted(per, reverse=True)]


def preferences(plan: Plan, _: Objective) -> list[int]:
    per: dict[int, int] = {}
    for c in plan.problem.constraints:
        if c.weight is not None:
            level = plan.priority(c.subjects()[0])
            per[level] = per.get(level, 0) + c.weight * cost(plan.problem, c, plan.counts, plan.admitted)
    return [per[level] for level in sorted(per, reverse=True)]


def moves(plan: Plan, _: Objective) -> list[int]:
    return [
        sum(
            max(0, n - found.get(h, 0)) * shape.move_cost
            for shape, found in zip(plan.problem.workloads, plan.counts, strict=True)
            for h, n in shape.current.items()
        )
    ]


def balance(plan: Plan, objective: Balance) -> list[int]:
    fills = [0]
    for h, host in enumerate(plan.problem.hosts):
        have = host.capacity.get(objective.resource, 0)
        shapes = zip(plan.problem.workloads, plan.counts, strict=True)
        used: Counter[int] = Counter()
        for shape, found in shapes:
            each = shape.demand.get(objective.resource, 0)
            each += sum(drawn(plan.problem, shape, h, objective.resource, all))
            used.update(dict.fromkeys(moments(shape), each * found.get(h, 0)))
        if have:
            fills.append(-(-100 * max(used.values()) // have))
    return [max(fills)]


def latency(plan: Plan, _: Objective) -> list[int]:
    """The cheapest way to serve all at once what is booked together, and everything else; the furthest for `every`."""
    problem = plan.problem
    sums = [c for c in problem.constraints if isinstance(c, Uplinks) and c.weight is None]
    inside = {one.id for c in sums for one in c.links}
    jobs = [(c.links, c.capacity) for c in sums]
    jobs += [((c,), {}) for c in problem.constraints if isinstance(c, Link) and c.id not in inside]
    total = 0
    for links, capacity in jobs:
        views = [(View(problem, one, plan.counts, plan.admitted), one) for one in links]
        total += min(servings(views, capacity))
    for every in (c for c in problem.constraints if isinstance(c, LinkEvery)):
        view = View(problem, every, plan.counts, plan.admitted)
        partners = view.values(*every.partners)
        for v, n in (each[2:] for each in _linked(view, every)):
            near = {**(every.doubtful.get(v, {}) if view.hard else {}), **every.reach.get(v, {})}
            total += n * max((near.get(t, 0) for t in partners), default=0)
    return [total]


def toll(plan: Plan, objective: Toll) -> list[int]:
    shapes, total = plan.problem.workloads, 0
    for hinge in objective.hinges:
        for h, edge in enumerate(hinge.above):
            stands = [
                (shape, found[h]) for shape, found in zip(shapes, plan.counts, strict=True) if h in found
            ]
            level = sum(f * shape.demand.get(name, 0) * n for shape, n in stands for name, f in hinge.use)
            total += 0 if edge is None else hinge.weight * max(0, level - edge)
    gone = [0] * len(shapes)
    for w, (shape, found) in enumerate(zip(shapes, plan.counts, strict=True)):
        for home, n in shape.current.items():
            gone[w] += max(0, n - found.get(home, 0))
            if objective.ways and n and not found.get(home):
                total += sum(objective.ways[home][h] for h in found)
        total += gone[w] * shape.move_cost * objective.moves
    return [total + objective.most * max((sum(gone[w] for w in one) for one in objective.sets), default=0)]


LEVELS: dict[str, Callable[[Plan, Any], list[int]]] = {
    "placed": placed,
    "preferences": preferences,
    "moves": moves,
    "balance": balance,
    "latency": latency,
    "toll": toll,
    "pack": lambda plan, _: [len(plan.used())],
    "cost": lambda plan, _: [sum(plan.problem.hosts[h].cost for h in plan.used())],
    "vacate": lambda plan, _: [
        sum(n for found in plan.counts for h, n in found.items() if plan.problem.hosts[h].vacate)
    ],
    "power": lambda plan, _: [sum(plan.problem.hosts[h].power for h in plan.used())],
}


def covered(
    problem: Problem, counts: Counts, admitted: frozenset[int], loss: tuple[int, ...]
) -> frozenset[str]:
    """The guarantees that the best placement after `loss` keeps; no hard one where they cannot all be."""
    named = [c for c in problem.constraints if isinstance(c, Survive) and loss in c.losses]
    hard = [c for c in named if c.weight is None]
    soft = [c for c in named if c.weight is not None]
    choices = sorted(
        (chosen for chosen in product((True, False), repeat=len(soft))),
        key=lambda chosen: -sum(c.weight or 0 for c, yes in zip(soft, chosen, strict=True) if yes),
    )
    for chosen in choices:
        kept = [*hard, *(c for c, yes in zip(soft, chosen, strict=True) if yes)]
        if recovers(problem, counts, admitted, loss, {w for c in kept for w in c.workloads}):
            return frozenset(c.id for c in kept)
    return frozenset()


def recovers(
    problem: Problem, counts: Counts, admitted: frozenset[int], loss: tuple[int, ...], safe: set[int]
) -> bool:
    """Whether there is any such placement as `after` asks for."""
    then = after(problem, counts, admitted, loss, safe)
    return any(holds(then, again, admitted) for again in _assign(then, admitted, ()))


def allows(problem: Problem, counts: Counts, admitted: frozenset[int]) -> bool:
    """Whether a placement holds all that there is to hold."""
    options = (_options(w) if w.group in admitted else iter([{}]) for w in problem.workloads)
    known = all(found in list(own) for found, own in zip(counts, options, strict=True))
    return known and fits(problem, counts) and holds(problem, counts, admitted)


def after(
    problem: Problem, counts: Counts, admitted: frozenset[int], loss: tuple[int, ...], safe: set[int]
) -> Problem:
    """The problem after a loss. What is `safe` has its minimum again somewhere on what is left, and all else stands, as
    much of it as stood there, or moves. What the loss alone broke of what is not safe does not count."""
    safe = {w for w in safe if problem.workloads[w].group in admitted}
    left = [{h: n for h, n in found.items() if h not in loss} for found in counts]
    hurt = {w for w, found in enumerate(counts) if left[w] != found} - safe
    workloads = []
    for w, shape in enumerate(problem.workloads):
        stood = sum(left[w].values())
        low, high = (shape.minimum, shape.maximum) if w in safe else (min(shape.minimum, stood), stood)
        one = shape.variants
        if one is not None and w not in safe:
            stand = sum(sum(left[v].values()) for v in one.workloads)
            one = replace(one, minimum=min(one.minimum, stand), maximum=stand)
        workloads.append(
            replace(
                shape,
                candidates=tuple(h for h in shape.candidates if h not in loss),
                stay=tuple(h for h in shape.stay if h not in loss),
                current=left[w] if shape.group in admitted else {},
                minimum=low,
                maximum=high,
                variants=one,
            )
        )
    rules = []
    for c in problem.constraints:
        named = set(c.names())
        robust = c.keyword in {"hosts", "at most", "different", "keep", "reserve", "best"}
        if c.weight is None and c.keyword != "survive" and (robust or named & safe or not named & hurt):
            rules.append(_without(c, problem, workloads, loss))
    gone = [
        replace(h, capacity={}, devices=(), domains={}) if n in loss else h
        for n, h in enumerate(problem.hosts)
    ]
    return replace(problem, hosts=tuple(gone), workloads=tuple(workloads), constraints=tuple(rules))


def _without(c: Constraint, problem: Problem, workloads: list[Workload], loss: tuple[int, ...]) -> Constraint:
    """A value that is listed and lost counts no more."""
    if not isinstance(c, Spread) or c.values is None:
        return c
    shapes = [workloads[w] for w in c.workloads]
    still = {problem.hosts[h].domains.get(c.key) for s in shapes for h in (*s.candidates, *s.stay)}
    lost = {problem.hosts[h].domains.get(c.key) for h in loss}
    return replace(c, values=tuple(value for value in c.values if value in still or value not in lost))
