"""What would make left-out groups fit: each suggestion was tried, by solving the part of the problem that it touches.

The work is bounded by counts, never by the clock: so many groups, so many trials each, so much counted time a trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.advice import Finding, Near, find_findings, near, said, wanted_facts
from placelang.arrange.assume import Opening, assume, conditions, openings
from placelang.arrange.changing import say_repair
from placelang.arrange.donor import donors, with_one_like
from placelang.arrange.subproblem import Subproblem, only_groups, restrict
from placelang.lower import Lowered
from placelang_runtime.left_out import Suggestion, WantedFact
from placelang_scheduler import LeftOut, Repair, Solution, altered, repairs, solve
from placelang_scheduler.parts import Part, limiting, measure, split
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.draws import drawn

GROUPS = 16
"""Left-out groups of a plan for which anything is tried, and how many of those that are left out alike."""
ALIKE = 2
SINGLE = 4
"""Hosts that are tried one by one."""
BUDGET = 0.5
LISTS = 12
"""Lists of facts that are tried for a group."""
LISTED = 3
"""Left-out groups of a plan for which lists of facts are tried, first those with hosts of which too little is known;
`inventory wanted` tries them for all."""
LARGEST = 2000
"""Counts of a part that is small enough to be solved again."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What trials are made with. By group: its openings, and the part that it would be in if each were true."""

    lowered: Lowered
    solution: Solution
    seed: int
    opened: Mapping[int, tuple[Opening, ...]]
    parts: Mapping[int, Part]
    near: Near

    def due(self, part: Part, group: int) -> frozenset[int]:
        """What has to be placed if the group is to fit: itself, what is placed and no less important, and all that any
        of these require."""
        groups, admitted = self.lowered.problem.groups, self.solution.admitted
        least = groups[group].priority
        found = dict.fromkeys(
            [group, *(g for g in part.groups if admitted[g] and groups[g].priority >= least)]
        )
        queue = list(found)
        for one in queue:
            queue += [other for other in groups[one].requires if other not in found]
            found.update(dict.fromkeys(groups[one].requires))
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Fit:
    """The openings that a trial made use of, and what is used of each resource on their hosts then."""

    opened: tuple[Opening, ...]
    used: Mapping[tuple[int, str], int]


def find_suggestions(
    lowered: Lowered, solution: Solution, entries: Sequence[Sequence[LeftOut]], seed: int
) -> tuple[tuple[Suggestion, ...], ...]:
    """For each entry of groups that are left out alike, what would make the first of them fit."""
    first = [[left.group for left in alike[:ALIKE]] for alike in entries]
    chosen = set([group for groups in first for group in groups][:GROUPS])
    if not chosen:
        return tuple(() for _ in entries)
    bench = make_bench(lowered, solution, chosen, seed)
    units = {group: bench.near.units[group] for group in chosen}
    tried = [[group for group in groups if group in bench.parts] for groups in first]
    likely = sorted((group for groups in tried for group in groups), key=lambda one: not bench.opened[one])
    listed = frozenset(likely[:LISTED])
    return tuple(_of_entry(bench, groups, units, listed) for groups in tried)


def suggestions_for(lowered: Lowered, solution: Solution, group: int, seed: int) -> tuple[Suggestion, ...]:
    """What would make this group fit."""
    bench = make_bench(lowered, solution, [group], seed)
    if group not in bench.parts:
        return ()
    return _of_entry(bench, [group], {group: bench.near.units[group]}, frozenset([group]))


def make_bench(lowered: Lowered, solution: Solution, groups: Collection[int], seed: int) -> Bench:
    """What is tried with for these groups."""
    around = near(lowered)
    units = {group: around.units[group] for group in sorted(groups)}
    opened = {group: openings(lowered, numbers) for group, numbers in units.items()}
    return Bench(lowered, solution, seed, opened, _parts(lowered, units, opened), around)


def _parts(
    lowered: Lowered, units: Mapping[int, Sequence[int]], opened: Mapping[int, tuple[Opening, ...]]
) -> dict[int, Part]:
    """The small parts by group, as they are if every opening is assumed and the groups have room on each candidate."""
    problem = assume(lowered, lowered.problem, [opening for found in opened.values() for opening in found])
    room = dict(measure(problem, limiting(problem.constraints)))
    for unit in (unit for numbers in units.values() for unit in numbers):
        room[unit] = dict(candidates.places(problem.workloads[unit]))
    parts = [part for part in split(problem, room) if part.size <= LARGEST]
    return {group: part for part in parts for group in part.groups if group in units}


def _of_entry(
    bench: Bench, groups: Sequence[int], units: Mapping[int, Sequence[int]], listed: Collection[int]
) -> tuple[Suggestion, ...]:
    """What would make the groups of an entry fit; what would have to be found out for that, to the last fact, for those
    that are `listed`."""
    found: dict[str, set[str]] = defaultdict(set)
    told: dict[str, tuple[WantedFact, ...]] = {}
    unlocked: dict[str, list[str]] = defaultdict(list)
    names = bench.lowered.world.sites.names
    for group in groups:
        sites = {names[bench.lowered.units[u].site] for u in units[group] if bench.lowered.units[u].site >= 0}
        facts = wanted_facts(_by_finding(bench, group)) if group in listed else ()
        if facts:
            told[said(facts)] = facts
            unlocked[said(facts)].append(bench.lowered.problem.groups[group].id)
        known = (said(facts),) if facts else tuple(_by_knowing(bench, group))
        texts = (
            (*known, *_by_changing(bench, group))
            or tuple(_by_both(bench, group))
            or tuple(_by_adding(bench, group, units[group]))
        )
        for text in texts:
            found[text] |= sites
    return tuple(
        Suggestion(
            text=text,
            sites=tuple(sorted(sites)),
            facts=told.get(text, ()),
            groups=tuple(unlocked.get(text, ())),
        )
        for text, sites in found.items()
    )


def _by_finding(bench: Bench, group: int) -> tuple[Finding, ...]:
    """What would have to be found out, to the last fact, where that is enough."""
    part = bench.parts[group]
    return find_findings(bench.near, group, bench.due(part, group), part.groups, bench.seed, trials=LISTS)


def _by_knowing(bench: Bench, group: int) -> Iterator[str]:
    """What would have to be true of hosts of which too little is known, or else of some that are down too: of one of
    them if that is enough."""
    every = bench.opened[group]
    opened = tuple(o for o in every if not o.down)
    fit = _try(bench, group, opened) if opened else None
    if fit is None and len(opened) < len(every):
        opened = every
        fit = _try(bench, group, opened)
    if fit is None:
        return
    hosts = sorted({o.host for o in fit.opened})
    for host in hosts[:SINGLE] if len(hosts) > 1 else ():
        alone = _try(bench, group, [o for o in opened if o.host == host])
        if alone is not None:
            fit = alone
            break
    yield f"if {conditions(bench.lowered, fit.opened, fit.used)}"


def _try(bench: Bench, group: int, opened: Sequence[Opening]) -> _Fit | None:
    """Whether the group fits beside all that is no less important, once the openings are assumed."""
    part = bench.parts[group]
    sub = restrict(assume(bench.lowered, bench.lowered.problem, opened), part)
    return _fit(bench, sub, opened, bench.due(part, group))


def _fit(bench: Bench, sub: Subproblem, opened: Sequence[Opening], due: frozenset[int]) -> _Fit | None:
    solution = solve(
        only_groups(sub.problem, {sub.groups[group] for group in due}),
        seed=bench.seed,
        budget=BUDGET,
        reasons=False,
    )
    if not due <= sub.admitted(solution):
        return None
    used: dict[tuple[int, str], int] = defaultdict(int)
    hosts = {own: whole for whole, own in sub.hosts.items()}
    for index, (workload, counts) in enumerate(zip(sub.problem.workloads, solution.placements, strict=True)):
        for host, count in counts.items():
            for resource, amount in workload.demand.items() if host in hosts else ():
                used[hosts[host], resource] += count * amount
            held = solution.devices.get((index, host), ())
            for resource, amount in drawn(sub.problem, workload, host, held).items() if host in hosts else ():
                used[hosts[host], resource] += amount
    standing = tuple(o for o in opened if sub.hosts[o.host] in solution.placements[sub.workloads[o.unit]])
    return _Fit(standing, used)


def _by_changing(bench: Bench, group: int) -> Iterator[str]:
    """What would have to be changed, in the files or in the fleet."""
    sub = restrict(bench.lowered.problem, bench.parts[group])
    for repair in _repairs(bench, sub, group):
        yield say_repair(bench.lowered, sub.problem, repair)


def _by_both(bench: Bench, group: int) -> Iterator[str]:
    """What would have to be changed if more were known, and to be true of hosts, where neither is enough."""
    opened = tuple(o for o in bench.opened[group] if not o.down)
    if not opened:
        return
    part = bench.parts[group]
    sub = restrict(assume(bench.lowered, bench.lowered.problem, opened), part)
    for repair in _repairs(bench, sub, group)[:1]:
        changed = replace(sub, problem=altered(sub.problem, repair))
        fit = _fit(bench, changed, opened, bench.due(part, group))
        if fit is not None and fit.opened:
            found = conditions(bench.lowered, fit.opened, fit.used)
            yield f"if {found} and {say_repair(bench.lowered, sub.problem, repair)}"


def _repairs(bench: Bench, sub: Subproblem, group: int) -> tuple[Repair, ...]:
    admitted = tuple(bench.solution.admitted[g] for g in sub.groups)
    placed = replace(bench.solution, admitted=admitted, placements=(), left_out=(), levels=(), devices={})
    return repairs(sub.problem, placed, sub.groups[group], budget=BUDGET, seed=bench.seed)


def _by_adding(bench: Bench, group: int, units: Sequence[int]) -> Iterator[str]:
    """A host like one that does the same at another site: the first that is enough."""
    site = bench.lowered.units[units[0]].site
    if site < 0:
        return
    due = bench.due(bench.parts[group], group)
    sub = restrict(bench.lowered.problem, bench.parts[group])
    for donor in donors(bench.lowered, bench.solution, units)[:SINGLE]:
        widened = replace(sub, problem=with_one_like(bench.lowered, sub, site, donor))
        solution = solve(
            only_groups(widened.problem, {widened.groups[group] for group in due}),
            seed=bench.seed,
            budget=BUDGET,
            reasons=False,
        )
        if due <= widened.admitted(solution):
            yield f"with one more host like {bench.lowered.problem.hosts[donor].id}"
            return
