"""`size`: the cheapest hosts to add so that all that a plan leaves out is placed.

Enters a fleet as `plan` takes it, and a catalogue of kinds of host with their cost. Leaves a `Sizing`: for each site
what to add, proved to be the cheapest or the best that was found; and what no number of any kind helps, and why. Sites
that have nothing to do with one another are sized by themselves, and those that are alike but for names once. What is
counted over several sites comes last, when these have what they need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from placelang.arrange.left_out import find_left_out
from placelang.diagnostics import Diagnostic, has_errors
from placelang.errors import InputError
from placelang.inventory import Inventory
from placelang.planning import BUDGET, Worked, work_out
from placelang.program import Program
from placelang.whatif.catalogue import with_hosts
from placelang.whatif.cheapest import Found, find_cheapest
from placelang.whatif.difference import Count
from placelang.whatif.islands import Island, find_islands
from placelang.whatif.kinds import SCALE, Kind, find_kinds
from placelang.whatif.losses import Scene, counts_hosts
from placelang.whatif.pieces import apart
from placelang.whatif.purchases import Bench, Option, Purchase, name_hosts, nothing
from placelang.whatif.shape import shape_of
from placelang.world import build_world
from placelang_runtime.left_out import LeftOut
from placelang_runtime.plan import Plan
from placelang_scheduler import Event, Memory, Progress

TRIAL_BUDGET = 2.0
"""Counted units of search that the plan with one purchase may take."""
MOST_SITES = 4
"""Sites at which hosts are tried for what is counted over several sites."""


@dataclass(frozen=True, slots=True)
class Addition:
    """`count` hosts of a kind at a site; `cost` is that of one."""

    site: str
    kind: str
    count: int
    cost: float


@dataclass(frozen=True, slots=True)
class Size:
    """What to `add` at `sites`, which belong together, so that `groups` are placed; `sites` is empty for what is
    counted over several. No purchase below `bound` is enough; `proved`: none is cheaper. `hopeless` is what no number
    of any kind helps, with the reasons; `open` are groups for which nothing was found, though each can be helped."""

    sites: tuple[str, ...]
    groups: tuple[str, ...]
    add: tuple[Addition, ...]
    cost: float
    bound: float
    proved: bool
    hopeless: tuple[LeftOut, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sizing:
    """`sizes` by site; `cost` is that of all together. `today` and `then` count the groups that are placed without and
    with all additions; of those that are left out then, all are `hopeless` or `open`, at a site that was not asked for,
    or kept out by what has come since."""

    sizes: tuple[Size, ...]
    cost: float
    today: Count
    then: Count


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """A sizing, with the inventory with all additions and its plan; `warnings` are those of inventory and catalogue."""

    sizing: Sizing
    inventory: Inventory
    today: Plan
    then: Plan
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Store:
    """What sizes are found with, the same for all sites."""

    program: Program
    catalogue: Inventory
    kinds: tuple[Kind, ...]
    seed: int
    budget: float
    at: int | None
    memory: Memory


def size(
    program: Program,
    inventory: Inventory,
    catalogue: Inventory,
    *,
    site: str | None = None,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    at: int | None = None,
    progress: Progress | None = None,
) -> Sized:
    """The cheapest hosts of the catalogue to add, at one `site` or wherever something is left out.

    The other options are those of `plan`; the plan with each purchase has `TRIAL_BUDGET`, or `budget` if that is less.
    `progress` is told how many sites are done. Raises `InputError` where it is not known what a kind costs.
    """
    kinds, faults = find_kinds(catalogue)
    _, misfits = build_world(catalogue, program, catalogue.newest)
    if has_errors(faults):
        raise InputError(faults, {catalogue.source.path: catalogue.source})
    today = work_out(program, inventory, policies=policies, current=current, seed=seed, budget=budget, at=at)
    moment = at if at is not None else inventory.newest
    store = _Store(program, catalogue, kinds, seed, min(budget, TRIAL_BUDGET), moment, Memory())
    sizes = list(_by_site(store, inventory, today, site, progress))
    grown = _grown(inventory, sizes, store)
    then = work_out(
        program, grown, policies=policies, current=today.plan, seed=seed, budget=budget, at=moment
    )
    wide = _wide(store, grown, then, site, inventory)
    if wide is not None:
        sizes.append(wide)
        grown = _grown(inventory, sizes, store)
        then = work_out(
            program, grown, policies=policies, current=today.plan, seed=seed, budget=budget, at=moment
        )
    sizing = Sizing(tuple(sizes), sum(one.cost for one in sizes), _count(today), _count(then))
    return Sized(sizing, grown, today.plan, then.plan, (*today.warnings, *misfits))


def _count(worked: Worked) -> Count:
    admitted = worked.solution.admitted
    return Count(sum(admitted), len(admitted), worked.plan.header.outcome)


def _grown(inventory: Inventory, sizes: Sequence[Size], store: _Store) -> Inventory:
    """The inventory with all additions."""
    prices = {kind.name: kind for kind in store.kinds}
    bought: dict[Option, int] = {}
    for addition in (addition for one in sizes for addition in one.add):
        option = Option(prices[addition.kind], addition.site)
        bought[option] = bought.get(option, 0) + addition.count
    added = name_hosts(bought, frozenset(inventory.hosts.names))
    return with_hosts(inventory, added, store.catalogue) if added else inventory


# --- site by site --------------------------------------------------------------------------------------------------


def _by_site(
    store: _Store, inventory: Inventory, today: Worked, site: str | None, progress: Progress | None
) -> Iterator[Size]:
    """The size of every island where something is left out that is counted there."""
    short = _short(today)
    names = inventory.sites.names
    islands = [
        island
        for island in find_islands(today)
        if short.intersection(island.sites) and (site is None or names.index(site) in island.sites)
    ]
    scene = _scene(store, inventory, today)
    parts = {part.site: part for part in today.plan.parts}
    known: dict[bytes, tuple[Found, list[int]]] = {}
    shared = not counts_hosts(store.program)
    pieces = apart(inventory, [island.sites for island in islands])
    for done, (island, piece) in enumerate(zip(islands, pieces, strict=True), 1):
        own = tuple(parts[name] for name in piece.sites.names)
        here = replace(scene, inventory=piece, plan=today.plan.model_copy(update={"parts": own}))
        at = [site] if site is not None else [names[row] for row in island.sites if row in short]
        yield _of_island(store, here, island, (at, frozenset(inventory.hosts.names)), known if shared else {})
        if progress is not None:
            progress(Event("sizing", done, len(islands)))


def _short(worked: Worked) -> frozenset[int]:
    """The sites at which something is left out that is counted there."""
    admitted = worked.solution.admitted
    return frozenset(u.site for u in worked.lowered.units if u.site >= 0 and not admitted[u.group])


def _scene(store: _Store, inventory: Inventory, worked: Worked) -> Scene:
    groups = worked.lowered.problem.groups
    placed = frozenset(group.id for group in compress(groups, worked.solution.admitted))
    return Scene(
        program=store.program,
        inventory=inventory,
        plan=worked.plan,
        placed=placed,
        left_out=frozenset(group.id for group in groups) - placed,
        wide=frozenset(groups[unit.group].id for unit in worked.lowered.units if unit.site < 0),
        at=store.at,
        seed=store.seed,
        budget=store.budget,
        memory=store.memory,
    )


def _of_island(
    store: _Store,
    scene: Scene,
    island: Island,
    where: tuple[Sequence[str], frozenset[str]],
    known: dict[bytes, tuple[Found, list[int]]],
) -> Size:
    """The size of one island, as that of one that is alike, if it is known. `where` are the sites at which hosts may be
    added, and the names that hosts have."""
    sites, taken = where
    bench, most = _bench(store, scene, sites, taken, wide=False)
    without, absent, _ = bench.plan(nothing(bench.options))
    with_each, absent_too, _ = bench.plan((1,) * len(bench.options))
    names = [group.id for group in without.problem.groups]
    wanted = [name in bench.wanted for name in names]
    shape = shape_of(without.problem, with_each.problem, wanted, sorted(absent), sorted(absent_too))
    if shape not in known:
        found = find_cheapest(bench, most)
        known[shape] = found, [number for number, name in enumerate(names) if name in found.hopeless]
    found, hopeless = known[shape]
    found = replace(found, hopeless=frozenset(names[number] for number in hopeless))
    if not island.closed:
        found = replace(found, bound=_bound(bench, found, most))
    return _size(bench, found, scene.inventory.sites.names)


def _bound(bench: Bench, found: Found, most: int) -> int:
    """What is due even if nothing that is counted over several sites took any room here."""
    local = Bench(
        replace(bench.scene, local=True),
        bench.catalogue,
        bench.options,
        bench.taken,
        bench.present,
        bench.wanted - found.hopeless,
    )
    return min(find_cheapest(local, most).bound, found.bound)


def _bench(
    store: _Store, scene: Scene, sites: Sequence[str], taken: frozenset[str], *, wide: bool
) -> tuple[Bench, int]:
    """The bench of a scene, and how many hosts are more than all that it shall run could use. What is counted over
    several sites is only `wanted` where that is asked for."""
    lowered, absent = scene.lowered()
    problem = lowered.problem
    local = {unit.group for unit in lowered.units if unit.site >= 0 or wide}
    wanted = frozenset(problem.groups[group].id for group in local - absent)
    due = (n for n, workload in enumerate(problem.workloads) if workload.group in local - absent)
    most = sum(one.minimum for one in problem.counts(due))
    options = tuple(Option(kind, site) for site in sites for kind in store.kinds)
    present = frozenset(group.id for group in problem.groups)
    return Bench(scene, store.catalogue, options, taken, present, wanted), most


def _size(bench: Bench, found: Found, sites: tuple[str, ...]) -> Size:
    purchase = found.purchase
    without = bench.try_(nothing(bench.options)).missing
    helped = without - found.hopeless if purchase is not None else frozenset[str]()
    return Size(
        sites=sites,
        groups=tuple(sorted(helped)),
        add=tuple(_additions(bench, purchase)) if purchase is not None else (),
        cost=bench.price(purchase) / SCALE if purchase is not None else 0.0,
        bound=found.bound / SCALE,
        proved=found.proved(bench),
        hopeless=_reasons(bench, found),
        open=() if purchase is not None else tuple(sorted(without - found.hopeless)),
    )


def _additions(bench: Bench, purchase: Purchase) -> Iterator[Addition]:
    for option, count in zip(bench.options, purchase, strict=True):
        if count:
            yield Addition(option.site, option.kind.name, count, option.kind.price / SCALE)


def _reasons(bench: Bench, found: Found) -> tuple[LeftOut, ...]:
    """Why the hopeless are left out, however many hosts there are: beside one of each kind where that says it."""
    entries: list[LeftOut] = []
    told: set[str] = set()
    for purchase in ((1,) * len(bench.options), found.helpless, nothing(bench.options)):
        if not found.hopeless <= told:
            lowered, _, solution = bench.plan(purchase)
            groups = lowered.problem.groups
            due = found.hopeless - told
            own = tuple(one for one in solution.left_out if groups[one.group].id in due)
            entries += find_left_out(lowered, replace(solution, left_out=own), bench.scene.seed)
            told |= {groups[one.group].id for one in own}
    return tuple(entries)


# --- over several sites --------------------------------------------------------------------------------------------


def _wide(
    store: _Store, inventory: Inventory, worked: Worked, site: str | None, before: Inventory
) -> Size | None:
    """The size of what is counted over several sites and still left out; None if nothing is."""
    lowered, admitted = worked.lowered, worked.solution.admitted
    short = [u for u in lowered.units if u.site < 0 and not admitted[u.group] and not u.service.chosen]
    if not short:
        return None
    names = inventory.sites.names
    sites = [site] if site is not None else _sites_for(worked, [u.service.form for u in short], names)
    scene = _scene(store, inventory, worked)
    bench, most = _bench(
        store, scene, sites, frozenset(before.hosts.names) | frozenset(inventory.hosts.names), wide=True
    )
    bench = replace(bench, wanted=frozenset(lowered.problem.groups[u.group].id for u in short) | scene.placed)
    found = find_cheapest(bench, min(most, sum(u.service.replicas.low for u in short)))
    everywhere = site is None and len(sites) == len(names)
    return _size(bench, found if everywhere else replace(found, bound=0), ())


def _sites_for(worked: Worked, forms: Sequence[str], names: Sequence[str]) -> list[str]:
    """Some sites that the own filters of the services accept, as far as their hosts tell; the first if none tells."""
    parents = worked.lowered.world.hosts.parents
    found: Mapping[int, None] = {
        int(row): None for form in forms for row in parents[worked.lowered.steps[form].wanted].tolist()
    }
    rows = sorted(found) or list(range(len(names)))
    return [names[row] for row in rows[:MOST_SITES]]
