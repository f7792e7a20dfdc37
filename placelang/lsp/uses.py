"""Every name in a syntax tree, with the part that it plays there and the scope in which it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum, auto
from typing import Any

from placelang import syntax as s
from placelang.check.scope import REACH
from placelang.diagnostics import Span
from placelang.facts import PLURALS


class Role(Enum):
    """What a name is where it stands; those that begin with `NEW_` declare it."""

    NEW_APP = auto()
    NEW_UNIT = auto()
    NEW_SIDECAR = auto()
    NEW_POLICY = auto()
    NEW_MODEL = auto()
    NEW_VARIANT = auto()
    NEW_WAVE = auto()
    NEW_CONSTANT = auto()
    NEW_FACT = auto()
    NEW_RESOURCE = auto()
    NEW_DEVICE = auto()
    VALUE = auto()
    FUNCTION = auto()
    NOUN = auto()
    KEY = auto()
    SERVICE = auto()
    JOB = auto()
    MODEL = auto()
    WATCHED = auto()
    PROFILE = auto()
    RESOURCE = auto()
    DEVICE = auto()
    GIVEN = auto()
    TYPE = auto()
    OBJECTIVE = auto()
    VARIABLE = auto()
    WORD = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name is read: in which app, if in any, and, as in `placelang.check.scope.Scope`, over what; or among the
    `metrics` of a monitor."""

    app: s.App | None = None
    noun: str | None = None
    reach: tuple[str, ...] = ()
    metrics: bool = False

    def inside(self, noun: str | None) -> Place:
        return replace(self, noun=noun, reach=REACH[noun]) if noun in REACH else self

    def over(self, plural: str) -> Place:
        """As `inside`, for the noun of a filter."""
        return self.inside(PLURALS.get(plural))

    @property
    def at_its_host(self) -> bool:
        """Whether it is read for each replica, at the host that it has."""
        return self.noun is None and self.reach == REACH["host"]

    def at_host(self) -> Place:
        return replace(self, noun=None, reach=REACH["host"])


@dataclass(frozen=True, slots=True)
class Use:
    name: s.Name
    role: Role
    place: Place


Node = Any
"""Any class of the syntax tree: what they share is found by reflection, once for each."""

ROLES: dict[type, dict[str, Role]] = {
    s.App: {"name": Role.NEW_APP},
    s.Job: {"name": Role.NEW_UNIT},
    s.Policy: {"name": Role.NEW_POLICY},
    s.Model: {"name": Role.NEW_MODEL},
    s.Variant: {"name": Role.NEW_VARIANT},
    s.Wave: {"name": Role.NEW_WAVE},
    s.Param: {"name": Role.NEW_CONSTANT},
    s.LabelDeclaration: {"name": Role.NEW_FACT},
    s.ResourceDeclaration: {"name": Role.NEW_RESOURCE},
    s.DeviceDeclaration: {"name": Role.NEW_DEVICE},
    s.TypeName: {"name": Role.TYPE},
    s.Objective: {"name": Role.OBJECTIVE, "resource": Role.RESOURCE},
    s.Where: {"noun": Role.NOUN},
    s.Filtered: {"noun": Role.NOUN},
    s.Scope: {"noun": Role.NOUN},
    s.AtOnce: {"noun": Role.NOUN, "per": Role.NOUN},
    s.Survive: {"of": Role.KEY},
    s.Spread: {"over": Role.KEY},
    s.AtMostPer: {"per": Role.KEY},
    s.AtLeastDifferent: {"key": Role.KEY},
    s.Same: {"key": Role.KEY, "service": Role.SERVICE},
    s.Different: {"key": Role.KEY, "service": Role.SERVICE},
    s.Replicas: {"per": Role.KEY},
    s.Link: {"service": Role.SERVICE},
    s.After: {"service": Role.SERVICE},
    s.Expect: {"subject": Role.SERVICE},
    s.Rule: {"job": Role.JOB},
    s.Monitor: {"target": Role.WATCHED},
    s.Serves: {"models": Role.MODEL},
    s.Reserve: {"resource": Role.RESOURCE},
    s.NeedAmount: {"resource": Role.RESOURCE},
    s.NeedDevice: {"device": Role.DEVICE},
    s.EnvEntry: {"name": Role.VARIABLE},
    s.Call: {"function": Role.FUNCTION},
    s.Given: {"noun": Role.NOUN, "fact": Role.GIVEN, "state": Role.GIVEN},
    s.GivenLike: {"noun": Role.NOUN},
    s.AtMostTransfer: {"per": Role.WORD},
    s.Bound: {"fact": Role.WORD},
    s.Health: {"kind": Role.WORD},
    s.Restart: {"mode": Role.WORD},
    s.Allow: {"capability": Role.WORD},
    s.Forbid: {"capability": Role.WORD},
    s.Window: {"days": Role.WORD},
    s.Every: {"days": Role.WORD},
    s.Providers: {"providers": Role.WORD},
    s.Member: {"name": Role.PROFILE},
}
"""By class and field, the role of a name that stands there; any other is a value."""

_OVER = {
    (s.NeedGpu, "predicate"): "gpu",
    (s.NeedDevice, "predicate"): "device",
    (s.Wave, "predicate"): "site",
    (s.Accept, "predicate"): "service",
    (s.Expect, "hosts"): "host",
}
"""By class and field, what a predicate that names no noun is over."""

_AT_HOST = {(s.EnvEntry, "value"), (s.Image, "reference")}

_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in ("span", "at", "comments"))
    for kind in vars(s).values()
    if isinstance(kind, type) and is_dataclass(kind)
}


def uses(tree: s.Tree) -> tuple[Use, ...]:
    """All names of a tree, in the order of the text as far as the grammar has it so."""
    return tuple(_uses(tree, Place()))


def _uses(node: Node, place: Place) -> Iterator[Use]:
    for field, child, inner in children(node, place):
        if isinstance(child, s.Name):
            yield Use(child, _role(node, field, child), inner)
        else:
            yield from _uses(child, inner)


def children(node: Node, place: Place) -> Iterator[tuple[str, Node, Place]]:
    """The nodes in a node, each with the field that holds it and the scope in which it is read."""
    kind = type(node)
    if kind is s.App:
        place = Place(node)
    for field in _FIELDS[kind]:
        value = getattr(node, field)
        for child in value if isinstance(value, tuple) else (value,):
            if type(child) in _FIELDS:
                yield field, child, _place(node, field, place)


def _place(node: Node, field: str, place: Place) -> Place:
    if (type(node), field) in _OVER:
        return place.inside(_OVER[type(node), field])
    if (type(node), field) in _AT_HOST:
        return place.at_host()
    match node:
        case s.Where() | s.Filtered() | s.Scope() if field == "predicate":
            return place.over(node.noun.text)
        case s.Let() if field == "value" and "." in node.name.text:
            return place.inside(node.name.text.partition(".")[0])
        case s.Given() if field in ("fact", "state"):
            return place.inside(node.noun.text)
        case s.Rule() if field == "when":
            return replace(place, metrics=True)
        case s.Call(function=s.Name(text="sum"), arguments=(*_, last)) if field == "arguments":
            noun = last.noun if isinstance(last, s.Filtered) else last
            return place.over(noun.text) if isinstance(noun, s.Name) else place
        case _:
            return place


def _role(node: Node, field: str, name: s.Name) -> Role:
    match node:
        case s.Service():
            return Role.NEW_SIDECAR if node.sidecar else Role.NEW_UNIT
        case s.Let() if field == "name":
            return Role.NEW_FACT if "." in node.name.text else Role.NEW_CONSTANT
        case s.Call(function=s.Name(text="address")) if field == "arguments":
            return Role.SERVICE
        case s.Call(function=s.Name(text="model" | "host.model")) if field == "arguments":
            return Role.MODEL
        case s.Call(function=s.Name(text="any" | "all" | "count" | "sum"), arguments=(*_, last)) if (
            name is last
        ):
            return Role.NOUN
        case _:
            return ROLES.get(type(node), {}).get(field, Role.VALUE)


def path_to(tree: s.Tree, offset: int) -> tuple[tuple[Node, Place], ...]:
    """The nodes around an offset, from the statement inwards, each with the scope in which it is read."""
    found: list[tuple[Node, Place]] = []
    node: Node = tree
    place = Place()
    while True:
        within = ((child, inner) for _, child, inner in children(node, place) if _covers(child.span, offset))
        step = next(within, None)
        if step is None:
            return tuple(found)
        found.append(step)
        node, place = step


def _covers(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end
