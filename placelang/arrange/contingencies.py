"""What each site is told of losses: what is guaranteed, what is done after each loss, what has to be at hand for it.

A site hears of the losses of its own hosts, and of those after which something starts or stops on one of them. Whoever
is lost keeps its name where it starts again; nothing else changes but what the solution moves. `recover_contingencies`
leads from a plan back to the solution's contingencies.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from placelang.arrange.naming import Place, Placed, fresh
from placelang.arrange.parts import Kind, describe, replica_of
from placelang.arrange.things import Holding, hand_out
from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.running import choice_of
from placelang.program import Survive
from placelang_runtime import part as document
from placelang_runtime.plan import Plan
from placelang_scheduler import Contingency, Solution
from placelang_scheduler import Survive as Posed
from placelang_scheduler.losses.devices import holding, with_devices
from placelang_scheduler.placement import Loss
from placelang_scheduler.verify import settled


def with_contingencies(
    lowered: Lowered,
    solution: Solution,
    placed: tuple[Placed, ...],
    parts: tuple[document.SitePart, ...],
) -> tuple[document.SitePart, ...]:
    """The parts, with what they say of losses."""
    posed = [one for one in lowered.problem.constraints if isinstance(one, Posed)]
    if not posed:
        return parts
    guarantees = _guarantees(lowered, solution, posed)
    contingencies = _contingencies(lowered, solution, placed, parts)
    return tuple(
        part.model_copy(
            update={
                "survives": tuple(guarantees.get(site, ())),
                "contingencies": tuple(contingencies.get(site, ())),
                "at_hand": tuple(_at_hand(lowered, part, contingencies.get(site, ()))),
            }
        )
        for site, part in enumerate(parts)
    )


def _guarantees(
    lowered: Lowered, solution: Solution, posed: Sequence[Posed]
) -> dict[int, list[document.Guarantee]]:
    """By site, what is guaranteed of what stands there."""
    clauses = {
        clause.span: (clause, service.name)
        for app in lowered.program.apps
        for service in app.services
        for clause in service.constraints
        if isinstance(clause, Survive)
    }
    placement, names = settled(solution), lowered.world.hosts.names
    found: dict[int, list[document.Guarantee]] = defaultdict(list)
    for one in posed:
        clause, service = clauses[lowered.clause(one.id)]
        missing = one.losses if one.weight is not None else ()
        uncovered = [loss for loss in missing if not one.covered(lowered.problem, placement, loss)]
        told = document.Guarantee(
            name=one.id,
            owner=clause.owner or service,
            count=clause.count,
            of="host" if clause.key.text == "host" else "zone",
            clause=cite(lowered.sources, clause.span),
            preferred=one.weight is not None,
            losses=len(one.losses),
            uncovered=tuple(tuple(names[host] for host in loss) for loss in uncovered),
        )
        parents = lowered.world.hosts.parents
        stands = {int(parents[host]) for unit in one.workloads for host in solution.placements[unit]}
        for site in sorted(stands):
            found[site].append(told)
    return found


@dataclass(frozen=True, slots=True)
class _Shift:
    """A replica that stands on another host after a loss, on none where it stops; `leaves` is where it stands now, if
    that is not lost."""

    unit: int
    name: str
    leaves: int | None
    target: int | None


def _shifts(
    lowered: Lowered, standing: Mapping[int, Sequence[Placed]], loss: Loss, contingency: Contingency
) -> Iterator[_Shift]:
    """Who stands elsewhere, or as another variant: those first that have to leave their place, then those that were
    lost."""
    for one in lowered.problem.counts(sorted(contingency.placements)):
        here = [p for unit in one.workloads for p in standing.get(unit, ())]
        left = _places(here, one.workloads, loss, contingency)
        lost, leaving = [], []
        for p in here:
            if p.host in loss:
                lost.append(p)
            elif left[Place(p.unit, p.host)] > 0:
                left[Place(p.unit, p.host)] -= 1
            else:
                leaving.append(p)
        targets = [at for at, count in sorted(left.items()) for _ in range(count)]
        for number, p in enumerate((*leaving, *lost)):
            stays = number < len(leaving)
            if number < len(targets):
                unit, target = targets[number]
                yield _Shift(unit, p.name, p.host if stays else None, target)
            elif stays:
                yield _Shift(p.unit, p.name, p.host, None)
        names = fresh(lowered.units[one.workloads[0]].name, {p.name for p in here})
        for unit, target in targets[len(leaving) + len(lost) :]:
            yield _Shift(unit, next(names), None, target)


def _places(
    here: Sequence[Placed], units: Sequence[int], loss: Loss, contingency: Contingency
) -> Counter[Place]:
    """Where replicas of the units stand after the loss."""
    kept = (p for p in here if p.host not in loss and p.unit not in contingency.placements)
    found = Counter(Place(p.unit, p.host) for p in kept)
    for unit in units:
        for host, count in contingency.placements.get(unit, {}).items():
            found[Place(unit, host)] = count
    return found


def _contingencies(
    lowered: Lowered,
    solution: Solution,
    placed: tuple[Placed, ...],
    parts: tuple[document.SitePart, ...],
) -> dict[int, list[document.Contingency]]:
    """By site, the contingencies that ask for anything."""
    standing: dict[int, list[Placed]] = defaultdict(list)
    on_host: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        standing[p.unit].append(p)
        on_host[p.host].append(p)
    replicas = {r.name: r for part in parts for g in part.groups for s in g.services for r in s.replicas}
    hosts = _Hosts(on_host, replicas)
    kinds: dict[str, Kind] = {}
    world = lowered.world
    found: dict[int, list[document.Contingency]] = defaultdict(list)
    for loss, contingency in solution.contingencies.items():
        shifts = list(_shifts(lowered, standing, loss, contingency))
        if not shifts:
            continue
        held = hosts.held(lowered, solution, contingency, shifts)
        starts = []
        for shift in shifts:
            if shift.target is None:
                continue
            service = lowered.units[shift.unit].service
            if service.form not in kinds:
                kinds[service.form] = describe(service, lowered)
            new = Placed(shift.unit, shift.target, shift.name, None, stands=False)
            starts.append(
                document.Start(
                    service=service.name,
                    leaves=None if shift.leaves is None else world.hosts.names[shift.leaves],
                    replica=replica_of(lowered, new, kinds[service.form], held.get(shift.name, ()), ()),
                )
            )
        told = document.Contingency(
            lost=tuple(world.hosts.names[host] for host in loss),
            stops=tuple(shift.name for shift in shifts if shift.target is None),
            starts=tuple(starts),
        )
        touched = (*loss, *(host for shift in shifts for host in (shift.leaves, shift.target)))
        for site in sorted({int(world.hosts.parents[host]) for host in touched if host is not None}):
            found[site].append(told)
    return found


@dataclass(frozen=True, slots=True)
class _Hosts:
    """Who stands on each host, and what each replica is in the plan."""

    standing: Mapping[int, Sequence[Placed]]
    replicas: Mapping[str, document.Replica]

    def held(
        self, lowered: Lowered, solution: Solution, contingency: Contingency, shifts: Sequence[_Shift]
    ) -> Mapping[str, tuple[Holding, ...]]:
        """What those hold that start; whoever stays keeps what this plan gives it."""
        hosts = {host for _, host in contingency.devices}
        gone = {shift.name for shift in shifts}
        staying = [
            replace(p, before=self.replicas.get(p.name), stands=True)
            for host in sorted(hosts)
            for p in self.standing.get(host, ())
            if p.name not in gone
        ]
        new = [
            Placed(shift.unit, shift.target, shift.name, None, stands=False)
            for shift in shifts
            if shift.target is not None and shift.target in hosts
        ]
        if not hosts:
            return {}
        return hand_out(lowered, replace(solution, devices=contingency.devices), (*staying, *new))


def _at_hand(
    lowered: Lowered, part: document.SitePart, contingencies: Iterable[document.Contingency]
) -> Iterator[document.AtHand]:
    """What each host of a site lacks of what may start there."""
    here = {host.name for host in part.hosts}
    runs: dict[str, set[str]] = defaultdict(set)
    serves: dict[str, set[str]] = defaultdict(set)
    for group in part.groups:
        for service in group.services:
            for replica in service.replicas:
                runs[replica.host].update(_images(replica))
                serves[replica.host].update(service.serves)
    images: dict[str, set[str]] = defaultdict(set)
    models: dict[str, set[str]] = defaultdict(set)
    variants: dict[str, set[tuple[str, str]]] = defaultdict(set)
    loaded = {
        (replica.host, one.model, one.variant)
        for group in part.groups
        for service in group.services
        for replica in service.replicas
        for one in replica.variants
    }
    served = {name: lowered.service(name).serves for name in _services(contingencies)}
    for start in (start for one in contingencies for start in one.starts):
        if start.replica.host in here:
            images[start.replica.host].update(_images(start.replica))
            models[start.replica.host].update(served[start.service])
            variants[start.replica.host].update((one.model, one.variant) for one in start.replica.variants)
    for host in sorted(images):
        more, other = images[host] - runs[host], models[host] - serves[host]
        forms = sorted((m, v) for m, v in variants[host] if (host, m, v) not in loaded)
        if more or other or forms:
            yield document.AtHand(
                host=host,
                images=tuple(sorted(more)),
                models=tuple(sorted(other)),
                variants=tuple(document.Served(model=model, variant=variant) for model, variant in forms),
            )


def _services(contingencies: Iterable[document.Contingency]) -> set[str]:
    return {start.service for one in contingencies for start in one.starts}


def _images(replica: document.Replica) -> set[str]:
    found = {replica.image, *(copy.image for copy in replica.sidecars)}
    return {image for image in found if image is not None}


def recover_contingencies(
    plan: Plan, lowered: Lowered, solution: Solution, placed: Sequence[Placed], strange: list[str]
) -> dict[Loss, Contingency]:
    """What the plan says to do after each loss, by losses of the problem; where it says nothing, nothing is done."""
    posed = [one for one in lowered.problem.constraints if isinstance(one, Posed)]
    if not posed:
        strange += [f"{part.site} has a contingency for nothing" for part in plan.parts if part.contingencies]
        return {}
    missing = {(told.name, lost) for part in plan.parts for told in part.survives for lost in told.uncovered}
    units = {unit.name: number for number, unit in enumerate(lowered.units) if not unit.service.chosen}
    names = _Names(lowered, {p.name: p for p in placed}, units, lowered.world.hosts.rows)
    said: dict[Loss, dict[int, dict[int, int]]] = {}
    for one in (one for part in plan.parts for one in part.contingencies):
        if names.all_known(one):
            loss = tuple(sorted(names.rows[host] for host in one.lost))
            said[loss] = names.then(one, loss, solution)
        else:
            strange.append(f"what is done when {', '.join(one.lost)} is lost names what is not there")
    busy = {host for counts in solution.placements for host in counts}
    covered: dict[Loss, set[str]] = defaultdict(set)
    for constraint in posed:
        for loss in constraint.losses:
            lost = tuple(lowered.world.hosts.names[host] for host in loss)
            if loss in said or not busy.isdisjoint(loss):
                covered[loss] |= {constraint.id} if (constraint.id, lost) not in missing else set()
    counts = dict(enumerate(solution.placements))
    problem = holding(lowered.problem, solution.devices)
    found = {}
    for loss in sorted({*covered, *said}):
        contingency = Contingency(said.get(loss, {}), frozenset(covered[loss]))
        with suppress(AssertionError):
            contingency = with_devices(problem, counts, loss, contingency)
        found[loss] = contingency
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    """What the names in a plan lead to; `units` are those of the best forms."""

    lowered: Lowered
    placed: Mapping[str, Placed]
    units: Mapping[str, int]
    rows: Mapping[str, int]

    def all_known(self, one: document.Contingency) -> bool:
        """Whether hosts and units are there."""
        hosts = (*one.lost, *(start.replica.host for start in one.starts))
        moving = (*one.stops, *(start.replica.name for start in one.starts))
        return all(host in self.rows for host in hosts) and all(self.unit(n) is not None for n in moving)

    def unit(self, replica: str) -> int | None:
        """The unit of the best form of a replica that stands, or of one that is to be."""
        p = self.placed.get(replica)
        if p is not None:
            return p.unit - self.lowered.units[p.unit].service.chosen
        return self.units.get(replica.rpartition("/")[0])

    def then(self, one: document.Contingency, loss: Loss, solution: Solution) -> dict[int, dict[int, int]]:
        """Where replicas stand once it is done, of the units of which any starts or stops."""
        change: dict[int, Counter[int]] = defaultdict(Counter)
        for name in (*one.stops, *(start.replica.name for start in one.starts)):
            p = self.placed.get(name)
            if p is not None and p.host not in loss:
                change[p.unit][p.host] -= 1
        for start in one.starts:
            unit = self.unit(start.replica.name)
            if unit is not None:
                unit += choice_of(start.replica, self.lowered.units[unit].service)
                change[unit][self.rows[start.replica.host]] += 1
        found = {}
        for unit, moved in change.items():
            then = Counter({host: n for host, n in solution.placements[unit].items() if host not in loss})
            then.update(moved)
            found[unit] = {host: count for host, count in sorted(then.items()) if count}
        return found
