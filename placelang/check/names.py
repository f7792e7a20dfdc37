"""What a name in an expression stands for, and what to say where it stands for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from placelang import syntax
from placelang.check.faults import quoted
from placelang.check.scope import LABELLED, Scope, Wrong
from placelang.codes import Code
from placelang.expressions import Constant, Expr, Fact
from placelang.facts import FACTS, PLURALS, FactSpec
from placelang.program import LabelSpec

_PLURAL = {noun: plural for plural, noun in PLURALS.items()}


def resolve(name: syntax.Name, scope: Scope) -> Expr | None:
    """The constant or fact that `name` stands for; None, said why, if there is none."""
    fact = lookup(name, scope)
    constant = scope.constant(name.text)
    if constant is not None:
        if scope.noun is not None and scope.fact(scope.noun, name.text) is not None:
            _ambiguous(name, scope, scope.noun)
            return None
        return replace(constant, span=name.span) if isinstance(constant, Constant) else None
    if isinstance(fact, Wrong):
        return None
    if fact is None:
        assumed = _undeclared(name, scope)
        if assumed is None:
            _unknown(name, scope)
        return assumed
    if fact.of is not None:
        hint = f'write {name.text}("NAME") with the name of a {fact.of}'
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


def _ambiguous(name: syntax.Name, scope: Scope, noun: str) -> None:
    scope.faults.error(
        Code.AMBIGUOUS_NAME,
        name.span,
        f"{quoted(name.text)} is a fact of a {noun} and also a constant of this fleet",
        hint=f"write {noun}.{name.text} for the fact, or give the param or let another name",
    )


def _undeclared(name: syntax.Name, scope: Scope) -> Expr | None:
    """A label that the inventory has although nobody declared it: good for a warning, the first time."""
    head, dot, rest = name.text.partition(".")
    places = [(scope.noun, name.text)] if scope.noun else []
    if dot and head in scope.reach:
        places.append((head, rest))
    for noun, label in places:
        kind = (scope.tables.inventory or {}).get(noun, {}).get(label)
        if kind is not None:
            if (noun, label) not in scope.tables.assumed:
                spec = LabelSpec(noun, label, kind, None, None, None, name.span)
                scope.tables.assumed[noun, label] = spec
                scope.faults.warn(
                    Code.UNDECLARED_LABEL,
                    name.span,
                    f"the inventory has a label {quoted(f'{noun}.{label}')} that is not declared",
                    hint=f"declare it: label {noun}.{label}: {kind}",
                )
            return Fact(kind, name.span, noun, label)
    return None


def _unknown(name: syntax.Name, scope: Scope) -> None:
    text = name.text
    head, dot, rest = text.partition(".")
    if not scope.reach:
        _not_here(name, scope)
    elif (elsewhere := _elsewhere(text, scope)) is not None:
        where = f"{_PLURAL[scope.noun]} where" if scope.noun else "an entry computed for each replica"
        message = (
            f"{quoted(text)} is no fact of a {scope.noun}" if scope.noun else f"{quoted(text)} needs its noun"
        )
        scope.faults.unknown(
            name.span, message, text, (), hint=f"write {elsewhere}", notes=(_bare_names(scope, where),)
        )
    elif dot and head in PLURALS and PLURALS[head] in scope.reach:
        hint = f"write {PLURALS[head]}.{rest}: a noun is plural only where it filters or is counted"
        scope.faults.unknown(name.span, f"there is no {quoted(text)} here", text, (), hint=hint)
    elif dot and head in FACTS and head not in scope.reach:
        _out_of_reach(name, head, scope)
    else:
        hint = f'if it is text, write "{text}" in quotes; a label is declared: label {_as_label(text, scope)}: TYPE'
        scope.faults.unknown(name.span, f"unknown name {quoted(text)}", text, _known(scope), hint=hint)


def _out_of_reach(name: syntax.Name, noun: str, scope: Scope) -> None:
    """A fact by a prefix that names no one thing, such as one of all the GPUs that a host has."""
    if noun == "service":
        scope.faults.unknown(name.span, f"{quoted(name.text)} is known to policies only", name.text, ())
        return
    hint = f"write any({_PLURAL[noun]} where …), in which the facts of a {noun} are bare names"
    scope.faults.unknown(name.span, f"{quoted(name.text)}: of which {noun}?", name.text, (), hint=hint)


def _bare_names(scope: Scope, where: str) -> str:
    if scope.noun:
        return f"under `{where}` a bare name is a fact of a {scope.noun}; every other fact takes its noun as prefix"
    return "outside of `where` every fact takes its noun as prefix"


def _not_here(name: syntax.Name, scope: Scope) -> None:
    """An unknown name where only constants can stand."""
    text = name.text
    head, _, rest = text.partition(".")
    facts = [noun for noun in LABELLED if scope.fact(noun, text) or (head == noun and scope.fact(noun, rest))]
    if facts:
        scope.faults.error(
            Code.NOT_CONSTANT,
            name.span,
            f"{quoted(text)} is a fact of a {facts[0]}, and only a constant can stand here",
            hint="write a literal, a param or a let",
        )
        return
    scope.faults.unknown(
        name.span,
        f"unknown name {quoted(text)}",
        text,
        _constants(scope),
        hint=f'if it is text, write "{text}" in quotes',
    )


def _elsewhere(text: str, scope: Scope) -> str | None:
    """The name by prefix of a fact that reachable nouns have under this bare name."""
    nouns = [noun for noun in scope.reach if noun != scope.noun and scope.fact(noun, text) is not None]
    return f"{nouns[0]}.{text}" if nouns else None


def _as_label(text: str, scope: Scope) -> str:
    head, dot, _ = text.partition(".")
    return text if dot and head in scope.reach else f"{scope.noun or scope.reach[0]}.{text}"


def _constants(scope: Scope) -> Iterator[str]:
    if scope.app is not None:
        yield from scope.tables.constants.get(scope.app, ())
    yield from scope.tables.constants[None]


def _known(scope: Scope) -> Iterator[str]:
    """All names that could stand here."""
    yield from _constants(scope)
    for app in (None, scope.app) if scope.app else (None,):
        for noun in scope.reach:
            names = scope.tables.facts.get(app, {}).get(noun, {})
            if noun == scope.noun:
                yield from names
            yield from (f"{noun}.{name}" for name in names)
