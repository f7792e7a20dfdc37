"""`explain`: why a service stands where it stands, and why not elsewhere.

Enters a lowered problem with its solution, or the plan that came of it. Leaves, for each unit of the service, what
every host came to: the first clause that rules it out, the facts that are missing, or what the objectives would lose
if a replica stood there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.clashes import say_clash
from placelang.arrange.funnels import funnel
from placelang.arrange.left_out import find_left_out
from placelang.arrange.links import Linked, name_links
from placelang.arrange.naming import name_replicas
from placelang.arrange.recover import recover
from placelang.arrange.suggest import ALIKE, suggestions_for
from placelang.cite import cite
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.errors import InputError
from placelang.explain.explanation import Explanation, HostVerdict, UnitExplanation, Verdict
from placelang.explain.hosts import judge
from placelang.explain.trials import Bench, bench
from placelang.forms import forms_of
from placelang.lower import Lowered
from placelang.nearest import suggestion
from placelang_runtime.left_out import LeftOut
from placelang_runtime.plan import Plan
from placelang_scheduler import Solution, core

TRIED = 3
"""Hosts in use by a unit, and others, for which the problem is solved again; fewer where that is much work."""
WORK = 500
CORE = 2.0
UNITS = 3
"""Units for which it is."""
_ORDER = tuple(Verdict)


def explain(
    lowered: Lowered,
    found: Plan | Solution,
    service: str,
    *,
    site: str | None = None,
    host: str | None = None,
) -> Explanation:
    """The explanation of `service`, called `app.service`: of its units at `site`, and of `host` alone if given.

    Raises `InputError` where there is no such service, site or host.
    """
    units = _units(lowered, service, site, host)
    case = _case(lowered, found)
    tried = set(units[:UNITS])
    trials = bench(lowered, case.solution, tried, case.seed)
    return Explanation(
        service=service,
        clause=cite(lowered.sources, lowered.service(service).replicas.span),
        funnel=funnel(lowered, forms_of(lowered.service(service))[0].form, None),
        units=tuple(_unit(trials, case, unit, host, tried=unit in tried) for unit in units),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """What is to be explained; `replicas` are names by unit and host."""

    solution: Solution
    seed: int
    replicas: Mapping[tuple[int, int], tuple[str, ...]]
    left_out: Sequence[LeftOut]
    linked: Linked


def _case(lowered: Lowered, found: Plan | Solution) -> _Case:
    if isinstance(found, Plan):
        recovered = recover(found, lowered)
        solution, placed = recovered.solution, recovered.placed
        left_out, seed, linked = found.header.left_out, found.header.seed, recovered.linked
    else:
        solution, placed, seed = found, name_replicas(lowered, found), 0
        left_out = find_left_out(lowered, found, seed)
        linked = name_links(lowered, found.pairs, placed)
    replicas: dict[tuple[int, int], tuple[str, ...]] = defaultdict(tuple)
    for p in placed:
        replicas[p.unit, p.host] += (p.name,)
    return _Case(solution, seed, replicas, left_out, linked)


def _units(lowered: Lowered, service: str, site: str | None, host: str | None) -> list[int]:
    """The units that are asked for, by site and value; hosts and sites narrow them down."""
    if any(service == job.name for app in lowered.program.apps for job in app.jobs):
        hint = "`placelang plan` tells when and where it runs, and why a round is left out"
        fault = Diagnostic(Code.UNKNOWN_NAME, f"{service!r} is a job, and no service", hint=hint)
        raise InputError([fault], {})
    _known("service", service, (s.name for app in lowered.program.apps for s in app.services))
    if site is not None:
        _known("site", site, lowered.world.sites.names)
    if host is not None:
        _known("host", host, lowered.world.hosts.names)
    units = [n for n, u in enumerate(lowered.units) if u.service.name == service]
    if site is not None:
        row = lowered.world.sites.rows[site]
        units = [n for n in units if lowered.units[n].site in (row, -1)]
    if host is not None:
        there = lowered.world.hosts.rows[host]
        units = [n for n in units if there in lowered.hosts(n).tolist()]
    return units


def _worth_trying(trials: Bench, unit: int, used: Sequence[int], shown: Sequence[int]) -> frozenset[int]:
    part = trials.parts.get(unit)
    most = max(1, min(TRIED, WORK // max(1, part.size))) if part is not None else 0
    candidates = frozenset(trials.lowered.problem.workloads[unit].candidates)
    others = [h for h in shown if h in candidates and h not in used]
    return frozenset((*used[:most], *others[:most]))


def _served(verdict: HostVerdict, linked: Linked) -> HostVerdict:
    """The verdict, with who serves the replicas there."""
    partners = (link for replica in verdict.replicas for link in linked.get(replica, ()))
    named = ", ".join(dict.fromkeys(f"{link.replica} on {link.host}" for link in partners))
    return replace(verdict, text=f"{verdict.text}; served by {named}") if named else verdict


def _known(noun: str, name: str, names: Iterable[str]) -> None:
    among = list(names)
    if name not in among:
        hint = suggestion(name, among)
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no {noun} {name!r}", hint=hint)], {})


def _unit(trials: Bench, case: _Case, unit: int, host: str | None, *, tried: bool) -> UnitExplanation:
    lowered = trials.lowered
    shape, replicas = lowered.units[unit], case.replicas
    names, hosts = lowered.world.hosts.names, lowered.hosts(unit).tolist()
    shown = [h for h in hosts if host in (None, names[h])]
    shown.sort(key=lambda h: (not replicas.get((unit, h)), h))
    worth = _worth_trying(trials, unit, [h for h in shown if replicas.get((unit, h))], shown) if tried else ()
    verdicts = [judge(trials, unit, h, replicas.get((unit, h), ()), tried=h in worth) for h in shown]
    verdicts = [_served(verdict, case.linked) for verdict in verdicts]
    group = lowered.problem.groups[shape.group].id
    entry = next((entry for entry in case.left_out if group in entry.groups), None)
    return UnitExplanation(
        name=shape.id,
        site=lowered.world.sites.names[shape.site] if shape.site >= 0 else None,
        placed=sum(trials.solution.placements[unit].values()),
        funnel=funnel(lowered, shape.service.form, [unit]),
        hosts=tuple(sorted(verdicts, key=lambda v: (_ORDER.index(v.verdict), v.host))),
        left_out=_own(trials, entry, shape.group) if entry is not None and tried else entry,
    )


def _own(trials: Bench, entry: LeftOut, group: int) -> LeftOut:
    """What is said of those that are left out alike, with what would make this group fit, and what excludes it, if more
    than arithmetic does."""
    lowered = trials.lowered
    if lowered.problem.groups[group].id not in entry.groups[:ALIKE]:
        own = suggestions_for(lowered, trials.solution, group, trials.seed)
        entry = entry.model_copy(update={"suggestions": own})
    known = entry.clash is not None and entry.clash.group == lowered.problem.groups[group].id
    if known or not all(funnel.remaining for funnel in entry.funnels):
        return entry
    found = core(lowered.problem, trials.solution, group, budget=CORE, seed=trials.seed)
    return entry.model_copy(update={"clash": found and say_clash(lowered, group, found)})
