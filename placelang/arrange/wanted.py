"""All that somebody would have to find out for more to be placed, group by group; of equal sites one is tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from placelang.arrange.advice import Finding, find_findings, wanted_facts
from placelang.arrange.advice.alike import digest_of, elsewhere
from placelang.arrange.suggest import Bench, make_bench
from placelang.lower import Lowered
from placelang_runtime.left_out import WantedFact
from placelang_scheduler import Solution

TRIED = 256
"""Groups, no two of them alike, for which a list is looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of facts, and the groups of which each would be placed if it were found out."""

    facts: tuple[WantedFact, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """`lists` by site and facts; `others` are left out too, and no facts would help them, or none were found; for the
    `untried` nobody looked."""

    lists: tuple[Wanted, ...]
    others: tuple[str, ...]
    untried: tuple[str, ...]


def find_wanted(lowered: Lowered, solution: Solution, seed: int) -> Advice:
    """What is wanted for all that is left out."""
    left = [one.group for one in solution.left_out]
    if not left:
        return Advice((), (), ())
    bench = make_bench(lowered, solution, left, seed)
    finder = _Finder(bench, {(s.noun, s.thing, s.fact): s.age_ms for s in lowered.world.stale}, {})
    groups = lowered.problem.groups
    unlocked: dict[tuple[Finding, ...], list[str]] = defaultdict(list)
    others: list[str] = []
    untried: list[str] = []
    for group in sorted(left, key=lambda one: (-groups[one].priority, groups[one].id)):
        findings = finder.find(group)
        if findings:
            unlocked[findings].append(groups[group].id)
        else:
            (untried if findings is None else others).append(groups[group].id)
    told = [Wanted(wanted_facts(findings), tuple(sorted(names))) for findings, names in unlocked.items()]
    told.sort(key=lambda wanted: [(f.site, f.host or "", f.thing, f.fact) for f in wanted.facts])
    return Advice(tuple(told), tuple(sorted(others)), tuple(sorted(untried)))


@dataclass(frozen=True, slots=True, eq=False)
class _Finder:
    """`known`: the site for which something was looked for, and what was found, by what it is like."""

    bench: Bench
    ages: Mapping[tuple[str, str, str], int]
    known: dict[object, tuple[int, tuple[Finding, ...]]]

    def find(self, group: int) -> tuple[Finding, ...] | None:
        """The list for a group, empty if there is none; None if too many have been looked for."""
        bench = self.bench
        part = bench.parts.get(group)
        if part is None:
            return None
        due, near = bench.due(part, group), bench.near
        beside = frozenset((*due, *part.groups))
        sites = near.sites(beside)
        like: object = group
        if sites is not None and len(sites) == 1:
            like = digest_of(near, sites[0], beside, due, group) or group
        here = sites[0] if sites else -1
        if like not in self.known:
            if len(self.known) >= TRIED:
                return None
            self.known[like] = here, find_findings(near, group, due, part.groups, bench.seed)
        first, found = self.known[like]
        return found if first == here else elsewhere(near, found, first, here, self.ages)
