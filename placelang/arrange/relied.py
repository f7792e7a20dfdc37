"""How old the facts are on which a plan relies: those that its hard clauses read of where replicas stand."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from placelang.evaluate import Missing
from placelang.expressions import Fact, nodes
from placelang.facts import MEASURED, profile_name
from placelang.inventory import Record, Things
from placelang.lower import Lowered
from placelang.lower.keys import HOST, SITE
from placelang.program import AmountNeed, DeviceNeed, GpuNeed, Key, Program, Service, ShareNeed
from placelang.world import World
from placelang_runtime.plan import Relied, ReliedFact

OLDEST = 8
"""Facts that are named."""


class _Known(NamedTuple):
    """A fact of a thing, by age; the source of a fact whose source is not said is empty."""

    observed: int
    thing: str
    noun: str
    fact: str
    source: str


def find_relied(lowered: Lowered, where: Mapping[str, Iterable[int]]) -> Relied:
    """How many facts are relied on where replicas stand, by service, how many of these nobody dated, and the oldest of
    the others."""
    world, standing = lowered.world, _standing(lowered, where)
    undated, dated = 0, []
    for (noun, fact), hosts in sorted(standing.items()):
        for thing, observed, source in _entries(lowered.program, world, noun, fact, hosts):
            if observed is None:
                undated += 1
            else:
                dated.append(_Known(observed, thing, noun, fact, source or ""))
    oldest = tuple(
        ReliedFact(
            fact=Missing(one.noun, one.thing, one.fact).called,
            age_ms=max((world.at or 0) - one.observed, 0),
            source=one.source or None,
        )
        for one in heapq.nsmallest(OLDEST, dated)
    )
    return Relied(facts=undated + len(dated), undated=undated, oldest=oldest)


def _standing(lowered: Lowered, where: Mapping[str, Iterable[int]]) -> dict[tuple[str, str], set[int]]:
    """By noun and fact: the hosts of the replicas whose services read it."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for name, hosts in where.items():
        rows = set(hosts)
        for fact in set(_read(lowered.service(name), lowered.world)):
            found[fact] |= rows
    return found


def _read(service: Service, world: World) -> Iterator[tuple[str, str]]:
    """The facts that the hard clauses of a service read."""
    yield ("host", "up")
    clauses = (*service.filters, *service.constraints)
    waiting: list[object] = [service.replicas, service.needs, tuple(c for c in clauses if c.weight is None)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        for one in nodes(waiting.pop()):
            if isinstance(one, Fact) and (one.noun, one.name) in world.derived:
                if (one.noun, one.name) not in seen:
                    seen.add((one.noun, one.name))
                    waiting.append(world.derived[one.noun, one.name])
            else:
                yield from _read_by(one)


def _read_by(node: object) -> Iterator[tuple[str, str]]:
    match node:
        case Fact(name=name, of=str(of)):
            model = name.startswith(MEASURED)
            yield node.noun, profile_name(of, name.removeprefix(MEASURED)) if model else f'{name}("{of}")'
        case Fact(name=name) if name.startswith("device."):
            yield from (("host", "devices"), ("device", "kind"))
        case Fact():
            yield node.noun, node.name
        case Key() if node not in (SITE, HOST):
            yield node.noun, node.fact
        case AmountNeed():
            yield "host", node.fact or node.resource
        case GpuNeed():
            yield "host", "gpus"
        case ShareNeed():
            yield from (("host", "gpus"), ("gpu", "memory"))
        case DeviceNeed():
            yield from (("host", "devices"), ("device", "kind"))


def _entries(
    program: Program, world: World, noun: str, fact: str, hosts: set[int]
) -> Iterator[tuple[str, int | None, str | None]]:
    """What is known of the fact at these hosts: of which thing, since when, and who says so."""
    inventory = world.inventory
    things = {t.noun: t for t in (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)}[noun]
    rows = {int(world.hosts.parents[host]) for host in hosts} if noun == "site" else hosts
    for record in _records(program, world, things, fact):
        for row, observed, end, source in zip(
            record.rows, record.observed, record.expires, record.sources, strict=True
        ):
            stands = row in rows if noun in ("site", "host") else things.parents[row] in rows
            if stands and (world.at is None or end is None or world.at <= end):
                yield things.names[row], observed, source


def _records(program: Program, world: World, things: Things, fact: str) -> Iterator[Record[Any]]:
    if things.noun == "site" and fact.startswith('latency("'):
        names: tuple[str, ...] = (fact.removeprefix('latency("').removesuffix('")'),)
        tables: tuple[Any, ...] = (world.inventory.latency,)
    else:
        external = [
            s.external for s in program.labels if (s.noun, s.name) == (things.noun, fact) and s.external
        ]
        model, quote, what = fact.removeprefix('model("').partition('").')
        names = (f"{MEASURED}{model}.{what}",) if quote else (fact, *external)
        tables = (things.facts, things.labels, things.resources, things.sets)
    yield from (table[name] for table in tables for name in names if name in table)
