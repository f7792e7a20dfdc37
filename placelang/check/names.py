"""What a name in an expression stands for."""

from __future__ import annotations

from dataclasses import replace

from placelang import syntax
from placelang.check.faults import quoted
from placelang.check.metrics import metric
from placelang.check.scope import Scope, Wrong
from placelang.check.unknown import explain
from placelang.codes import Code
from placelang.expressions import Expr, Fact
from placelang.facts import METRICS, FactSpec
from placelang.program import LabelSpec


def resolve(name: syntax.Name, scope: Scope) -> Expr | None:
    """The constant or fact that `name` stands for; None, said why, if there is none."""
    constant = scope.constant(name.text)
    if constant is not None:
        if scope.noun is not None and scope.fact(scope.noun, name.text) is not None:
            hint = f"write `{scope.noun}.{name.text}` for the fact, or give the `param` or `let` another name"
            _report_ambiguous(name, f"fact of a {scope.noun}", hint, scope)
            return None
        if scope.watched is not None and name.text in METRICS:
            _report_ambiguous(name, "metric", "give the `param` or `let` another name", scope)
            return None
        return None if isinstance(constant, Wrong) else replace(constant, span=name.span)
    if scope.watched is not None:
        return metric(name, scope)
    fact = lookup(name, scope)
    if isinstance(fact, Wrong):
        return None
    if fact is None:
        assumed = undeclared(name, scope)
        if assumed is None:
            explain(name, scope)
        return assumed
    if fact.of is not None:
        hint = f'write `{name.text}("…")` with the name of a {fact.of}'
        scope.faults.error(Code.WRONG_TYPE, name.span, f"{quoted(name.text)} takes a {fact.of}", hint=hint)
        return None
    return Fact(fact.type, name.span, fact.noun, fact.name)


def lookup(name: syntax.Name, scope: Scope) -> FactSpec | Wrong | None:
    """The fact that `name` stands for in `scope`, bare or by prefix; None if it is no fact there."""
    if scope.noun is not None:
        fact = scope.fact(scope.noun, name.text)
        if fact is not None:
            return fact
    head, dot, rest = name.text.partition(".")
    return scope.fact(head, rest) if dot and head in scope.reach else None


def _report_ambiguous(name: syntax.Name, what: str, hint: str, scope: Scope) -> None:
    message = f"{quoted(name.text)} is a {what}, and also a constant"
    scope.faults.error(Code.AMBIGUOUS_NAME, name.span, message, hint=hint)


def undeclared(name: syntax.Name, scope: Scope) -> Fact | None:
    """A label that the inventory has although nobody declared it: good for a warning, the first time."""
    head, dot, rest = name.text.partition(".")
    places = [(scope.noun, name.text)] if scope.noun else []
    if dot and head in scope.reach:
        places.append((head, rest))
    for noun, label in places:
        kind = (scope.tables.inventory or {}).get(noun, {}).get(label)
        if kind is None:
            continue
        if (noun, label) not in scope.tables.assumed:
            scope.tables.assumed[noun, label] = LabelSpec(noun, label, kind, None, None, None, name.span)
            scope.faults.warn(
                Code.UNDECLARED_LABEL,
                name.span,
                f"the inventory has a label {quoted(f'{noun}.{label}')} that is not declared",
                hint=f"declare it: `label {noun}.{label}: {kind}`",
            )
        return Fact(kind, name.span, noun, label)
    return None
