"""`lower`: a checked program over a world becomes a problem.

Enter `Program`, `World` and the plan that runs now; leaves `Lowered`. Each clause is evaluated once over all
hosts; what is left to do for each unit is to slice. The same input gives the same problem, in the same order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from placelang.diagnostics import Span
from placelang.forms import forms_of
from placelang.lower.couplings import Fleet, constrain
from placelang.lower.dependencies import in_turn, require, waits
from placelang.lower.devices import Classes, classify, demand_of_things, thing_needs
from placelang.lower.guarantees import guarantee
from placelang.lower.hosts import known_supplies, lower_hosts
from placelang.lower.hours import week_of
from placelang.lower.keys import HOST, SITE, KeyColumn, key_column
from placelang.lower.limits import kept_free, limit_hosts, most_kept, reserve
from placelang.lower.links import find_links, linked_steps
from placelang.lower.lowered import Lowered
from placelang.lower.moves import move_cost
from placelang.lower.needs import containers_of, demand_of
from placelang.lower.objectives import lower_objectives
from placelang.lower.running import Running, find_running, hosts_used
from placelang.lower.scopes import Domains
from placelang.lower.steps import Steps, filter_truth, service_steps
from placelang.lower.stock import DISK, stocked, surviving, take_stock
from placelang.lower.units import Unit, by_value, form_units
from placelang.program import Key, Program, Service
from placelang.world import World
from placelang_runtime.part import Replica
from placelang_runtime.plan import Plan
from placelang_scheduler import Group, Problem, Variants, Workload
from placelang_scheduler import constraints as posed


def lower(program: Program, world: World, current: Plan | None = None) -> Lowered:
    """The problem of placing `program` on `world`, moving as little as need be of what `current` runs."""
    services = tuple(s for app in program.apps for s in app.services)
    columns = _columns(services, world)
    forms = tuple(form for service in services for form in forms_of(service))
    steps = {form.form: service_steps(form, program.policies, world, columns) for form in forms}
    steps = linked_steps(forms, steps, world)
    units, groups = form_units(program, world, steps, columns, hosts_used(current, world))
    running = find_running(current, world, units, columns) if current is not None else ()
    classes = classify(program, world, units, running)
    fleet = _fleet(forms, units, steps, columns, world)
    workloads = _workloads(fleet, steps, classes, running)
    clauses: dict[str, Span] = {}
    constraints: list[posed.Constraint] = []
    links = find_links(services, fleet, workloads)
    needed = [wait for s in services for wait in waits(s, fleet)]
    required, replacing = require([*needed, *links.waits()], fleet)
    own = (found for s in services for found in _constraints(s, fleet, workloads, world))
    supplies = known_supplies(program, world)
    kept = kept_free(program.policies, supplies, workloads, world)
    priorities = [groups[unit.group].priority for unit in units]
    asked = (
        *limit_hosts(program.policies, workloads, columns[HOST], fleet.domains, world),
        *reserve(program.policies, workloads, priorities, kept),
        *guarantee(services, fleet, priorities),
    )
    have = supplies.get(DISK)
    stock = surviving(
        take_stock(program, fleet, workloads, current, have),
        [one for _, one in asked if isinstance(one, posed.Survive)],
    )
    disks = stocked(stock, fleet, workloads, have, most_kept(program.policies, kept, DISK))
    for span, constraint in (*links.constraints(), *own, *replacing, *asked, *disks):
        clauses[constraint.id] = span
        constraints.append(constraint)
    hosts = lower_hosts(program, fleet, classes, workloads)
    problem = Problem(
        hosts=hosts,
        groups=tuple(Group(g.name, g.priority, required.get(n, ())) for n, g in enumerate(groups)),
        workloads=workloads,
        constraints=tuple(constraints),
        objectives=lower_objectives(program, emptied=any(host.vacate for host in hosts)),
    )
    counted = {u.service.name for u in units}
    nowhere = tuple(s for s in services if s.name not in counted)
    after = in_turn(needed)
    return Lowered(
        program,
        world,
        problem,
        units,
        steps,
        columns,
        clauses,
        classes,
        current,
        running,
        nowhere,
        after,
        stock,
    )


def _columns(services: tuple[Service, ...], world: World) -> dict[Key | None, KeyColumn]:
    keys: dict[Key | None, None] = dict.fromkeys((None, SITE, HOST))
    for service in services:
        keys[service.replicas.per] = None
        keys.update(dict.fromkeys(c.key for c in service.constraints))
    return {key: key_column(key, world) for key in keys}


def _fleet(
    forms: tuple[Service, ...],
    units: tuple[Unit, ...],
    steps: Mapping[str, Steps],
    columns: Mapping[Key | None, KeyColumn],
    world: World,
) -> Fleet:
    sliced = {
        s.form: tuple(
            by_value(mask, columns[s.replicas.per])
            for mask in (steps[s.form].candidates, steps[s.form].wanted)
        )
        for s in forms
    }
    of_service: dict[str, list[int]] = {s.name: [] for s in forms}
    of_value: dict[tuple[str, int], list[int]] = defaultdict(list)
    of_site: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        of_service[unit.service.name].append(number)
        of_value[unit.service.name, unit.value].append(number)
        of_site[unit.service.name, unit.site].append(number)
    return Fleet(
        units,
        {name: tuple(numbers) for name, numbers in of_service.items()},
        columns,
        candidates=[sliced[u.service.form][0].get(u.value, ()) for u in units],
        wanted=[sliced[u.service.form][1].get(u.value, ()) for u in units],
        of_value={key: tuple(numbers) for key, numbers in of_value.items()},
        of_site={key: tuple(numbers) for key, numbers in of_site.items()},
        world=world,
        domains=Domains(),
    )


def _workloads(
    fleet: Fleet, steps: Mapping[str, Steps], classes: Classes, running: tuple[Running, ...]
) -> tuple[Workload, ...]:
    here: dict[int, dict[int, list[Replica]]] = defaultdict(lambda: defaultdict(list))
    for r in running:
        if r.host >= 0:
            here[r.unit][r.host].append(r.replica)
    forms = {unit.service.form: unit.service for unit in fleet.units}
    demands = {form: demand_of(service) for form, service in forms.items()}
    costs = {form: move_cost(service) for form, service in forms.items()}
    stays = {form: steps[form].stays.tolist() for form in forms}
    things = {form: tuple(enumerate(thing_needs(service))) for form, service in forms.items()}
    found = []
    for number, unit in enumerate(fleet.units):
        service, form, candidates = unit.service, unit.service.form, fleet.candidates[number]
        now = dict(sorted(here[number].items())) if number in here else {}
        stay = tuple(h for h in now if stays[form][h])
        devices = tuple(
            demand_of_things(need, classes.accepts((form, n), candidates + stay)) for n, need in things[form]
        )
        low, high, together = service.replicas.low, service.replicas.high, fleet.together(number)
        found.append(
            Workload(
                id=unit.id,
                group=unit.group,
                demand=demands[form],
                candidates=candidates,
                minimum=low if len(together) == 1 else 0,
                maximum=high,
                devices=devices,
                current={host: len(replicas) for host, replicas in now.items()},
                stay=stay,
                hours=week_of(service.active.window) if service.active else None,
                holds={h: classes.holds(service, h, replicas) for h, replicas in now.items()}
                if devices
                else {},
                variants=Variants(together, low, high) if len(together) > 1 else None,
                move_cost=costs[form],
            )
        )
    return tuple(found)


def _constraints(
    service: Service,
    fleet: Fleet,
    workloads: tuple[Workload, ...],
    world: World,
) -> Iterator[tuple[Span, posed.Constraint]]:
    """All constraints of a service, each with the span of its clause."""
    running = np.zeros(len(world.hosts), dtype=np.bool_)
    running[[host for unit in fleet.of_service[service.name] for host in workloads[unit].current]] = True
    for clause, constraint in constrain(service, fleet, running):
        yield clause.span, constraint
    yield from _preferred_hosts(service, fleet, workloads, world)
    together = fleet.each(fleet.of_service[service.name])
    if len(service.choices) > 1:
        steps = tuple(choice.step for choice in service.choices)
        for units in together:
            yield (
                service.serving or service.span,
                posed.Best(f"{fleet.units[units[0]].name}!variant", units, steps, 1),
            )
    kept = next((v.span for c in containers_of(service) for v in c.volumes if v.keep), None)
    for units in together if kept else ():
        if kept and any(workloads[unit].current for unit in units):
            yield kept, posed.Keep(f"{fleet.units[units[0]].name}!keep", units)


def _preferred_hosts(
    service: Service, fleet: Fleet, workloads: tuple[Workload, ...], world: World
) -> Iterator[tuple[Span, posed.Constraint]]:
    """`prefer hosts where P` and `prefer sites where P`, where they say anything of the unit's hosts."""
    column = fleet.columns[service.replicas.per]
    for number, clause in enumerate(service.filters):
        if clause.weight is None:
            continue
        holds = filter_truth(clause, world).true
        accepted = by_value(holds, column)
        for unit in fleet.of_service[service.name]:
            places = workloads[unit].candidates + workloads[unit].stay
            inside = frozenset(accepted.get(fleet.units[unit].value, ())).intersection(places)
            inside |= {h for h in workloads[unit].stay if holds[h]}
            if len(inside) < len(places):
                name = f"{service.name}?{number}@{fleet.units[unit].id}"
                yield clause.span, posed.Hosts(name, unit, inside, clause.weight)
