"""Conditions that are never true, or never false: by types, ranges and closed lists, and by what they are made of."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Span
from placelang.expressions import (
    And,
    Comparison,
    Constant,
    Expr,
    Fact,
    Known,
    Membership,
    Not,
    Or,
    Quantified,
    operands,
)
from placelang.forms import every_need
from placelang.lint.conditions import meet, terms
from placelang.lint.states import ANYTHING, Meanings, first_domain, narrowed
from placelang.lint.subject import Subject, has_name, warning
from placelang.program import ThingNeed
from placelang.types import show


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every condition of the program, once."""
    seen: set[Span] = set()
    for predicate in _predicates(subject):
        if predicate.span not in seen:
            seen.add(predicate.span)
            yield from _decided(predicate, subject)


def _predicates(subject: Subject) -> Iterator[Expr]:
    program = subject.program
    yield from (derived.value for derived in program.derived if derived.value.type.name == "bool")
    for app in program.apps:
        for service in app.services:
            for clause in service.filters:
                if clause.policy is None or not isinstance(clause.predicate, Constant):
                    yield clause.predicate
                if clause.within is not None:
                    yield clause.within.predicate
            for need in every_need(service):
                if isinstance(need, ThingNeed) and need.predicate is not None:
                    yield need.predicate
        yield from (wave.predicate for wave in (app.rollout.waves if app.rollout else ()) if wave.predicate)
        yield from (rule.when for monitor in app.monitors for rule in monitor.rules)


def _decided(expr: Expr, subject: Subject) -> Iterator[Diagnostic]:
    """What is decided in a condition: the condition itself, or else parts of it."""
    if isinstance(expr, Constant):
        yield from _constant(expr, subject)
    elif not _open(expr, subject.meanings) and narrowed(expr, subject.meanings) is None:
        yield from _never_true(expr, subject)
    elif not _open(expr, subject.meanings) and narrowed(expr, subject.meanings, truth=False) is None:
        yield from _never_false(expr, subject) if not subject.is_set(expr) else ()
    else:
        yield from _inside(expr, subject)


def _open(expr: Expr, meanings: Meanings) -> bool:
    """Whether nothing is known beforehand that could decide a condition: the usual case, quickly told. What `and` and
    `or` join can only be decided where one thing is asked about twice, and otherwise part by part."""
    match expr:
        case And() | Or() | Not():
            return not meet(terms(expr, meanings))
        case Comparison(left=Fact() as fact, right=Constant()) | Membership(item=Fact() as fact):
            return first_domain(fact, meanings) is ANYTHING and (fact.noun, fact.name) not in meanings.derived
        case Fact() | Known():
            return True
    return False


def _inside(expr: Expr, subject: Subject) -> Iterator[Diagnostic]:
    """The conditions of which one is made."""
    match expr:
        case And() | Or() | Not():
            for operand in operands(expr):
                yield from _decided(operand, subject)
        case Quantified(predicate=predicate):
            if operands(predicate):  # not the constant that stands for no condition
                yield from _decided(predicate, subject)
        case _:
            for operand in operands(expr):
                yield from _inside(operand, subject)


def _never_true(expr: Expr, subject: Subject) -> Iterator[Diagnostic]:
    parts = expr.operands if isinstance(expr, And) else ()
    for i, part in enumerate(parts):
        if narrowed(part, subject.meanings) is None:
            yield from _decided(part, subject)
            return
        for before in parts[:i]:
            state = narrowed(before, subject.meanings)
            if state is not None and narrowed(part, subject.meanings, state) is None:
                yield never_both(part, before, subject)
                return
    message = f"{subject.quoted(expr.span)} is never true"
    yield warning(Code.ALWAYS_FALSE, expr.span, message, notes=_why(expr, subject))


def never_both(expr: Expr, other: Expr, subject: Subject) -> Diagnostic:
    """Two conditions that exclude each other, with the definitions of the facts that they name."""
    message = f"{subject.quoted(expr.span)} is never true where {subject.quoted(other.span)} is"
    labels = [(other.span, "this excludes it")]
    for fact in (*_facts(other), *_facts(expr)):
        definition = subject.meanings.derived.get((fact.noun, fact.name))
        if definition is not None:
            labels.append((definition.span, f"what {subject.quoted(fact.span)} is"))
    hint = "both have to be true here: remove one of them, or join them by `or`"
    return warning(Code.ALWAYS_FALSE, expr.span, message, labels=labels, hint=hint)


def _never_false(expr: Expr, subject: Subject) -> Iterator[Diagnostic]:
    parts = expr.operands if isinstance(expr, Or) else ()
    for part in parts:
        if narrowed(part, subject.meanings, truth=False) is None:
            yield from _decided(part, subject)
            return
    facts = sorted({subject.text(fact.span) for fact in _facts(expr)})
    one = facts[0] if len(facts) == 1 else None
    hint = f"write `known({one})` if that is what is asked" if one else None
    what = f"true wherever `{one}` is known" if one else "never false"
    message = f"{subject.quoted(expr.span)} is {what}"
    yield warning(Code.ALWAYS_TRUE, expr.span, message, notes=_why(expr, subject), hint=hint)


def _constant(expr: Constant, subject: Subject) -> Iterator[Diagnostic]:
    """A condition in which no name stands: not `false` by itself, which switches something off on purpose."""
    text = subject.text(expr.span)
    if expr.type.name == "bool" and text not in ("true", "false") and not has_name(text):
        code = Code.ALWAYS_TRUE if expr.value else Code.ALWAYS_FALSE
        truth = "true" if expr.value else "false"
        message = f"{subject.quoted(expr.span)} is always {truth}: it compares nothing but literals"
        yield warning(code, expr.span, message)


def _facts(expr: Expr) -> Iterator[Fact]:
    if isinstance(expr, Fact):
        yield expr
    for operand in operands(expr) if not isinstance(expr, Quantified) else ():
        yield from _facts(operand)


def _why(expr: Expr, subject: Subject) -> tuple[str, ...]:
    """What is known beforehand of the one thing that is compared."""
    while isinstance(expr, Not):
        expr = expr.operand
    match expr:
        case Comparison(left=subject_of, right=Constant()) | Comparison(left=Constant(), right=subject_of):
            pass
        case Membership(item=subject_of):
            pass
        case _:
            return ()
    domain = first_domain(subject_of, subject.meanings)
    name = subject.quoted(subject_of.span)
    bounds = [(domain.low, "less"), (domain.high, "more")]
    return tuple(
        f"{name} is never {word} than {show(bound, subject_of.type)}"
        for bound, word in bounds
        if isinstance(bound, float)
    )
