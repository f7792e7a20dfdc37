"""What would make left-out groups fit: each suggestion was tried, by solving the part of the problem that it touches.

The work is bounded by counts, never by the clock: so many groups, so many trials each, so much counted time a trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from placelang.arrange.assume import Opening, assume, conditions, openings
from placelang.arrange.subproblem import restrict
from placelang.lower import Lowered
from placelang_runtime.left_out import Suggestion
from placelang_scheduler import LeftOut, Solution, solve
from placelang_scheduler.parts import Part, limiting, measure, split

GROUPS = 16
"""Left-out groups of a plan for which anything is tried, and how many of those that are left out alike."""
ALIKE = 2
SINGLE = 4
"""Hosts that are tried one by one."""
BUDGET = 0.5
LARGEST = 2000
"""Counts of a part that is small enough to be solved again."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """What trials are made with; `parts` by group, of the problem in which all openings are assumed."""

    lowered: Lowered
    solution: Solution
    seed: int
    parts: dict[int, Part]


@dataclass(frozen=True, slots=True)
class _Fit:
    """The openings that a trial made use of, and what is used of each resource on their hosts then."""

    opened: tuple[Opening, ...]
    used: dict[tuple[int, str], int]


def find_suggestions(
    lowered: Lowered, solution: Solution, entries: Sequence[Sequence[LeftOut]], seed: int
) -> tuple[tuple[Suggestion, ...], ...]:
    """For each entry of groups that are left out alike, what would make the first of them fit."""
    tried = [[left.group for left in alike[:ALIKE]] for alike in entries]
    chosen = set([group for groups in tried for group in groups][:GROUPS])
    units: dict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(lowered.units):
        if unit.group in chosen:
            units[unit.group].append(number)
    opened = {group: openings(lowered, numbers) for group, numbers in sorted(units.items())}
    bench = _Bench(lowered, solution, seed, _parts(lowered, opened))
    return tuple(_of_entry(bench, [g for g in groups if opened.get(g)], opened) for groups in tried)


def _parts(lowered: Lowered, opened: dict[int, tuple[Opening, ...]]) -> dict[int, Part]:
    """The small parts of the problem in which every opening is assumed, by the groups for which there is any."""
    everything = [opening for openings_of_group in opened.values() for opening in openings_of_group]
    if not everything:
        return {}
    problem = assume(lowered, lowered.problem, everything)
    room = measure(problem, limiting(problem.constraints))
    return {
        group: part
        for part in split(problem, room)
        if sum(len(places) for places in part.room.values()) <= LARGEST
        for group in part.groups
        if group in opened
    }


def _of_entry(
    bench: _Bench, groups: Sequence[int], opened: dict[int, tuple[Opening, ...]]
) -> tuple[Suggestion, ...]:
    found: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        for text in _known_better(bench, group, opened[group]):
            found[text] |= {
                bench.lowered.world.sites.names[bench.lowered.units[o.unit].site]
                for o in opened[group]
                if bench.lowered.units[o.unit].site >= 0
            }
    return tuple(Suggestion(text=text, sites=tuple(sorted(sites))) for text, sites in found.items())


def _known_better(bench: _Bench, group: int, opened: Sequence[Opening]) -> Iterator[str]:
    """What would have to be true of hosts of which too little is known: of one of them if that is enough."""
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


def _try(bench: _Bench, group: int, opened: Sequence[Opening]) -> _Fit | None:
    """Whether the group fits, and nothing that is placed is lost, once the openings are assumed."""
    part = bench.parts.get(group)
    if part is None:
        return None
    sub = restrict(assume(bench.lowered, bench.lowered.problem, opened), part)
    solution = solve(sub.problem, seed=bench.seed, budget=BUDGET)
    due = {g for g in part.groups if bench.solution.admitted[g]} | {group}
    if not due <= sub.admitted(solution):
        return None
    used: dict[tuple[int, str], int] = defaultdict(int)
    hosts = {own: whole for whole, own in sub.hosts.items()}
    for workload, counts in zip(sub.problem.workloads, solution.placements, strict=True):
        for host, count in counts.items():
            for resource, amount in workload.demand.items():
                used[hosts[host], resource] += count * amount
    standing = tuple(o for o in opened if sub.hosts[o.host] in solution.placements[sub.workloads[o.unit]])
    return _Fit(standing, used)
