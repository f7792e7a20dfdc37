"""`survey`: the loss of every single host, one after the other: which of them hurt, and how much room is left.

Enters a fleet as `plan` takes it. Leaves a `Survey`. Sites that have nothing to do with one another are looked at by
themselves, and those that are alike but for names are looked at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from placelang.diagnostics import Diagnostic
from placelang.inventory import Inventory
from placelang.planning import BUDGET, Worked, work_out
from placelang.program import Program
from placelang.whatif.headroom import Headroom, find_headroom
from placelang.whatif.islands import Island, find_islands
from placelang.whatif.losses import Lost, LostGroup, Scene, find_lost, in_order, names_up
from placelang.whatif.pieces import apart
from placelang.whatif.shape import shape_of
from placelang.whatif.spent import spent
from placelang_runtime.plan import Plan
from placelang_scheduler import Event, Memory, Progress

LOSS_BUDGET = 2.0
"""Counted units of search that the plan after each loss may take."""


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of a host that hurts. `groups`: what is left out then, the most important first. `starts`: how many
    replicas start on other hosts. `proved`: fewer groups could not be left out."""

    site: str
    host: str
    groups: tuple[LostGroup, ...]
    starts: int
    proved: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """`losses` that hurt, the worst first, of all `hosts` at all `sites`. `headroom` by site, the least first."""

    losses: tuple[Loss, ...]
    hosts: int
    sites: int
    headroom: tuple[Headroom, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Surveyed:
    """A survey, the plan that it is about, and warnings of its inventory."""

    survey: Survey
    plan: Plan
    warnings: tuple[Diagnostic, ...]


def survey(
    program: Program,
    inventory: Inventory,
    *,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    at: int | None = None,
    progress: Progress | None = None,
) -> Surveyed:
    """What the loss of each host would leave out of today's plan. The options are those of `plan`; the plan after each
    loss has `LOSS_BUDGET`, or `budget` if that is less. `progress` is told how many hosts are done."""
    worked = work_out(program, inventory, policies=policies, current=current, seed=seed, budget=budget, at=at)
    placed = frozenset(g.id for g in compress(worked.lowered.problem.groups, worked.solution.admitted))
    whole = Scene(
        program=spent(program),
        inventory=inventory,
        plan=worked.plan,
        placed=placed,
        left_out=frozenset(g.id for g in worked.lowered.problem.groups) - placed,
        wide=frozenset(
            worked.lowered.problem.groups[unit.group].id for unit in worked.lowered.units if unit.site < 0
        ),
        at=at if at is not None else inventory.newest,
        seed=seed,
        budget=min(budget, LOSS_BUDGET),
        memory=Memory(),
    )
    return Surveyed(_survey(worked, whole, progress), worked.plan, worked.warnings)


def _survey(worked: Worked, whole: Scene, progress: Progress | None) -> Survey:
    hosts, sites = whole.inventory.hosts, whole.inventory.sites
    losses = []
    for done, (host, lost) in enumerate(_losses(whole, find_islands(worked)), 1):
        if progress is not None:
            progress(Event("surveying", done, len(hosts.names)))
        if lost.groups:
            site = sites.names[hosts.parents[host]]
            losses.append(Loss(site, hosts.names[host], lost.groups, lost.starts, lost.proved))
    priorities = sorted({group.priority for loss in losses for group in loss.groups}, reverse=True)
    losses.sort(key=lambda loss: _pain(loss, priorities))
    return Survey(tuple(losses), len(hosts.names), len(sites.names), find_headroom(worked))


def _pain(loss: Loss, priorities: Sequence[int]) -> tuple[list[int], str, str]:
    """More groups of a higher priority hurt more; ties by name."""
    counts = Counter(group.priority for group in loss.groups)
    return [-counts[priority] for priority in priorities], loss.site, loss.host


def _losses(whole: Scene, islands: Sequence[Island]) -> Iterator[tuple[int, Lost]]:
    """For every host of the fleet, by island, what its loss comes to."""
    rows = {name: row for row, name in enumerate(whole.inventory.hosts.names)}
    shared = not names_up(whole.program)
    known: dict[bytes, list[_Alike]] = {}
    parts = {part.site: part for part in whole.plan.parts}
    pieces = apart(whole.inventory, [island.sites for island in islands])
    for island, inventory in zip(islands, pieces, strict=True):
        own = tuple(parts[name] for name in inventory.sites.names)
        scene = replace(whole, inventory=inventory, plan=whole.plan.model_copy(update={"parts": own}))
        found = _of_island(scene, known if shared and island.closed else None)
        for host, lost in enumerate(found):
            row = rows[inventory.hosts.names[host]]
            helped = not island.closed and (lost.groups or lost.gone)
            yield row, find_lost(whole, row) if helped else lost


@dataclass(frozen=True, slots=True)
class _Alike:
    """What a loss comes to at all islands of one shape: `groups` by their number there."""

    groups: tuple[int, ...]
    lost: Lost


def _of_island(scene: Scene, known: dict[bytes, list[_Alike]] | None) -> Iterator[Lost]:
    """The losses of all hosts of an island; as those of one that is alike, if it is known."""
    hosts = range(len(scene.inventory.hosts.names))
    if known is None:
        yield from (find_lost(scene, host) for host in hosts)
        return
    problem, absent = scene.problem()
    names = [group.id for group in problem.groups]
    shape = shape_of(problem, [name in scene.placed for name in names], sorted(absent))
    if shape in known:
        for one in known[shape]:
            groups = (replace(g, name=names[n]) for g, n in zip(one.lost.groups, one.groups, strict=True))
            yield replace(one.lost, groups=in_order(groups))
        return
    numbers = {name: number for number, name in enumerate(names)}
    found = []
    for host in hosts:
        lost = find_lost(scene, host)
        found.append(_Alike(tuple(numbers.get(group.name, -1) for group in lost.groups), lost))
        yield lost
    if all(number >= 0 for one in found for number in one.groups):
        known[shape] = found
