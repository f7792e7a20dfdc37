"""What one host came to for one unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np

from placelang.arrange.amounts import say_amount
from placelang.arrange.clashes import say_clash
from placelang.arrange.funnels import missing_of, step_text
from placelang.arrange.reasons import SHARE
from placelang.cite import cite
from placelang.evaluate import evaluate, truth
from placelang.explain.explanation import HostVerdict, Margin, Verdict
from placelang.explain.trials import Bench, Loss
from placelang.expressions import And, Expr, Fact, Quantified
from placelang.lower import Lowered
from placelang.lower.lending import lendable
from placelang.lower.limits import share_of
from placelang.lower.reach import Reach, uplinks_of
from placelang.lower.steps import Draining, Left, LinkUse, Step, Up, things_truth
from placelang.program import AmountNeed, Filter, ShareNeed
from placelang.types import BANDWIDTH, DURATION, show
from placelang_scheduler import Reserve
from placelang_scheduler.hours import Hours, heaviest
from placelang_scheduler.rules.devices import largest

MOST_SITES = 4
"""Sites that are named of those out of reach."""


def judge(bench: Bench, unit: int, host: int, replicas: tuple[str, ...], *, tried: bool) -> HostVerdict:
    """The verdict; what would be lost is only found out where the host is `tried`."""
    lowered = bench.lowered
    name, service = lowered.world.hosts.names[host], lowered.units[unit].service.form
    steps = lowered.steps[service]
    if replicas:
        loss = bench.without(unit, host) if tried else None
        found = HostVerdict(name, Verdict.RUNS, replicas, _why_here(lowered, loss))
        return _weighed(found, lowered, unit, loss, f"elsewhere than on {name}")
    false = next((s for s in steps.steps if s.truth.false[host]), None)
    if false is not None:
        clause = cite(lowered.sources, false.span) if false.span else None
        return HostVerdict(name, Verdict.RULED_OUT, (), _why_never(lowered, false, host), clause)
    if steps.undecided[host]:
        unknown = lowered.unknown(service, host)
        clause = next((cite(lowered.sources, s.span) for s in unknown if s.span), None)
        facts = missing_of(lowered, service, host)
        return HostVerdict(name, Verdict.UNDECIDED, (), "too little is known of it", clause, facts)
    if not any(bench.solution.placements[form] for form in lowered.problem.counted(unit).workloads):
        return HostVerdict(
            name, Verdict.POSSIBLE, (), "it suits by itself; the reasons above say why it is not used"
        )
    loss = bench.on(unit, host) if tried else None
    found = HostVerdict(name, Verdict.POSSIBLE, (), _why_not(bench, unit, host, loss))
    return _weighed(found, lowered, unit, loss, f"on {name}")


def _weighed(found: HostVerdict, lowered: Lowered, unit: int, loss: Loss | None, where: str) -> HostVerdict:
    """The verdict with what a trial came to: `where` a replica had to stand."""
    if loss is None:
        return found
    if loss.core is not None:
        group = lowered.units[unit].group
        clash = say_clash(lowered, group, loss.core, f"a replica of {lowered.units[unit].id} {where}")
        return replace(found, clash=clash)
    if loss.impossible:
        return found
    names = tuple(lowered.world.hosts.names[host] for host in loss.hosts)
    return replace(found, margin=Margin(loss.level, loss.value, loss.instead, names))


def _why_here(lowered: Lowered, loss: Loss | None) -> str:
    if loss is None:
        return "it suits"
    if loss.impossible:
        return "nothing else is left: without this host, it would be left out"
    names = [lowered.world.hosts.names[host] for host in loss.hosts]
    if loss.level is None:
        return (
            f"other hosts would do as well, such as {names[0]}" if names else "other hosts would do as well"
        )
    next_best = f"; the next best is {' and '.join(names[:2])}" if names else ""
    return f"without this host, `{loss.level}` would be {loss.instead} instead of {loss.value}{next_best}"


def _why_not(bench: Bench, unit: int, host: int, loss: Loss | None) -> str:
    full = _short_of(bench, unit, host)
    if loss is None:
        return full or "it suits, others were chosen"
    if loss.impossible:
        return f"{full + '; ' if full else ''}no replica can stand here beside what is placed"
    if loss.level is None:
        return "it would do as well"
    worse = f"here, `{loss.level}` would be {loss.instead} instead of {loss.value}"
    return f"{full}; {worse}" if full else worse


def _short_of(bench: Bench, unit: int, host: int) -> str | None:
    """What the host has too little of, beside what stands on it."""
    problem, lowered = bench.lowered.problem, bench.lowered
    for resource, need in problem.workloads[unit].demand.items():
        taken: dict[Hours, int] = {}
        for workload, counts in zip(problem.workloads, bench.solution.placements, strict=True):
            amount = counts.get(host, 0) * workload.demand.get(resource, 0)
            taken[workload.hours] = taken.get(workload.hours, 0) + amount
        used = heaviest(taken, problem.workloads[unit].hours)
        left = problem.hosts[host].capacity.get(resource, 0) - used
        if left < need:
            if resource.startswith("port:"):
                return f"{say_amount(lowered.program, resource, 1)} is taken"
            return f"it has {say_amount(lowered.program, resource, left)} left"
        free = _kept_free(bench, host, resource)
        if left - free < need:
            kept = say_amount(lowered.program, resource, free)
            return (
                f"it has {say_amount(lowered.program, resource, left)} left, of which a policy keeps {kept}"
            )
    return _share_left(bench, unit, host)


def _share_left(bench: Bench, unit: int, host: int) -> str | None:
    """The largest share that a GPU of the host has left, where that is too small."""
    problem, standing = bench.lowered.problem, enumerate(bench.solution.placements)
    present = {index: counts[host] for index, counts in standing if counts.get(host)}
    for demand in problem.workloads[unit].devices:
        if demand.share and (left := largest(problem, host, demand, present)) < demand.share:
            return f"the largest share that is free has {say_amount(bench.lowered.program, SHARE, left)}"
    return None


def _kept_free(bench: Bench, host: int, resource: str) -> int:
    """What policies keep free of a resource of the host."""
    asked = (c for c in bench.lowered.problem.constraints if isinstance(c, Reserve) and c.weight is None)
    return max((c.free.get(host, 0) for c in asked if c.resource == resource), default=0)


def _why_never(lowered: Lowered, step: Step, host: int) -> str:
    """The clause is false: because of these facts."""
    if isinstance(step.about, Up):
        return "it is down"
    if isinstance(step.about, Draining):
        return "it is being drained"
    if isinstance(step.about, AmountNeed):
        have = lowered.problem.hosts[host].capacity.get(step.about.resource, 0)
        return f"it has only {say_amount(lowered.program, step.about.resource, have)}"
    if isinstance(step.about, ShareNeed):
        rows = np.flatnonzero(
            (lowered.world.gpus.parents == host) & things_truth(step.about, lowered.world).true
        )
        most = lendable(lowered.world).low[rows].max(initial=0.0)
        return f"the largest share that it can give has {say_amount(lowered.program, SHARE, int(most))}"
    if isinstance(step.about, Left):
        have = lowered.problem.hosts[host].capacity.get(step.about.need.resource, 0)
        kept = say_amount(lowered.program, step.about.need.resource, share_of(step.about.clause, have))
        return f"a policy keeps {kept} free, which leaves too little"
    if isinstance(step.about, LinkUse):
        return _out_of_reach(lowered, step.about, host)
    if isinstance(step.about, Filter):
        found = dict.fromkeys(_facts(lowered, step.about, host))
        if found:
            return ", ".join(found)
        if step.about.policy is not None:
            return f"the policy {step.about.policy} does not accept it"
    return f"`{step_text(lowered, step)}` does not hold"


def _out_of_reach(lowered: Lowered, use: LinkUse, host: int) -> str:
    """How far the sites are that may have the other service, the nearest first."""
    world, reach = lowered.world, Reach(use.clause, lowered.world)
    site = int(world.hosts.parents[host])
    measured = [(reach.latency(site, target), target) for target in use.targets.tolist()]
    near = sorted((latency, target) for latency, target in measured if latency is not None)[:MOST_SITES]
    found = [
        f'latency("{world.sites.names[target]}") is {show(latency, DURATION)}' for latency, target in near
    ]
    if use.clause.bandwidth is not None:
        found += [
            f"the uplink of {world.sites.names[row]} carries {show(carried, BANDWIDTH)}"
            for row in dict.fromkeys((site, *(target for _, target in near)))
            if (carried := uplinks_of(world).value(row)) is not None and carried < use.clause.bandwidth
        ]
    return f"{use.clause.service} is not within reach" + (f": {', '.join(found)}" if found else "")


def _facts(lowered: Lowered, clause: Filter, host: int) -> Iterator[str]:
    """The known facts for which a filter is false: `memory is 7GiB`; and those for which a policy asks for it here."""
    rows = lowered.world.ancestors("host", clause.noun)[[host]]
    parts = clause.predicate.operands if isinstance(clause.predicate, And) else (clause.predicate,)
    false = [part for part in parts if truth(part, lowered.world, clause.noun, rows).false[0]]
    yield from (text for part in false for text in _said(lowered, part, clause.noun, host))
    if clause.within is not None:
        yield from _said(lowered, clause.within.predicate, clause.within.noun, host)


def _said(lowered: Lowered, part: Expr, noun: str, host: int) -> Iterator[str]:
    """What is known of the facts that an expression mentions."""
    row = int(lowered.world.ancestors("host", noun)[host])
    for fact in _mentioned(part):
        value = evaluate(fact, lowered.world, noun).value(row)
        if value is not None:
            called = fact.name if fact.noun == "host" else f"{fact.noun}.{fact.name}"
            yield f"{called} is {show(value, fact.type)}"


def _mentioned(value: Expr) -> Iterator[Fact]:
    """The facts in an expression, as written; not those of other things that it counts."""
    if isinstance(value, Fact):
        yield value
    elif not isinstance(value, Quantified):
        for part in fields(value):
            inner = getattr(value, part.name)
            for one in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(one, Expr):
                    yield from _mentioned(one)
