"""Hosts that are down or too little known, taken as suitable: what would fit then, and what has to be so for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.amounts import spell_amount
from placelang.arrange.funnels import step_text
from placelang.lower import Lowered
from placelang.lower.devices import count_of, kind_of, thing_needs
from placelang.lower.keys import SITE
from placelang.lower.lending import size_of
from placelang.lower.steps import KeyUse, LinkUse, Step, Up, missing_facts
from placelang.program import AmountNeed, Need, ShareNeed, ThingNeed
from placelang_scheduler import (
    LIMIT,
    Constraint,
    DeviceClass,
    Host,
    Link,
    LinkEvery,
    Problem,
    Uplinks,
    Workload,
)

MOST = 12
"""Conditions that are named."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A host on which `unit` could stand, as far as is known, if it is not `down`."""

    unit: int
    host: int
    down: bool


def openings(lowered: Lowered, units: Sequence[int]) -> tuple[Opening, ...]:
    """All openings of the units, by host. A host whose value of a key is unknown is none: any value could be meant."""
    found = []
    for unit in units:
        steps = lowered.steps[lowered.units[unit].service.form]
        for host in lowered.hosts(unit).tolist():
            false = [step.about for step in steps.steps if step.truth.false[host]]
            down = false == [Up()]
            if (down or (not false and steps.undecided[host])) and not _lacks_a_value(
                lowered.unknown(lowered.units[unit].service.form, host)
            ):
                found.append(Opening(unit, host, down))
    return tuple(sorted(found, key=lambda o: (o.host, o.unit)))


def _lacks_a_value(unknown: Sequence[Step]) -> bool:
    return any(isinstance(step.about, KeyUse) for step in unknown)


def assume(lowered: Lowered, problem: Problem, opened: Sequence[Opening]) -> Problem:
    """`problem` with the hosts of `opened` as candidates that have whatever is not known of them."""
    hosts, workloads = list(problem.hosts), list(problem.workloads)
    for opening in opened:
        unknown = lowered.unknown(lowered.units[opening.unit].service.form, opening.host)
        wanted = [s.about for s in unknown if isinstance(s.about, AmountNeed | ThingNeed)]
        hosts[opening.host] = _roomier(hosts[opening.host], wanted)
        workloads[opening.unit] = _wider(lowered, workloads[opening.unit], opening, wanted)
    constraints = tuple(_reaching(lowered, constraint, opened) for constraint in problem.constraints)
    return replace(problem, hosts=tuple(hosts), workloads=tuple(workloads), constraints=constraints)


def _reaching(lowered: Lowered, constraint: Constraint, opened: Sequence[Opening]) -> Constraint:
    """The constraint, with what may be within reach of an opened host within its reach."""
    match constraint:
        case Uplinks(links=links):
            return replace(constraint, links=tuple(_nearer(lowered, link, opened) for link in links))
        case Link():
            return _nearer(lowered, constraint, opened)
        case LinkEvery():
            return replace(constraint, reach=_reach(lowered, constraint, opened))
    return constraint


def _nearer(lowered: Lowered, link: Link, opened: Sequence[Opening]) -> Link:
    return replace(link, reach=_reach(lowered, link, opened))


def _reach(
    lowered: Lowered, link: Link | LinkEvery, opened: Sequence[Opening]
) -> Mapping[str, Mapping[str, int]]:
    found = dict(link.reach)
    names, parents = lowered.columns[SITE].names, lowered.world.hosts.parents
    for opening in opened:
        for step in lowered.unknown(lowered.units[opening.unit].service.form, opening.host):
            if isinstance(step.about, LinkUse) and step.span == lowered.clause(link.id):
                site = int(parents[opening.host])
                may = {names[t]: 0 for t in step.about.targets.tolist() if t != site}
                found[names[site]] = {**may, **found.get(names[site], {})}
    return found


def conditions(lowered: Lowered, opened: Sequence[Opening], used: Mapping[tuple[int, str], int]) -> str:
    """What is enough to be true of the hosts; `used` is what is used of each resource on each host then."""
    found = {f"{lowered.world.hosts.names[o.host]} were up": None for o in opened if o.down}
    found |= {
        condition: None
        for opening in opened
        for step in lowered.unknown(lowered.units[opening.unit].service.form, opening.host)
        for condition in _conditions(lowered, step, opening.host, used)
    }
    texts = list(found)
    more = [f"{len(texts) - MOST} more of the kind"] if len(texts) > MOST else []
    return " and ".join((*texts[:MOST], *more))


def _roomier(host: Host, wanted: Sequence[Need]) -> Host:
    capacity = dict(host.capacity) | {n.resource: LIMIT for n in wanted if isinstance(n, AmountNeed)}
    things = [n for n in wanted if not isinstance(n, AmountNeed)]
    classes = {c.id: c for c in host.devices}
    for assumed in map(_assumed, things):
        known = classes.get(assumed.id, assumed)
        classes[assumed.id] = min(known, assumed, key=lambda device: device.lends)
    return replace(host, capacity=capacity, devices=tuple(classes.values()))


def _wider(lowered: Lowered, workload: Workload, opening: Opening, wanted: Sequence[Need]) -> Workload:
    service, host = lowered.units[opening.unit].service, opening.host
    devices = []
    for number, (need, demand) in enumerate(zip(thing_needs(service), workload.devices, strict=True)):
        accepts = (demand.accepts or frozenset()) | lowered.classes.accepts((service.form, number), [host])
        if need in wanted:
            accepts |= {(host, _assumed(need).id)}
        devices.append(replace(demand, accepts=accepts))
    return replace(
        workload,
        candidates=tuple(sorted({*workload.candidates, host})),
        stay=tuple(h for h in workload.stay if h != host),
        devices=tuple(devices),
    )


def _assumed(need: ThingNeed) -> DeviceClass:
    """As many things as one replica needs, told from others by where the need is written; for shares one GPU of a host,
    which has the smallest of them."""
    if isinstance(need, ShareNeed):
        return DeviceClass(f"{kind_of(need)}?", kind_of(need), 1, size_of(need))
    name = f"{kind_of(need)}?{need.span.path}:{need.span.start}"
    return DeviceClass(name, kind_of(need), count_of(need))


def _conditions(
    lowered: Lowered, step: Step, host: int, used: Mapping[tuple[int, str], int]
) -> Iterator[str]:
    missing = missing_facts(step, lowered.world, host)
    if isinstance(step.about, AmountNeed):
        resource = step.about.resource
        amount = spell_amount(lowered.program, resource, used.get((host, resource), 0))
        yield f"{missing[0].called} >= {amount.removesuffix(f' of {resource}')}"
    elif all(fact.condition is not None for fact in missing):
        yield from (f"{fact.called} {fact.condition}" for fact in missing)
    else:
        facts = ", ".join(str(fact) for fact in missing)
        yield f"`{step_text(lowered, step)}` holds on {lowered.world.hosts.names[host]} (unknown: {facts})"
