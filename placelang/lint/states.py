"""What must hold of a thing for a condition to be true, or false, of it: the states that are left, as domains.

`narrowed` is None where no thing whatever can have that truth. That is certain: all approximation errs to the other
side. Three-valued: a condition is true only where what it compares is known, and `known(x)` remembers so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from typing import Any, TypeAlias

from placelang.diagnostics import Span
from placelang.expressions import (
    And,
    Arithmetic,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Known,
    Membership,
    Not,
    Or,
    Quantified,
)
from placelang.facts import FACTS, METRICS, PROFILE
from placelang.frozen import dataclass
from placelang.lint.domains import Domain, Key, key_of
from placelang.types import Value

Term: TypeAlias = Any
"""An expression without its place: two that are equal have one value."""

MOST_STEPS = 2_000
"""So many conditions are looked at for one question; beyond, anything is taken to be possible."""

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Meanings:
    """What is known of facts before any condition: the definitions of derived ones, the closed lists of labels."""

    derived: Mapping[tuple[str, str], Expr]
    choices: Mapping[tuple[str, str], tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class State:
    """What each term can be, and which facts are known, or known to be unknown."""

    domains: Mapping[Term, Domain] = field(default_factory=dict)
    known: Mapping[Term, bool] = field(default_factory=dict)


def term(expr: Expr) -> Term:
    """The expression without its place."""
    if isinstance(expr, Fact):
        return ("fact", expr.noun, expr.name, expr.of)
    if isinstance(expr, Constant):
        return ("constant", expr.type, expr.value)
    return _bare(expr)


def _bare(value: object) -> Term:
    if isinstance(value, Fact | Constant):
        return term(value)
    if isinstance(value, tuple) and not isinstance(value, Span):
        return tuple([_bare(item) for item in value])
    if is_dataclass(value) and hasattr(value, "span"):
        return (
            type(value).__name__,
            *[_bare(getattr(value, f.name)) for f in fields(value) if f.name != "span"],
        )
    return value


def narrowed(
    expr: Expr, meanings: Meanings, state: State | None = None, *, truth: bool = True
) -> State | None:
    """The states, among those of `state`, in which the condition has that truth; None if there is none."""
    return _Narrowing(meanings).narrow(expr, state or State(), truth=truth)


class _Narrowing:
    """One question, within its bounds."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings = meanings
        self.steps = 0

    def narrow(  # noqa: C901 - one arm for each kind of node
        self, expr: Expr, state: State, *, truth: bool
    ) -> State | None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            return state
        match expr:
            case Constant():
                return state if expr.value is truth else None
            case Not():
                return self.narrow(expr.operand, state, truth=not truth)
            case And() | Or():
                return (self._all if isinstance(expr, And) == truth else self._any)(
                    expr.operands, state, truth
                )
            case Comparison():
                return self._comparison(expr, state, expr.operator if truth else OPPOSITE[expr.operator])
            case Membership():
                return self._membership(expr, state, truth)
            case Known(operand=operand) if self._is_point(operand):
                return self._learn(state, operand, known=truth)
            case Default():
                return self._default(expr, state, truth)
            case Fact() if (expr.noun, expr.name) in self.meanings.derived:
                known = self._learn(state, expr, known=True)
                definition = self.meanings.derived[expr.noun, expr.name]
                return known and self.narrow(definition, known, truth=truth)
            case Quantified(function="any") if (
                truth and self.narrow(expr.predicate, State(), truth=True) is None
            ):
                return None
        return self._restrict(expr, state, "==", truth)

    def _all(self, operands: Sequence[Expr], state: State, truth: bool) -> State | None:
        now: State | None = state
        for operand in operands:
            now = now and self.narrow(operand, now, truth=truth)
            if now is None:
                return None
        return now

    def _any(self, operands: Sequence[Expr], state: State, truth: bool) -> State | None:
        found = [one for operand in operands if (one := self.narrow(operand, state, truth=truth)) is not None]
        if not found:
            return None
        joined = found[0]
        for other in found[1:]:
            joined = _join(joined, other)
        return joined

    def _comparison(self, expr: Comparison, state: State, operator: str) -> State | None:
        left, right = expr.left, expr.right
        if isinstance(left, Constant):
            left, right, operator = right, left, MIRRORED[operator]
        if isinstance(right, Constant):
            return self._restrict(left, state, operator, key_of(right.value))
        if term(left) == term(right):
            return state if operator in ("==", "<=", ">=") else None
        known = self._learn(state, left, known=True)
        return known and self._learn(known, right, known=True)

    def _membership(self, expr: Membership, state: State, truth: bool) -> State | None:
        if not isinstance(expr.collection, Constant) or not isinstance(expr.collection.value, tuple):
            return self._restrict(expr, state, "==", truth)
        keys = frozenset(key_of(value) for value in expr.collection.value)
        domain = self._domain(expr.item, state)
        return self._with(state, expr.item, domain.only(keys) if truth else domain.never(keys))

    def _default(self, expr: Default, state: State, truth: bool) -> State | None:
        """A truth with a default: where the default has another truth, the value itself is known."""
        if isinstance(expr.otherwise, Constant) and expr.otherwise.value is not truth:
            return self.narrow(expr.value, state, truth=truth)
        return state

    def _restrict(self, expr: Expr, state: State, operator: str, key: Key) -> State | None:
        match expr:
            case Arithmetic(operator="+" | "-" as sign, right=Constant(value=float(shift))) if _exact(
                key, shift
            ):
                return self._restrict(expr.left, state, operator, key - shift if sign == "+" else key + shift)
            case Default(value=value, otherwise=Constant(value=otherwise)):
                if Domain().compared(operator, key).holds(key_of(otherwise)):
                    return state
                return self._restrict(value, state, operator, key)
        return self._with(state, expr, self._domain(expr, state).compared(operator, key))

    def _is_point(self, expr: Expr) -> bool:
        """Whether it is a fact that is known, or else may be anything; a count may be known to lie in a range."""
        if not isinstance(expr, Fact):
            return False
        counted = (expr.noun, expr.name) in self.meanings.derived or expr.name.startswith("device.")
        return not (counted and expr.type.numeric)

    def _learn(self, state: State, expr: Expr, *, known: bool) -> State | None:
        """The states in which a value is known, or is not; nothing is learnt where one can be compared without."""
        if not self._is_point(expr):
            return state
        key = term(expr)
        before = state.known.get(key)
        if before is None:
            return State(state.domains, {**state.known, key: known})
        return state if before == known else None

    def _with(self, state: State, expr: Expr, domain: Domain) -> State | None:
        """The states in which an expression is within a domain."""
        if domain.empty:
            return None
        learnt = self._learn(state, expr, known=True)
        return learnt and State({**learnt.domains, term(expr): domain}, learnt.known)

    def _domain(self, expr: Expr, state: State) -> Domain:
        return state.domains.get(term(expr)) or first_domain(expr, self.meanings)


def _exact(*numbers: Key) -> bool:
    """Whether these can be added without rounding."""
    return all(isinstance(n, float) and n.is_integer() for n in numbers)


ANYTHING = Domain()
_TRUTHS = Domain(among=frozenset((True, False)))
_AMOUNT, _COUNT = Domain(0.0), Domain(0.0, whole=True)


def first_domain(expr: Expr, meanings: Meanings) -> Domain:
    """What an expression can be by its type and by what it is; `ANYTHING` where that says nothing."""
    if expr.type.name == "bool":
        return _TRUTHS
    match expr:
        case Fact(noun="metric"):
            return Domain(0.0, _MOST.get(expr.name))
        case Fact():
            choices = meanings.choices.get((expr.noun, expr.name))
            if choices is not None and expr.type.element is None:
                return Domain(among=frozenset(map(key_of, choices)))
            if expr.type.numeric and _is_amount(expr):
                return _COUNT if expr.name.startswith("device.") else _AMOUNT
        case Quantified(function="count"):
            return _COUNT
        case Quantified(function="sum", summed=Fact() as summed) if _is_amount(summed):
            return _AMOUNT
    return ANYTHING


_MOST = {"drift": 1.0, "confidence": 1.0} | {
    name: 100.0 for name, spec in METRICS.items() if spec.type.name == "percent"
}
"""What metrics are at most."""

_PROFILE = frozenset(spec.name for spec in PROFILE.values())


def _is_amount(fact: Fact) -> bool:
    """Whether there cannot be less than none of it: labels and derived facts say nothing of that."""
    built_in = FACTS.get(fact.noun, {})
    return (
        fact.name in built_in
        or fact.name in _PROFILE
        or (fact.noun == "host" and fact.name.startswith("device."))
    )


def _join(one: State, other: State) -> State:
    """A state that takes in both."""
    domains = {
        key: domain.joined(other.domains[key]) for key, domain in one.domains.items() if key in other.domains
    }
    known = {key: value for key, value in one.known.items() if other.known.get(key) is value}
    return State(domains, known)
