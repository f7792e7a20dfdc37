"""The clauses of a service as predicates over all hosts, in the order in which they are explained.

A host suits where every step is true; it is undecided where none is false and one is unknown. A host that only has too
little of an amount is a candidate all the same: the scheduler knows what that means, and what would change it.

| step | false | unknown |
|---|---|---|
| up | the host is known to be down | it was up, and that is too long ago |
| sites, hosts | the predicate is false | the predicate is unknown |
| key | never | the host's value of a key that a hard clause names |
| amount | the host has less than one replica needs | how much it has |
| gpu, device | fewer things can match than one replica needs | too few are known to match |
| image, env | never | what it says there |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from placelang.columns import Column, Mask, Numbers, Rows, Texts, Truth
from placelang.diagnostics import Span
from placelang.evaluate import Missing, evaluate, truth, undecided_facts
from placelang.expressions import Constant, Expr, Fact
from placelang.lower.amounts import demand, supply
from placelang.lower.keys import HOST, SITE, KeyColumn
from placelang.lower.needs import containers_of, growing
from placelang.program import Address, AmountNeed, DeviceNeed, Filter, GpuNeed, Key, Secret, Service
from placelang.types import BOOL, show
from placelang.world import World


@dataclass(frozen=True, slots=True)
class Up:
    """The host is up, or was never said to be up or down."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A clause names `key`."""

    key: Key


@dataclass(frozen=True, slots=True)
class ValueUse:
    """`what` (`image`, `env NAME`) is worked out on the host."""

    what: str
    value: Expr


About = Up | Filter | KeyUse | AmountNeed | GpuNeed | DeviceNeed | ValueUse


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """`truth` is over all hosts; `span` is that of the clause, None for `Up`."""

    about: About
    span: Span | None
    truth: Truth


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """All steps of a service, and what they come to: `candidates`, `undecided`; `wanted` are the hosts that
    neither are down nor fail a filter, whether or not they have what is needed."""

    steps: tuple[Step, ...]
    candidates: Mask
    undecided: Mask
    wanted: Mask


def service_steps(service: Service, world: World, columns: Mapping[Key | None, KeyColumn]) -> Steps:
    """The steps of `service`. `columns` has every key that the program names."""
    filters = [_up(world), *_filters(service, world)]
    steps = (*filters, *_keys(service, columns), *_needs(service, world), *_values(service, world))
    decided = [s.truth.known if isinstance(s.about, AmountNeed) else s.truth.true for s in steps]
    possible = _all([~s.truth.false for s in steps])
    return Steps(
        steps,
        candidates=_all(decided),
        undecided=possible & ~_all([s.truth.true for s in steps]),
        wanted=_all([~s.truth.false for s in filters]),
    )


def missing_facts(step: Step, world: World, host: int) -> tuple[Missing, ...]:
    """The facts that would decide `step` on `host`, where it is unknown."""
    match step.about:
        case Up():
            return (_missing(world, "host", host, "up", "true"),)
        case Filter(noun=noun, predicate=predicate):
            row = int(world.ancestors("host", noun)[host])
            return undecided_facts(predicate, world, noun, row)
        case KeyUse(key):
            row = int(world.ancestors("host", key.noun)[host])
            return (_missing(world, key.noun, row, key.fact, None),)
        case AmountNeed(resource=resource, fact=fact, amount=amount, type=kind):
            return (_missing(world, "host", host, fact or resource, f">= {show(amount, kind)}"),)
        case GpuNeed() | DeviceNeed():
            return tuple(dict.fromkeys(_missing_of_things(step.about, world, host)))
        case ValueUse(value=value):
            return undecided_facts(value, world, "host", host)


def things_truth(need: GpuNeed | DeviceNeed, world: World) -> Truth:
    """Of every GPU or device of the world, whether `need` takes it."""
    noun = noun_of(need)
    table = world.table(noun)
    true, possible = np.ones(len(table), dtype=np.bool_), np.ones(len(table), dtype=np.bool_)
    if isinstance(need, DeviceNeed):
        kinds = _texts(table.facts["kind"])
        code = kinds.vocabulary.index(need.device) if need.device in kinds.vocabulary else -2
        true, possible = kinds.codes == code, (kinds.codes == code) | (kinds.codes < 0)
    if need.predicate is not None:
        holds = truth(need.predicate, world, noun)
        true, possible = true & holds.true, possible & ~holds.false
    return Truth(true, possible & ~true)


def noun_of(need: GpuNeed | DeviceNeed) -> str:
    """`gpu` or `device`."""
    return "gpu" if isinstance(need, GpuNeed) else "device"


def _up(world: World) -> Step:
    """A host that nobody ever said to be up is taken to be: hand-written inventories do not say it."""
    column = truth(Fact(BOOL, Span("", 0, 0), "host", "up"), world, "host")
    expired = np.zeros(len(world.hosts), dtype=np.bool_)
    expired[[s.row for s in world.stale if s.noun == "host" and s.fact == "up"]] = True
    unknown = column.unknown & expired
    return Step(Up(), None, Truth(~column.false & ~unknown, unknown))


def _filters(service: Service, world: World) -> Iterator[Step]:
    """Those of sites before those of hosts, each as written."""
    hard = [f for f in service.filters if f.weight is None]
    for clause in sorted(hard, key=lambda f: f.noun != "site"):
        yield Step(clause, clause.span, filter_truth(clause, world))


def filter_truth(clause: Filter, world: World) -> Truth:
    """The filter over all hosts."""
    holds = truth(clause.predicate, world, clause.noun)
    if clause.noun == "host":
        return holds
    return Truth(holds.true[world.hosts.parents], holds.unknown[world.hosts.parents])


def _keys(service: Service, columns: Mapping[Key | None, KeyColumn]) -> Iterator[Step]:
    uses = [(c.key, c.span) for c in service.constraints if c.weight is None]
    if service.replicas.per is not None:
        uses.insert(0, (service.replicas.per, service.replicas.span))
    for key, span in uses:
        if (key.noun, key.fact) not in ((SITE.noun, SITE.fact), (HOST.noun, HOST.fact)):
            known = columns[key].values >= 0
            yield Step(KeyUse(key), span, Truth(known, ~known))


def _needs(service: Service, world: World) -> Iterator[Step]:
    for need in growing(service.needs):
        if isinstance(need, AmountNeed):
            yield Step(need, need.span, _enough(supply(need.resource, need.fact, world), demand(need)))
        else:
            yield Step(need, need.span, _enough(_matching(need, world), need.count))


def _matching(need: GpuNeed | DeviceNeed, world: World) -> Numbers:
    """How many things of each host match: at least, and at most."""
    noun = noun_of(need)
    parents, holds, hosts = world.table(noun).parents, things_truth(need, world), len(world.hosts)
    least = _tally(parents, holds.true, hosts)
    most = _tally(parents, ~holds.false, hosts)
    most[~world.hosts.complete[f"{noun}s"]] = np.inf
    return Numbers(least, most)


def _tally(parents: Rows, which: Mask, hosts: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.bincount(parents[which], minlength=hosts).astype(np.float64)


def _enough(have: Numbers, need: int) -> Truth:
    true = have.low >= need
    return Truth(true, (have.high >= need) & ~true)


def _values(service: Service, world: World) -> Iterator[Step]:
    for container in containers_of(service):
        of = f" of {container.name}" if container is not service else ""
        uses = [(f"image{of}", container.image, container.image.span)] if container.image is not None else []
        values = [*uses, *((f"env {e.name}{of}", e.value, e.span) for e in container.env)]
        for what, value, span in values:
            if not isinstance(value, Constant | Secret | Address):
                known = evaluate(value, world, "host").known
                yield Step(ValueUse(what, value), span, Truth(known, ~known))


def _missing(world: World, noun: str, row: int, fact: str, condition: str | None) -> Missing:
    age = next((s.age_ms for s in world.stale if (s.noun, s.row, s.fact) == (noun, row, fact)), None)
    return Missing(noun, world.table(noun).names[row], fact, condition, age)


def _missing_of_things(need: GpuNeed | DeviceNeed, world: World, host: int) -> Iterator[Missing]:
    noun = noun_of(need)
    holds = things_truth(need, world)
    for row in np.flatnonzero(holds.unknown & (world.table(noun).parents == host)).tolist():
        if isinstance(need, DeviceNeed) and world.devices.facts["kind"].value(row) is None:
            yield _missing(world, noun, row, "kind", f'== "{need.device}"')
        if need.predicate is not None:
            yield from undecided_facts(need.predicate, world, noun, row)
    if not world.hosts.complete[f"{noun}s"][host]:
        yield _missing(world, "host", host, f"{noun}s", None)


def _all(masks: list[Mask]) -> Mask:
    everywhere: Mask = np.logical_and.reduce(masks)
    return everywhere


def _texts(column: Column) -> Texts:
    if not isinstance(column, Texts):
        raise TypeError("a kind is text")
    return column
