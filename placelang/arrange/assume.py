"""Hosts of which too little is known, taken as suitable: what then would fit, and what would have to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.amounts import say_amount
from placelang.arrange.funnels import step_text
from placelang.expressions import Comparison, Constant, Fact
from placelang.lower import Lowered
from placelang.lower.devices import ThingNeed, kind_of, thing_needs
from placelang.lower.steps import KeyUse, Step, open_facts
from placelang.program import AmountNeed, DeviceNeed, Filter, GpuNeed, Need
from placelang.types import show
from placelang_scheduler import LIMIT, DeviceClass, Host, Problem, Workload

_WORDS = {
    "==": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """A host on which it is unknown whether `unit` could stand."""

    unit: int
    host: int


def openings(lowered: Lowered, units: Sequence[int]) -> tuple[Opening, ...]:
    """All openings of the units, by host. A host whose value of a key is unknown is none: any value could be meant."""
    found = []
    for unit in units:
        service = lowered.units[unit].service.name
        undecided = lowered.steps[service].undecided
        hosts = [h for h in lowered.hosts([unit])[0].tolist() if undecided[h]]
        found += [Opening(unit, h) for h in hosts if not _lacks_a_value(lowered.unknown(service, h))]
    return tuple(sorted(found, key=lambda o: (o.host, o.unit)))


def _lacks_a_value(unknown: Sequence[Step]) -> bool:
    return any(isinstance(step.about, KeyUse) for step in unknown)


def assume(lowered: Lowered, problem: Problem, opened: Sequence[Opening]) -> Problem:
    """`problem` with the hosts of `opened` as candidates that have whatever is not known of them."""
    hosts, workloads = list(problem.hosts), list(problem.workloads)
    for opening in opened:
        unknown = lowered.unknown(lowered.units[opening.unit].service.name, opening.host)
        wanted = [s.about for s in unknown if isinstance(s.about, AmountNeed | GpuNeed | DeviceNeed)]
        hosts[opening.host] = _roomier(hosts[opening.host], wanted)
        workloads[opening.unit] = _wider(lowered, workloads[opening.unit], opening, wanted)
    return replace(problem, hosts=tuple(hosts), workloads=tuple(workloads))


def conditions(lowered: Lowered, opened: Sequence[Opening], used: Mapping[tuple[int, str], int]) -> str:
    """What has to be true of the hosts; `used` is what is used of each resource on each host then."""
    found = {
        _condition(lowered, step, opening.host, used): None
        for opening in opened
        for step in lowered.unknown(lowered.units[opening.unit].service.name, opening.host)
    }
    return " and ".join(found)


def _roomier(host: Host, wanted: Sequence[Need]) -> Host:
    capacity = dict(host.capacity) | {n.resource: LIMIT for n in wanted if isinstance(n, AmountNeed)}
    things = [n for n in wanted if not isinstance(n, AmountNeed)]
    classes = {c.id: c for c in (*host.devices, *(_assumed(n) for n in things))}
    return replace(host, capacity=capacity, devices=tuple(classes.values()))


def _wider(lowered: Lowered, workload: Workload, opening: Opening, wanted: Sequence[Need]) -> Workload:
    service, host = lowered.units[opening.unit].service, opening.host
    devices = []
    for number, (need, demand) in enumerate(zip(thing_needs(service), workload.devices, strict=True)):
        accepts = (demand.accepts or frozenset()) | lowered.classes.accepts((service.name, number), [host])
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
    """As many things as one replica needs, told from others by where the need is written."""
    return DeviceClass(f"{kind_of(need)}?{need.span.path}:{need.span.start}", kind_of(need), need.count)


def _condition(lowered: Lowered, step: Step, host: int, used: Mapping[tuple[int, str], int]) -> str:
    world = lowered.world
    name = world.hosts.names[host]
    match step.about:
        case AmountNeed(resource=resource, fact=fact):
            amount = say_amount(lowered.program, resource, used.get((host, resource), 0))
            return f"{fact or resource} of {name} is at least {amount.removesuffix(f' of {resource}')}"
        case Filter(
            noun=noun, predicate=Comparison(operator=operator, left=Fact() as fact, right=Constant() as due)
        ):
            of = name if (fact.noun or noun) == "host" else world.sites.names[world.hosts.parents[host]]
            return f"{fact.name} of {of} {_WORDS[operator]} {show(due.value, due.type)}"
        case _:
            facts = ", ".join(open_facts(step, world, host))
            return f"`{step_text(lowered, step)}` holds on {name} (unknown: {facts})"
