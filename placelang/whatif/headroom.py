"""`find_headroom`: how much of the tightest resource a site has left after the worst loss of one host.

What today's plan uses at the site, on all hosts but the lost one: of every resource, what is left of what the others
have, and of these the least. It says nothing of how large the pieces are; the survey plans, this counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from placelang.arrange.amounts import say_amount
from placelang.lower.keys import HOST
from placelang.lower.needs import PORT
from placelang.planning import Worked
from placelang_scheduler.hours import peak


@dataclass(frozen=True, slots=True)
class Headroom:
    """Without `host`, the other hosts of `site` have `have` of `resource`, of which today's plan needs `need`, as is
    `said` in words. `percent` of what they have is left, rounded down; below 0 where they have too little, None where
    they have none."""

    site: str
    host: str
    resource: str
    need: int
    have: int
    said: str
    percent: int | None


def find_headroom(worked: Worked) -> tuple[Headroom, ...]:
    """The headroom of every site where something runs that needs an amount, the least first."""
    program, problem, world = worked.lowered.program, worked.lowered.problem, worked.lowered.world
    parents = world.hosts.parents.tolist()
    usable = sorted({h for workload in problem.workloads for h in (*workload.candidates, *workload.stay)})
    hosts: dict[int, list[int]] = defaultdict(list)
    for host in usable:
        hosts[parents[host]].append(host)
    found = []
    for (site, resource), needs in sorted(_uses(worked).items()):
        have = {host: problem.hosts[host].capacity.get(resource, 0) for host in hosts[site]}
        for host, lost in have.items():
            rest = sum(have.values()) - lost
            due = peak(
                problem, {index: need for index, need in needs.items() if not _only_on(worked, index, host)}
            )
            percent = 100 * (rest - due) // rest if rest else (None if due else 100)
            said = f"{say_amount(program, resource, due)}, of {_plain(say_amount(program, resource, rest))}"
            names = (world.sites.names[site], world.hosts.names[host])
            found.append(Headroom(*names, resource, due, rest, said, percent))
    worst = {one.site: one for one in sorted(found, key=_rank, reverse=True)}
    return tuple(sorted(worst.values(), key=_rank))


def _plain(amount: str) -> str:
    """`6GiB` of `6GiB of memory`."""
    return amount.partition(" of ")[0]


def _uses(worked: Worked) -> dict[tuple[int, str], dict[int, int]]:
    """What each unit uses of each resource at each site."""
    lowered = worked.lowered
    parents = lowered.world.hosts.parents.tolist()
    used: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for index, counts in enumerate(worked.solution.placements):
        demand = lowered.problem.workloads[index].demand
        amounts = [(r, n) for r, n in demand.items() if n and not r.startswith(PORT)]
        for host, count in counts.items():
            for resource, amount in amounts:
                used[parents[host], resource][index] += amount * count
    return used


def _only_on(worked: Worked, unit: int, host: int) -> bool:
    """Whether the unit is what runs once per host on this one, which its loss takes along."""
    per = worked.lowered.units[unit].service.replicas.per
    return per == HOST and host in worked.solution.placements[unit]


def _rank(headroom: Headroom) -> tuple[bool, int, str, str, str]:
    percent = headroom.percent
    return percent is not None, percent or 0, headroom.site, headroom.host, headroom.resource
