"""One more host at a site, like one that serves the same services elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from placelang.arrange.subproblem import Subproblem
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.keys import HOST, SITE, domain
from placelang_scheduler import Problem, Solution, Workload


def donors(lowered: Lowered, solution: Solution, units: Sequence[int]) -> tuple[int, ...]:
    """Hosts of other sites on which a service of the units runs that has no candidate among its own, ascending."""
    own = {lowered.units[unit].site for unit in units}
    lacking = {lowered.units[u].service.name for u in units if not lowered.problem.workloads[u].candidates}
    standing = {
        host
        for number, unit in enumerate(lowered.units)
        if unit.service.name in lacking and unit.site not in own
        for host in solution.placements[number]
    }
    return tuple(sorted(standing))


def with_one_like(lowered: Lowered, sub: Subproblem, site: int, donor: int) -> Problem:
    """The part with one more host at `site`, like `donor` in all but where it stands."""
    new = len(sub.problem.hosts)
    name = lowered.world.sites.names[site]
    like = lowered.problem.hosts[donor]
    domains = {**like.domains, domain(SITE): name}
    host = replace(like, id=f"{like.id} at {name}", domains={**domains, domain(HOST): f"{like.id} at {name}"})
    workloads = list(sub.problem.workloads)
    for whole, own in sub.workloads.items():
        unit = lowered.units[whole]
        if unit.site == site and lowered.steps[unit.service.form].candidates[donor]:
            workloads[own] = _wider(lowered, workloads[own], whole, donor, new)
    return replace(sub.problem, hosts=(*sub.problem.hosts, host), workloads=tuple(workloads))


def _wider(lowered: Lowered, workload: Workload, unit: int, donor: int, new: int) -> Workload:
    service = lowered.units[unit].service
    devices = []
    for number, (_, demand) in enumerate(zip(thing_needs(service), workload.devices, strict=True)):
        classes = lowered.classes.accepts((service.form, number), [donor])
        accepts = (demand.accepts or frozenset()) | {(new, name) for _, name in classes}
        devices.append(replace(demand, accepts=accepts))
    return replace(workload, candidates=(*workload.candidates, new), devices=tuple(devices))
