"""Why a service stands, or does not stand, where a test looks for it: the plan's own reasons, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from placelang.arrange.funnels import funnel
from placelang.cite import cite
from placelang.explain import explain
from placelang.explain.explanation import HostVerdict
from placelang.lower.steps import filter_truth
from placelang.planning import Worked
from placelang_runtime.left_out import Clause, Funnel, LeftOut, Proof

MOST_NAMES = 6


def units_at(worked: Worked, service: str, site: str | None) -> list[int]:
    """The units of a service that are counted at `site`, of all sites for None, and those of no one site; none at a
    site that is gone."""
    lowered = worked.lowered
    if site is not None and site not in lowered.world.sites.rows:
        return []
    there = None if site is None else (-1, lowered.world.sites.rows[site])
    return [
        n
        for n, unit in enumerate(lowered.units)
        if unit.service.name == service and (there is None or unit.site in there)
    ]


def left_out(worked: Worked, units: Sequence[int]) -> dict[int, LeftOut]:
    """The units among them that are not placed, each with what the plan says of it."""
    groups = worked.lowered.problem.groups
    entries = {name: entry for entry in worked.plan.header.left_out for name in entry.groups}
    named = {unit: groups[worked.lowered.units[unit].group].id for unit in units}
    return {unit: entries[name] for unit, name in named.items() if name in entries}


def reasons_left_out(worked: Worked, service: str, site: str | None) -> tuple[str, ...]:
    """Why the service is left out there; empty if it is not."""
    alike: dict[str, list[int]] = {}
    found = left_out(worked, units_at(worked, service, site))
    for unit, entry in found.items():
        alike.setdefault(entry.groups[0], []).append(unit)
    lines = (_entry_lines(worked, found[units[0]], units, site) for units in alike.values())
    return tuple(dict.fromkeys(line for several in lines for line in several))


def _entry_lines(worked: Worked, entry: LeftOut, units: Sequence[int], site: str | None) -> Iterator[str]:
    if entry.proof is not Proof.PROVED:
        yield "the budget ended before this was proved: raise --budget"
    for reason in entry.reasons:
        yield with_clause(reason.text, reason.clause)
    for own in _funnels(worked, units):
        if not own.remaining:
            yield from _funnel_lines(own, {r.clause.at for r in entry.reasons if r.clause})
    for suggestion in entry.suggestions:
        if site is None or not suggestion.sites or site in suggestion.sites:
            yield f"it would fit {suggestion.text}"


def _funnels(worked: Worked, units: Sequence[int]) -> Iterator[Funnel]:
    """The funnel of each form of a service that the units are of."""
    forms: dict[str, list[int]] = {}
    for unit in units:
        forms.setdefault(worked.lowered.units[unit].service.form, []).append(unit)
    return (funnel(worked.lowered, form, own) for form, own in forms.items())


def _funnel_lines(found: Funnel, cited: set[str]) -> Iterator[str]:
    for step in found.steps:
        clause = step.clause if step.clause and step.clause.at not in cited else None
        text = step.clause.text if step.clause else step.text
        at = f"  [{clause.at}]" if clause else ""
        if step.removed:
            yield f"{step.removed} no: {text}: {some(step.hosts)}{at}"
        for host in step.undecided_hosts:
            yield f"{host.host} unknown: {text}: {', '.join(host.facts)}{at}"


def why_not_wanted(worked: Worked, service: str, site: str | None) -> Iterator[str]:
    """Why there are no replicas to place: the filters that leave nothing."""
    lowered = worked.lowered
    if site is not None and site not in lowered.world.sites.rows:
        yield f"site {site} is gone"
        return
    hosts = np.arange(len(lowered.world.hosts))
    if site is not None:
        hosts = hosts[lowered.world.hosts.parents == lowered.world.sites.rows[site]]
    for clause in lowered.service(service).filters:
        if clause.weight is None and not filter_truth(clause, lowered.world).true[hosts].any():
            said = cite(lowered.sources, clause.span)
            yield with_clause(f"it is wanted on no host{_at(site)}", said)


def suiting(worked: Worked, service: str, units: Sequence[int]) -> str:
    """How many hosts suit a service that is placed."""
    lowered = worked.lowered
    hosts = {host for unit in units for host in lowered.hosts(unit).tolist()}
    forms = {lowered.units[unit].service.form for unit in units}
    suiting = sum(any(lowered.steps[form].candidates[host] for form in forms) for host in hosts)
    suit = f"{suiting} suit{'s' * (suiting == 1)} {service}"
    return f"of {len(hosts)} host{'s' * (len(hosts) != 1)}, {suit}"


def verdicts(worked: Worked, service: str, site: str | None, hosts: Sequence[str]) -> Iterator[str]:
    """What those of `hosts` that are at the site came to for the service, in their order."""
    world = worked.lowered.world
    explained = explain(worked.lowered, worked.plan, service, site=site)
    order = {host: place for place, host in enumerate(hosts)}
    found = [v for unit in explained.units for v in unit.hosts if v.host in order]
    for verdict in sorted(found, key=lambda v: order[v.host]):
        stands_in = world.sites.names[world.hosts.parents[world.hosts.rows[verdict.host]]]
        if site in (None, stands_in):
            yield _verdict(verdict)


def _verdict(found: HostVerdict) -> str:
    facts = f": {', '.join(found.facts)}" if found.facts else ""
    return with_clause(f"{found.host}: {found.verdict}, {found.text}{facts}", found.clause)


def with_clause(text: str, clause: Clause | None) -> str:
    """The text with the clause that it rests on."""
    return f"{text}  [{clause.at}: {clause.text}]" if clause else text


def _at(site: str | None) -> str:
    return f" in site {site}" if site is not None else ""


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + rest
