"""`find_islands`: sites that have to do with one another, as things stand.

Enters a plan with its problem. Leave groups of sites, in each of which what stands at one of them is tied to what
stands at another: a group that is counted over several sites, a link, an uplink. What happens at one island is no
matter at another, as long as nothing that is counted over the fleet is short of room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placelang.planning import Worked
from placelang_scheduler import Problem
from placelang_scheduler.parts import limiting, measure


@dataclass(frozen=True, slots=True)
class Island:
    """`sites` are rows, ascending. `closed`: nothing that is counted over several sites stands here, or is left out and
    might stand here, so that what is lost here cannot be helped elsewhere."""

    sites: tuple[int, ...]
    closed: bool


def find_islands(worked: Worked) -> tuple[Island, ...]:
    """The islands by their first site; each site is in one."""
    lowered, problem = worked.lowered, worked.lowered.problem
    parents = lowered.world.hosts.parents.tolist()
    standing = [{parents[host] for host in found} for found in worked.solution.placements]
    root = list(range(len(lowered.world.sites)))
    for sites in (*standing, *_tied(problem, standing, parents)):
        first, *others = sorted(sites) or [0]
        for other in others:
            _join(root, first, other)
    open_sites = set()
    for number, unit in enumerate(lowered.units):
        if unit.site < 0:
            placed = worked.solution.admitted[unit.group]
            open_sites |= (
                standing[number] if placed else {parents[h] for h in problem.workloads[number].candidates}
            )
    members: dict[int, list[int]] = {}
    for site in range(len(root)):
        members.setdefault(_find(root, site), []).append(site)
    return tuple(Island(tuple(sites), open_sites.isdisjoint(sites)) for sites in members.values())


def _tied(problem: Problem, standing: Sequence[set[int]], parents: Sequence[int]) -> Iterator[set[int]]:
    """The sites of workloads that a constraint ties, if they are only at the sites where they stand."""
    everywhere = measure(problem, limiting(problem.constraints))
    room: Mapping[int, Mapping[int, int]] = {
        index: {host: most for host, most in found.items() if parents[host] in standing[index]}
        for index, found in everywhere.items()
    }
    for constraint in problem.constraints:
        for tied in constraint.ties(problem, room):
            yield set().union(*(standing[index] for index in tied))


def _find(root: list[int], node: int) -> int:
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


def _join(root: list[int], one: int, other: int) -> None:
    low, high = sorted((_find(root, one), _find(root, other)))
    root[high] = low
