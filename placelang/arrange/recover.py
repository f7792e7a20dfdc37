"""From a plan back to a solution, so that what it says can be checked and explained without solving again.

What of the plan has no place in the problem is told in words: a replica of no service, on no host, holding a thing that
is not there or is held twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.contingencies import recover_contingencies
from placelang.arrange.links import Linked, find_links
from placelang.arrange.naming import Placed, number_of
from placelang.arrange.things import Holding
from placelang.lower import Lowered
from placelang.lower.devices import count_of, kind_of, thing_needs, way_of
from placelang.lower.running import find_running, replicas_of, things_of
from placelang_runtime.part import Replica
from placelang_runtime.plan import Outcome as PlanOutcome
from placelang_runtime.plan import Plan
from placelang_scheduler import LeftOut, Level, Outcome, Pair, Proof, Solution


@dataclass(frozen=True, slots=True)
class Recovered:
    """`strange` is what of the plan could not be recovered."""

    solution: Solution
    placed: tuple[Placed, ...]
    holdings: dict[str, tuple[Holding, ...]]
    linked: Linked
    strange: tuple[str, ...]


def recover(plan: Plan, lowered: Lowered) -> Recovered:
    """The solution that `plan` was arranged from, if it was arranged from `lowered`."""
    strange: list[str] = []
    before = {r.replica.name: r for r in lowered.running}
    found = find_running(plan, lowered.world, lowered.units, lowered.columns)
    known = {r.replica.name for r in found if r.host >= 0}
    strange += [f"{r.name} has no place on {r.host}" for _, r in replicas_of(plan) if r.name not in known]
    placed: list[Placed] = []
    holdings: dict[str, tuple[Holding, ...]] = {}
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    held_there: dict[tuple[int, int], list[Counter[tuple[str, str]]]] = {}
    for r in (r for r in found if r.host >= 0):
        ran = before.get(r.replica.name)
        stands = ran is not None and ran.host == r.host
        placed.append(Placed(r.unit, r.host, r.replica.name, ran.replica if ran else None, stands=stands))
        counts[r.unit][r.host] += 1
        held = list(_holdings(lowered, r.unit, r.host, r.replica, strange))
        holdings[r.replica.name] = tuple(h for h, _ in held)
        needs = thing_needs(lowered.units[r.unit].service)
        by_need = held_there.setdefault((r.unit, r.host), [Counter() for _ in needs])
        for holding, name in held:
            by_need[holding.need][name, holding.member.name] += 1
    strange += _twice(lowered, placed, holdings)
    linked, pairs = _links(lowered, placed, plan, strange)
    solution = _solution(plan, lowered, counts, dict(_devices(lowered, held_there)))
    ordered = tuple(sorted(placed, key=lambda p: (p.unit, number_of(p.name))))
    contingencies = recover_contingencies(plan, lowered, solution, ordered, strange)
    return Recovered(
        solution=replace(solution, pairs=pairs, contingencies=contingencies),
        placed=ordered,
        holdings=holdings,
        linked=linked,
        strange=tuple(strange),
    )


def _links(
    lowered: Lowered, placed: Sequence[Placed], plan: Plan, strange: list[str]
) -> tuple[Linked, tuple[Pair, ...]]:
    """Who serves whom, as the plan says: by name, with what is true of each pair, and as pairs."""
    replicas = {replica.name: replica for _, replica in replicas_of(plan)}
    return find_links(lowered, [(p, replicas[p.name]) for p in placed], strange)


def _holdings(
    lowered: Lowered, unit: int, host: int, replica: Replica, strange: list[str]
) -> Iterator[tuple[Holding, str]]:
    """What the replica holds, with the classes: GPUs and devices stand in the order of the needs."""
    classes = {
        (kind, member.name): (name, member)
        for (kind, name) in ((c.kind, c.id) for c in lowered.classes.of_host.get(host, ()))
        for member in lowered.classes.members[host, name]
    }
    waiting: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing in things_of(replica):
        waiting[thing.kind, thing.way].append(thing.name)
    for number, need in enumerate(thing_needs(lowered.units[unit].service)):
        kind, way, count = kind_of(need), way_of(need), count_of(need)
        taken, waiting[kind, way] = waiting[kind, way][:count], waiting[kind, way][count:]
        if way == "shared" and len(set(taken)) < count:
            strange.append(f"{replica.name} shares {len(set(taken))} of {count} things")
        for name in taken:
            if (kind, name) in classes:
                found, member = classes[kind, name]
                yield Holding(number, member), found
            else:
                strange.append(f"{replica.name} holds {name}, which is not there for it")
    strange += [f"{replica.name} holds {name} without need" for names in waiting.values() for name in names]


def _devices(
    lowered: Lowered, held: Mapping[tuple[int, int], list[Counter[tuple[str, str]]]]
) -> Iterator[tuple[tuple[int, int], tuple[Counter[str], ...]]]:
    """Things by class, by unit and host and for each need: what is shared counts once."""
    for (unit, host), by_need in held.items():
        needs = thing_needs(lowered.units[unit].service)
        found = tuple(Counter[str]() for _ in needs)
        for need, things, by_class in zip(needs, by_need, found, strict=True):
            for (name, _), count in things.items():
                by_class[name] += 1 if way_of(need) == "shared" else count
        if found:
            yield (unit, host), found


def _twice(
    lowered: Lowered, placed: Sequence[Placed], holdings: Mapping[str, tuple[Holding, ...]]
) -> Iterator[str]:
    """Things that are held by several though one of them wants them alone."""
    holders: dict[str, list[str]] = defaultdict(list)
    alone: set[str] = set()
    for one in sorted(placed, key=lambda one: one.name):
        needs = thing_needs(lowered.units[one.unit].service)
        for holding in holdings[one.name]:
            holders[holding.member.name].append(one.name)
            if way_of(needs[holding.need]) == "alone":
                alone.add(holding.member.name)
    for name, replicas in sorted(holders.items()):
        if len(replicas) > 1 and name in alone:
            yield f"{name} is held by {' and '.join(replicas)}"


_OUTCOMES = {
    PlanOutcome.BUDGET_EXHAUSTED: Outcome.EXHAUSTED,
    PlanOutcome.INTERRUPTED: Outcome.INTERRUPTED,
}


def _solution(
    plan: Plan,
    lowered: Lowered,
    counts: Mapping[int, Counter[int]],
    devices: Mapping[tuple[int, int], tuple[Counter[str], ...]],
) -> Solution:
    problem = lowered.problem
    admitted = {problem.workloads[unit].group for unit in counts}
    said = {name: Proof(entry.proof) for entry in plan.header.left_out for name in entry.groups}
    return Solution(
        outcome=_OUTCOMES.get(plan.header.outcome, Outcome.SOLVED),
        placements=tuple(
            dict(sorted(counts.get(unit, {}).items())) for unit in range(len(problem.workloads))
        ),
        devices=devices,
        admitted=tuple(number in admitted for number in range(len(problem.groups))),
        left_out=tuple(LeftOut(n, said[g.id], ()) for n, g in enumerate(problem.groups) if g.id in said),
        levels=tuple(Level(level.name, level.value, level.bound) for level in plan.header.levels),
        timed_out=plan.header.timed_out,
    )
