"""Whether a program leaves every site to itself, and looks at no names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass

from placelang.diagnostics import Source, Span
from placelang.expressions import Constant, Expr, Fact, Quantified, Template
from placelang.lower.keys import SITE
from placelang.operations import Rollout
from placelang.program import AtLeast, Key, Link, Program, Replicas, Service, Sidecar, Spread
from placelang.world import World

BOUND = frozenset({("site", "name"), ("host", "name"), ("host", "zone"), ("host", "rack")})
"""Keys of which no value is shared by two sites."""


def sites_apart(program: Program, world: World) -> bool:
    """Whether no site matters to another, and no name but to be told."""
    inside = (
        set(_links_inside(program)) if not any(len(near) > 1 for near in world.latency.values()) else set()
    )
    return all(_apart(node, inside) for node in nodes(_planned(program)))


def _links_inside(program: Program) -> Iterator[Span]:
    """The links that one of the same group serves, at the same site, wherever others are."""
    for app in program.apps:
        anchors = {s.name for s in app.services if s.replicas.per == SITE and s.replicas.low}
        for service in app.services:
            for clause in service.constraints if service.replicas.per == SITE else ():
                if isinstance(clause, Link) and not clause.every and clause.service in anchors:
                    yield clause.span


def _planned(program: Program) -> tuple[object, ...]:
    """What plans are made of."""
    return program.derived, program.apps, program.models, program.policies


def strings(program: Program) -> Iterator[str]:
    """Every text in a program."""
    return (node for node in nodes(_planned(program)) if isinstance(node, str))


def nodes(thing: object) -> Iterator[object]:
    """All that a thing is made of, but where it stands in its file; images and environments only as far as they are not
    plain."""
    waiting = [thing]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Mapping):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, tuple | list | frozenset):
            waiting += node
        elif isinstance(node, Spread | AtLeast):
            waiting += [node.policy, node.within]  # each speaks of one unit: its key joins no sites
        elif isinstance(node, Rollout):
            pass  # which is worked out over all sites
        elif is_dataclass(node) and not isinstance(node, Span | Source):
            waiting += _inside(node)


def _inside(node: object) -> Iterator[object]:
    for field in fields(node):  # type: ignore[arg-type] # it is one
        value = getattr(node, field.name)
        if isinstance(node, Service | Sidecar) and field.name == "image" and _plain(value):
            yield from _texts(value)
        elif isinstance(node, Service | Sidecar) and field.name == "env":
            for entry in value:
                yield entry.name
                yield from _texts(entry.value) if _plain(entry.value) else (entry.value,)
        else:
            yield value


def _plain(value: object) -> bool:
    """Whether an expression only tells facts, one after the other."""
    if isinstance(value, Template):
        return all(map(_plain, value.operands))
    return isinstance(value, Constant) or (isinstance(value, Fact) and value.of is None)


def _texts(value: Expr) -> Iterator[object]:
    """The facts of a plain expression but names, and its constants."""
    for part in value.operands if isinstance(value, Template) else (value,):
        if isinstance(part, Template):
            yield from _texts(part)
        elif not (isinstance(part, Fact) and part.name == "name"):
            yield part


def _apart(node: object, inside: Collection[Span]) -> bool:
    """`inside` are the links that lead to no other site."""
    match node:
        case Link(policy=None):
            return node.span in inside
        case Link():
            return False
        case Replicas(per=per):
            return per is not None
        case Key():
            return (node.noun, node.fact) in BOUND
        case Fact():
            return node.name != "name" and node.of is None
        case Quantified():
            return node.noun != "site"
        case _:
            return True
