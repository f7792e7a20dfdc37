"""Conditions of one service, in the parts that have to be true together, and how these parts stand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from placelang.expressions import And, Expr, Fact, Quantified, operands
from placelang.frozen import dataclass
from placelang.lint.states import Meanings, State, Term, narrowed, term
from placelang.program import App, Filter, Service

MOST = 40
"""Services with more parts than this are left alone: each is compared with each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A condition that has to be true, and the filter or whatever it is a part of. `shared`: all services of its app
    have that filter. `terms`: what its truth depends on, once for each place where that stands."""

    expr: Expr
    clause: Filter | Expr
    shared: bool
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The parts of the hard filters of a service, those of filters that policies lay on it everywhere, and its
    preferences, each a part by itself."""

    service: Service
    required: tuple[Part, ...]
    by_policy: tuple[tuple[Part, Filter], ...]
    preferred: tuple[tuple[Part, Filter], ...]


def conditions_of(app: App, meanings: Meanings) -> Iterator[Conditions]:
    """The conditions of each service of an app."""
    of_each = [{id(clause) for clause in service.filters} for service in app.services]
    of_all = set.intersection(*of_each) if len(of_each) > 1 else set()
    known: dict[int, tuple[Part, ...]] = {}
    for service in app.services:
        required: list[Part] = []
        by_policy: list[tuple[Part, Filter]] = []
        preferred: list[tuple[Part, Filter]] = []
        for clause in service.filters:
            shared = id(clause) in of_all
            if clause.policy is None and clause.weight is not None:
                part = Part(clause.predicate, clause, shared, tuple(terms(clause.predicate, meanings)))
                preferred.append((part, clause))
                continue
            parts = known.get(id(clause))
            if parts is None:
                parts = tuple(parts_of(clause.predicate, clause, meanings, shared=shared))
                known[id(clause)] = parts
            if clause.policy is None:
                required += parts
            elif clause.weight is None and clause.within is None:
                by_policy += [(part, clause) for part in parts]
        yield Conditions(service, tuple(required), tuple(by_policy), tuple(preferred))


def parts_of(
    expr: Expr, clause: Filter | Expr, meanings: Meanings, *, shared: bool = False
) -> Iterator[Part]:
    """What `and` joins in a condition."""
    if isinstance(expr, And):
        for operand in expr.operands:
            yield from parts_of(operand, clause, meanings, shared=shared)
    else:
        yield Part(expr, clause, shared, tuple(terms(expr, meanings)))


def terms(expr: Expr, meanings: Meanings) -> Iterator[Term]:
    """What the truth of a condition depends on, once for each place where it stands."""
    waiting = [expr]
    seen: set[tuple[str, str]] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Fact):
            yield term(node)
            key = (node.noun, node.name)
            if key in meanings.derived and key not in seen:
                seen.add(key)
                waiting.append(meanings.derived[key])
        elif isinstance(node, Quantified):
            yield term(node)
        else:
            waiting += operands(node)


def meet(all_terms: Iterable[Term]) -> bool:
    """Whether one thing is asked about twice: otherwise conditions say nothing of each other."""
    seen: set[Term] = set()
    for one in all_terms:
        if one in seen:
            return True
        seen.add(one)
    return False


def exclusions(parts: Sequence[Part], meanings: Meanings) -> Iterator[tuple[Part, tuple[Part, ...]]]:
    """Each part that is never true where those before it are, and those of them that exclude it."""
    now = State()
    before: list[Part] = []
    for part in parts:
        after = narrowed(part.expr, meanings, now)
        if after is None:
            yield part, tuple(_excluding(part, before, meanings))
        else:
            now = after
            before.append(part)


def _excluding(part: Part, others: Sequence[Part], meanings: Meanings) -> list[Part]:
    """One part that excludes another by itself; else all that have to do with it."""
    for other in others:
        state = narrowed(other.expr, meanings)
        if state is not None and narrowed(part.expr, meanings, state) is None:
            return [other]
    return [other for other in others if not set(part.terms).isdisjoint(other.terms)]


def implied(expr: Expr, state: State, meanings: Meanings) -> bool:
    """Whether a condition is true, and not merely not false, in all states."""
    facts = tuple(_facts(expr))
    known = all(state.known.get(term(fact)) for fact in facts)
    return known and bool(facts) and narrowed(expr, meanings, state, truth=False) is None


def _facts(expr: Expr) -> Iterator[Fact]:
    """All facts of an expression; what is counted has to be known too."""
    if isinstance(expr, Fact):
        yield expr
    for operand in operands(expr):
        yield from _facts(operand)
