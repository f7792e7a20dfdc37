"""A copy of a few sites, in which facts can be found out: what would be a candidate then, and what would be placed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from placelang.arrange.advice.finding import Finding, put
from placelang.arrange.advice.near import Near
from placelang.arrange.subproblem import only_groups
from placelang.inventory.build import build
from placelang.inventory.sites import only_sites
from placelang.inventory.written import as_document
from placelang.lower import Lowered, lower
from placelang.world import build_world
from placelang_runtime.part import Group
from placelang_runtime.plan import Plan
from placelang_scheduler import Problem, Solution, solve
from placelang_scheduler.rules.draws import drawn

BUDGET = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """Some sites of `whole`, as an inventory in the file form, and what runs there."""

    whole: Lowered
    document: str
    current: Plan | None
    seed: int
    _known: dict[frozenset[Finding], Lowered] = field(default_factory=dict, repr=False)
    _tried: dict[tuple[frozenset[Finding], frozenset[str]], Solution | None] = field(
        default_factory=dict, repr=False
    )

    def knowing(self, findings: Collection[Finding]) -> Lowered:
        """The problem of these sites, if that had been found out."""
        key = frozenset(findings)
        if key not in self._known:
            document = json.loads(self.document)
            put(document, key)
            self._known[key] = _lowered(self.whole, document, self.current)
        return self._known[key]

    def placing(self, findings: Collection[Finding], due: frozenset[str]) -> Solution | None:
        """Somewhere for all that is due, alone or with what would be placed beside it, if that had been found out; None
        if nothing was found."""
        key = frozenset(findings), due
        if key not in self._tried:
            problem = self.knowing(findings).problem
            groups = [n for n, group in enumerate(problem.groups) if group.id in due]
            known = len(groups) == len(due)
            found = self._solved(only_groups(problem, groups), groups) if known else None
            if known and found is None:  # what is due may have to stand beside something that is not
                found = self._solved(only_groups(problem, range(len(problem.groups))), groups)
            self._tried[key] = found
        return self._tried[key]

    def _solved(self, problem: Problem, groups: Iterable[int]) -> Solution | None:
        solution = solve(problem, seed=self.seed, budget=BUDGET, reasons=False)
        return solution if all(solution.admitted[group] for group in groups) else None

    def places(self, findings: Collection[Finding], due: frozenset[str]) -> bool:
        """Whether the plan of these sites would have all that is due, beside what more important groups would take of
        what was found out."""
        problem = self.knowing(findings).problem
        solution = solve(problem, seed=self.seed, budget=BUDGET, reasons=False)
        placed = {group.id for group, there in zip(problem.groups, solution.admitted, strict=True) if there}
        return due <= placed


def copy_of(near: Near, sites: Sequence[int], seed: int) -> Copy:
    """A copy of these sites."""
    whole, hosts = near.lowered, [host for site in sites for host in near.hosts.get(site, ())]
    document = json.dumps(as_document(only_sites(whole.world.inventory, sites, hosts)))
    current = None
    if whole.current is not None:
        current = _running_on(frozenset(whole.world.hosts.names[host] for host in hosts), whole.current)
    return Copy(whole, document, current, seed)


def _running_on(hosts: frozenset[str], current: Plan) -> Plan:
    """What runs on these hosts; parts have nothing else that matters."""
    parts = []
    for part in current.parts:
        services = tuple(
            service.model_copy(update={"replicas": here})
            for group in part.groups
            for service in group.services
            if (here := tuple(replica for replica in service.replicas if replica.host in hosts))
        )
        if services:
            group = Group(name="-", priority=0, services=services)
            parts.append(part.model_copy(update={"groups": (group,)}))
    return current.model_copy(update={"parts": tuple(parts)})


def _lowered(whole: Lowered, document: dict[str, Any], current: Plan | None) -> Lowered:
    inventory, _ = build(document, frozenset(), whole.world.inventory.source)
    world, _ = build_world(inventory, whole.program, whole.world.at)
    return lower(whole.program, world, current)


def used(lowered: Lowered, solution: Solution) -> Mapping[tuple[str, str], int]:
    """What a solution takes of each resource on each host, by name."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    problem, names = lowered.problem, lowered.world.hosts.names
    for index, (workload, counts) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        for host, count in counts.items():
            for resource, amount in workload.demand.items():
                found[names[host], resource] += count * amount
            held = solution.devices.get((index, host), ())
            for resource, amount in drawn(problem, workload, host, held).items():
                found[names[host], resource] += amount
    return found
