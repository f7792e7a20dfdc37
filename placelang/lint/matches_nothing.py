"""Clauses that are false of every site or host of the inventory; of what is unknown of some, the plan tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Span
from placelang.expressions import And, Comparison, Constant, Expr, Fact, Membership, Quantified
from placelang.facts import FACTS
from placelang.forms import every_need
from placelang.frozen import dataclass
from placelang.lint.subject import Subject, warning
from placelang.nearest import suggestion
from placelang.program import AmountNeed, DeviceNeed, GpuNeed, Need, Service, ShareNeed, ThingNeed
from placelang.types import BOOL, BYTES, NUMBER, STRING, Type, show

if TYPE_CHECKING:
    from placelang.world import World

MOST_SHOWN = 6


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each filter and need of each service."""
    world = subject.world
    if world is None or not len(world.hosts):
        return
    from placelang.evaluate import truth  # noqa: PLC0415 - numpy

    seen: set[Span] = set()
    for service in (service for app in subject.program.apps for service in app.services):
        for noun, expr, span in _filters(service):
            if span not in seen and truth(expr, world, noun).false.all():
                yield _unlike(noun, expr, span, world)
            seen.add(span)
        for need in every_need(service):
            amount = isinstance(need, AmountNeed) and need.fact is None
            if need.span not in seen and not amount and truth(_met(need), world, "host").false.all():
                yield _lacking(need, world)
            seen.add(need.span)


def _lacking(need: Need, world: World) -> Diagnostic:
    """What no host has, with the most that one has."""
    from placelang.columns import Numbers  # noqa: PLC0415 - numpy

    notes: tuple[str, ...] = ()
    if isinstance(need, AmountNeed):
        column = world.hosts.facts[str(need.fact)]
        if isinstance(column, Numbers):
            notes = (f"the most that one has is {show(float(column.high.max()), need.type)}",)
    return warning(Code.MATCHES_NOTHING, need.span, "no host of the inventory has this", notes=notes)


def _unlike(noun: str, expr: Expr, span: Span, world: World) -> Diagnostic:
    """What matches nothing; of text that nothing has, with what things have instead."""
    for text in _texts(expr, noun):
        known = _values(text.fact, world)
        if known and not any(value in known for value in text.wanted):
            name = f"{text.fact.noun}.{text.fact.name}" if text.fact.noun != noun else text.fact.name
            listed = ", ".join(show(value, STRING) for value in known[:MOST_SHOWN])
            note = f"`{name}` is {listed}{', …' if len(known) > MOST_SHOWN else ''} in the inventory"
            hint = suggestion(text.wanted[0], known)
            return warning(Code.MATCHES_NOTHING, span, _message(noun), notes=(note,), hint=hint)
    return warning(Code.MATCHES_NOTHING, span, _message(noun))


def _message(noun: str) -> str:
    return f"no {noun} of the inventory is like this"


@dataclass(frozen=True, slots=True)
class _Text:
    """A fact that has to be one of these texts."""

    fact: Fact
    wanted: tuple[str, ...]


def _texts(expr: Expr, noun: str) -> Iterator[_Text]:
    match expr:
        case And():
            for operand in expr.operands:
                yield from _texts(operand, noun)
        case Comparison(operator="==", left=Fact() as fact, right=Constant(value=str(wanted))):
            yield _Text(fact, (wanted,))
        case Comparison(operator="==", left=Constant(value=str(wanted)), right=Fact() as fact):
            yield _Text(fact, (wanted,))
        case Membership(
            item=Fact(type=Type(name="string")) as fact, collection=Constant(value=tuple(wanted))
        ):
            yield _Text(fact, tuple(str(one) for one in wanted))


def _values(fact: Fact, world: World) -> list[str]:
    """What a text fact is of some thing of the inventory, in order."""
    from placelang.columns import Texts  # noqa: PLC0415 - numpy
    from placelang.evaluate import evaluate  # noqa: PLC0415

    column = evaluate(fact, world, fact.noun)
    if not isinstance(column, Texts):
        return []
    return sorted({str(column.vocabulary[code]) for code in column.codes.tolist() if code >= 0})


def _filters(service: Service) -> Iterator[tuple[str, Expr, Span]]:
    """The filters of the app and the service; those of policies are for others too, and constants are no question."""
    for clause in service.filters:
        if clause.policy is None and not isinstance(clause.predicate, Constant):
            yield clause.noun, clause.predicate, clause.span


def _met(need: Need) -> Expr:
    """The condition of a host that it can meet a need by itself."""
    match need:
        case AmountNeed():
            fact = Fact(need.type, need.span, "host", str(need.fact))
            return Comparison(BOOL, need.span, ">=", fact, Constant(need.type, need.span, need.amount))
        case GpuNeed():
            return _enough("gpu", need.predicate, need, need.count)
        case ShareNeed():
            own = Fact(BYTES, need.span, "gpu", "memory")
            large = Comparison(BOOL, need.span, ">=", own, Constant(BYTES, need.span, need.amount))
            every = And(BOOL, need.span, (large, need.predicate)) if need.predicate else large
            return _enough("gpu", every, need, 1)
        case DeviceNeed():
            kind = Fact(FACTS["device"]["kind"].type, need.span, "device", "kind")
            named = Comparison(BOOL, need.span, "==", kind, Constant(STRING, need.span, need.device))
            both = And(BOOL, need.span, (named, need.predicate)) if need.predicate else named
            return _enough("device", both, need, need.count)


def _enough(noun: str, predicate: Expr | None, need: ThingNeed, least: int) -> Expr:
    every = predicate or Constant(BOOL, need.span, value=True)
    count = Quantified(NUMBER, need.span, "count", noun, every)
    return Comparison(BOOL, need.span, ">=", count, Constant(NUMBER, need.span, float(least)))
