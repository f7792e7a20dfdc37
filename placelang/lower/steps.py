"""The clauses of a service as predicates over all hosts, in the order in which they are explained.

A host suits where every step is true; it is undecided where none is false and one is unknown. A host that only has too
little of an amount, or GPUs that are too small for a share, is a candidate all the same: the scheduler knows what that
means, and what would change it.

| step | false | unknown |
|---|---|---|
| up | the host is known to be down | it was up, and that is too long ago |
| draining | the host is known to be drained; what runs there may stay | never |
| sites, hosts | the predicate is false | the predicate is unknown |
| key | never | the host's value of a key that a hard clause names |
| policy | as above, where a policy is known to bind | as above, or whether the policy binds |
| amount | the host has less than one replica needs | how much it has |
| reserve | a policy leaves less than one replica needs | the same, and whether the policy binds |
| gpu, device | fewer things can match than one replica needs | too few are known to match |
| gpu share | no GPU that can match has so much memory | none that is known to match is known to have it |
| image, env | never | what it says there |
| clock | never | the time zone of the site, where the service keeps hours |
| link | no site that may have the other service is within the limits | none is known to be, and one may |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placelang.columns import Column, Mask, Numbers, Rows, Texts, Truth
from placelang.containers import Address, Secret
from placelang.diagnostics import Span
from placelang.evaluate import Asked, Missing, evaluate, truth, undecided_facts
from placelang.expressions import Constant, Expr, Fact, Not
from placelang.lower.amounts import demand, supply
from placelang.lower.hours import clock_truth
from placelang.lower.keys import HOST, SITE, KeyColumn
from placelang.lower.lending import lendable, unified
from placelang.lower.limits import leaves
from placelang.lower.needs import containers_of, growing
from placelang.lower.reach import Reach
from placelang.lower.scopes import implied
from placelang.policies import Policy, Reserve, Within
from placelang.program import (
    AmountNeed,
    DeviceNeed,
    Filter,
    GpuNeed,
    Key,
    Link,
    Service,
    ShareNeed,
    ThingNeed,
)
from placelang.types import BOOL, BYTES, STRING
from placelang.world import World


@dataclass(frozen=True, slots=True)
class Up:
    """The host is up, or was never said to be up or down."""


@dataclass(frozen=True, slots=True)
class Draining:
    """The host is not being emptied."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A clause names `key`."""

    key: Key


@dataclass(frozen=True, slots=True)
class ValueUse:
    """`what` (`image`, `env NAME`) is worked out on the host."""

    what: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Left:
    """What a policy leaves of a resource is enough for `need`."""

    need: AmountNeed
    clause: Reserve


@dataclass(frozen=True, slots=True)
class Clock:
    """The service keeps hours by the clock of the host's site."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkUse:
    """A site that may have the other service, one of the rows `targets`, is within the limits of a link."""

    clause: Link
    targets: Rows


About = Clock | Up | Draining | Filter | KeyUse | AmountNeed | ThingNeed | ValueUse | Left | LinkUse


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """`truth` is over all hosts; `span` is that of the clause, None for `Up` and `Draining`."""

    about: About
    span: Span | None
    truth: Truth


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """All steps of a service, and what they come to: `candidates`, `undecided`; `wanted` are the hosts that
    neither are down nor drained nor fail a filter of the app, whether or not policies accept them and they have what is
    needed, and `emptied` those that would be if they were not drained. On hosts of `stays` what runs there may stay,
    though nothing new comes."""

    steps: tuple[Step, ...]
    candidates: Mask
    undecided: Mask
    wanted: Mask
    emptied: Mask
    stays: Mask


def service_steps(
    service: Service, policies: Sequence[Policy], world: World, columns: Mapping[Key | None, KeyColumn]
) -> Steps:
    """The steps of `service`. `columns` has every key that the program names. A step of a policy that every host passes
    is none."""
    drained = tuple(_draining(world))
    filters = (_up(world), *_filters(service, world))
    steps = (
        filters[0],
        *drained,
        *filters[1:],
        *_accepted(service, world),
        *_keys(service, world, columns),
        *_needs(service, world),
        *_left(service, policies, world),
        *_values(service, world),
        *_clock(service, world),
    )
    return _come_to(steps, _all([~s.truth.false for s in filters]), world)


def with_more(steps: Steps, more: Sequence[Step], world: World) -> Steps:
    """Steps, and some after them."""
    return _come_to((*steps.steps, *more), steps.wanted | steps.emptied, world)


def _come_to(steps: tuple[Step, ...], wanted: Mask, world: World) -> Steps:
    """What steps come to; `wanted` are the hosts that are, whether or not they are being emptied."""
    decided = [_decided(step, world) for step in steps]
    possible = _all([~s.truth.false for s in steps])
    undecided = possible & ~_all([s.truth.true for s in steps])
    drained = next((s for s in steps if isinstance(s.about, Draining)), None)
    kept = _all([~s.truth.false for s in steps if not isinstance(s.about, Draining)])
    empty = drained.truth.false if drained else np.zeros_like(possible)
    return Steps(
        steps,
        candidates=_all(decided),
        undecided=undecided,
        wanted=wanted & ~empty,
        emptied=wanted & empty,
        stays=undecided | (empty & kept),
    )


def _decided(step: Step, world: World) -> Mask:
    """The hosts of which enough is known to plan with them."""
    if isinstance(step.about, AmountNeed | Left):
        return step.truth.known
    if isinstance(step.about, ShareNeed):
        accepted = _tally(world.gpus.parents, things_truth(step.about, world).true, len(world.hosts))
        small: Mask = step.truth.false & (accepted > 0)
        return step.truth.true | small
    return step.truth.true


def missing_facts(step: Step, world: World, host: int) -> tuple[Missing, ...]:
    """The facts that would decide `step` on `host`, where it is unknown."""
    match step.about:
        case Up() | Draining():
            fact, due = ("up", True) if isinstance(step.about, Up) else ("draining", False)
            return (_missing(world, "host", host, fact, Asked("is", due, BOOL)),)
        case Filter(noun=noun, predicate=predicate, within=within):
            row = int(world.ancestors("host", noun)[host])
            return (*undecided_facts(predicate, world, noun, row), *_missing_scope(within, world, host))
        case Left(clause=clause):
            return _missing_scope(clause.within, world, host)
        case KeyUse(key):
            row = int(world.ancestors("host", key.noun)[host])
            return (_missing(world, key.noun, row, key.fact, None),)
        case AmountNeed(resource=resource, fact=named, amount=amount, type=kind):
            return (_missing(world, "host", host, named or resource, Asked(">=", amount, kind)),)
        case GpuNeed() | ShareNeed() | DeviceNeed():
            return tuple(dict.fromkeys(missing_things(step.about, world, host)))
        case Clock():
            row = int(world.hosts.parents[host])
            return (_missing(world, "site", row, "timezone", None),)
        case LinkUse(clause=link, targets=targets):
            site, reach = int(world.hosts.parents[host]), Reach(link, world)
            return tuple(m for t in targets.tolist() for m in reach.missing(site, t))
        case ValueUse(value=value):
            return undecided_facts(value, world, "host", host)


def things_truth(need: ThingNeed, world: World) -> Truth:
    """Of every GPU or device of the world, whether `need` takes it; a share, however large."""
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
    if isinstance(need, ShareNeed):
        true = true & lendable(world).known
    return Truth(true, possible & ~true)


def noun_of(need: ThingNeed) -> str:
    """`gpu` or `device`."""
    return "device" if isinstance(need, DeviceNeed) else "gpu"


def _up(world: World) -> Step:
    """A host that nobody ever said to be up is taken to be: hand-written inventories do not say it."""
    column = truth(Fact(BOOL, Span("", 0, 0), "host", "up"), world, "host")
    expired = np.zeros(len(world.hosts), dtype=np.bool_)
    expired[[s.row for s in world.stale if s.noun == "host" and s.fact == "up"]] = True
    unknown = column.unknown & expired
    return Step(Up(), None, Truth(~column.false & ~unknown, unknown))


def _draining(world: World) -> Iterator[Step]:
    """A step only where some host is drained: most fleets have none."""
    drained = truth(Fact(BOOL, Span("", 0, 0), "host", "draining"), world, "host").true
    if drained.any():
        yield Step(Draining(), None, Truth(~drained, np.zeros_like(drained)))


def _filters(service: Service, world: World) -> Iterator[Step]:
    """The app's and the service's own: those of sites before those of hosts, each as written."""
    hard = [f for f in service.filters if f.weight is None and f.policy is None]
    for clause in sorted(hard, key=lambda f: f.noun != "site"):
        yield Step(clause, clause.span, filter_truth(clause, world))


def _accepted(service: Service, world: World) -> Iterator[Step]:
    """The filters of policies, as written."""
    for clause in service.filters:
        if clause.weight is None and clause.policy is not None:
            holds = filter_truth(clause, world)
            if not holds.true.all():
                yield Step(clause, clause.span, holds)


def filter_truth(clause: Filter, world: World) -> Truth:
    """The filter over all hosts."""
    holds = truth(clause.predicate, world, clause.noun)
    if clause.noun == "site":
        holds = Truth(holds.true[world.hosts.parents], holds.unknown[world.hosts.parents])
    return implied(clause.within, holds, world)


def _keys(service: Service, world: World, columns: Mapping[Key | None, KeyColumn]) -> Iterator[Step]:
    uses = [(c.key, c.span, c.policy, c.within) for c in service.constraints if c.weight is None]
    if service.replicas.per is not None:
        uses.insert(0, (service.replicas.per, service.replicas.span, None, None))
    for key, span, policy, within in uses:
        if (key.noun, key.fact) not in ((SITE.noun, SITE.fact), (HOST.noun, HOST.fact)):
            known = columns[key].values >= 0
            holds = implied(within, Truth(known, ~known), world)
            if policy is None or not holds.true.all():
                yield Step(KeyUse(key), span, holds)


def _needs(service: Service, world: World) -> Iterator[Step]:
    for need in growing(service.needs):
        if isinstance(need, AmountNeed):
            yield Step(need, need.span, _enough(supply(need.resource, need.fact, world), demand(need)))
        else:
            least = 1 if isinstance(need, ShareNeed) else need.count
            yield Step(need, need.span, _enough(_matching(need, world), least))


def _left(service: Service, policies: Sequence[Policy], world: World) -> Iterator[Step]:
    for clause in (clause for policy in policies for clause in policy.reserves if clause.weight is None):
        for need in growing(service.needs):
            if isinstance(need, AmountNeed) and need.resource == clause.resource:
                have = supply(need.resource, need.fact, world)
                enough = leaves(clause, have, demand(need), world)
                if not enough.true.all():
                    yield Step(Left(need, clause), clause.span, enough)


def _matching(need: ThingNeed, world: World) -> Numbers:
    """How many things of each host match, and are large enough: at least, and at most."""
    noun = noun_of(need)
    parents, holds, hosts = world.table(noun).parents, things_truth(need, world), len(world.hosts)
    true, possible = holds.true, ~holds.false
    if isinstance(need, ShareNeed):
        memory = lendable(world)
        true, possible = true & (memory.low >= need.amount), possible & (memory.high >= need.amount)
    least = _tally(parents, true, hosts)
    most = _tally(parents, possible, hosts)
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


def _clock(service: Service, world: World) -> Iterator[Step]:
    if service.active is not None:
        yield Step(Clock(), service.active.span, clock_truth(world))


def _missing_scope(within: Within | None, world: World, host: int) -> tuple[Missing, ...]:
    """The facts that would tell whether a policy binds the host; rather not, as far as one fact says it."""
    if within is None:
        return ()
    row = int(world.ancestors("host", within.noun)[host])
    return undecided_facts(Not(BOOL, within.span, within.predicate), world, within.noun, row)


def _missing(world: World, noun: str, row: int, fact: str, asked: Asked | None) -> Missing:
    age = next((s.age_ms for s in world.stale if (s.noun, s.row, s.fact) == (noun, row, fact)), None)
    return Missing(noun, world.table(noun).names[row], fact, (asked,), age)


def missing_things(need: ThingNeed, world: World, host: int) -> Iterator[Missing]:
    """The facts that would tell of more things of a host whether the need takes them."""
    noun = noun_of(need)
    holds = things_truth(need, world)
    for row in np.flatnonzero(holds.unknown & (world.table(noun).parents == host)).tolist():
        if isinstance(need, DeviceNeed) and world.devices.facts["kind"].value(row) is None:
            yield _missing(world, noun, row, "kind", Asked("==", need.device, STRING))
        if need.predicate is not None:
            yield from undecided_facts(need.predicate, world, noun, row)
        if isinstance(need, ShareNeed):
            yield from _missing_memory(need, world, row, host)
    if not world.hosts.complete[f"{noun}s"][host]:
        yield _missing(world, "host", host, f"{noun}s", None)


def _missing_memory(need: ShareNeed, world: World, gpu: int, host: int) -> Iterator[Missing]:
    enough = Asked(">=", need.amount, BYTES)
    own, whole = world.gpus.facts["memory"], world.hosts.facts["memory"]
    if not own.known[gpu]:
        yield _missing(world, "gpu", gpu, "memory", enough)
    elif unified(world)[gpu] and not whole.known[host]:
        yield _missing(world, "host", host, "memory", enough)


def _all(masks: list[Mask]) -> Mask:
    everywhere: Mask = np.logical_and.reduce(masks)
    return everywhere


def _texts(column: Column) -> Texts:
    if not isinstance(column, Texts):
        raise TypeError("a kind is text")
    return column
